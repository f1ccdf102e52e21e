//! Damaged and hostile ONNX files give an error, never a panic, at once and without much memory.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::time::{Duration, Instant};

use phantom_limit::model::{ModelFile, Network, Outputs, Tensor};

use super::networks::hostile;

const ONNX: &[u8] = include_bytes!("../model/finder.onnx");
const MODEL: &str = include_str!("../model/finder.toml");
/// A file of 40 kB is read and refused, or made ready and run, in less; the machine may be busy.
const SOON: Duration = Duration::from_secs(2);

/// Reads a network and runs it once: whatever comes, no panic.
fn tried(bytes: &[u8]) -> Result<Outputs, String> {
    let text: String = MODEL
        .lines()
        .filter(|line| !line.starts_with("name"))
        .map(|line| format!("{line}\n"))
        .collect();
    let file = ModelFile::parse(&text, "m.toml").unwrap();
    let network = Network::read(bytes, &file).map_err(|error| error.to_string())?;
    let zeros = Tensor { shape: vec![1, 1, 160, 160], values: vec![0.0; 160 * 160] };
    network.run(&zeros).map_err(|error| error.to_string())
}

#[test]
fn cut_files_are_refused() {
    for length in (0..ONNX.len()).step_by(997).chain(ONNX.len() - 3..ONNX.len()) {
        let begun = Instant::now();
        let error = tried(&ONNX[..length]).expect_err("a cut file is no network");
        assert!(error.starts_with("the ONNX file: "), "{length}: {error}");
        assert!(begun.elapsed() < SOON, "{length}: {:?}", begun.elapsed());
    }
}

#[test]
fn flipped_bits_do_no_harm() {
    let mut refused = 0;
    for seed in 0..150_usize {
        let mut bytes = ONNX.to_vec();
        // The structure is at both ends of the file; weights lie between.
        let place = (seed * 7919) % 6000;
        let place = if seed % 2 == 0 { place } else { bytes.len() - 1 - place };
        bytes[place] ^= 1 << (seed % 8);
        let begun = Instant::now();
        refused += usize::from(tried(&bytes).is_err());
        assert!(begun.elapsed() < SOON, "{seed}: {:?}", begun.elapsed());
    }
    assert!(refused > 10, "{refused} of 150 are refused");
}

#[test]
fn networks_that_lie_are_refused_before_they_are_believed() {
    // Those that ask for memory are for the program's own process: tests/program.
    for (name, bytes, phrase) in hostile() {
        if name.starts_with("giant") {
            continue;
        }
        let error = tried(&bytes).expect_err(name);
        assert!(error.contains(phrase), "{name}: {error}");
    }
}
