//! Progress on stderr: a bar on a terminal, plain lines otherwise, nothing with `--quiet`.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use phantom_limit::study::{self, Stage};

/// Plain lines come at most this often.
const PLAIN: Duration = Duration::from_secs(10);

/// What is shown of a long piece of work.
pub(super) struct Progress {
    quiet: bool,
    terminal: bool,
    state: Mutex<State>,
}

struct State {
    name: String,
    total: u64,
    done: u64,
    began: Instant,
    spoke: Instant,
    bar: Option<ProgressBar>,
    finished: Vec<(String, f64)>,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let now = Instant::now();
        Self {
            quiet,
            terminal: std::io::stderr().is_terminal(),
            state: Mutex::new(State {
                name: String::new(),
                total: 0,
                done: 0,
                began: now,
                spoke: now,
                bar: None,
                finished: Vec::new(),
            }),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    /// Begins a stage and ends the one before.
    pub(super) fn begin(&self, name: &str, total: u64) {
        let mut state = self.state();
        finish(&mut state);
        name.clone_into(&mut state.name);
        (state.total, state.done) = (total, 0);
        (state.began, state.spoke) = (Instant::now(), Instant::now());
        if self.quiet {
            return;
        }
        if self.terminal {
            let template = "{msg:28} {wide_bar} {pos}/{len}  {elapsed} gone, {eta} left";
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(total).with_style(style).with_message(name.to_owned());
            bar.enable_steady_tick(Duration::from_millis(500));
            state.bar = Some(bar);
        } else {
            eprintln!("{name}: {total} steps");
        }
    }

    /// Counts steps of the present stage.
    pub(super) fn steps(&self, steps: u64) {
        let mut state = self.state();
        state.done += steps;
        if let Some(bar) = &state.bar {
            bar.inc(steps);
        } else if !self.quiet && !self.terminal && state.spoke.elapsed() >= PLAIN {
            let gone = state.began.elapsed().as_secs_f64();
            let left = gone / state.done.max(1) as f64 * (state.total - state.done) as f64;
            eprintln!(
                "{}: {}/{}, {} gone, about {} left",
                state.name,
                state.done,
                state.total,
                duration(gone),
                duration(left)
            );
            state.spoke = Instant::now();
        }
    }

    /// Ends the last stage and gives each one's name and seconds.
    pub(super) fn end(&self) -> Vec<(String, f64)> {
        let mut state = self.state();
        finish(&mut state);
        if !self.quiet && !state.finished.is_empty() {
            let stages: Vec<String> = state
                .finished
                .iter()
                .map(|(name, seconds)| format!("{name} {}", duration(*seconds)))
                .collect();
            eprintln!("{}", stages.join(", "));
        }
        std::mem::take(&mut state.finished)
    }
}

fn finish(state: &mut State) {
    if let Some(bar) = state.bar.take() {
        bar.finish_and_clear();
    }
    if !state.name.is_empty() {
        let name = std::mem::take(&mut state.name);
        let seconds = state.began.elapsed().as_secs_f64();
        state.finished.push((name, seconds));
    }
}

fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    if whole >= 60 { format!("{} min {} s", whole / 60, whole % 60) } else { format!("{whole} s") }
}

impl study::Progress for Progress {
    fn stage(&self, stage: Stage, total: u64) {
        let name = match stage {
            Stage::Prepare => "images".to_owned(),
            Stage::Train(regime) => format!("networks {}", regime.name()),
        };
        self.begin(&name, total);
    }

    fn advance(&self, steps: u64) {
        self.steps(steps);
    }

    fn note(&self, text: &str) {
        if self.quiet {
            return;
        }
        match &self.state().bar {
            Some(bar) => bar.println(text),
            None => eprintln!("{text}"),
        }
    }
}
