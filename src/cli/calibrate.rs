//! `calibrate`: the main job.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use phantom_limit::calibrate::{
    CalibrateError, Calibrated, Calibration, Planned, Request, network_trainer,
};
use phantom_limit::codec::CodecName;
use phantom_limit::network::Kernel;
use phantom_limit::observer::NetworkTrainer;
use phantom_limit::record::{InputPath, Regime};
use phantom_limit::report;
use phantom_limit::stats::MOST_LOOKS;
use phantom_limit::study::{Changes, Preset};

use super::failure::{Failure, check_leaks};
use super::progress::Progress;
use super::{place, print, signals};

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum PresetName {
    /// At most half a minute on two cores: one network, three levels. Shows that everything
    /// runs; supports no conclusion.
    Smoke,
    /// Minutes: two networks. Curves, and verdicts that hold for these networks only; no limit.
    Quick,
    /// 10 to 30 minutes on two cores: five networks, every level. The limit with its interval.
    Standard,
    /// An hour and more on two cores: ten networks, more images. A narrower interval.
    Full,
}

impl From<PresetName> for Preset {
    fn from(name: PresetName) -> Self {
        match name {
            PresetName::Smoke => Self::Smoke,
            PresetName::Quick => Self::Quick,
            PresetName::Standard => Self::Standard,
            PresetName::Full => Self::Full,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CodecArgument {
    /// JPEG Baseline, 8 bit; on native data the low bits are dropped first.
    Jpeg,
    /// JPEG Extended sequential, up to 12 bit.
    Jpeg12,
    /// JPEG 2000 with the irreversible 9/7 wavelet.
    Jpeg2000,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PathArgument {
    /// Stored values as acquired.
    Native,
    /// 8 bits through the phantom's display window.
    Windowed,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RegimeArgument {
    /// Train on uncompressed images: how robust is an existing network?
    Original,
    /// Train on originals and all levels: what can a deployable network reach?
    Mixed,
    /// Train one network for each codec and level and test it there: what is left in the
    /// compressed image? Splits the loss into domain shift and lost information.
    Matched,
    /// Test those networks at every level that one was trained at: which network may read
    /// which archive?
    Matrix,
}

/// What a study file states and no option may contradict.
const PLANNED: [&str; 21] = [
    "phantoms",
    "preset",
    "codec",
    "path",
    "regime",
    "ratio",
    "quality",
    "psnr",
    "bpp",
    "matched_level",
    "warm_start",
    "symmetric_prediction",
    "replicates",
    "train_images",
    "test_images",
    "epochs",
    "margin",
    "alpha",
    "until_decided",
    "max_looks",
    "linear_observers",
];

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit calibrate ct-head --out runs/ct-head\n  \
    phantom-limit calibrate my.toml --preset quick --ratio 5,10,20 --codec jpeg --out runs/mine\n  \
    phantom-limit calibrate ct-head --until-decided --replicates 15 --test-images 400 --out \
    runs/grown\n  \
    phantom-limit calibrate --study study.toml --out runs/study\n\n\
    The lossless null (JPEG 2000 5/3) always runs beside the codecs: its loss must be 0.\n\
    Ctrl-C stops; the same command continues. The result is a phantom-task limit, not clinical \
    advice.")]
pub(super) struct Calibrate {
    /// Phantoms: ids from `list`, or paths of .toml files.
    #[arg(required_unless_present_any = ["all", "study"])]
    phantoms: Vec<String>,
    /// Every phantom of the library.
    #[arg(long, conflicts_with_all = ["phantoms", "study"])]
    all: bool,
    /// Study file that states phantoms, levels, regimes, sizes and criterion; see
    /// `phantom-limit schema study`.
    #[arg(long, value_name = "FILE", conflicts_with_all = PLANNED)]
    study: Option<PathBuf>,
    /// Run directory; with several phantoms, one directory below it for each.
    #[arg(long)]
    out: PathBuf,
    /// Amount of work.
    #[arg(long, value_enum, default_value = "standard")]
    preset: PresetName,
    /// Lossy codecs, each on every path whose samples it takes [default: jpeg on windowed data,
    /// jpeg2000 on both].
    #[arg(long, value_enum, value_delimiter = ',')]
    codec: Option<Vec<CodecArgument>>,
    /// What the codecs are given [default: both].
    #[arg(long, value_enum, value_delimiter = ',')]
    path: Option<Vec<PathArgument>>,
    /// What networks are trained on [default: original,mixed].
    #[arg(long, value_enum, value_delimiter = ',')]
    regime: Option<Vec<RegimeArgument>>,
    /// Levels as compression ratios N:1 on stored bits, above 1 [default: the preset's ladder].
    #[arg(long, value_delimiter = ',', value_name = "N")]
    ratio: Option<Vec<f64>>,
    /// Levels as qualities of the JPEG family instead, up to 100; jpeg takes whole numbers.
    #[arg(long, value_delimiter = ',')]
    quality: Option<Vec<f64>>,
    /// Levels as least PSNR in dB instead, against what the codec is given.
    #[arg(long, value_delimiter = ',', value_name = "DB")]
    psnr: Option<Vec<f64>>,
    /// Levels as bits per pixel instead, headers counted.
    #[arg(long, value_delimiter = ',', value_name = "BITS")]
    bpp: Option<Vec<f64>>,
    /// Levels at which networks of regimes matched and matrix are trained, out of those tested
    /// [default: the ones nearest to 5:1, 10:1, 20:1, 50:1 and 120:1, or to about as much].
    #[arg(long, alias = "matched-ratio", value_delimiter = ',', value_name = "LEVEL")]
    matched_level: Option<Vec<f64>>,
    /// Start the networks of matched and matrix from the originals' network and train them as
    /// short as those of mixed: a quarter of the time.
    #[arg(long)]
    warm_start: bool,
    /// Networks rate the mean over the eight flips and turns of a region: more accurate, and eight
    /// times the time for rating.
    #[arg(long)]
    symmetric_prediction: bool,
    /// Networks per path and regime; a limit needs 5.
    #[arg(long)]
    replicates: Option<u32>,
    /// Training images of each replicate.
    #[arg(long)]
    train_images: Option<u32>,
    /// Test images.
    #[arg(long)]
    test_images: Option<u32>,
    /// Passes over the training images.
    #[arg(long)]
    epochs: Option<u32>,
    /// Largest loss of accuracy that is accepted [default: 0.02].
    #[arg(long)]
    margin: Option<f64>,
    /// One-sided error of each verdict [default: 0.025].
    #[arg(long)]
    alpha: Option<f64>,
    /// Begin with 5 networks and test images in proportion, and grow both only until every limit is
    /// decided: FAIL behind the last level that passes, or no level left. --replicates, more than
    /// 5, and --test-images are then the most that it may take. Looking several times costs no
    /// error: O'Brien-Fleming spending shares --alpha among the looks.
    #[arg(long)]
    until_decided: bool,
    /// Looks at most, 2 to 5, the last at the full size [default: 5].
    #[arg(long, value_name = "N", requires = "until_decided")]
    max_looks: Option<u32>,
    /// Whether linear observers (NPW, NPWE, channelised Hotelling) rate the test images too
    /// [default: true in presets standard and full].
    #[arg(long, value_name = "BOOL")]
    linear_observers: Option<bool>,
    /// Seed [default: 1].
    #[arg(long, conflicts_with = "study")]
    seed: Option<u64>,
    /// Pieces of work at the same time, one thread each [default: one per core]. A training takes
    /// 60 MB beside its regions where those have 32×32 pixels, at most 150 MB at 64×64.
    #[arg(long)]
    jobs: Option<usize>,
    /// Threads of each training: more help only where trainings are fewer than cores.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Compute kernel of the networks: avx512, avx2 or portable [default: the fastest here];
    /// cuda in builds with that feature; candle is the same on the processor, and slow.
    #[arg(long)]
    kernel: Option<Kernel>,
    /// Print results.json instead of tables.
    #[arg(long)]
    json: bool,
    /// Show no progress.
    #[arg(long)]
    quiet: bool,
}

/// Pieces of work at the same time.
pub(super) fn workers(jobs: Option<usize>) -> usize {
    jobs.filter(|&jobs| jobs > 0)
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

impl Calibrate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let trainer = Arc::new(network_trainer(self.kernel, self.threads)?);
        // Everything is checked before anything is written.
        let planned = self.request()?.plans(trainer.kernel.name())?;
        let stopped = signals::watch().map_err(Failure::failed)?;
        let several = planned.len() > 1;
        let (mut all, asked) = (Vec::new(), planned.len());
        for Planned { phantom, plan } in planned {
            let out = place(&self.out, &phantom, several);
            let trainer: Arc<NetworkTrainer> = Arc::clone(&trainer);
            let calibration = Calibration {
                workers: workers(self.jobs),
                progress: Arc::new(Progress::new(self.quiet)),
                stopped: Arc::clone(&stopped),
                ..Calibration::new(plan, &out, trainer)
            };
            let Calibrated { run, results } = match calibration.run().map_err(Failure::from) {
                Ok(done) => done,
                // The others do not depend on this one.
                Err(Failure::Failed(error) | Failure::Usage(error)) if several => {
                    eprintln!("error: {}: {error}", phantom.id);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            if !self.json {
                print(&format!(
                    "{}{}\nreport: {}\n",
                    report::text(&results),
                    report::training_text(&results, &run.training_times()),
                    out.join("report.html").display()
                ))?;
            }
            all.push(results);
        }
        if self.json {
            let text = match all.as_slice() {
                [only] => serde_json::to_string_pretty(only),
                all => serde_json::to_string_pretty(all),
            };
            print(&format!("{}\n", text.map_err(Failure::failed)?))?;
        } else if several {
            print(&report::overview(&all))?;
        }
        for results in &all {
            check_leaks(results)?;
        }
        match asked - all.len() {
            0 => Ok(()),
            failed if failed == asked => {
                Err(Failure::failed(anyhow::anyhow!("none of the {asked} phantoms was calibrated")))
            }
            failed => Err(Failure::Partial { failed, asked, things: "phantoms" }),
        }
    }

    /// What is asked for, by options or by a study file.
    fn request(&self) -> Result<Request, CalibrateError> {
        if let Some(path) = &self.study {
            return Request::read(path);
        }
        Ok(Request {
            phantoms: if self.all { Request::library() } else { self.phantoms.clone() },
            preset: self.preset.into(),
            seed: self.seed.unwrap_or(1),
            changes: self.changes(),
        })
    }

    fn changes(&self) -> Changes {
        fn all<A: Copy, B>(given: Option<&Vec<A>>, into: impl Fn(A) -> B) -> Option<Vec<B>> {
            given.map(|items| items.iter().map(|&item| into(item)).collect())
        }
        Changes {
            codecs: all(self.codec.as_ref(), |codec| match codec {
                CodecArgument::Jpeg => CodecName::Jpeg,
                CodecArgument::Jpeg12 => CodecName::Jpeg12,
                CodecArgument::Jpeg2000 => CodecName::Jpeg2000,
            }),
            paths: all(self.path.as_ref(), |path| match path {
                PathArgument::Native => InputPath::Native,
                PathArgument::Windowed => InputPath::Windowed,
            }),
            regimes: all(self.regime.as_ref(), |regime| match regime {
                RegimeArgument::Original => Regime::Original,
                RegimeArgument::Mixed => Regime::Mixed,
                RegimeArgument::Matched => Regime::Matched,
                RegimeArgument::Matrix => Regime::Matrix,
            }),
            ratios: self.ratio.clone(),
            qualities: self.quality.clone(),
            psnr_db: self.psnr.clone(),
            bpp: self.bpp.clone(),
            matched_levels: self.matched_level.clone(),
            warm_start: self.warm_start,
            symmetric_prediction: self.symmetric_prediction,
            replicates: self.replicates,
            train_images: self.train_images,
            test_images: self.test_images,
            epochs: self.epochs,
            margin: self.margin,
            alpha: self.alpha,
            looks: self.until_decided.then(|| self.max_looks.unwrap_or(MOST_LOOKS as u32)),
            linear_observers: self.linear_observers,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use phantom_limit::campaign::command;
    use phantom_limit::phantom::Phantom;
    use phantom_limit::study::Plan;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        calibrate: Calibrate,
    }

    /// The plan of a command line, as [`Calibrate::run`] makes it.
    fn plan(line: &str) -> (Phantom, Plan) {
        let words = line.split(' ').skip(1);
        let Line { calibrate } = Line::try_parse_from(words).unwrap();
        let kernel = calibrate.kernel.unwrap_or(Kernel::Portable);
        let Planned { phantom, plan } = calibrate.request().unwrap().plan(kernel.name()).unwrap();
        (phantom, plan)
    }

    #[test]
    fn the_command_in_the_report_gives_the_same_plan() {
        for options in [
            "",
            "--preset smoke",
            "--symmetric-prediction --preset smoke",
            "--preset quick --seed 7 --kernel avx2",
            // Equal to the preset's, which also sets the passes of regime mixed.
            "--preset quick --epochs 7",
            "--preset full --epochs 16",
            "--epochs 3 --replicates 4 --train-images 9 --test-images 8 --margin 0.05 --alpha 0.01",
            // The usual codecs by name: then 8-bit JPEG runs on native data too.
            "--codec jpeg,jpeg2000",
            "--codec jpeg2000 --path native",
            "--path windowed",
            "--codec jpeg12,jpeg2000 --ratio 5,10.5,20",
            "--codec jpeg --quality 90,50,20",
            "--psnr 60,45 --regime mixed",
            "--bpp 2,1,0.25 --regime original,matched",
            "--regime matched,matrix",
            "--regime original,matched --matched-level 5,200",
            "--ratio 5,10,20,50,60,120 --regime matched --warm-start",
            "--ratio 5,10,20,50,60,120 --regime matched --matched-level 60",
            "--preset full --until-decided",
            "--replicates 12 --until-decided --max-looks 3 --linear-observers false",
        ] {
            let asked = format!("phantom-limit calibrate ct-head --out run {options}");
            let (phantom, expected) = plan(asked.trim_end());
            let told = command(&phantom, &expected);
            assert_eq!(plan(&told).1, expected, "{asked}\n{told}");
        }
    }
}
