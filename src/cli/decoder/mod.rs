//! `decoder`: decodes codestreams that this program did not write in a process of its own, under
//! ceilings of memory and time, so that whatever a file does to the C library, the program lives to
//! say so. Reads questions from its stdin and answers on its stdout; opens no file.

mod pool;
mod wire;

use std::io::{self, BufReader};

use clap::Args;
use phantom_limit::codec::{Plane, PlaneCoding};

use super::failure::Failure;
use super::limits;

pub(super) use pool::Pool;
use wire::Question;

/// Name of the subcommand.
pub(super) const COMMAND: &str = "decoder";

/// Bytes of a process that has decoded nothing, and of small images.
const MEMORY: u64 = 128 << 20;
/// Bytes for each pixel: OpenJPEG 2.5.3 takes 6 for an image of one tile, and 2 are the answer.
const MEMORY_A_PIXEL: u64 = 12;
/// Bytes for each byte of the codestream, which is held more than once.
const MEMORY_A_BYTE: u64 = 4;
/// Pixels, and bytes of a codestream, that take a further second of a core: a tenth of what the decoder
/// does in it.
const PIXELS_A_SECOND: u64 = 8 << 20;
const BYTES_A_SECOND: u64 = 1 << 20;

/// Arguments of `decoder`.
#[derive(Debug, Args)]
pub(super) struct Decoder {}

impl Decoder {
    pub(super) fn run(&self) -> Result<(), Failure> {
        limits::shut_in();
        let (mut questions, mut answers) = (BufReader::new(io::stdin()), io::stdout().lock());
        let mut most = 0;
        while let Some(question) = wire::next(&mut questions).map_err(Failure::failed)? {
            // What was taken for an earlier image is not given back at once.
            most = memory(&question).max(most);
            limits::limit(most, seconds(&question));
            let plane = Plane::read(PlaneCoding::Jpeg2000, &question.codestream, question.size);
            drop(question);
            wire::answer(&mut answers, &plane).map_err(Failure::failed)?;
        }
        Ok(())
    }
}

/// Bytes of memory that a codestream may take.
fn memory<T: AsRef<[u8]>>(question: &Question<T>) -> u64 {
    MEMORY + MEMORY_A_PIXEL * pixels(question.size) + MEMORY_A_BYTE * length(question)
}

/// Seconds of a core that a codestream may take.
fn seconds<T: AsRef<[u8]>>(question: &Question<T>) -> u64 {
    1 + pixels(question.size) / PIXELS_A_SECOND + length(question) / BYTES_A_SECOND
}

fn pixels([rows, columns]: [usize; 2]) -> u64 {
    (rows as u64).saturating_mul(columns as u64)
}

fn length<T: AsRef<[u8]>>(question: &Question<T>) -> u64 {
    question.codestream.as_ref().len() as u64
}
