//! `work`, `status` and `conclude`: a frozen plan, done by as many processes as share its directory.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use phantom_limit::calibrate::{Calibration, network_trainer};
use phantom_limit::campaign::{Run, RunStatus};
use phantom_limit::codec::codec_fitting;
use phantom_limit::network::Kernel;
use phantom_limit::store::RunDirectory;
use signal_hook::consts::SIGTERM;

use super::calibrate::workers;
use super::completions;
use super::failure::{Failure, check_leaks};
use super::output::print;
use super::progress::Progress;
use super::signals;

/// Numbers of array tasks: Slurm, Kubernetes, HyperQueue.
const TASK_NUMBERS: [&str; 3] = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "HQ_TASK_ID"];
/// Multiples of it, modulo 1, lie far from one another however many there are.
const GOLDEN_RATIO: f64 = 0.618_033_988_749_894_9;

/// Arguments of `work`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit calibrate ct-head --plan-only --out runs/ct-head\n  \
    phantom-limit work runs/ct-head --max-time 55m\n  \
    phantom-limit conclude runs/ct-head\n\n\
    Any number of these may run at a time, on any nodes that share the directory. Work is taken, not \
    assigned: what a lost node had begun, another does. Exits with 0 when nothing is left, with 75 \
    when the time is over or SIGTERM came: the same command continues.")]
pub(super) struct Work {
    /// Run directory.
    #[arg(add = completions::run_directory())]
    directory: PathBuf,
    /// Stop after this time, such as 55m or 1h30m; what is finished is kept.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    max_time: Option<Duration>,
    /// Begin looking for work at the Kth of N parts of it [default: by SLURM_ARRAY_TASK_ID,
    /// JOB_COMPLETION_INDEX or HQ_TASK_ID]. It assigns nothing.
    #[arg(long, value_name = "K/N", value_parser = share)]
    start: Option<f64>,
    /// Directory of this node for what can be made again, instead of the run's [default:
    /// $SLURM_TMPDIR where it is set].
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    /// Pieces of work at the same time, one thread each [default: one per core].
    #[arg(long)]
    jobs: Option<usize>,
    /// Threads of each training.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

/// A time such as `90s`, `55m`, `1h30m` or `2d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write one such as 90s, 55m or 1h30m");
    let (mut seconds, mut digits) = (0_u64, String::new());
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let unit = match letter {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            _ => return Err(wrong()),
        };
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        let more = number.checked_mul(unit).and_then(|more| seconds.checked_add(more));
        seconds = more.ok_or_else(wrong)?;
        digits.clear();
    }
    if seconds == 0 || !digits.is_empty() { Err(wrong()) } else { Ok(Duration::from_secs(seconds)) }
}

/// Where among all work the Kth of N parts begins, 0 to below 1.
fn share(text: &str) -> Result<f64, String> {
    let wrong = || format!("`{text}` is no part: write one such as 3/10");
    let (part, parts) = text.split_once('/').ok_or_else(wrong)?;
    let part: u32 = part.parse().map_err(|_| wrong())?;
    let parts: u32 = parts.parse().map_err(|_| wrong())?;
    if parts == 0 || part > parts {
        return Err(wrong());
    }
    Ok(f64::from(part % parts) / f64::from(parts))
}

/// Where the task of an array begins to look, by its number.
fn task_offset(variable: impl Fn(&str) -> Option<String>) -> f64 {
    let number = TASK_NUMBERS.iter().find_map(|name| variable(name)?.parse::<u32>().ok());
    (f64::from(number.unwrap_or(0)) * GOLDEN_RATIO).fract()
}

impl Work {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let run = Run::open(RunDirectory::open(&self.directory)?)?;
        run.check_program()?;
        let trainer = trainer(&run, self.threads)?;
        let stopped = signals::watch().map_err(Failure::failed)?;
        let over = Arc::new(AtomicBool::new(false));
        if let Some(time) = self.max_time {
            let (stopped, over) = (Arc::clone(&stopped), Arc::clone(&over));
            std::thread::spawn(move || {
                std::thread::sleep(time);
                over.store(true, Ordering::Relaxed);
                stopped.store(true, Ordering::Relaxed);
            });
        }
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let calibration = Calibration {
            workers: workers(self.jobs),
            offset: self.start.unwrap_or_else(|| task_offset(variable)),
            scratch: self.scratch.clone().or_else(|| variable("SLURM_TMPDIR").map(Into::into)),
            progress: Arc::new(Progress::new()),
            stopped,
            ..Calibration::new(run.plan.clone(), &self.directory, Arc::new(trainer))
        };
        let continues = |reason: &str| {
            Failure::Later(format!("{reason}; the same command continues: work is left"))
        };
        match calibration.work(run).map_err(Failure::from) {
            Ok(_) => print(&format!(
                "no work is left; next: phantom-limit conclude {}\n",
                self.directory.display()
            )),
            Err(Failure::Signal(_)) if over.load(Ordering::Relaxed) => {
                Err(continues("the time is over"))
            }
            Err(Failure::Signal(SIGTERM)) => Err(continues("stopped by SIGTERM")),
            Err(failure) => Err(failure),
        }
    }
}

/// What trains the networks of a run here; only with its plan's kernel are they the same to the bit.
fn trainer(run: &Run, threads: usize) -> Result<phantom_limit::observer::NetworkTrainer, Failure> {
    let planned = &run.plan.kernel;
    let kernel: Option<Kernel> = planned.parse().ok();
    let Some(kernel) = kernel.filter(|kernel| kernel.is_available()) else {
        let here: Vec<&str> = Kernel::available().iter().map(|kernel| kernel.name()).collect();
        return Err(Failure::usage(anyhow::anyhow!(
            "this machine has no kernel {planned}, which the plan of the run is for, but {}: where \
             machines differ, freeze the plan with a --kernel that all have; avx2 gives the same \
             networks as avx512, portable others",
            here.join(", ")
        )));
    };
    Ok(network_trainer(Some(kernel), threads)?)
}

/// Arguments of `status`.
#[derive(Debug, Args)]
#[command(after_help = "Example: phantom-limit status runs/ct-head --json")]
pub(super) struct Status {
    /// Run directory.
    #[arg(add = completions::run_directory())]
    directory: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let run = Run::open(RunDirectory::open(&self.directory)?)?;
        let status = run.status()?;
        if self.json {
            let text = serde_json::to_string_pretty(&status).map_err(Failure::failed)?;
            return print(&format!("{text}\n"));
        }
        print(&text(&status))
    }
}

/// A table, then machines and what each does.
fn text(status: &RunStatus) -> String {
    let mut text = format!(
        "{:<10}{:>8}{:>8}{:>8}{:>8}{:>18}\n",
        "work", "pieces", "done", "held", "left", "core hours left"
    );
    for row in &status.progress {
        text += &format!(
            "{:<10}{:>8}{:>8}{:>8}{:>8}{:>18.2}\n",
            row.kind.name(),
            row.pieces,
            row.done,
            row.held,
            row.pieces - row.done,
            row.core_hours_left
        );
    }
    if let Some([look, most]) = status.looks {
        text += &format!("look {look} of at most {most}\n");
    }
    for (host, pieces) in &status.hosts {
        let host_name = &host.host;
        text +=
            &format!("{host_name}: {pieces} pieces, kernel {}, {}\n", host.kernel, host.processor);
    }
    for (piece, holder) in &status.held {
        text += &format!("held: {piece} by {holder}\n");
    }
    if !status.has_locks {
        text += "locks do not work here: who holds a piece is not certain\n";
    }
    text += match (status.left.is_empty(), status.concluded) {
        (_, true) => "concluded\n",
        (true, false) => "no work is left: it can be concluded\n",
        (false, false) => "",
    };
    text
}

/// Arguments of `conclude`.
#[derive(Debug, Args)]
#[command(after_help = "Example: phantom-limit conclude runs/ct-head\n\n\
    Exits with 75 and the names of what is missing while work is left.")]
pub(super) struct Conclude {
    /// Run directory.
    #[arg(add = completions::run_directory())]
    directory: PathBuf,
    /// Print results.json instead of tables.
    #[arg(long)]
    json: bool,
}

impl Conclude {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut run = Run::open(RunDirectory::open(&self.directory)?)?;
        run.check_program()?;
        run.grow()?;
        let progress = Progress::new();
        let run = run.telling(move |what| progress.turn_to(what));
        let results = run.conclude(&codec_fitting)?;
        super::inspect::show(&run, &results, self.json)?;
        if !self.json {
            print(&format!("\nreport: {}\n", run.store.path("report.html").display()))?;
        }
        check_leaks(&results)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let seconds = |text| duration(text).map(|time| time.as_secs()).ok();
        let read = ["90s", "55m", "1h30m", "2d", "55", "m", "", "0s", "5x"].map(seconds);
        assert_eq!(read[..4], [Some(90), Some(3300), Some(5400), Some(172_800)]);
        assert_eq!(read[4..], [None; 5]);
    }

    #[test]
    fn parts_and_task_numbers_say_where_to_begin() {
        let parts = ["0/4", "1/4", "4/4", "5/4", "1/0", "1", "a/2"].map(|text| share(text).ok());
        assert_eq!(parts, [Some(0.0), Some(0.25), Some(0.0), None, None, None, None]);
        let of = |name: &'static str, number: &'static str| {
            task_offset(move |asked| (asked == name).then(|| number.to_owned()))
        };
        assert_eq!(of("OTHER", "7"), 0.0);
        assert_eq!(of("HQ_TASK_ID", "2"), of("JOB_COMPLETION_INDEX", "2"));
        // Numbers in a row lie apart.
        let mut ten: Vec<f64> = (0..10)
            .map(|number| task_offset(|asked| (asked == "HQ_TASK_ID").then(|| number.to_string())))
            .collect();
        ten.sort_by(f64::total_cmp);
        assert!(ten.windows(2).all(|pair| pair[1] - pair[0] > 0.05), "{ten:?}");
    }
}
