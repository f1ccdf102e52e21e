//! Prints the lines of images that are measured side by side, in the order of the images.

use std::collections::BTreeMap;

use phantom_limit::study::Progress as _;

use super::super::failure::Failure;
use super::super::output::print;
use super::super::progress::Progress;
use super::line::{Line, NAME_WIDTH};
use super::source::Source;
use super::work::Measured;

/// Prints what comes in any order in the order of the images.
pub(super) struct Printer<'a> {
    json: bool,
    sources: &'a [Source],
    width: usize,
    next: usize,
    waiting: BTreeMap<usize, Result<Measured, Failure>>,
    headed: bool,
    pub(super) failed: usize,
    /// Codecs that did not take an image of which others have lines.
    pub(super) refused: usize,
    /// Objects without pixels.
    pub(super) passed_over: Vec<String>,
    pub(super) failure: Option<Failure>,
}

impl<'a> Printer<'a> {
    pub(super) fn new(json: bool, sources: &'a [Source]) -> Self {
        let width = sources.iter().map(|source| source.name.chars().count()).max().unwrap_or(0);
        Self {
            json,
            sources,
            width: width.clamp(5, NAME_WIDTH),
            next: 0,
            waiting: BTreeMap::new(),
            headed: false,
            failed: 0,
            refused: 0,
            passed_over: Vec::new(),
            failure: None,
        }
    }

    /// Takes one image's lines, and prints those whose turn has come; an error ends all work.
    pub(super) fn take(
        &mut self,
        number: usize,
        measured: Result<Measured, Failure>,
        progress: &Progress,
    ) -> Result<(), ()> {
        self.waiting.insert(number, measured);
        while let Some(measured) = self.waiting.remove(&self.next) {
            let name = &self.sources[self.next].name;
            self.next += 1;
            let shown = match measured {
                Ok(measured) => {
                    for doubt in &measured.doubts {
                        progress.note(&format!("warning: {name}: {doubt}"));
                    }
                    self.refused += measured.refusals.len();
                    for refusal in &measured.refusals {
                        progress.complain(refusal);
                    }
                    self.passed_over.extend(measured.passed_over);
                    self.show(&measured.lines)
                }
                // Bad input spoils one image, anything else the whole.
                Err(Failure::Usage(error)) => {
                    self.failed += 1;
                    progress.complain(&error);
                    Ok(())
                }
                Err(failure) => Err(failure),
            };
            if let Err(failure) = shown {
                self.failure.get_or_insert(failure);
                return Err(());
            }
        }
        Ok(())
    }

    fn show(&mut self, lines: &[Line]) -> Result<(), Failure> {
        let mut text = String::new();
        if !self.json && !std::mem::replace(&mut self.headed, true) {
            text.push_str(&Line::header(self.width));
        }
        for line in lines {
            text.push_str(&if self.json { line.json() } else { line.row(self.width) });
        }
        print(&text)
    }
}
