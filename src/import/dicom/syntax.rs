//! Transfer syntaxes (DICOM PS3.5 Annex A, PS3.6 Table A-1): what is read, and what to do with
//! the others.

use crate::codec::PlaneCoding;
use crate::import::error::{Fault, RETRIEVE_AGAIN, not_taken};

pub(super) const IMPLICIT: &str = "1.2.840.10008.1.2";
pub(super) const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
pub(super) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

/// How the pixels of a frame are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Samples one after the other.
    Native,
    /// Run lengths (PS3.5 Annex G).
    Rle,
    /// JPEG Baseline.
    Jpeg,
    /// JPEG Extended.
    Jpeg12,
    /// What other decoders read, with the precision of the codestream.
    Plane(PlaneCoding),
}

/// The coding of a transfer syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Syntax {
    pub(super) coding: Coding,
    pub(super) always_lossy: bool,
    /// True if words were turned when the data set was read.
    pub(super) big_endian: bool,
}

impl Syntax {
    pub(super) const NATIVE: Self = Self::new(Coding::Native, false);

    const fn new(coding: Coding, always_lossy: bool) -> Self {
        Self { coding, always_lossy, big_endian: false }
    }

    pub(super) fn of(uid: &str) -> Result<Self, Fault> {
        let plane = |coding, always_lossy| Self::new(Coding::Plane(coding), always_lossy);
        let below = uid.strip_prefix("1.2.840.10008.1.2");
        Ok(match below {
            Some("" | ".1" | ".1.98" | ".1.99" | ".2") => Self::NATIVE,
            Some(".5") => Self::new(Coding::Rle, false),
            Some(".4.50") => Self::new(Coding::Jpeg, true),
            Some(".4.51") => Self::new(Coding::Jpeg12, true),
            Some(".4.57" | ".4.70") => plane(PlaneCoding::JpegLossless, false),
            Some(".4.80") => plane(PlaneCoding::JpegLs, false),
            Some(".4.81") => plane(PlaneCoding::JpegLs, true),
            Some(".4.90" | ".4.91" | ".4.201" | ".4.202" | ".4.203") => {
                plane(PlaneCoding::Jpeg2000, false)
            }
            other => {
                let (name, remedy) = not_read(other);
                return Err(not_taken(format!("{name} ({uid}) is not read"), remedy));
            }
        })
    }
}

impl Coding {
    /// The coding of fragments of which the file does not say it, by the first bytes.
    pub(super) fn seen(fragment: &[u8]) -> Option<Self> {
        match fragment {
            [0xFF, 0x4F, ..] | [0, 0, 0, 12, b'j', b'P', ..] => {
                Some(Self::Plane(PlaneCoding::Jpeg2000))
            }
            [0xFF, 0xD8, rest @ ..] => {
                let mut rest = rest;
                while let [0xFF, marker, high, low, ..] = *rest {
                    match marker {
                        0xC0 => return Some(Self::Jpeg),
                        0xC1 => return Some(Self::Jpeg12),
                        0xC3 => return Some(Self::Plane(PlaneCoding::JpegLossless)),
                        0xF7 => return Some(Self::Plane(PlaneCoding::JpegLs)),
                        _ => {
                            let length = usize::from(u16::from_be_bytes([high, low]));
                            rest = rest.get(2 + length..)?;
                        }
                    }
                }
                None
            }
            [1 | 2, 0, 0, 0, 64, 0, 0, 0, ..] => Some(Self::Rle),
            _ => None,
        }
    }
}

const DECOMPRESS: &str =
    "`gdcmconv --raw in.dcm out.dcm` (Debian package libgdcm-tools) makes a file that is read";

/// What a syntax that is not read is called, and what to do.
fn not_read(below: Option<&str>) -> (&'static str, &'static str) {
    let name = match below {
        Some(".4.52" | ".4.53" | ".4.54" | ".4.55" | ".4.56") => {
            return ("a retired JPEG process (progressive or spectral selection)", DECOMPRESS);
        }
        Some(".4.92" | ".4.93") => "JPEG 2000 Part 2",
        Some(".4.94" | ".4.95" | ".4.204" | ".4.205") => "JPIP, whose pixels stay on a server,",
        Some(".4.110" | ".4.111" | ".4.112") => "JPEG XL",
        Some(syntax) if syntax.starts_with(".4.10") => "video (MPEG or HEVC)",
        _ => "the transfer syntax",
    };
    (name, RETRIEVE_AGAIN)
}
