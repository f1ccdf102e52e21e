//! The renditions of a dataset: the originals, and what is left of them after compression.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::truth::CompressionTruth;
use crate::codec::{self, Achieved, Codec, CodecError, CodecName, Encoded, Target};
use crate::image::{Image, Rescale, SampleFormat, WINDOWED, Window};
use crate::units::{CompressionRatio, RatioBase};

/// One compression of every image of a dataset.
///
/// Written `CODEC@RATIO`, with `-windowed` after the codec where it is given 8 bits through the
/// phantom's display window.
///
/// ```
/// use phantom_limit::export::Compression;
/// let ten: Compression = "jpeg2000@10".parse()?;
/// assert_eq!((ten.ratio, ten.windowed), (Some(10.0), false));
/// let windowed: Compression = "jpeg2000-windowed@7.5".parse()?;
/// assert_eq!((windowed.windowed, windowed.to_string().as_str()), (true, "jpeg2000-windowed-7.5"));
/// assert!("lossless".parse::<Compression>()?.ratio.is_none());
/// let error = "jpeg@0.5".parse::<Compression>().unwrap_err().to_string();
/// assert_eq!(error, "`jpeg@0.5` asks for a ratio of 0.5; it must be above 1");
/// # Ok::<(), phantom_limit::export::CompressionError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compression {
    /// Codec.
    pub codec: CodecName,
    /// True if the codec is given 8 bits through the display window.
    pub windowed: bool,
    /// N in N:1, above 1; `None` where lossless.
    pub ratio: Option<f64>,
    /// The bits that N counts.
    pub base: RatioBase,
}

/// Why a text is no compression.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum CompressionError {
    /// The codec is not known.
    #[error(
        "`{text}` names no codec: use jpeg@RATIO, jpeg12@RATIO, jpeg2000@RATIO, jpegls@RATIO or lossless"
    )]
    Codec {
        /// What was given.
        text: String,
    },
    /// The ratio is missing, superfluous or no number.
    #[error("`{text}` is not CODEC@RATIO, such as jpeg2000@10; lossless has no ratio")]
    Form {
        /// What was given.
        text: String,
    },
    /// The ratio is not possible.
    #[error("`{text}` asks for a ratio of {ratio}; it must be above 1")]
    Ratio {
        /// What was given.
        text: String,
        /// The ratio.
        ratio: f64,
    },
}

/// Codecs that write files.
const CODECS: [CodecName; 5] = [
    CodecName::Jpeg,
    CodecName::Jpeg12,
    CodecName::Jpeg2000,
    CodecName::JpegLs,
    CodecName::Lossless,
];

impl FromStr for Compression {
    type Err = CompressionError;

    fn from_str(text: &str) -> Result<Self, CompressionError> {
        let (name, ratio) = match text.split_once('@') {
            Some((name, ratio)) => (name, Some(ratio)),
            None => (text, None),
        };
        let windowed = name.strip_suffix("-windowed");
        let plain = windowed.unwrap_or(name);
        let codec = CODECS.into_iter().find(|codec| codec.name() == plain);
        let codec = codec.ok_or_else(|| CompressionError::Codec { text: text.to_owned() })?;
        let form = || CompressionError::Form { text: text.to_owned() };
        let ratio: Option<f64> =
            ratio.map(|ratio| ratio.parse().map_err(|_| form())).transpose()?;
        if ratio.is_none() != (codec == CodecName::Lossless) {
            return Err(form());
        }
        if let Some(ratio) = ratio.filter(|ratio| !(*ratio > 1.0 && ratio.is_finite())) {
            return Err(CompressionError::Ratio { text: text.to_owned(), ratio });
        }
        let windowed = windowed.is_some();
        Ok(Self { codec, windowed, ratio, base: RatioBase::Stored })
    }
}

/// The name of its directory.
impl fmt::Display for Compression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.codec.fmt(formatter)?;
        if self.windowed {
            formatter.write_str("-windowed")?;
        }
        match (self.ratio, self.base) {
            (None, _) => Ok(()),
            (Some(ratio), RatioBase::Stored) => write!(formatter, "-{ratio}"),
            (Some(ratio), base) => write!(formatter, "-{ratio}-{base}"),
        }
    }
}

impl Compression {
    /// The same through the window if the codec does not take all bits of `format` as they are.
    ///
    /// ```
    /// use phantom_limit::export::Compression;
    /// use phantom_limit::image::SampleFormat;
    /// let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    /// let windowed =
    ///     |text: &str| text.parse::<Compression>().map(|it| it.possible_for(format).windowed);
    /// assert!(windowed("jpeg@10")?);
    /// assert!(!windowed("jpeg12@10")? && !windowed("jpeg2000@10")?);
    /// # Ok::<(), phantom_limit::export::CompressionError>(())
    /// ```
    #[must_use]
    pub fn possible_for(self, format: SampleFormat) -> Self {
        // 8-bit JPEG takes deeper samples by dropping their low bits, which no object can say.
        let whole = self.codec != CodecName::Jpeg || format.bits_stored <= 8;
        let native = whole && codec::codec(self.codec).accepts(format);
        Self { windowed: self.windowed || !native, ..self }
    }

    fn target(&self) -> Target {
        match self.ratio {
            Some(value) => Target::Ratio(CompressionRatio { value, base: self.base }),
            None => Target::Lossless,
        }
    }
}

/// What compression left of an image.
#[derive(Debug)]
pub(super) struct Compressed {
    pub(super) decoded: Image,
    pub(super) codestream: Vec<u8>,
    pub(super) truth: CompressionTruth,
}

/// The codecs of a dataset, so that one encode serves all ratios of a codec and path.
#[derive(Debug)]
pub(super) struct Compressor {
    groups: Vec<Group>,
    rescale: Rescale,
    window: Window,
}

#[derive(Debug)]
struct Group {
    codec: Box<dyn Codec>,
    windowed: bool,
    /// Number in the request, and the compression.
    members: Vec<(usize, Compression)>,
}

impl Compressor {
    pub(super) fn new(compressions: &[Compression], rescale: Rescale, window: Window) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (number, &compression) in compressions.iter().enumerate() {
            let same = |group: &&mut Group| {
                group.codec.name() == compression.codec && group.windowed == compression.windowed
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.members.push((number, compression)),
                None => groups.push(Group {
                    codec: codec::codec(compression.codec),
                    windowed: compression.windowed,
                    members: vec![(number, compression)],
                }),
            }
        }
        Self { groups, rescale, window }
    }

    /// Compresses an image with each compression and passes the results to `take` one after the other,
    /// with their numbers in the request.
    pub(super) fn each<E: From<CodecError>>(
        &self,
        original: &Image,
        mut take: impl FnMut(usize, Compressed) -> Result<(), E>,
    ) -> Result<(), E> {
        for group in &self.groups {
            let windowed = group.windowed.then(|| self.window.apply(original, self.rescale));
            let input = windowed.as_ref().unwrap_or(original);
            let targets: Vec<Target> =
                group.members.iter().map(|(_, compression)| compression.target()).collect();
            let ladder = group.codec.encode_ladder(input, original.format(), &targets)?;
            for (&(number, compression), encoded) in group.members.iter().zip(ladder) {
                let decoded = group.codec.decode(&encoded.bytes, input.format())?;
                let truth = truth(&compression, &encoded, original);
                take(number, Compressed { decoded, codestream: encoded.bytes, truth })?;
            }
        }
        Ok(())
    }
}

fn truth(compression: &Compression, encoded: &Encoded, original: &Image) -> CompressionTruth {
    let achieved = Achieved {
        bytes: encoded.bytes.len() as u64,
        pixels: original.pixels() as u64,
        original: original.format(),
        input: if compression.windowed { WINDOWED } else { original.format() },
    };
    CompressionTruth {
        codec: compression.codec,
        windowed: compression.windowed,
        target_ratio: compression.ratio,
        base: compression.base,
        reached: encoded.reached,
        codestream_bytes: achieved.bytes,
        bits_per_pixel: achieved.bpp(),
        ratio_stored: achieved.ratio_stored(),
        ratio_allocated: achieved.ratio_allocated(),
        ratio_input: achieved.ratio_input(),
    }
}
