//! The names of codecs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Name of a codec. Its number and its name are parts of random streams and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodecName {
    /// JPEG Baseline, 8 bit; deeper samples lose their low bits.
    Jpeg = 0,
    /// JPEG Extended sequential, 8 to 12 bit.
    Jpeg12 = 1,
    /// JPEG 2000 Part 1, irreversible 9/7.
    Jpeg2000 = 2,
    /// High-Throughput JPEG 2000 (Part 15): read only.
    Htj2k = 3,
    /// JPEG 2000 Part 1, reversible 5/3: the null.
    Lossless = 4,
    /// JPEG-LS near-lossless: no sample is further from the original than a whole number.
    JpegLs = 5,
}

/// How one codec is written and filed.
struct Facts {
    name: &'static str,
    title: &'static str,
    extension: &'static str,
}

impl CodecName {
    /// All, in the order of tables.
    pub const ALL: [Self; 6] =
        [Self::Jpeg, Self::Jpeg12, Self::Jpeg2000, Self::Htj2k, Self::JpegLs, Self::Lossless];

    /// Lossy codecs that a study can be asked for: their names, and what they are.
    pub const STUDIED: [(&'static str, &'static str); 4] = [
        ("jpeg", "JPEG Baseline, 8 bit; on native data the low bits are dropped first"),
        ("jpeg12", "JPEG Extended sequential, up to 12 bit"),
        ("jpeg2000", "JPEG 2000 with the irreversible 9/7 wavelet"),
        (
            "jpegls",
            "JPEG-LS near-lossless: no sample further from the original than a whole number",
        ),
    ];

    fn facts(self) -> Facts {
        let facts = |name, title, extension| Facts { name, title, extension };
        match self {
            Self::Jpeg => facts("jpeg", "JPEG", "jpg"),
            Self::Jpeg12 => facts("jpeg12", "JPEG 12-bit", "jpg"),
            Self::Jpeg2000 => facts("jpeg2000", "JPEG 2000", "j2k"),
            Self::Htj2k => facts("htj2k", "HTJ2K", "jhc"),
            Self::Lossless => facts("lossless", "lossless", "j2k"),
            Self::JpegLs => facts("jpegls", "JPEG-LS", "jls"),
        }
    }

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The codec as it is usually written.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.facts().title
    }

    /// Ending of the names of its files, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        self.facts().extension
    }
}

impl fmt::Display for CodecName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keys_random_streams_never_changes() {
        let keys = CodecName::ALL.map(|codec| (codec as u64, codec.name()));
        let expected = [
            (0, "jpeg"),
            (1, "jpeg12"),
            (2, "jpeg2000"),
            (3, "htj2k"),
            (5, "jpegls"),
            (4, "lossless"),
        ];
        assert_eq!(keys, expected);
    }
}
