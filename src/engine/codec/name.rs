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
}

impl CodecName {
    /// All, in the order of tables.
    pub const ALL: [Self; 5] =
        [Self::Jpeg, Self::Jpeg12, Self::Jpeg2000, Self::Htj2k, Self::Lossless];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Jpeg12 => "jpeg12",
            Self::Htj2k => "htj2k",
            Self::Jpeg2000 => "jpeg2000",
            Self::Lossless => "lossless",
        }
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
        let expected = [(0, "jpeg"), (1, "jpeg12"), (2, "jpeg2000"), (3, "htj2k"), (4, "lossless")];
        assert_eq!(keys, expected);
    }
}
