//! Progress on stderr: one bar for all of the work on a terminal, plain lines otherwise, nothing with
//! `--quiet`; and at the end where the time went.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use phantom_limit::calibrate;
use phantom_limit::campaign::TimeSpent;
use phantom_limit::record::LookRecord;
use phantom_limit::study::{self, Ahead, Stage as StudyStage, Unit};

use super::manner::{complain, quiet};
use super::message::{plain, say};
use super::remaining::{self, Portion};

/// Plain lines come at most this often.
const PLAIN: Duration = Duration::from_secs(10);
/// What takes longer is shown where there is no terminal.
const LONG: Duration = Duration::from_secs(2);
/// How often a bar moves without news.
const TICK: Duration = Duration::from_millis(500);
/// Steps of the bar.
const WHOLE: u64 = 1000;

/// What is shown of a long piece of work.
pub(super) struct Progress {
    quiet: bool,
    terminal: bool,
    state: Mutex<State>,
    /// Counts what was begun without steps: a plain line comes only if that goes on for a while.
    turns: Arc<AtomicU64>,
}

struct State {
    stages: Vec<Stage>,
    portions: Vec<Portion>,
    began: Instant,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

/// Stages may overlap.
struct Stage {
    name: String,
    /// When its first step was done, or the stages before were.
    began: Option<Instant>,
    seconds: Option<f64>,
}

impl State {
    /// The first stage that is not finished, and its steps: "images 12/130".
    fn current(&self) -> Option<String> {
        let place = self.stages.iter().position(|stage| stage.seconds.is_none())?;
        let Portion { done, steps, .. } = self.portions[place];
        Some(format!("{} {done}/{steps}", self.stages[place].name))
    }

    /// "3 min 5 s, about 12 min 0 s left".
    fn times(&self) -> String {
        let elapsed = self.began.elapsed().as_secs_f64();
        let left = match remaining::left(&self.portions, elapsed) {
            Some(left) => format!("about {} left", duration(left)),
            None => "time left not known yet".to_owned(),
        };
        format!("{}, {left}", duration(elapsed))
    }
}

impl Progress {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            quiet: quiet(),
            terminal: std::io::stderr().is_terminal(),
            state: Mutex::new(State {
                stages: Vec::new(),
                portions: Vec::new(),
                began: now,
                last_line: now,
                bar: None,
            }),
            turns: Arc::default(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    /// Adds a stage of `total` steps of equal work.
    pub(super) fn begin(&self, name: &str, total: u64) {
        self.add(name, Portion::new(total, total, total as f64));
    }

    fn add(&self, name: &str, portion: Portion) {
        let mut state = self.state();
        if state.stages.is_empty() {
            state.began = Instant::now();
        }
        if !self.quiet && !self.terminal {
            say(&format!("{name}: {} steps", portion.steps));
        }
        state.stages.push(Stage { name: name.to_owned(), began: None, seconds: None });
        state.portions.push(portion);
        self.show(&mut state);
    }

    /// Counts steps of a stage.
    pub(super) fn steps(&self, name: &str, steps: u64) {
        let mut state = self.state();
        let Some(place) = state.stages.iter().position(|stage| stage.name == name) else { return };
        state.portions[place].done += steps;
        let Portion { done, steps, .. } = state.portions[place];
        let stage = &mut state.stages[place];
        let began = *stage.began.get_or_insert_with(Instant::now);
        if done >= steps && stage.seconds.is_none() {
            stage.seconds = Some(began.elapsed().as_secs_f64());
        }
        self.show(&mut state);
        if !self.quiet && !self.terminal && state.last_line.elapsed() >= PLAIN {
            if let Some(current) = state.current() {
                let percent = (100.0 * remaining::share(&state.portions)).floor();
                say(&format!("{percent} %, {} ({current})", state.times()));
            }
            state.last_line = Instant::now();
        }
    }

    /// Prints what must be seen even where no progress is shown.
    pub(super) fn tell(&self, text: &str) {
        match &self.state().bar {
            Some(bar) => bar.println(plain(text)),
            None => say(text),
        }
    }

    /// Prints what failed.
    pub(super) fn complain(&self, text: impl std::fmt::Display) {
        match &self.state().bar {
            Some(bar) => bar.suspend(|| complain(text)),
            None => complain(text),
        }
    }

    /// Shows how far all stages together are.
    fn show(&self, state: &mut State) {
        let Some(place) = state.stages.iter().position(|stage| stage.seconds.is_none()) else {
            return;
        };
        state.stages[place].began.get_or_insert_with(Instant::now);
        if self.quiet || !self.terminal {
            return;
        }
        let bar = state.bar.get_or_insert_with(|| {
            let template = "{wide_bar} {percent:>3} %  {msg}";
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(WHOLE).with_style(style);
            bar.enable_steady_tick(TICK);
            bar
        });
        bar.set_position((WHOLE as f64 * remaining::share(&state.portions)) as u64);
        let message = format!("{}  {}", state.times(), state.current().unwrap_or_default());
        if let Some(bar) = &state.bar {
            bar.set_message(message);
        }
    }

    /// Shows that something without steps has begun, if it goes on for a while, and that what was
    /// shown so has ended.
    pub(super) fn turn_to(&self, what: Option<&str>) {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(bar) = self.state().bar.take() {
            bar.finish_and_clear();
        }
        let Some(what) = what.filter(|_| !self.quiet).map(str::to_owned) else { return };
        if self.terminal {
            let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = ProgressBar::new_spinner().with_style(style).with_message(what);
            bar.enable_steady_tick(TICK);
            self.state().bar = Some(bar);
        } else {
            let turns = Arc::clone(&self.turns);
            std::thread::spawn(move || {
                std::thread::sleep(LONG);
                if turns.load(Ordering::Relaxed) == turn {
                    say(&what);
                }
            });
        }
    }

    /// Does work without steps, and shows that it goes on.
    pub(super) fn during<R>(&self, what: &str, work: impl FnOnce() -> R) -> R {
        self.turn_to(Some(what));
        let done = work();
        self.turn_to(None);
        done
    }

    /// Ends every stage, and prints how long each took.
    pub(super) fn end(&self) {
        let mut state = self.state();
        if let Some(bar) = state.bar.take() {
            bar.finish_and_clear();
        }
        state.portions.clear();
        let stages: Vec<String> = std::mem::take(&mut state.stages)
            .into_iter()
            .filter_map(|stage| {
                let seconds = stage.seconds.or(Some(stage.began?.elapsed().as_secs_f64()))?;
                Some(format!("{} {}", stage.name, duration(seconds)))
            })
            .collect();
        if !self.quiet && !stages.is_empty() {
            say(&stages.join(", "));
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

fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    if whole >= 60 { format!("{} min {} s", whole / 60, whole % 60) } else { format!("{whole} s") }
}

impl study::Progress for Progress {
    fn stage(&self, stage: StudyStage, ahead: Ahead) {
        self.add(&stage.name(), Portion::new(ahead.steps, ahead.units, ahead.seconds));
    }

    fn advance(&self, stage: StudyStage, steps: u64) {
        self.steps(&stage.name(), steps);
    }

    fn note(&self, text: &str) {
        if !self.quiet {
            self.tell(text);
        }
    }

    fn finished(&self, unit: Unit, count: u64, time: Duration) {
        let stage = match unit {
            Unit::Image(_) => StudyStage::Prepare,
            Unit::Network(regime) => StudyStage::Train(regime),
        };
        let mut state = self.state();
        let place = state.stages.iter().position(|it| it.name == stage.name());
        if let Some(place) = place {
            state.portions[place].finish(count, time);
        }
    }
}

impl calibrate::Progress for Progress {
    fn looked(&self, look: &LookRecord) {
        if !self.quiet {
            say(&look_line(look));
        }
    }

    fn deriving(&self, what: Option<&str>) {
        self.turn_to(what);
    }

    fn ended(&self, spent: &TimeSpent, workers: usize) {
        self.end();
        if !self.quiet {
            say(table(&spent.parts, workers).trim_end());
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
        let progress = Progress::new();
        progress.begin("images", 2);
        progress.begin("networks original", 3);
        progress.steps("networks original", 3);
        progress.steps("images", 1);
        let state = progress.state();
        assert_eq!(state.portions[1].done, 3);
        assert!(state.stages[1].seconds.is_some() && state.stages[0].seconds.is_none());
        assert_eq!(state.current().unwrap(), "images 1/2");
        assert_eq!(state.times(), "0 s, time left not known yet");
    }
}
