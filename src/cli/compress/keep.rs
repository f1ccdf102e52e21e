//! Results and kept files in `--out`.
//!
//! ```text
//! compress.json                       the request
//! 000000-scan/record.json             the lines of one image
//! 000000-scan/jpeg2000-native-10-stored.j2k         codestream
//! 000000-scan/jpeg2000-native-10-stored.png         decoded, stored values
//! 000000-scan/jpeg2000-native-10-stored.diff.npy    decoded − given, int32
//! results.jsonl                       all lines, in the order of the images
//! answers.csv                         where decoded images are kept: a table of answers to fill in
//! manifest.json                       SHA-256 of every file
//! ```

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use phantom_limit::codec::CodecName;
use phantom_limit::export::npy;
use phantom_limit::files::{self, Lock};
use phantom_limit::image::{Image, Window};
use phantom_limit::measurement::LevelTarget;
use phantom_limit::record::InputPath;
use phantom_limit::units::RatioBase;
use serde::{Deserialize, Serialize};

use super::super::failure::Failure;
use super::answers::{self, ANSWERS};
use super::arguments::KeepArgument;
use super::line::Line;
use super::source::Source;

/// What made the directory, for its marker.
pub(crate) const KIND: &str = "compress";

/// Lock of the process that fills the directory.
const WRITER: &str = "writer.lock";
const REQUEST: &str = "compress.json";
const RECORD: &str = "record.json";
const RESULTS: &str = "results.jsonl";

/// The request: an unfinished directory is continued by the same request only.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) format: u32,
    pub(super) version: String,
    pub(super) inputs: Vec<String>,
    pub(super) codecs: Vec<CodecName>,
    pub(super) versions: Vec<String>,
    pub(super) levels: Vec<LevelTarget>,
    pub(super) generations: u32,
    pub(super) chain: Vec<String>,
    pub(super) base: RatioBase,
    pub(super) paths: Vec<InputPath>,
    pub(super) window: Option<Window>,
    pub(super) window_index: Option<u32>,
    pub(super) bits_stored: Option<u8>,
    pub(super) seed: u64,
    pub(super) rescale: Vec<String>,
    pub(super) keep: Vec<String>,
    /// Code-block side, resolutions and layers, where chosen.
    pub(super) options: [Option<u32>; 3],
}

/// A directory that is being filled, by this process alone.
pub(super) struct Directory {
    root: PathBuf,
    _writer: Lock,
}

/// The lines of one image.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    input_sha256: String,
    lines: Vec<Line>,
    /// What codecs did not take.
    refusals: Vec<String>,
}

impl Directory {
    /// Takes a new directory, or one that was made by the same request.
    pub(super) fn claim(root: &Path, request: &Request) -> Result<Self, Failure> {
        files::claim(root, KIND)?;
        let Some(writer) = Lock::take(&root.join(WRITER))? else {
            return Err(Failure::failed(anyhow::anyhow!(
                "another process writes to `{}`; wait for it or choose another --out",
                root.display()
            )));
        };
        let (described, bytes) = (root.join(REQUEST), files::json(request));
        if !described.exists() {
            files::write(&described, &bytes)?;
        } else {
            let before = files::read(&described)?;
            if before != bytes {
                return Err(Failure::usage(anyhow::anyhow!(
                    "`{}` holds another compression ({} differ); choose another --out or repeat the \
                     former options",
                    root.display(),
                    difference(&before, request)
                )));
            }
        }
        Ok(Self { root: root.to_owned(), _writer: writer })
    }

    /// Where the files of one image go.
    pub(super) fn image<'a>(
        &self,
        number: usize,
        source: &Source,
        keep: &'a [KeepArgument],
    ) -> ImageFiles<'a> {
        ImageFiles { place: self.root.join(format!("{number:06}-{}", source.file_stem())), keep }
    }

    /// Gathers all lines and hashes every file.
    pub(super) fn finish(&self) -> Result<(), Failure> {
        // The folders' numbers keep the order of the images.
        let files = files::listing(&self.root)?;
        let ending = format!("/{RECORD}");
        let mut answers = Vec::new();
        files::write_with(&self.root.join(RESULTS), |out| {
            for file in &files {
                let Some(folder) = file.strip_suffix(&ending) else { continue };
                let bytes = std::fs::read(self.root.join(file))?;
                let record: Record = serde_json::from_slice(&bytes).map_err(io::Error::other)?;
                for line in &record.lines {
                    out.write_all(line.json().as_bytes())?;
                }
                answers.extend(answers::rows(folder, &record.lines));
            }
            Ok(())
        })?;
        // What a user has filled in stays.
        let to_fill = self.root.join(ANSWERS);
        if !to_fill.exists()
            && let Some(table) = answers::table(&answers, &self.root)
        {
            files::write(&to_fill, &table.map_err(Failure::failed)?)?;
        }
        files::remove_partial(&self.root)?;
        files::remove_file(&self.root.join(WRITER))?;
        Ok(files::write_manifest(&self.root, hashed)?)
    }
}

/// Whether the manifest has a file.
pub(crate) fn hashed(file: &str) -> bool {
    ![files::MARKER, WRITER, ANSWERS].contains(&file)
}

/// The first part of a request that differs.
fn difference(before: &[u8], request: &Request) -> String {
    let Ok(serde_json::Value::Object(before)) = serde_json::from_slice(before) else {
        return REQUEST.to_owned();
    };
    let now = serde_json::to_value(request).unwrap_or_default();
    let differs = before.iter().find(|(key, value)| now.get(key) != Some(value));
    differs.map_or_else(|| REQUEST.to_owned(), |(key, _)| key.clone())
}

/// The files of one image.
pub(super) struct ImageFiles<'a> {
    place: PathBuf,
    keep: &'a [KeepArgument],
}

/// Lines, and what codecs did not take.
type Measured = (Vec<Line>, Vec<String>);

impl ImageFiles<'_> {
    /// The lines that a former call measured of the same image, and what codecs did not take.
    pub(super) fn measured(&self, input_sha256: &str) -> Result<Option<Measured>, Failure> {
        let path = self.place.join(RECORD);
        if !path.exists() {
            return Ok(None);
        }
        let record: Option<Record> = serde_json::from_slice(&files::read(&path)?).ok();
        let same = record.filter(|record| record.input_sha256 == input_sha256);
        Ok(same.map(|record| (record.lines, record.refusals)))
    }

    /// Keeps the requested files of one level; `codestream` once for all its rescalings.
    pub(super) fn write(
        &self,
        line: &Line,
        codestream: Option<&[u8]>,
        given: &Image,
        rendition: &Image,
    ) -> Result<(), Failure> {
        let stem = line.stem();
        let place = |ending: &str| self.place.join(format!("{stem}.{ending}"));
        for keep in self.keep {
            match (keep, codestream) {
                (KeepArgument::Codestream, Some(bytes)) => {
                    files::write(&place(line.codec.extension()), bytes)?;
                }
                (KeepArgument::Codestream, None) => {}
                (KeepArgument::Decoded, _) => {
                    files::write_with(&place("png"), |out| png(rendition, out))?;
                }
                (KeepArgument::Difference, _) => {
                    files::write_with(&place("diff.npy"), |out| npy(given, rendition, out))?;
                }
            }
        }
        Ok(())
    }

    /// The image is whole.
    pub(super) fn finish(
        &self,
        input_sha256: &str,
        lines: &[Line],
        refusals: &[String],
    ) -> Result<(), Failure> {
        let record = Record {
            input_sha256: input_sha256.to_owned(),
            lines: lines.to_vec(),
            refusals: refusals.to_vec(),
        };
        Ok(files::write(&self.place.join(RECORD), &files::json(&record))?)
    }
}

/// Grey PNG of the stored values, not scaled: 8 bits where they fit, else 16.
pub(in crate::cli) fn png(picture: &Image, out: &mut dyn Write) -> io::Result<()> {
    let samples = picture.samples();
    let (bytes, colour): (Vec<u8>, _) = if picture.format().bits_allocated == 8 {
        (samples.iter().map(|&value| value as u8).collect(), ExtendedColorType::L8)
    } else {
        (samples.iter().flat_map(|value| value.to_ne_bytes()).collect(), ExtendedColorType::L16)
    };
    PngEncoder::new_with_quality(out, CompressionType::Fast, FilterType::Adaptive)
        .write_image(&bytes, picture.columns() as u32, picture.rows() as u32, colour)
        .map_err(io::Error::other)
}

/// NumPy array, int32, `[rows, columns]`: rendition − given.
fn npy(given: &Image, rendition: &Image, out: &mut dyn Write) -> io::Result<()> {
    let pairs = rendition.samples().iter().zip(given.samples());
    let differences = pairs.map(|(&after, &before)| i32::from(after) - i32::from(before));
    npy::array(differences, &[given.rows(), given.columns()], out)
}
