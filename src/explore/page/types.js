"use strict";
// @ts-check
// Shapes of what the server sends and the page keeps. Holds no code.

/**
 * @typedef {"native" | "windowed"} InputPath
 * @typedef {"jpeg" | "jpeg2000" | "lossless" | string} CodecName
 * @typedef {"original" | "mixed"} Regime
 *
 * @typedef {{ least: number, most: number, usual: [number, number], unit: string }} Bounds
 * @typedef {{ body: string, ratio: number, year: number, source: string,
 *   as_quoted_by: string | null }} Guideline
 * @typedef {{ id: string, title: string, rows: number, columns: number, bits_stored: number,
 *   contrast: Bounds, radius_mm: Bounds, noise: Bounds | null, guidelines: Guideline[] }} Phantom
 * @typedef {{ phantom: string, codec: CodecName, path: InputPath, regime: Regime,
 *   networks: number, original: number, points: [number, number][],
 *   limit: number | null, ceiling: number | null }} Curve
 * @typedef {{ version: string, phantoms: Phantom[], codecs: Record<CodecName, string>,
 *   with_quality: CodecName[], ratios: number[], cases: number, most_generations: number, curves: Curve[],
 *   run: { phantom: string, groups: [InputPath, Regime][] } | null,
 *   upload: { bytes: number, pixels: number } }} Catalogue
 *
 * @typedef {{ row: number, column: number, class: number, contrast: number | null,
 *   radius_mm: number | null, center: [number, number] | null,
 *   extent: number | null }} Region
 * @typedef {{ side: number, contrast_unit: string, classes: string[], regions: Region[] }} Truth
 * @typedef {{ center: number, width: number }} GreyWindow
 * @typedef {{ title: string, rows: number, columns: number, bits_stored: number,
 *   original_bits_stored: number, slope: number, intercept: number, unit: string,
 *   window: GreyWindow, inverted: boolean, note: string | null, spacing_mm: number | null,
 *   clipped_share: number, codecs: CodecName[],
 *   truth: Truth | null }} OriginalHeader
 * @typedef {{ levels: number, code_block_columns: number, code_block_rows: number }} Wavelet
 * @typedef {{ bytes: number, header_bytes: number, bpp: number, ratio_stored: number,
 *   ratio_allocated: number, ratio_input: number, quality: number | null, dropped_bits: number,
 *   reached: boolean,
 *   psnr_db: number | null, max_error: number, wavelet: Wavelet | null }} Figures
 * @typedef {{ rows: number, columns: number, figures: Figures }} RenditionHeader
 * @typedef {{ blocking: number, ringing: number, ripple: number, blur: number }} Artefacts
 * @typedef {{ ssim: number | null, artefacts: Artefacts }} Similarity
 * @typedef {{ votes: number[], probability: number[] }} Answer
 * @typedef {{ networks: number, regime: Regime, accuracy: number, answers: Answer[] }} Reading
 */

/**
 * @template Header
 * @typedef {{ header: Header, samples: Uint16Array }} Frame
 */

/**
 * What is asked of the server; `null` and `undefined` leave a key out.
 * @typedef {{ phantom?: string | null, upload?: string | null, case?: number | null,
 *   contrast?: number | null, radius?: number | null, noise?: number | null,
 *   path?: InputPath, center?: number | null, width?: number | null, codec?: CodecName,
 *   ratio?: number | null, quality?: number | null, generations?: number | null,
 *   regime?: Regime, region?: number }} Asked
 */
