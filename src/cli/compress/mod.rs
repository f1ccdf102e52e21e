//! `compress`: phantoms and users' own images at every level, with what it does to them.

mod answers;
mod arguments;
mod keep;
mod line;
mod printer;
mod resolve;
mod source;
mod work;

pub(super) use arguments::{BaseArgument, Compress};
pub(super) use keep::{KIND, hashed, png};

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use phantom_limit::study::Progress as _;

use super::failure::Failure;
use super::output::print;
use super::progress::Progress;
use super::signals;
use keep::Directory;
use printer::Printer;
use resolve::usage;
use source::{Asked, Source};
use work::Job;

/// How the work on all images went.
struct Outcome {
    /// Images that failed.
    failed: usize,
    /// Codecs that did not take an image which others took.
    refused: usize,
    /// Objects without pixels.
    passed_over: Vec<String>,
}

impl Compress {
    pub(super) fn run(&self) -> Result<(), Failure> {
        // Everything that can be checked is checked before any image is read or anything written; an
        // image that there is not, before what is to be done with it.
        let asked = Asked {
            count: self.count,
            seed: self.seed,
            bits_stored: self.bits_stored,
            frames: self.frame,
        };
        let (sources, notes) = source::find(&self.inputs, asked)?;
        let job = self.job()?;
        if self.dry_run {
            return print(&self.intention(&job, &sources, &notes));
        }
        let directory = match &self.out {
            None => None,
            Some(out) => Some(Directory::claim(out, &self.request(&job, &sources))?),
        };
        let stopped = signals::watch().map_err(Failure::failed)?;
        let progress = Progress::new();
        for note in notes {
            progress.note(&format!("note: {note}"));
        }
        progress.begin("images", sources.len() as u64);
        let outcome = self.work(&job, &sources, directory.as_ref(), &progress, &stopped);
        progress.end();
        let Outcome { failed, refused, passed_over } = outcome?;
        if let Some(listed) = source::passed_over(&passed_over) {
            progress.note(&format!("note: passed over DICOM objects without pixels: {listed}"));
        }
        let images = sources.len() - passed_over.len();
        if failed == images {
            return Err(usage("no image was compressed; the messages above say why"));
        }
        if failed > 0 {
            return Err(Failure::Partial { failed, asked: images, things: "images" });
        }
        if let Some(directory) = &directory {
            directory.finish()?;
        }
        if refused > 0 {
            let asked = images * job.codecs.len();
            return Err(Failure::Partial { failed: refused, asked, things: "runs of a codec" });
        }
        Ok(())
    }

    /// What would be done, in words.
    fn intention(&self, job: &Job, sources: &[Source], notes: &[String]) -> String {
        let mut text = String::new();
        for note in notes {
            text += &format!("note: {note}\n");
        }
        text += &format!("{} images", sources.len());
        let listed: Vec<&str> = sources.iter().take(3).map(|it| it.name.as_str()).collect();
        text += &format!(": {}{}\n", listed.join(", "), if sources.len() > 3 { ", …" } else { "" });
        match &job.chain {
            Some(chain) => text += &format!("chain: {}\n", chain.name),
            None => {
                let codecs: Vec<String> = job
                    .codecs
                    .iter()
                    .map(|codec| format!("{} ({})", codec.name(), codec.version()))
                    .collect();
                text += &format!("codecs: {}\n", codecs.join(", "));
                let levels: Vec<String> = job.targets.iter().map(ToString::to_string).collect();
                if !levels.is_empty() {
                    text += &format!("levels: {}\n", levels.join(", "));
                }
            }
        }
        if job.generations > 1 {
            text += &format!("generations: {}\n", job.generations);
        }
        match &self.out {
            Some(out) => text += &format!("to {}; nothing was written\n", out.display()),
            None => text += "to standard output; nothing was measured\n",
        }
        text
    }

    /// Works on all images side by side and prints their lines in order.
    fn work(
        &self,
        job: &Job,
        sources: &[Source],
        directory: Option<&Directory>,
        progress: &Progress,
        stopped: &AtomicBool,
    ) -> Result<Outcome, Failure> {
        let next = AtomicUsize::new(0);
        let ended = AtomicBool::new(false);
        let printer = Mutex::new(Printer::new(self.json, sources));
        std::thread::scope(|scope| {
            for _ in 0..super::calibrate::workers(self.jobs).min(sources.len()) {
                scope.spawn(|| {
                    while !ended.load(Ordering::Relaxed) && !stopped.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(source) = sources.get(number) else { break };
                        let measured = job.measure(number, source, directory, stopped);
                        let mut printer =
                            printer.lock().unwrap_or_else(|poison| poison.into_inner());
                        if printer.take(number, measured, progress).is_err() {
                            ended.store(true, Ordering::Relaxed);
                        }
                        progress.steps("images", 1);
                    }
                });
            }
        });
        let printer = printer.into_inner().unwrap_or_else(|poison| poison.into_inner());
        if stopped.load(Ordering::Relaxed) {
            return Err(Failure::Signal(signals::received()));
        }
        match printer.failure {
            Some(failure) => Err(failure),
            None => Ok(Outcome {
                failed: printer.failed,
                refused: printer.refused,
                passed_over: printer.passed_over,
            }),
        }
    }
}
