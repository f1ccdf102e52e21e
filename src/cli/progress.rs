//! Progress on stderr: a bar on a terminal, plain lines otherwise, nothing with `--quiet`; and
//! at the end where the time went.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use phantom_limit::calibrate;
use phantom_limit::campaign::TimeSpent;
use phantom_limit::record::LookRecord;
use phantom_limit::study::{self, Stage as StudyStage};

use super::message::{complain, plain};

/// Plain lines come at most this often.
const PLAIN: Duration = Duration::from_secs(10);

/// What is shown of a long piece of work.
pub(super) struct Progress {
    quiet: bool,
    terminal: bool,
    state: Mutex<State>,
}

struct State {
    stages: Vec<Stage>,
    last_line: Instant,
    /// Of the first stage that is not finished, with its place.
    bar: Option<(usize, ProgressBar)>,
}

/// Stages may overlap.
struct Stage {
    name: String,
    total: u64,
    done: u64,
    /// When its first step was done, or the stages before were.
    began: Option<Instant>,
    seconds: Option<f64>,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            terminal: std::io::stderr().is_terminal(),
            state: Mutex::new(State { stages: Vec::new(), last_line: Instant::now(), bar: None }),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    /// Adds a stage of `total` steps.
    pub(super) fn begin(&self, name: &str, total: u64) {
        let mut state = self.state();
        let stage = Stage { name: name.to_owned(), total, done: 0, began: None, seconds: None };
        state.stages.push(stage);
        if !self.quiet && !self.terminal {
            complain(&format!("{name}: {total} steps"));
        }
        self.show(&mut state);
    }

    /// Counts steps of a stage.
    pub(super) fn steps(&self, name: &str, steps: u64) {
        let mut state = self.state();
        let Some(place) = state.stages.iter().position(|stage| stage.name == name) else { return };
        let stage = &mut state.stages[place];
        let began = *stage.began.get_or_insert_with(Instant::now);
        stage.done += steps;
        if stage.done >= stage.total && stage.seconds.is_none() {
            stage.seconds = Some(began.elapsed().as_secs_f64());
        }
        self.show(&mut state);
        if !self.quiet && !self.terminal && state.last_line.elapsed() >= PLAIN {
            if let Some(stage) = state.stages.iter().find(|stage| stage.seconds.is_none()) {
                complain(&stage.line());
            }
            state.last_line = Instant::now();
        }
    }

    /// Prints what must be seen even where no progress is shown.
    pub(super) fn tell(&self, text: &str) {
        match &self.state().bar {
            Some((_, bar)) => bar.println(plain(text)),
            None => complain(text),
        }
    }

    /// Shows the first stage that is not finished.
    fn show(&self, state: &mut State) {
        let Some(place) = state.stages.iter().position(|stage| stage.seconds.is_none()) else {
            return;
        };
        let stage = &mut state.stages[place];
        stage.began.get_or_insert_with(Instant::now);
        if self.quiet || !self.terminal {
            return;
        }
        if state.bar.as_ref().is_none_or(|(shown, _)| *shown != place) {
            let template = "{msg:28} {wide_bar} {pos}/{len}  {elapsed} elapsed, {eta} left";
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(stage.total).with_style(style);
            let bar = bar.with_message(stage.name.clone());
            bar.enable_steady_tick(Duration::from_millis(500));
            if let Some((_, old)) = state.bar.replace((place, bar)) {
                old.finish_and_clear();
            }
        }
        if let Some((_, bar)) = &state.bar {
            bar.set_position(stage.done);
        }
    }

    /// Ends every stage, and prints how long each took.
    pub(super) fn end(&self) {
        let mut state = self.state();
        if let Some((_, bar)) = state.bar.take() {
            bar.finish_and_clear();
        }
        let stages: Vec<String> = std::mem::take(&mut state.stages)
            .into_iter()
            .filter_map(|stage| {
                let seconds = stage.seconds.or(Some(stage.began?.elapsed().as_secs_f64()))?;
                Some(format!("{} {}", stage.name, duration(seconds)))
            })
            .collect();
        if !self.quiet && !stages.is_empty() {
            complain(&stages.join(", "));
        }
    }
}

/// Where the time went, one line per part.
fn table(parts: &[(String, f64)], workers: usize) -> String {
    let total: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
    if parts.is_empty() || total <= 0.0 {
        return String::new();
    }
    let plural = if workers == 1 { "worker" } else { "workers" };
    let mut text = format!("where the time of {workers} {plural} went:\n");
    for (name, seconds) in parts {
        let share = 100.0 * seconds / total;
        text.push_str(&format!("  {name:<20} {:>12}  {share:>3.0} %\n", duration(*seconds)));
    }
    text
}

impl Stage {
    fn line(&self) -> String {
        let elapsed = self.began.map_or(0.0, |began| began.elapsed().as_secs_f64());
        let ahead = self.total.saturating_sub(self.done) as f64;
        let left = elapsed / self.done.max(1) as f64 * ahead;
        format!(
            "{}: {}/{}, {} elapsed, about {} left",
            self.name,
            self.done,
            self.total,
            duration(elapsed),
            duration(left)
        )
    }
}

fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    if whole >= 60 { format!("{} min {} s", whole / 60, whole % 60) } else { format!("{whole} s") }
}

impl study::Progress for Progress {
    fn stage(&self, stage: StudyStage, total: u64) {
        self.begin(&stage.name(), total);
    }

    fn advance(&self, stage: StudyStage, steps: u64) {
        self.steps(&stage.name(), steps);
    }

    fn note(&self, text: &str) {
        if !self.quiet {
            self.tell(text);
        }
    }
}

impl calibrate::Progress for Progress {
    fn looked(&self, look: &LookRecord) {
        if !self.quiet {
            complain(&look_line(look));
        }
    }

    fn ended(&self, spent: &TimeSpent, workers: usize) {
        self.end();
        if !self.quiet {
            complain(table(&spent.parts, workers).trim_end());
        }
    }
}

/// What a look found, in one line.
fn look_line(look: &LookRecord) -> String {
    let decided = look.arms.iter().filter(|arm| arm.decided).count();
    format!(
        "look {} of at most {}, {} networks per arm and {} test images: {decided} of {} limits \
         decided",
        look.look,
        look.most,
        look.result.replicates,
        look.result.images,
        look.arms.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_where_the_time_went() {
        let parts = [("draw", 7.0), ("encode jpeg", 3.0), ("train original", 90.0)];
        assert_eq!(
            table(&parts.map(|(name, seconds)| (name.to_owned(), seconds)), 2),
            "where the time of 2 workers went:\n  \
             draw                          7 s    7 %\n  \
             encode jpeg                   3 s    3 %\n  \
             train original         1 min 30 s   90 %\n"
        );
        assert_eq!(table(&[], 2), "");
    }

    #[test]
    fn overlapping_stages_are_counted_apart() {
        let progress = Progress::new(true);
        progress.begin("images", 2);
        progress.begin("networks original", 3);
        progress.steps("networks original", 3);
        progress.steps("images", 1);
        let state = progress.state();
        assert_eq!(state.stages[1].done, 3);
        assert!(state.stages[1].seconds.is_some() && state.stages[0].seconds.is_none());
        assert!(state.stages[0].line().starts_with("images: 1/2"));
    }
}
