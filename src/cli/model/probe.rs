//! Loads an ONNX file in a process of its own first, with a ceiling on memory and time: whatever a
//! damaged or hostile file does to the engine, this process lives to say so.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use phantom_limit::appraisal::Entrant;
use phantom_limit::model::{Example, Picture, Tensor};

use super::super::failure::Failure;
use super::super::output::print;

/// What the process says when the network is ready, and when it has run once.
const READY: &str = "ready\n";
/// Seconds of a core that loading a small file may take.
const LOADING: u64 = 1;
/// Bytes of a file that take a further second.
const BYTES_A_SECOND: u64 = 2_000_000;
/// Times as many seconds by the clock: others may want the core too.
const PATIENCE: u64 = 30;
/// Seconds of one run by the clock.
const RUNNING: u64 = 120;
/// Bytes that loading may take beside six times the file.
const MEMORY: u64 = 800 << 20;
/// Letters of the process's last words that are shown.
const MOST_LETTERS: usize = 400;

/// Arguments of `model probe`.
#[derive(Debug, Args)]
pub(super) struct Probe {
    /// Model file.
    model: PathBuf,
    /// Lengths of the axes of the input.
    #[arg(long, value_delimiter = ',', required = true)]
    shape: Vec<usize>,
}

impl Probe {
    pub(super) fn run(&self) -> Result<(), Failure> {
        limit(&self.model);
        let entrant = Entrant::open(&self.model).map_err(Failure::usage)?;
        let wrong = |error| Failure::usage(anyhow::anyhow!("`{}`: {error}", self.model.display()));
        entrant.network.make_ready(&self.shape).map_err(wrong)?;
        unlimit();
        print(READY)?;
        let values = vec![0.0; self.shape.iter().product()];
        let zeros = Tensor { shape: self.shape.clone(), values };
        entrant.network.run(&zeros).map(drop).map_err(wrong)
    }
}

/// Seconds of a core in which a model is loaded.
fn loading(model: &Path) -> u64 {
    LOADING + onnx_bytes(model) / BYTES_A_SECOND
}

/// Private memory beyond the ceiling is refused to this process, and time of the core ends it.
/// Where the system refuses that, the parent's clock is left.
#[cfg(target_os = "linux")]
fn limit(model: &Path) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let memory = MEMORY + 6 * onnx_bytes(model);
    for (resource, most) in [(Resource::Data, memory), (Resource::Cpu, loading(model))] {
        let maximum = getrlimit(resource).maximum;
        let current = Some(maximum.map_or(most, |maximum| most.min(maximum)));
        let _ = setrlimit(resource, Rlimit { current, maximum });
    }
}

/// Takes the ceilings away once the network is ready.
#[cfg(target_os = "linux")]
fn unlimit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for resource in [Resource::Data, Resource::Cpu] {
        let maximum = getrlimit(resource).maximum;
        let _ = setrlimit(resource, Rlimit { current: maximum, maximum });
    }
}

#[cfg(not(target_os = "linux"))]
fn limit(_: &Path) {}

#[cfg(not(target_os = "linux"))]
fn unlimit() {}

/// Whether a process ended because its time of the core was over.
#[cfg(target_os = "linux")]
fn ran_out_of_time(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(not(target_os = "linux"))]
fn ran_out_of_time(_: std::process::ExitStatus) -> bool {
    false
}

/// Bytes of the ONNX file of a model file; 0 where there is none.
fn onnx_bytes(model: &Path) -> u64 {
    let text = std::fs::read_to_string(model).unwrap_or_default();
    let file = phantom_limit::model::ModelFile::parse(&text, "").map(|it| it.file);
    let folder = model.parent().unwrap_or_else(|| Path::new(""));
    let size = |file: String| std::fs::metadata(folder.join(file)).ok().map(|it| it.len());
    file.ok().and_then(size).unwrap_or(0)
}

/// Has another process of `program`, which is this one, load and run the network on an input of the example's shape.
pub(super) fn in_a_process(program: &Path, model: &Path, example: &Example) -> Result<(), Failure> {
    let text = phantom_limit::files::read_text(model).map_err(Failure::usage)?;
    let shown = model.display().to_string();
    let file = phantom_limit::model::ModelFile::parse(&text, &shown).map_err(Failure::usage)?;
    let image = &example.image;
    let picture = Picture { image: &image.image, file: image, windowed: false };
    let prepared = (file.input.prepare(&picture))
        .map_err(|error| Failure::usage(anyhow::anyhow!("`{shown}`: {error}")))?;
    let shape: Vec<String> = prepared.tensor.shape.iter().map(usize::to_string).collect();
    let mut child = Command::new(program)
        .args(["model", "probe", "--shape", &shape.join(",")])
        .arg(model)
        // The allocator would take 1 GiB at once, and a backtrace waits for ever where there is no
        // memory.
        .envs([
            ("MIMALLOC_ARENA_RESERVE", "0"),
            ("RUST_BACKTRACE", "0"),
            ("RUST_LIB_BACKTRACE", "0"),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Failure::failed)?;
    let seconds = loading(model);
    let ended = watched(&mut child, Duration::from_secs(PATIENCE * seconds))?;
    let said = ended.said.trim().trim_start_matches("error: ");
    let said: String = said.chars().take(MOST_LETTERS).collect();
    match ended.how {
        How::Done => Ok(()),
        How::Refused => Err(Failure::usage(anyhow::anyhow!(said))),
        How::Died => Err(Failure::usage(anyhow::anyhow!(
            "`{shown}`: the ONNX file cannot be run: it ends the process that loads it, for want of \
             memory or by a fault of the engine ({})",
            said.lines().next().unwrap_or("without a word")
        ))),
        How::Late { ready } => Err(Failure::usage(anyhow::anyhow!(
            "`{shown}`: the ONNX file cannot be run: {} takes more than {} s",
            if ready { "one image" } else { "loading" },
            if ready { RUNNING } else { seconds }
        ))),
    }
}

/// How the process ended, and its last words.
struct Ended {
    how: How,
    said: String,
}

enum How {
    Done,
    Refused,
    Died,
    Late { ready: bool },
}

/// Waits for the process, no longer than it may take.
fn watched(child: &mut Child, loading: Duration) -> Result<Ended, Failure> {
    let begun = Instant::now();
    let mut out = child.stdout.take();
    let ready = std::thread::spawn(move || {
        let mut first = vec![0; READY.len()];
        out.as_mut().is_some_and(|out| out.read_exact(&mut first).is_ok())
    });
    let mut errors = child.stderr.take();
    let words = std::thread::spawn(move || {
        let mut said = Vec::new();
        if let Some(errors) = &mut errors {
            let _ = errors.take(1 << 16).read_to_end(&mut said);
        }
        String::from_utf8_lossy(&said).into_owned()
    });
    let mut loaded = None;
    let how = loop {
        if let Some(status) = child.try_wait().map_err(Failure::failed)? {
            break match status.code() {
                Some(0) => How::Done,
                Some(1 | 2) => How::Refused,
                None if ran_out_of_time(status) => How::Late { ready: loaded.is_some() },
                _ => How::Died,
            };
        }
        if loaded.is_none() && ready.is_finished() {
            loaded = Some(Instant::now());
        }
        let late = match loaded {
            None => begun.elapsed() > loading,
            Some(loaded) => loaded.elapsed() > Duration::from_secs(RUNNING),
        };
        if late {
            child.kill().map_err(Failure::failed)?;
            child.wait().map_err(Failure::failed)?;
            break How::Late { ready: loaded.is_some() };
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Ok(Ended { how, said: words.join().unwrap_or_default() })
}
