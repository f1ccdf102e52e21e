//! The library's decoder within the limits of an image, and its errors.

use std::io::Cursor;

use ::tiff::TiffError;
use ::tiff::decoder::{Decoder, Limits};

use crate::image::MAX_PIXELS;
use crate::import::error::{Fault, damaged, not_taken};

pub(super) type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

/// What to do with files of forms that are not read.
pub(super) const PLAIN: &str = "write it again as plain grey TIFF, for instance with Python: \
    tifffile.imwrite(\"out.tif\", tifffile.imread(\"in.tif\"))";

pub(super) fn open(bytes: &[u8]) -> Result<Reader<'_>, Fault> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = 2 * MAX_PIXELS;
    // Tiles and strips reach beyond the image by less than one of them.
    limits.intermediate_buffer_size = 2 * MAX_PIXELS;
    limits.ifd_value_size = 16 << 20;
    Ok(Decoder::new(Cursor::new(bytes)).map_err(fault)?.with_limits(limits))
}

pub(super) fn fault(error: TiffError) -> Fault {
    match error {
        TiffError::UnsupportedError(what) => not_taken(what.to_string(), PLAIN),
        error => damaged(error),
    }
}
