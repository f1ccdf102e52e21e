//! Writes the elements of an object as a file (PS3.10).

use std::io::{self, Write};

use dicom_object::FileMetaTableBuilder;

use super::elements::Elements;
use super::object::uid;

/// Writes elements behind the header of a file; `bytes` is about how many there are.
pub(super) fn write(
    elements: Elements,
    transfer_syntax: &str,
    bytes: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(transfer_syntax)
        .implementation_class_uid(uid(&["implementation", "phantom-limit"]))
        .implementation_version_name("PHANTOM-LIMIT");
    let object = elements.into_object().with_meta(meta).map_err(io::Error::other)?;
    // Written at once: the encoder writes element by element.
    let mut written = Vec::with_capacity(bytes);
    object.write_all(&mut written).map_err(io::Error::other)?;
    out.write_all(&written)
}

/// Even length, as every DICOM value has (PS3.5 6.2).
pub(super) fn pad(bytes: &mut Vec<u8>) {
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
}
