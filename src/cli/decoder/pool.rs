//! Processes of this program that decode for it: started when the first codestream comes, kept for the
//! next ones, replaced when one ends.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use phantom_limit::codec::{Plane, PlaneError};
use phantom_limit::import::{CodestreamDecoder, Fault};

use super::super::limits::ran_out_of_time;
use super::wire::{self, Question};
use super::{COMMAND, seconds};

/// Time by the clock for each second of a core that a codestream may take: others may want the core
/// too.
const PATIENCE: Duration = Duration::from_secs(30);

/// The processes that are at rest. One decodes one codestream at a time, so there are as many as there
/// are threads that read files.
#[derive(Debug)]
pub(in crate::cli) struct Pool {
    program: io::Result<PathBuf>,
    patience: Duration,
    resting: Mutex<Vec<Process>>,
}

impl Pool {
    /// A pool whose processes are started as `program decoder`.
    pub(in crate::cli) fn of(program: io::Result<PathBuf>) -> Self {
        Self { program, patience: PATIENCE, resting: Mutex::default() }
    }

    fn start(&self) -> Result<Process, Fault> {
        let started = match &self.program {
            Ok(program) => Process::start(program),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        };
        started.map_err(|error| Fault::NotTaken {
            what: format!("the process that decodes its JPEG 2000 pixels did not start ({error})"),
            remedy: "end other programs, and start this one again from where it is installed"
                .into(),
        })
    }

    fn resting(&self) -> Option<Process> {
        self.resting.lock().unwrap_or_else(|poison| poison.into_inner()).pop()
    }

    fn rest(&self, process: Process) {
        self.resting.lock().unwrap_or_else(|poison| poison.into_inner()).push(process);
    }
}

impl CodestreamDecoder for Pool {
    /// A file is refused only by a process that has decoded nothing before it: what an earlier one has
    /// done to the memory of its decoder is not held against it.
    fn read(&self, codestream: &[u8], size: [usize; 2]) -> Result<Plane, Fault> {
        let question = Question { size, codestream };
        let most = self.patience * u32::try_from(seconds(&question)).unwrap_or(u32::MAX);
        let late = || {
            Fault::not_decoded(format!(
                "its JPEG 2000 pixels take more than {} s to decode, which no usual file does",
                seconds(&question)
            ))
        };
        if let Some(mut process) = self.resting() {
            match process.ask(&question, most) {
                Ok(Ok(plane)) => {
                    self.rest(process);
                    return Ok(plane);
                }
                Err(Ended::Late) => return Err(late()),
                Ok(Err(_)) | Err(Ended::Died(_)) => {}
            }
        }
        let mut process = self.start()?;
        match process.ask(&question, most) {
            Ok(Ok(plane)) => {
                self.rest(process);
                Ok(plane)
            }
            Ok(Err(error)) => Err(error.into()),
            Err(Ended::Late) => Err(late()),
            Err(Ended::Died(how)) => Err(Fault::not_decoded(format!(
                "its JPEG 2000 pixels end the process that decodes them ({how}): they are damaged, \
                 or made to do harm"
            ))),
        }
    }
}

/// A process that decodes, and the pipes to it.
#[derive(Debug)]
struct Process {
    child: Child,
    questions: ChildStdin,
    answers: ChildStdout,
}

/// Why there is no answer.
enum Ended {
    /// It took more time than it may.
    Late,
    /// It ended, and how.
    Died(String),
}

impl Process {
    fn start(program: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .arg(COMMAND)
            // The allocator would take 1 GiB at once, and a backtrace waits for ever where there is no
            // memory.
            .envs([
                ("MIMALLOC_ARENA_RESERVE", "0"),
                ("RUST_BACKTRACE", "0"),
                ("RUST_LIB_BACKTRACE", "0"),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        // Ctrl-C is for the program that asks.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take());
        let (Some(questions), Some(answers)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Self { child, questions, answers })
    }

    /// Asks, and waits for the answer no longer than `most`.
    fn ask(
        &mut self,
        question: &Question<&[u8]>,
        most: Duration,
    ) -> Result<Result<Plane, PlaneError>, Ended> {
        let Self { child, questions, answers } = self;
        let (answered, rings) = mpsc::channel::<()>();
        let (exchanged, late) = thread::scope(|scope| {
            let clock = thread::Builder::new().spawn_scoped(scope, move || {
                let late = rings.recv_timeout(most) == Err(mpsc::RecvTimeoutError::Timeout);
                if late {
                    let _ = child.kill();
                }
                late
            });
            let exchanged = clock.as_ref().ok().map(|_| {
                wire::ask(questions, question).and_then(|()| wire::answered(answers, question.size))
            });
            drop(answered);
            let late = clock.map(|clock| clock.join().unwrap_or(true));
            (exchanged, late)
        });
        match (exchanged, late) {
            (Some(Ok(answer)), Ok(false)) => Ok(answer),
            (_, Ok(true)) => Err(Ended::Late),
            (_, Err(error)) => Err(Ended::Died(error.to_string())),
            (_, Ok(false)) => Err(self.end()),
        }
    }

    /// How a process ended that gave no answer.
    fn end(&mut self) -> Ended {
        let status = self.ended();
        match status {
            Some(status) if ran_out_of_time(status) => Ended::Late,
            Some(status) => Ended::Died(status.to_string()),
            None => Ended::Died("no answer".into()),
        }
    }

    /// The status of a process that has closed its pipe, which is its end unless it is hostile.
    fn ended(&mut self) -> Option<ExitStatus> {
        for _ in 0..100 {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Instant;

    use super::*;

    /// What is said of a codestream if this script decodes it.
    fn said(script: &str) -> String {
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join("decoder");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let pool = Pool { patience: Duration::from_millis(500), ..Pool::of(Ok(program)) };
        pool.read(b"a codestream", [2, 2]).unwrap_err().to_string()
    }

    #[test]
    fn a_process_without_an_answer_is_an_error_that_says_how_it_ended() {
        let began = Instant::now();
        assert!(said("kill -ABRT $$").contains("SIGABRT"));
        assert!(said("kill -SEGV $$").contains("SIGSEGV"));
        assert!(said("exit 101").contains("101"));
        // An answer of another size, and one that is none.
        assert!(said("head -c 36 >/dev/null; printf '\\0\\10\\0abc'").contains("exit status: 0"));
        assert!(said("printf '\\11'; exec 1>&-; exec sleep 60").contains("no answer"));
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }

    #[test]
    fn a_process_that_takes_too_long_is_ended() {
        let began = Instant::now();
        for script in ["exec sleep 60", "while :; do :; done", "exec cat /dev/zero"] {
            let said = said(script);
            assert!(said.contains("take more than") || said.contains("end the process"), "{said}");
        }
        assert!(said("exec sleep 60").contains("take more than 1 s"));
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }

    #[test]
    fn a_program_that_cannot_be_started_is_said() {
        for program in [Ok(PathBuf::from("/no/such/program")), Err(io::ErrorKind::NotFound.into())]
        {
            let said = Pool::of(program).read(b"", [1, 1]).unwrap_err().to_string();
            assert!(said.contains("did not start"), "{said}");
        }
    }
}
