//! Feeds parsers with damaged files for a given time: an error or a value is right; a panic, a
//! hang or a crash is not. The side of `scripts/mutate` that does the work; without arguments
//! every parser gets a short while, so that `cargo bench` runs it too.
//!
//! ```text
//! mutation [--seconds N] [--seed N] [--patience N] [PARSER...]
//! ```
//!
//! The patience is 2 s for a file; under valgrind more is needed.
//!
//! Every case is a function of the seed and its number, which are printed when one fails. The
//! file of a failing case is written to the temporary folder.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use phantom_limit::codec::{CodecName, Coefficients, Target, codec};
use phantom_limit::image::SampleFormat;
use phantom_limit::import;
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{ChunkRecord, Results};
use phantom_limit::rng::{Purpose, Stream, StreamKey};
use phantom_limit::study::StudyFile;
use phantom_limit::units::CompressionRatio;

#[path = "../tests/support/image_files.rs"]
mod image_files;
#[path = "../tests/support/synthetic.rs"]
mod synthetic;

use synthetic::{TWELVE, ellipses, windowed};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A study file to damage.
const STUDY: &str = r#"format = 1
phantoms = ["ct-head", "mr-brain"]
preset = "standard"
seed = 7
codecs = ["jpeg", "jpeg2000"]
paths = ["native", "windowed"]
regimes = ["original", "mixed"]
ratios = [5.0, 10.0, 20.0]
replicates = 5
test_images = 130
margin = 0.02
alpha = 0.025
"#;

/// No parser takes more seconds for so small a file, whatever it claims.
const PATIENCE: f64 = 2.0;

/// Reads bytes and forgets what it found.
type Read = Box<dyn Fn(&[u8])>;

/// A parser and whole files to damage.
struct Parser {
    name: &'static str,
    files: Vec<Vec<u8>>,
    read: Read,
}

/// Files of a codec and the formats of their samples.
fn codec_parser(name: CodecName) -> Parser {
    let mut formats = Vec::new();
    let mut files = Vec::new();
    for (case, side) in [16, 33, 48].into_iter().enumerate() {
        let native = ellipses(side, 10.0, case as u64);
        for image in [windowed(&native), native] {
            let codec = codec(name);
            let format = image.format();
            let targets = match name {
                CodecName::Lossless => vec![Target::Lossless],
                _ => [2.0, 8.0].map(|r| Target::Ratio(CompressionRatio::stored(r))).to_vec(),
            };
            if codec.accepts(format) {
                let levels = codec.encode_ladder(&image, TWELVE, &targets).expect("possible");
                files.extend(levels.into_iter().map(|level| level.bytes));
                formats.push(format);
            }
        }
    }
    if name == CodecName::Htj2k {
        files.push(include_bytes!("../tests/files/openjph.j2c").to_vec());
        formats.push(SampleFormat { bits_stored: 16, bits_allocated: 16 });
    }
    formats.sort_by_key(|format| format.bits_stored);
    formats.dedup();
    let read = move |bytes: &[u8]| {
        for format in &formats {
            if let Ok(image) = codec(name).decode(bytes, *format) {
                assert_eq!(image.format(), *format);
            }
        }
        if matches!(name, CodecName::Jpeg | CodecName::Jpeg12) {
            drop(Coefficients::read(name, bytes));
        }
    };
    Parser { name: name.name(), files, read: Box::new(read) }
}

/// Everything that reads what others wrote.
fn parsers() -> Vec<Parser> {
    let mut parsers: Vec<Parser> = CodecName::ALL.into_iter().map(codec_parser).collect();
    parsers.push(Parser {
        name: "phantom",
        files: vec![include_bytes!("../phantoms/ct/head.toml").to_vec()],
        read: Box::new(|bytes| {
            if let Ok(text) = std::str::from_utf8(bytes) {
                drop(Phantom::parse(text, "mutated.toml"));
            }
        }),
    });
    parsers.push(Parser {
        name: "study",
        files: vec![STUDY.as_bytes().to_vec()],
        read: Box::new(|bytes| {
            if let Ok(text) = std::str::from_utf8(bytes) {
                drop(StudyFile::parse(text, "mutated.toml"));
            }
        }),
    });
    parsers.push(Parser {
        name: "images",
        files: image_files::one_of_each().into_iter().map(|(_, file)| file).collect(),
        read: Box::new(|bytes| drop(import::decode(bytes, import::Reading::default()))),
    });
    parsers.push(Parser {
        name: "records",
        files: vec![
            br#"{"format":1,"plan":"ab","cases":[{"index":0,"sha256":"cd","classes":[0,1],"renditions":[{"path":"native","condition":{"codec":"jpeg2000","target":5.0},"bytes":9,"quality":null,"reached":true,"mse":1.5,"max_error":3,"sha256":"ef"}]}]}"#
                .to_vec(),
        ],
        read: Box::new(|bytes| {
            drop(serde_json::from_slice::<ChunkRecord>(bytes));
            drop(serde_json::from_slice::<Results>(bytes));
        }),
    });
    parsers
}

/// Numbers that parsers stumble over.
const EXTREMES: [u32; 10] =
    [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF];

/// A damaged copy of one of `files`.
fn damaged(files: &[Vec<u8>], stream: &mut Stream) -> Vec<u8> {
    let below = |stream: &mut Stream, limit: usize| stream.below(limit.max(1) as u64) as usize;
    let mut bytes = files[below(stream, files.len())].clone();
    for _ in 0..=below(stream, 5) {
        // Half of the damage hits the beginning, where it hurts most.
        let reach = if stream.below(2) == 0 { bytes.len().min(200) } else { bytes.len() };
        let at = below(stream, reach);
        let length = below(stream, 16).min(bytes.len() - at);
        match stream.below(8) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << stream.below(8),
            2 if at < bytes.len() => bytes[at] = stream.below(256) as u8,
            3 => {
                let extreme = EXTREMES[below(stream, EXTREMES.len())].to_be_bytes();
                let width = [1, 2, 4][below(stream, 3)].min(bytes.len() - at);
                bytes[at..at + width].copy_from_slice(&extreme[4 - width..]);
            }
            4 => drop(bytes.drain(at..at + length)),
            5 => {
                let copy = bytes[at..at + length].to_vec();
                let to = below(stream, bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            6 => {
                let other = &files[below(stream, files.len())];
                let from = below(stream, other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

/// Cases that ran, or what went wrong.
fn run(parser: &Parser, number: usize, seed: u64, limits: [f64; 2]) -> Result<u64, String> {
    let [seconds, patience] = limits.map(Duration::from_secs_f64);
    let start = Instant::now();
    let mut case = 0;
    while start.elapsed() < seconds {
        let key = StreamKey { seed, purpose: Purpose::Verification, case, part: number as u64 };
        let bytes = damaged(&parser.files, &mut key.open());
        let began = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| (parser.read)(&bytes)));
        let took = began.elapsed();
        if outcome.is_err() || took > patience {
            let file: PathBuf =
                std::env::temp_dir().join(format!("mutation-{}-{seed}-{case}", parser.name));
            std::fs::write(&file, &bytes).map_err(|error| error.to_string())?;
            let what = if outcome.is_err() { "panic" } else { "too slow" };
            return Err(format!(
                "seed {seed}, case {case}: {what} in {took:?}: {}",
                file.display()
            ));
        }
        case += 1;
    }
    Ok(case)
}

fn main() -> ExitCode {
    let (mut seconds, mut patience, mut seed, mut names) = (0.5, PATIENCE, 1, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let number = |next: Option<String>| next.and_then(|text| text.parse::<f64>().ok());
        match argument.as_str() {
            "--seconds" => seconds = number(arguments.next()).expect("a number of seconds"),
            "--patience" => patience = number(arguments.next()).expect("a number of seconds"),
            "--seed" => seed = number(arguments.next()).expect("a seed") as u64,
            // What `cargo bench` says.
            "--bench" => {}
            _ => names.push(argument),
        }
    }
    let parsers = parsers();
    if let Some(name) = names.iter().find(|name| parsers.iter().all(|parser| parser.name != **name))
    {
        let known: Vec<&str> = parsers.iter().map(|parser| parser.name).collect();
        eprintln!("no parser {name}; there are: {}", known.join(", "));
        return ExitCode::from(2);
    }
    let mut failed = false;
    for (number, parser) in parsers.iter().enumerate() {
        if !names.is_empty() && names.iter().all(|name| parser.name != name) {
            continue;
        }
        match run(parser, number, seed, [seconds, patience]) {
            Ok(cases) => println!("{:9} {cases} damaged files: no panic, none slow", parser.name),
            Err(error) => {
                failed = true;
                println!("{:9} {error}", parser.name);
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
