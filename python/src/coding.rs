//! `encode`, `ladder` and `decode`: one image, one codec.

use phantom_limit::codec::{self, Achieved, Codec, CodecName, Coding, Target, codec};
use phantom_limit::image::{Image, SampleFormat};
use phantom_limit::units::{BitsPerPixel, CompressionRatio, Decibels, RatioBase};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::image::{given, taken};
use crate::{named, refused};

/// A compressed image.
#[pyclass(frozen, module = "phantom_limit")]
pub(crate) struct Encoded {
    /// The complete file: it decodes alone.
    #[pyo3(get)]
    data: Py<PyBytes>,
    /// True if the target is reached; if not, this is the nearest that the codec can.
    #[pyo3(get)]
    reached: bool,
    /// Quality of the JPEG family that was taken; None for other codecs.
    #[pyo3(get)]
    quality: Option<f64>,
    codec: CodecName,
    format: SampleFormat,
    rate: Achieved,
}

#[pymethods]
impl Encoded {
    #[getter]
    fn codec(&self) -> &'static str {
        self.codec.name()
    }

    #[getter]
    fn bits_stored(&self) -> u8 {
        self.format.bits_stored
    }

    #[getter]
    fn ratio_stored(&self) -> f64 {
        self.rate.ratio_stored()
    }

    #[getter]
    fn ratio_allocated(&self) -> f64 {
        self.rate.ratio_allocated()
    }

    #[getter]
    fn bpp(&self) -> f64 {
        self.rate.bpp()
    }

    fn __len__(&self) -> usize {
        self.rate.bytes as usize
    }

    fn __repr__(&self) -> String {
        let reached = if self.reached { "" } else { ", target not reached" };
        let (codec, bytes, ratio) = (self.codec.name(), self.rate.bytes, self.rate.ratio_stored());
        format!("<Encoded {codec}: {bytes} bytes, {ratio:.2}:1 on stored bits{reached}>")
    }
}

/// Compresses an image to one target with the fewest bytes, or the highest quality, that reach it.
#[pyfunction]
#[pyo3(signature = (image, codec, *, ratio=None, bpp=None, quality=None, psnr=None, ssim=None, max_error=None, bits_stored=None, base="stored"))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn encode(
    py: Python<'_>,
    image: &Bound<'_, PyAny>,
    codec: &str,
    ratio: Option<f64>,
    bpp: Option<f64>,
    quality: Option<f64>,
    psnr: Option<f64>,
    ssim: Option<f64>,
    max_error: Option<f64>,
    bits_stored: Option<u8>,
    base: &str,
) -> PyResult<Encoded> {
    let name = codec_named(codec)?;
    let base = base_named(base)?;
    let asked: Vec<Target> = [
        ratio.map(|value| Target::Ratio(CompressionRatio { value, base })),
        bpp.map(|bits| Target::BitsPerPixel(BitsPerPixel(bits))),
        quality.map(Target::Quality),
        psnr.map(|psnr| Target::Psnr(Decibels(psnr))),
        ssim.map(Target::Ssim),
        max_error.map(Target::MaxError),
    ]
    .into_iter()
    .flatten()
    .collect();
    let target = match (name, asked.as_slice()) {
        (CodecName::Lossless, []) => Target::Lossless,
        (CodecName::Lossless, _) => {
            return Err(refused("lossless takes no level; leave it out, or choose a lossy codec"));
        }
        (_, &[target]) => target,
        (_, []) => {
            return Err(refused(
                "no level is given; add ratio, bpp, quality, psnr, ssim or max_error, or choose lossless",
            ));
        }
        _ => return Err(refused("several levels are given; ladder takes several ratios")),
    };
    let mut encoded = encoded(py, &taken(image, bits_stored)?, name, &[target])?;
    Ok(encoded.remove(0))
}

/// Compresses an image to each of several ratios, in their order, sharing what can be shared.
#[pyfunction]
#[pyo3(signature = (image, codec, ratios, *, bits_stored=None, base="stored"))]
pub(crate) fn ladder(
    py: Python<'_>,
    image: &Bound<'_, PyAny>,
    codec: &str,
    ratios: Vec<f64>,
    bits_stored: Option<u8>,
    base: &str,
) -> PyResult<Vec<Encoded>> {
    let base = base_named(base)?;
    let target = |value| Target::Ratio(CompressionRatio { value, base });
    let targets: Vec<Target> = ratios.into_iter().map(target).collect();
    encoded(py, &taken(image, bits_stored)?, codec_named(codec)?, &targets)
}

fn encoded(
    py: Python<'_>,
    image: &Image,
    name: CodecName,
    targets: &[Target],
) -> PyResult<Vec<Encoded>> {
    let format = image.format();
    let made = py.detach(|| codec(name).encode_ladder(image, format, targets)).map_err(refused)?;
    let with_rate = |encoded: codec::Encoded| Encoded {
        data: PyBytes::new(py, &encoded.bytes).unbind(),
        reached: encoded.reached,
        quality: encoded.quality,
        codec: name,
        format,
        rate: Achieved {
            bytes: encoded.bytes.len() as u64,
            pixels: image.pixels() as u64,
            original: format,
            input: format,
        },
    };
    Ok(made.into_iter().map(with_rate).collect())
}

/// What is decoded: something that was encoded here, or the bytes of a file.
#[derive(FromPyObject)]
pub(crate) enum Source<'py> {
    Made(PyRef<'py, Encoded>),
    File(Bound<'py, PyBytes>),
}

/// Restores the image of a codestream.
#[pyfunction]
#[pyo3(signature = (data, *, bits_stored=None))]
pub(crate) fn decode(
    py: Python<'_>,
    data: Source<'_>,
    bits_stored: Option<u8>,
) -> PyResult<Py<PyAny>> {
    let (name, mut format, bytes) = match &data {
        Source::Made(encoded) => (encoded.codec, encoded.format, encoded.data.as_bytes(py)),
        Source::File(file) => {
            let (name, precision) = stated(file.as_bytes())?;
            (name, of_bits(precision), file.as_bytes())
        }
    };
    if let Some(bits) = bits_stored {
        format = of_bits(bits);
    }
    let decoder: Box<dyn Codec> = codec(name);
    let image = py.detach(|| decoder.decode(bytes, format)).map_err(refused)?;
    given(py, image)
}

/// Bits in the smallest words that hold them.
fn of_bits(bits_stored: u8) -> SampleFormat {
    SampleFormat { bits_stored, bits_allocated: if bits_stored > 8 { 16 } else { 8 } }
}

/// What a codestream says of itself.
fn stated(bytes: &[u8]) -> PyResult<(CodecName, u8)> {
    let coding = Coding::of(bytes);
    let known = coding.and_then(|coding| Some((coding.codec(), coding.precision(bytes)?)));
    known.ok_or_else(|| {
        refused(
            "these bytes are no codestream that is decoded here: grey JPEG (baseline, or extended \
             with 12 bits) and bare JPEG 2000 codestreams of one tile are",
        )
    })
}

pub(crate) fn codec_named(name: &str) -> PyResult<CodecName> {
    named("codec", &CodecName::ALL, CodecName::name, name)
}

fn base_named(name: &str) -> PyResult<RatioBase> {
    let all = [RatioBase::Stored, RatioBase::Allocated, RatioBase::Input];
    let name_of = |base| match base {
        RatioBase::Stored => "stored",
        RatioBase::Allocated => "allocated",
        RatioBase::Input => "input",
    };
    named("base of ratios", &all, name_of, name)
}
