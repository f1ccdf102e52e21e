//! `calibrate`: the main job.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use phantom_limit::calibrate::{
    CalibrateError, Calibrated, Calibration, DataRequest, Planned, PlannedData, Request,
    network_trainer,
};
use phantom_limit::campaign::{PieceList, Run};
use phantom_limit::network::Kernel;
use phantom_limit::observer::NetworkTrainer;
use phantom_limit::record::{Readers, Results};
use phantom_limit::report;
use phantom_limit::study::{Naming, PieceKind};

use super::answers::readers;
use super::appraise;
use super::completions;
use super::data::DataOptions;
use super::failure::{Failure, check_leaks};
use super::manner::{complain, result_ink};
use super::options::StudyOptions;
use super::output::{place, print, print_inked};
use super::progress::Progress;
use super::signals;

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit calibrate ct-head --out runs/ct-head\n  \
    phantom-limit calibrate my.toml --preset quick --ratio 5,10,20 --codec jpeg --out runs/mine\n  \
    phantom-limit calibrate ct-head --until-decided --replicates 15 --test-images 400 --out \
    runs/grown\n  \
    phantom-limit calibrate --study study.toml --out runs/study\n  \
    phantom-limit calibrate scans --labels labels.csv --present nodule --out runs/own\n  \
    phantom-limit calibrate scans --labels labels.csv --model model.toml --ratio 5,10,20 --out \
    runs/model\n\n\
    The lossless null (JPEG 2000 5/3) always runs too: its loss must be 0.\n\
    Ctrl-C stops; the same command continues. The result is a phantom-task limit, not clinical \
    advice.")]
pub(super) struct Calibrate {
    /// Phantoms: ids from `list`, or paths of .toml files. Or labelled images: a folder, a .csv file
    /// that lists them, or an .npz file.
    #[arg(required_unless_present_any = ["all", "study"])]
    #[arg(add = completions::phantom_or_file())]
    phantoms: Vec<String>,
    /// Every phantom of the library.
    #[arg(long, conflicts_with_all = ["phantoms", "study"])]
    all: bool,
    /// Study file that states phantoms, levels, regimes, sizes and criterion; see
    /// `phantom-limit schema study`.
    #[arg(long, value_name = "FILE", conflicts_with = "phantoms")]
    study: Option<PathBuf>,
    /// Model file of a network of your own, which answers on labelled images: no network is trained.
    /// Folds or seeds of one model are several files. Each must have passed `model check`.
    #[arg(long = "model", value_name = "FILE", conflicts_with_all = ["all", "study", "plan_only", "kernel"])]
    models: Vec<PathBuf>,
    /// What models stand for: themselves (fixed), or a sample of models trained like them (sampled)
    /// [default: sampled from 5 models on].
    #[arg(long, requires = "models", value_parser = readers())]
    readers: Option<Readers>,
    /// Run directory; with several phantoms, one directory below it for each.
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    options: StudyOptions,
    #[command(flatten)]
    data: DataOptions,
    /// Pieces of work at the same time, one thread each [default: one per core]. A training takes
    /// 60 MB and its regions where those have 32×32 pixels, at most 150 MB at 64×64.
    #[arg(long)]
    jobs: Option<usize>,
    /// Threads of each training: more help only where trainings are fewer than cores.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Freeze the plan, list its pieces of work in pieces.json, and do none: `work` does them, on as
    /// many machines as share the directory.
    #[arg(long)]
    plan_only: bool,
    /// Compute kernel of the networks: avx512, avx2 or portable [default: the fastest here];
    /// cuda in builds with that feature; candle is the same on the processor, and slow.
    #[arg(long)]
    kernel: Option<Kernel>,
    /// Print results.json instead of tables.
    #[arg(long)]
    json: bool,
    /// Print all tables, as limit does, not the answer alone.
    #[arg(short, long, conflicts_with = "json")]
    verbose: bool,
}

/// Pieces of work at the same time.
pub(super) fn workers(jobs: Option<usize>) -> usize {
    jobs.filter(|&jobs| jobs > 0)
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

impl Calibrate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        if !self.models.is_empty() {
            return self.appraise();
        }
        if let Some(request) = self.data.request(&self.phantoms, &self.options.changes)? {
            return self.run_on_images(&request);
        }
        let trainer = Arc::new(network_trainer(self.kernel, self.threads)?);
        // Everything is checked before anything is written.
        let planned = (self.request())
            .and_then(|request| request.plans(trainer.kernel.name()))
            .map_err(|error| Failure::usage(anyhow::anyhow!(error.message(self.naming()))))?;
        let stopped = signals::watch().map_err(Failure::failed)?;
        let several = planned.len() > 1;
        let (mut all, asked) = (Vec::new(), planned.len());
        for Planned { phantom, plan, start } in planned {
            let out = place(&self.out, &phantom, several);
            let trainer: Arc<NetworkTrainer> = Arc::clone(&trainer);
            let calibration = Calibration {
                workers: workers(self.jobs),
                progress: Arc::new(Progress::new()),
                stopped: Arc::clone(&stopped),
                start,
                ..Calibration::new(plan, &out, trainer)
            };
            if self.plan_only {
                self.show_pieces(&calibration.begin()?.list_pieces()?, &out)?;
                continue;
            }
            let Calibrated { run, results } = match calibration.run().map_err(Failure::from) {
                Ok(done) => done,
                // The others do not depend on this one.
                Err(Failure::Failed(error) | Failure::Usage(error)) if several => {
                    complain(format_args!("{}: {error}", phantom.id));
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            if !self.json {
                print_inked(&self.said(&run, &results, &out), result_ink())?;
            }
            all.push(results);
        }
        if self.plan_only {
            return Ok(());
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

    /// Puts models of the user's own to the test.
    fn appraise(&self) -> Result<(), Failure> {
        let [data] = &self.phantoms[..] else {
            return Err(Failure::usage(anyhow::anyhow!(
                "--model answers on one set of images: name its folder, table or NPZ file"
            )));
        };
        let asked = appraise::Asked {
            data,
            labels: self.data.labels(),
            models: &self.models,
            readers: self.readers,
            bits_stored: self.data.bits_stored()?,
            out: &self.out,
            workers: workers(self.jobs),
            json: self.json,
        };
        appraise::run(&asked, &self.options.changes)
    }

    /// The same on a user's labelled images.
    fn run_on_images(&self, request: &DataRequest) -> Result<(), Failure> {
        let trainer = Arc::new(network_trainer(self.kernel, self.threads)?);
        let PlannedData { plan, location, start } = request
            .plan(trainer.kernel.name())
            .map_err(|error| Failure::usage(anyhow::anyhow!(error.message(self.naming()))))?;
        let calibration = Calibration {
            workers: workers(self.jobs),
            progress: Arc::new(Progress::new()),
            stopped: signals::watch().map_err(Failure::failed)?,
            start,
            location: Some(location),
            ..Calibration::new(plan, &self.out, trainer)
        };
        if self.plan_only {
            return self.show_pieces(&calibration.begin()?.list_pieces()?, &self.out);
        }
        let Calibrated { run, results } = calibration.run()?;
        if self.json {
            let text = serde_json::to_string_pretty(&results).map_err(Failure::failed)?;
            return print(&format!("{text}\n"));
        }
        print_inked(&self.said(&run, &results, &self.out), result_ink())
    }

    /// The answer, or all tables, and where the rest is.
    fn said(&self, run: &Run, results: &Results, out: &Path) -> String {
        let (page, out) = (out.join("report.html"), out.display());
        let said = if self.verbose {
            let trainings = report::training_text(results, &run.training_times());
            format!("{}{trainings}\n", report::text(results))
        } else {
            format!("{}tables: phantom-limit limit {out}\n", report::brief(results, result_ink()))
        };
        format!("{said}report: {}\n", page.display())
    }

    fn show_pieces(&self, list: &PieceList, out: &Path) -> Result<(), Failure> {
        if self.json {
            let text = serde_json::to_string_pretty(list).map_err(Failure::failed)?;
            return print(&format!("{text}\n"));
        }
        let mut text = format!("plan frozen in {} for kernel {}\n", out.display(), list.kernel);
        for kind in PieceKind::ALL {
            let of_kind: Vec<f64> = (list.pieces.iter().filter(|piece| piece.kind == kind))
                .map(|piece| piece.seconds)
                .collect();
            if !of_kind.is_empty() {
                let hours = of_kind.iter().sum::<f64>() / 3600.0;
                text += &format!(
                    "  {:<10}{:>7} pieces, about {hours:.2} hours of a core\n",
                    kind.name(),
                    of_kind.len()
                );
            }
        }
        text += &format!("next: phantom-limit work {0}, or submit {0}\n", out.display());
        print(&text)
    }

    /// What is asked for, by options or by a study file.
    fn request(&self) -> Result<Request, CalibrateError> {
        if let Some(path) = &self.study {
            return Request::read(path);
        }
        Ok(Request {
            phantoms: if self.all { Request::library() } else { self.phantoms.clone() },
            changes: self.options.changes.clone(),
        })
    }

    /// How the user names options: as the study file does where there is one.
    fn naming(&self) -> Naming {
        if self.study.is_some() { Naming::Key } else { Naming::CommandLine }
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
        let Planned { phantom, plan, .. } =
            calibrate.request().unwrap().plan(kernel.name()).unwrap();
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
            "--codec jpeg12,jpeg2000 --ratio 5:1,10.5,20:1",
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
            let printed = command(&phantom, &expected);
            assert_eq!(plan(&printed).1, expected, "{asked}\n{printed}");
        }
    }
}
