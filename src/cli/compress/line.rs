//! One line of the result, as JSON and as a row of the table.

use phantom_limit::codec::CodecName;
use phantom_limit::measurement::{Doubt, LevelTarget, Measurement, TargetKind};
use phantom_limit::record::InputPath;
use serde::{Deserialize, Serialize};

/// Widest column of names.
pub(super) const NAME_WIDTH: usize = 32;

/// One image at one level; `results.jsonl` and `--json` hold one on each line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) input: String,
    pub(super) codec: CodecName,
    pub(super) codec_version: String,
    /// The target, and everything measured.
    #[serde(flatten)]
    pub(super) measurement: Measurement,
    /// What the codec was given.
    pub(super) path: InputPath,
    /// Which compression of how many, from 1.
    pub(super) step: u32,
    pub(super) steps: u32,
    /// The chain that the step belongs to, as typed.
    pub(super) chain: Option<String>,
    /// Rescaling after decoding, of which fidelity and artefacts are then.
    pub(super) rescale: Option<String>,
    /// SHA-256 of the image: stored values as 16-bit little-endian words.
    pub(super) input_sha256: String,
    pub(super) warnings: Vec<Doubt>,
    /// What the image is a part of: frames of one object are of one patient.
    pub(super) object: String,
    /// Its frame, from 1, where one was asked for.
    pub(super) frame: Option<u32>,
    /// Bits that carry a value.
    pub(super) bits_stored: u8,
    /// Added to every value of a file with signed samples; 0 otherwise.
    pub(super) offset: u16,
    /// Pixels that fidelity, artefacts and windows leave out.
    pub(super) padding_pixels: usize,
}

impl Line {
    pub(super) fn json(&self) -> String {
        let text = serde_json::to_string(self).expect("lines have text keys");
        format!("{text}\n")
    }

    /// Name of the files that are kept of it, without an ending.
    pub(super) fn stem(&self) -> String {
        let level = level(&self.measurement.asked);
        let mut stem = format!("{}-{}-{level}", self.codec.name(), self.path.name());
        if self.steps > 1 {
            stem.push_str(&format!("-step{}", self.step));
        }
        if let Some(rescale) = &self.rescale {
            stem.push_str(&format!("-{}", rescale.replace('@', "")));
        }
        stem
    }

    /// The names of the columns.
    pub(super) fn header(width: usize) -> String {
        format!(
            "{:<width$} {:<9} {:<8} {:<16} {:>7} {:>9} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} \
             {:>6} {:>6} {:>6} {:>6} {:>6}\n",
            "INPUT",
            "CODEC",
            "PATH",
            "LEVEL",
            "QUALITY",
            "BYTES",
            "BPP",
            "STORED",
            "ALLOC.",
            "GIVEN",
            "PSNR",
            "SSIM",
            "MS-SSIM",
            "ERROR",
            "BLOCK",
            "RING",
            "RIPPLE",
            "BLUR"
        )
    }

    pub(super) fn row(&self, width: usize) -> String {
        let m = &self.measurement;
        let optional = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let mut level = level(&m.asked);
        if !m.reached {
            level.push('!');
        }
        if self.steps > 1 {
            level = format!("{level} {}/{}", self.step, self.steps);
        }
        let mut row = format!(
            "{:<width$} {:<9} {:<8} {:<16} {:>7} {:>9} {:>7.3} {:>7.2} {:>7.2} {:>7.2} {:>7} {:>7} \
             {:>7} {:>6} {:>6.3} {:>6.3} {:>6.3} {:>6.3}",
            shortened(&self.input, width),
            self.codec.name(),
            self.path.name(),
            level,
            m.quality.map_or_else(|| "-".to_owned(), |quality| quality.to_string()),
            m.bytes,
            m.bpp,
            m.ratio_stored,
            m.ratio_allocated,
            m.ratio_input,
            m.psnr_db.map_or_else(|| "equal".to_owned(), |psnr| format!("{psnr:.2}")),
            optional(m.ssim, 4),
            optional(m.ms_ssim, 4),
            m.max_error,
            m.blocking,
            m.ringing,
            m.ripple,
            m.blur
        );
        if let Some(rescale) = &self.rescale {
            row.push_str(&format!("  {rescale}"));
        }
        if self.offset > 0 {
            row.push_str(&format!("  offset +{}", self.offset));
        }
        row.push('\n');
        row
    }
}

/// A level in a word that can be a part of a file's name.
pub(super) fn level(asked: &LevelTarget) -> String {
    let number = asked.target.unwrap_or_default();
    let base = asked.target_base.map_or_else(String::new, |base| format!("-{base}"));
    match asked.target_kind {
        TargetKind::Ratio => format!("{number}{base}"),
        TargetKind::Bpp => format!("{number}bpp"),
        TargetKind::Quality => format!("q{number}"),
        TargetKind::Psnr => format!("{number}dB"),
        TargetKind::Ssim => format!("ssim{number}"),
        TargetKind::MaxError => format!("error{number}"),
        TargetKind::Lossless => "lossless".to_owned(),
    }
}

/// The end of a name that is too long: files in one directory differ there.
fn shortened(name: &str, width: usize) -> String {
    let length = name.chars().count();
    if length <= width {
        return name.to_owned();
    }
    let end: String = name.chars().skip(length + 1 - width).collect();
    format!("…{end}")
}
