//! `tune`: contrasts for the asked score.

use clap::Args;
use phantom_limit::calibrate::{Planned, Request, network_trainer};
use phantom_limit::campaign::{Trial, Tuning, targets_of, tune};
use phantom_limit::phantom::{Sign, Targets};
use phantom_limit::study::{Changes, Plan};
use phantom_limit::task::TaskName;
use phantom_limit::units::Unit;

use super::completions;
use super::failure::Failure;
use super::manner::quiet;
use super::message::say;
use super::output::print;
use super::{calibrate, signals};

/// Arguments of `tune`.
#[derive(Debug, Args)]
#[command(after_help = "Example: phantom-limit tune mr-brain --train-images 60 --epochs 8\n\n\
    Scales the contrast range of a task's targets until networks trained on uncompressed images \
    have the score asked for (the mean over the native and the windowed path), and prints the line \
    to paste into [targets] or, for task detect, into [detection]. Trials draw the same scenes from the seed. Fewer images or epochs than the standard \
    run's are quicker and give too high contrasts.")]
pub(super) struct Tune {
    /// Phantom: an id from `list`, or the path of a .toml file.
    #[arg(add = completions::phantom())]
    phantom: String,
    /// Whose targets to tune.
    #[arg(long, default_value = "identify", value_parser = task)]
    task: TaskName,
    /// Lowest and highest score to accept: accuracy, or area under the ROC curve [default:
    /// 0.92,0.93 for identify, 0.88,0.93 for detect].
    #[arg(long, value_delimiter = ',')]
    score: Vec<f64>,
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
}

impl Tune {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let usual = usual(self.task);
        let (low, high) = match self.score[..] {
            [] => usual,
            [low, high] => (low, high),
            _ => {
                return Err(Failure::usage(anyhow::anyhow!(
                    "--score takes two values, such as {},{}",
                    usual.0,
                    usual.1
                )));
            }
        };
        if !(low > 0.0 && low < high && high < 1.0) {
            return Err(Failure::usage(anyhow::anyhow!(
                "--score {low},{high} is not possible: give a lower and a higher score between 0 and \
                 1, such as {},{}",
                usual.0,
                usual.1
            )));
        }
        let trainer = network_trainer(None, calibrate::workers(self.threads))?;
        let request = Request {
            changes: Changes {
                tasks: Some(vec![self.task]),
                train_images: self.train_images,
                test_images: self.test_images,
                epochs: self.epochs,
                seed: Some(self.seed),
                ..Changes::default()
            },
            ..Request::of(&self.phantom)
        };
        let Planned { phantom, plan, .. } = request.plan(trainer.kernel.name())?;
        let stopped = signals::watch().map_err(Failure::failed)?;
        let targets = targets_of(&phantom, self.task).expect("the plan has the task");
        let trial = tune(&Tuning {
            phantom: &phantom,
            plan: &plan,
            trainer: &trainer,
            task: self.task,
            score: low..=high,
            trials: self.trials,
            tried: &|trial| {
                if !quiet() {
                    say(&format!("{}: {}", line(targets, trial), scores(trial)));
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
            scores(&trial),
            line(targets, &trial)
        ))
    }

    fn command(&self, plan: &Plan) -> String {
        let mut command = format!("phantom-limit tune {}", self.phantom);
        if self.task != TaskName::default() {
            command.push_str(&format!(" --task {}", self.task.name()));
        }
        if let [low, high] = self.score[..]
            && (low, high) != usual(self.task)
        {
            command.push_str(&format!(" --score {low},{high}"));
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

/// The scores that are accepted unless others are asked for.
fn usual(task: TaskName) -> (f64, f64) {
    match task {
        TaskName::Identify | TaskName::Outline => (0.92, 0.93),
        TaskName::Detect => (0.88, 0.93),
        TaskName::Locate => (0.85, 0.92),
    }
}

fn task(word: &str) -> Result<TaskName, String> {
    // It has the targets of identification.
    let all = || TaskName::ALL.into_iter().filter(|task| *task != TaskName::Outline);
    let names = || all().map(TaskName::name).collect::<Vec<_>>().join(", ");
    let known = all().find(|it| it.name() == word);
    known.ok_or_else(|| format!("the tasks are {}", names()))
}

fn scores(trial: &Trial) -> String {
    let each: Vec<String> =
        trial.scores.iter().map(|(path, score)| format!("{} {score:.3}", path.name())).collect();
    format!("score {}", each.join(", "))
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
