//! `insert`: a phantom's targets in users' images.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use phantom_limit::acquisition::Mtf;
use phantom_limit::acquisition::edge::Rectangle;
use phantom_limit::calibrate::resolve;
use phantom_limit::export::Format;
use phantom_limit::image::Rescale;
use phantom_limit::import::{self, Beside};
use phantom_limit::insertion::{self, Input, Placing, Request, Scale, Summary, edge_of};
use phantom_limit::scene::RegionKind;

use super::completions;
use super::failure::Failure;
use super::generate::Kind;
use super::manner::complain;
use super::message::say;
use super::output::print;
use super::progress::Progress;
use super::signals;

/// Formats that hold pairs of images.
const KINDS: [Kind; 6] =
    [Kind::Npy, Kind::Npz, Kind::Png, Kind::Tiff, Kind::Imagefolder, Kind::Coco];

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Task {
    /// The shapes of [targets].
    Identify,
    /// The subtle targets of [detection].
    Detect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Intensity {
    /// Values go with the X-ray intensity.
    Linear,
    /// Values go with its logarithm; needs --gain.
    Log,
}

/// Arguments of `insert`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit insert slices/ --targets ct-head --task detect --mtf50 0.4 --range 20..50 --out hybrid\n  \
    phantom-limit insert scan.npy --targets shapes.toml --mtf-edge water.dcm@200,180,264,244 \\\n      \
    --mask liver.png --pixel-mm 0.7 --rescale 1,-1024 --out hybrid\n\n\
    Contrasts are added in HU (CT), to the line integral of attenuation (projections), in dB \
    (ultrasound) or to the magnitude (MR), blurred by the MTF and rounded last. Every image is there \
    without targets as well. A targets file is a phantom file; with `extends = \"ct-head\"` it needs no more \
    than its own [targets].")]
pub(super) struct Insert {
    /// Images (PNG, PGM, TIFF, NPY, NPZ, DICOM) and directories of them; every frame of an object.
    #[arg(required = true)]
    images: Vec<String>,
    /// Phantom whose targets are drawn: an id from `list`, or the path of a .toml file.
    #[arg(long, value_name = "FILE")]
    #[arg(add = completions::phantom())]
    targets: String,
    /// Which of its targets.
    #[arg(long, value_enum, default_value = "identify")]
    task: Task,
    /// Directory to write; it must be new, empty, or an unfinished one of the same options.
    #[arg(long)]
    out: PathBuf,
    /// Spatial frequency in 1/mm at which the images' MTF, taken as Gaussian, is one half.
    #[arg(
        long,
        value_name = "PER_MM",
        required_unless_present = "mtf_edge",
        conflicts_with = "mtf_edge"
    )]
    mtf50: Option<f64>,
    /// Measure the MTF on the slanted edge in a part of an image: FILE@COLUMN,ROW,COLUMN,ROW, its first
    /// and last pixel.
    #[arg(long, value_name = "FILE@X0,Y0,X1,Y1")]
    mtf_edge: Option<String>,
    /// Where targets may lie: a mask of the images' size (any value but 0), or a directory of masks named
    /// as the images.
    #[arg(long)]
    mask: Option<PathBuf>,
    /// Values of the mask where they may lie.
    #[arg(long, value_delimiter = ',', requires = "mask", value_name = "N")]
    label: Vec<u16>,
    /// Physical values where they may lie, such as 20..50 HU, of the mean of 5 × 5 pixels.
    #[arg(long, value_name = "LOW..HIGH", allow_hyphen_values = true, value_parser = range)]
    range: Option<[f64; 2]>,
    /// Least distance of a target from all other pixels and from the image's edge, in mm.
    #[arg(long, default_value_t = 1.0)]
    margin_mm: f64,
    /// Targets of an image at most.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1000))]
    per_image: u64,
    /// d′ of every target in its local noise, from which its contrast follows [default: contrasts
    /// of the targets file].
    #[arg(long, value_name = "LOW..HIGH", value_parser = range)]
    detectability: Option<[f64; 2]>,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Distance of pixel centres in mm, where files do not state it.
    #[arg(long)]
    pixel_mm: Option<f64>,
    /// Physical value (HU, dB) = SLOPE × value + INTERCEPT, where files do not state it.
    #[arg(long, value_name = "SLOPE,INTERCEPT", allow_hyphen_values = true, value_parser = rescale)]
    rescale: Option<Rescale>,
    /// How values of projections go with the X-ray intensity, where files do not state it.
    #[arg(long, value_enum)]
    intensity: Option<Intensity>,
    /// Values for one unit of the line integral of attenuation, where they go with the logarithm;
    /// below 0 where denser is lower.
    #[arg(long, allow_hyphen_values = true)]
    gain: Option<f64>,
    /// Bits that carry the value, for files that do not state them.
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(1..=16))]
    bits_stored: Option<u8>,
    /// Take images that were compressed irreversibly.
    #[arg(long)]
    accept_lossy: bool,
    /// Formats, any of them together.
    #[arg(long, value_parser = Kind::among(&KINDS), value_delimiter = ',', default_value = "npy,png")]
    format: Vec<Kind>,
    /// Images at the same time [default: one per core].
    #[arg(long)]
    jobs: Option<usize>,
}

impl Insert {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (phantom, source) = resolve(&self.targets)?;
        let kind = match self.task {
            Task::Identify => RegionKind::Identify,
            Task::Detect => RegionKind::Detect,
        };
        self.check()?;
        let formats: Vec<Format> = self.format.iter().map(|kind| kind.format()).collect();
        let inputs = self.inputs()?;
        let count = inputs.len() as u64;
        let request = Request {
            seed: self.seed,
            placing: Placing {
                labels: self.label.clone(),
                range: self.range,
                margin_mm: self.margin_mm,
                per_image: self.per_image,
            },
            detectability: self.detectability,
            scale: self.scale(),
            accept_lossy: self.accept_lossy,
            formats: Format::complete(&formats),
            inputs,
            ..Request::of(&phantom, source, kind, self.mtf()?)?
        };
        let stopped = signals::watch().map_err(Failure::failed)?;
        let progress = Progress::new();
        progress.begin("images", count);
        let workers = super::calibrate::workers(self.jobs);
        let written = insertion::write(
            &phantom.formation,
            &request,
            &self.out,
            workers,
            &|images| progress.steps("images", images),
            &stopped,
        );
        progress.end();
        self.tell(&written?)
    }

    /// Prints what was done on stdout, and what was left out on stderr.
    fn tell(&self, summary: &Summary) -> Result<(), Failure> {
        let Summary { images, patients, targets, detectability: [least, median, most], .. } =
            summary;
        let mut text = format!(
            "{targets} targets in {images} images of {patients} patients in {}, each image also without; \
             d′ {least:.2} to {most:.2}, median {median:.2}\n",
            self.out.display()
        );
        if summary.images_with_fewer > 0 {
            let fewer = summary.images_with_fewer;
            text += &format!("{fewer} images have room for fewer targets than --per-image\n");
        }
        if summary.clipped_pixels > 0 {
            let clipped = summary.clipped_pixels;
            text +=
                &format!("{clipped} pixels of targets are clipped by the range of stored values\n");
        }
        if summary.low_signal > 0 {
            text += &format!(
                "{} targets lie where the signal is below five times the noise: an MR magnitude shows less of \
                 them\n",
                summary.low_signal
            );
        }
        text += &format!("{}\n", summary.verdict);
        print(&text)?;
        let (passed, refused): (Vec<_>, Vec<_>) =
            summary.left_out.iter().partition(|it| it.passed_over);
        if !passed.is_empty() {
            say(&format!("passed over what is no image: {} objects", passed.len()));
        }
        for left_out in &refused {
            complain(format_args!("`{}`: {}", left_out.input, left_out.reason));
        }
        if refused.is_empty() {
            return Ok(());
        }
        let asked = refused.len() + summary.images as usize;
        Err(Failure::Partial { failed: refused.len(), asked, things: "images" })
    }

    fn check(&self) -> Result<(), Failure> {
        let above = |name: &str, value: Option<f64>| match value {
            Some(value) if !(value > 0.0 && value.is_finite()) => {
                Err(Failure::usage(anyhow::anyhow!("{name} {value}: it must be above 0")))
            }
            _ => Ok(()),
        };
        above("--mtf50", self.mtf50)?;
        above("--pixel-mm", self.pixel_mm)?;
        if let Some([low, _]) = self.detectability {
            above("--detectability", Some(low))?;
        }
        if !(self.margin_mm >= 0.0 && self.margin_mm.is_finite()) {
            let margin = self.margin_mm;
            return Err(Failure::usage(anyhow::anyhow!(
                "--margin-mm {margin}: it must be 0 or more"
            )));
        }
        match self.gain {
            Some(gain) if gain == 0.0 || !gain.is_finite() => Err(Failure::usage(anyhow::anyhow!(
                "--gain {gain}: it must be a number other than 0"
            ))),
            _ => Ok(()),
        }
    }

    fn scale(&self) -> Scale {
        Scale {
            pixel_mm: self.pixel_mm,
            rescale: self.rescale,
            bits_stored: self.bits_stored,
            logarithmic: self.intensity.map(|intensity| intensity == Intensity::Log),
            gain: self.gain,
        }
    }

    fn mtf(&self) -> Result<Mtf, Failure> {
        if let Some(mtf50_per_mm) = self.mtf50 {
            return Ok(Mtf::Gaussian { mtf50_per_mm });
        }
        let edge = self.mtf_edge.as_deref().unwrap_or_default();
        let wrong = || {
            Failure::usage(anyhow::anyhow!(
                "--mtf-edge `{edge}` is not FILE@X0,Y0,X1,Y1, such as water.dcm@200,180,264,244"
            ))
        };
        let (path, corners) = edge.rsplit_once('@').ok_or_else(wrong)?;
        let corners: Vec<usize> = corners
            .split(',')
            .map(|word| word.trim().parse().map_err(|_| wrong()))
            .collect::<Result<_, _>>()?;
        let &[left, top, right, bottom] = corners.as_slice() else { return Err(wrong()) };
        if right < left || bottom < top {
            return Err(wrong());
        }
        let part =
            Rectangle { row: top, column: left, rows: bottom - top + 1, columns: right - left + 1 };
        Ok(Mtf::Measured(edge_of(path, part, &self.scale())?))
    }

    /// The images, each frame by itself, with their masks.
    fn inputs(&self) -> Result<Vec<Input>, Failure> {
        let mut inputs = Vec::new();
        let masks = match &self.mask {
            Some(mask) if mask.is_dir() => import::images_in(mask).map_err(Failure::usage)?.images,
            _ => Vec::new(),
        };
        for image in &self.images {
            let path = Path::new(image);
            let (paths, found) = if path.is_dir() {
                let mut images = import::images_once(path).map_err(Failure::usage)?.images;
                // What is written there on the way is none of the images to begin with.
                images.retain(|image| Beside::of(image).is_none() && !below(image, &self.out));
                (images, true)
            } else {
                // Says why it cannot be read.
                import::frames(path).map_err(Failure::usage)?;
                (vec![path.to_owned()], false)
            };
            for path in paths {
                let mask = self.mask_of(Path::new(image), &path, &masks)?;
                // Where the file is none, reading will say so.
                let frames = import::frames(&path).unwrap_or(1);
                let frames: Vec<Option<u32>> =
                    if frames == 1 { vec![None] } else { (1..=frames).map(Some).collect() };
                inputs.extend(frames.into_iter().map(|frame| Input {
                    path: path.display().to_string(),
                    frame,
                    mask: mask.clone(),
                    found,
                }));
            }
        }
        Ok(inputs)
    }

    /// The mask of an image below `root`: the one file, or that of `masks`, a directory's, which has
    /// the same path there but for what follows the name's first dot, else the only one of that name.
    fn mask_of(
        &self,
        root: &Path,
        image: &Path,
        masks: &[PathBuf],
    ) -> Result<Option<String>, Failure> {
        let Some(directory) = &self.mask else { return Ok(None) };
        if !directory.is_dir() {
            return Ok(Some(directory.display().to_string()));
        }
        let place = |path: &Path, root: &Path| {
            let inside = path.strip_prefix(root).unwrap_or(path);
            inside.with_file_name(name_of(path))
        };
        let wanted = place(image, root);
        let same: Vec<&PathBuf> =
            masks.iter().filter(|mask| place(mask, directory) == wanted).collect();
        let named: Vec<&PathBuf> =
            masks.iter().filter(|mask| name_of(mask) == name_of(image)).collect();
        let found = if same.is_empty() { named } else { same };
        match found[..] {
            [mask] => Ok(Some(mask.display().to_string())),
            [] => Err(Failure::usage(anyhow::anyhow!(
                "`{}` holds no mask named as `{}`",
                directory.display(),
                image.display()
            ))),
            [one, other, ..] => Err(Failure::usage(anyhow::anyhow!(
                "`{}` and `{}` are both named as `{}`: give masks the paths of their images",
                one.display(),
                other.display(),
                image.display()
            ))),
        }
    }
}

/// The name of a file up to its first dot.
fn name_of(path: &Path) -> &str {
    let name = path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    name.split('.').next().unwrap_or_default()
}

/// Whether a path lies in a directory, however the two are written.
fn below(path: &Path, directory: &Path) -> bool {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole(path).starts_with(whole(directory))
}

/// Two numbers, the second not below the first.
fn range(text: &str) -> Result<[f64; 2], String> {
    let number = |word: &str| word.trim().parse().ok().filter(|n: &f64| n.is_finite());
    match text.split_once("..").map(|(low, high)| (number(low), number(high))) {
        Some((Some(low), Some(high))) if low <= high => Ok([low, high]),
        _ => Err("write the lowest and the highest value, for instance 20..50".into()),
    }
}

/// Slope and intercept.
fn rescale(text: &str) -> Result<Rescale, String> {
    let number = |word: &str| word.trim().parse().ok().filter(|n: &f64| n.is_finite());
    match text.split_once(',').map(|(slope, intercept)| (number(slope), number(intercept))) {
        Some((Some(slope), Some(intercept))) if slope != 0.0 => Ok(Rescale { slope, intercept }),
        _ => Err("write slope and intercept, for instance 1,-1024".into()),
    }
}
