// Shapes of what the server sends and what an exported copy holds, and the names that scripts
// share through the window. Not a script: it is read by the type check only.

type InputPath = "native" | "windowed";
type CodecName = string;
type Regime = "original" | "mixed";

/** A number that can be changed: its bounds and the range that the phantom defines. */
interface Bounds {
  least: number;
  most: number;
  usual: [number, number];
  unit: string;
}

interface Guideline {
  body: string;
  ratio: number;
  year: number;
  source: string;
  as_quoted_by: string | null;
}

interface Phantom {
  id: string;
  title: string;
  rows: number;
  columns: number;
  bits_stored: number;
  /** Number of answers that are possible. */
  classes: number;
  contrast: Bounds;
  radius_mm: Bounds;
  noise: Bounds | null;
  /** Of images to be searched: the phantom whose anatomy they have. */
  searched_of: string | null;
  guidelines: Guideline[];
}

/** Accuracy of networks; points are ratio on stored bits and share of correct answers. */
interface Curve {
  phantom: string;
  codec: CodecName;
  path: InputPath;
  regime: Regime;
  networks: number;
  original: number;
  points: [number, number][];
  /** Up to which ratio on stored bits compression is shown to be safe. */
  safe: number | null;
  ceiling: number | null;
}

/** Networks of a calibration: those that say a shape, those that search and those that outline. */
interface Run {
  phantom: string;
  identifying: [InputPath, Regime][];
  searching: [InputPath, Regime][];
  outlining: [InputPath, Regime][];
}

/** What there is to choose from. */
interface Catalogue {
  version: string;
  phantoms: Phantom[];
  codecs: Record<CodecName, string>;
  with_quality: CodecName[];
  ratios: number[];
  cases: number;
  most_generations: number;
  curves: Curve[];
  run: Run | null;
  upload: { bytes: number; pixels: number };
  /** Whether a class can answer the quiz. */
  shares: boolean;
}

/** A square region: its corner in pixels, its class and its target, if there is one. */
interface Region {
  row: number;
  column: number;
  class: number;
  contrast: number | null;
  radius_mm: number | null;
  center: [number, number] | null;
  extent: number | null;
}

interface Truth {
  side: number;
  contrast_unit: string;
  classes: string[];
  regions: Region[];
  /** Whether the image is to be searched as a whole: its regions are those of its targets. */
  is_searched: boolean;
}

/** Window of the display, in physical units. */
interface GreyWindow {
  center: number;
  width: number;
}

interface OriginalHeader {
  title: string;
  rows: number;
  columns: number;
  bits_stored: number;
  original_bits_stored: number;
  slope: number;
  intercept: number;
  unit: string;
  window: GreyWindow;
  inverted: boolean;
  note: string | null;
  spacing_mm: number | null;
  clipped_share: number;
  codecs: CodecName[];
  truth: Truth | null;
}

interface Wavelet {
  levels: number;
  code_block_columns: number;
  code_block_rows: number;
}

interface Figures {
  bytes: number;
  header_bytes: number;
  bpp: number;
  ratio_stored: number;
  ratio_allocated: number;
  ratio_input: number;
  quality: number | null;
  dropped_bits: number;
  reached: boolean;
  psnr_db: number | null;
  max_error: number;
  wavelet: Wavelet | null;
}

interface RenditionHeader {
  rows: number;
  columns: number;
  figures: Figures;
}

interface Similarity {
  ssim: number | null;
  artefacts: { blocking: number; ringing: number; ripple: number; blur: number };
}

/** Answers of several networks for one region, by class. */
interface Answer {
  votes: number[];
  probability: number[];
}

interface Reading {
  networks: number;
  regime: Regime;
  accuracy: number;
  answers: Answer[];
}

/** Marks of networks that search, from the rating at which they count. */
interface Marks {
  networks: number;
  regime: Regime;
  /** False marks on an uncompressed test image at that rating, on average. */
  false_per_image: number;
  /** Networks that mark each region's target. */
  found: number[];
  /** Row and column from the middle of the first pixel. */
  false_marks: [number, number][];
}

/** What networks outline. */
interface Contours {
  networks: number;
  regime: Regime;
  /** Pixels that most networks outline: row, first column and length of each run. */
  outlined: [number, number, number][];
  /** Mean Dice coefficient of each region's target; `null` where it has none. */
  dice: (number | null)[];
}

/** What networks find in an image; `null` where they are not asked. */
interface WholeImageAnswer {
  marks: Marks | null;
  contours: Contours | null;
}

/** The same of all images that are shown. */
interface WholeImageAnswers {
  original: WholeImageAnswer;
  decoded: WholeImageAnswer;
  other: WholeImageAnswer | null;
}

/** An image: header and stored values in row-major order. */
interface Frame<Header> {
  header: Header;
  samples: Uint16Array;
}

/** Query of an image; `null` and `undefined` leave a key out. */
interface ImageQuery {
  phantom?: string | null;
  upload?: string | null;
  case?: number | null;
  contrast?: number | null;
  radius?: number | null;
  noise?: number | null;
  path?: InputPath;
  center?: number | null;
  width?: number | null;
  codec?: CodecName;
  ratio?: number | null;
  quality?: number | null;
  generations?: number | null;
  regime?: Regime;
  region?: number;
}

/** Where images and figures come from: the server, or the files of an exported copy. */
interface Source {
  /** True for an exported copy: one image at precomputed levels. */
  readonly isStatic: boolean;
  catalogue(): Promise<Catalogue>;
  original(query: ImageQuery): Promise<Frame<OriginalHeader>>;
  rendition(query: ImageQuery): Promise<Frame<RenditionHeader>>;
  /** Makes a rendition that may be asked for next, so that it comes at once. */
  prepare(query: ImageQuery): void;
  similarity(query: ImageQuery): Promise<Similarity>;
  reading(query: ImageQuery): Promise<Reading>;
  marks(query: ImageQuery): Promise<Marks>;
  contours(query: ImageQuery): Promise<Contours>;
  /** d′ of the ideal observer for the target of a region; `null` where there is none. */
  detectability(query: ImageQuery): Promise<number | null>;
  /** Where the codestream of a decoded image is; an exported copy has none. */
  codestreamAddress(query: ImageQuery): string;
  /** What a class has answered so far; an exported copy has no class. */
  standing(): Promise<ClassStanding>;
  /** Sends an image to the server; returns the name by which it is queried. */
  upload(file: Blob): Promise<string>;
}

type Readings = Partial<Record<Regime, Reading>>;

interface ExportedOriginalHeader extends OriginalHeader {
  readings: Readings;
  detectability: (number | null)[];
}

interface ExportedRenditionHeader extends RenditionHeader {
  similarity: Similarity;
  readings: Readings;
}

type ExportedHeader = ExportedOriginalHeader | ExportedRenditionHeader;

/** What an exported copy holds: the catalogue, and the names of its files in `data/`. */
interface ExportedContents {
  catalogue: Catalogue;
  keys: string[];
}

/** Defined by the first script of an exported copy only. */
declare const EXPORTED: ExportedContents | undefined;

/** A square of stored values and how they are shown. */
interface Square {
  side: number;
  slope: number;
  intercept: number;
  window: GreyWindow;
  samples: Uint16Array;
}

/** A question of the quiz. */
interface Posed {
  number: number;
  ratio: number;
  /** Name of the codec. */
  codec: string;
  classes: string[];
  square: Square;
}

/** What follows an answer. */
interface Told {
  correct: boolean;
  /** The class that is correct. */
  truth: number;
  /** Ratio of the image. */
  reached: number;
  solution: string;
  /** What networks had. */
  networks: Promise<string>;
  original: Square;
  /** Values of `Questions.columns`. */
  place?: (string | number)[];
}

/** Where the questions of the quiz come from. */
interface Questions {
  /** Lowest first. */
  readonly ratios: number[];
  /** Questions at each ratio. */
  each: number;
  /** What that can be, with names; absent where it is fixed and there is one round. */
  readonly lengths?: [number, string][];
  readonly intro: string;
  readonly end: string;
  /** Of networks for the same phantom, codec and path. */
  readonly curves: Curve[];
  /** Columns of the table of answers that say where the region is; absent where there is no table. */
  readonly columns?: string[];
  /** The class that is correct, where the page knows it. */
  readonly truth?: number | null;
  begin(): void;
  /** One example of each class. */
  examples(): Promise<{ classes: string[]; squares: Square[] }>;
  pose(number: number): Promise<Posed>;
  answer(number: number, chosen: number): Promise<Told>;
}

/** The class at one ratio. */
interface ClassLevel {
  ratio: number;
  reached: number;
  students: number;
  asked: number;
  correct: number;
  share: number;
  interval: [number, number] | null;
}

/** What the presenter sees of a class. */
interface ClassStanding {
  /** Where students open the quiz. */
  address: string;
  each: number;
  code: string;
  joined: number;
  answers: number;
  done: number;
  levels: ClassLevel[];
}

interface Window {
  /** Called by the data files of an exported copy. */
  receive?: (key: string, header: ExportedHeader, packed: string) => void;
  /** For tests of the page. */
  page?: { bench: import("./bench.js").Bench; quiz: import("./quiz.js").Quiz };
}
