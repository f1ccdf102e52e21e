//! `tune`: contrasts for the asked accuracy.

use clap::Args;
use phantom_limit::calibrate::{Planned, Request, network_trainer};
use phantom_limit::campaign::{Trial, Tuning, tune};
use phantom_limit::phantom::{Sign, Targets};
use phantom_limit::study::{Changes, Plan};
use phantom_limit::units::Unit;

use super::failure::Failure;
use super::output::print;
use super::{calibrate, signals};

/// Arguments of `tune`.
#[derive(Debug, Args)]
#[command(after_help = "Example: phantom-limit tune mr-brain --train-images 60 --epochs 8\n\n\
    Scales the contrast range until networks trained on uncompressed images have the accuracy \
    asked for (the mean over the native and the windowed path), and prints the line to paste into \
    [targets]. Trials draw the same scenes from the seed. Fewer images or epochs than the standard \
    run's are quicker and give too high contrasts.")]
pub(super) struct Tune {
    /// Phantom: an id from `list`, or the path of a .toml file.
    phantom: String,
    /// Lowest and highest accuracy to accept.
    #[arg(long, value_delimiter = ',', default_values_t = [0.92, 0.93])]
    accuracy: Vec<f64>,
    /// Contrast ranges to try at most.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
    trials: u32,
    /// Training images of each trial [default: the standard run's].
    #[arg(long)]
    train_images: Option<u32>,
    /// Images that each trial is judged on [default: the standard run's].
    #[arg(long)]
    test_images: Option<u32>,
    /// Passes over the training images [default: the standard run's].
    #[arg(long)]
    epochs: Option<u32>,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads of each training [default: one per core].
    #[arg(long)]
    threads: Option<usize>,
    /// Show no progress.
    #[arg(long)]
    quiet: bool,
}

impl Tune {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let [low, high] = self.accuracy[..] else {
            return Err(Failure::usage(anyhow::anyhow!(
                "--accuracy takes two values, such as 0.92,0.93"
            )));
        };
        if !(low > 0.0 && low < high && high < 1.0) {
            return Err(Failure::usage(anyhow::anyhow!(
                "--accuracy {low},{high} is not possible: give a lower and a higher accuracy between \
                 0 and 1, such as 0.92,0.93"
            )));
        }
        let trainer = network_trainer(None, calibrate::workers(self.threads))?;
        let request = Request {
            changes: Changes {
                train_images: self.train_images,
                test_images: self.test_images,
                epochs: self.epochs,
                seed: Some(self.seed),
                ..Changes::default()
            },
            ..Request::of(&self.phantom)
        };
        let Planned { phantom, plan } = request.plan(trainer.kernel.name())?;
        let stopped = signals::watch().map_err(Failure::failed)?;
        let targets = &phantom.formation.targets;
        let trial = tune(&Tuning {
            phantom: &phantom,
            plan: &plan,
            trainer: &trainer,
            accuracy: low..=high,
            trials: self.trials,
            tried: &|trial| {
                if !self.quiet {
                    eprintln!("{}: {}", line(targets, trial), accuracies(trial));
                }
            },
            stopped: &stopped,
        })?;
        let missed = if (low..=high).contains(&trial.mean()) {
            String::new()
        } else {
            format!(", the nearest of {} trials to {low}-{high}", self.trials)
        };
        print(&format!(
            "# {}, phantom-limit {}: {}{missed}\n{}\n",
            self.command(&plan),
            env!("CARGO_PKG_VERSION"),
            accuracies(&trial),
            line(targets, &trial)
        ))
    }

    fn command(&self, plan: &Plan) -> String {
        let mut command = format!("phantom-limit tune {}", self.phantom);
        if let [low, high] = self.accuracy[..]
            && (low, high) != (0.92, 0.93)
        {
            command.push_str(&format!(" --accuracy {low},{high}"));
        }
        let mut add = |option: &str, value: Option<u32>| {
            if let Some(value) = value {
                command.push_str(&format!(" --{option} {value}"));
            }
        };
        add("train-images", self.train_images);
        add("test-images", self.test_images);
        add("epochs", self.epochs);
        format!("{command} --seed {}, kernel {}", self.seed, plan.kernel)
    }
}

fn accuracies(trial: &Trial) -> String {
    let each: Vec<String> = trial
        .accuracy
        .iter()
        .map(|(path, accuracy)| format!("{} {accuracy:.3}", path.name()))
        .collect();
    format!("accuracy {}", each.join(", "))
}

/// The key of a phantom file with the contrasts of a trial.
fn line(targets: &Targets, trial: &Trial) -> String {
    let unit = match targets.contrast_unit {
        Unit::HounsfieldUnits => "hu",
        Unit::Percent => "percent",
        Unit::Decibels => "db",
        Unit::Arbitrary => "au",
        Unit::Counts => "counts",
    };
    let sign = match targets.sign {
        Sign::Either => "either",
        Sign::Positive => "positive",
        Sign::Negative => "negative",
    };
    format!(
        "contrast_{unit} = {{ uniform_magnitude = [{:?}, {:?}], sign = \"{sign}\" }}",
        trial.contrast.low, trial.contrast.high
    )
}
