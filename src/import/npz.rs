//! NPZ: a ZIP file of NumPy arrays, of which one is an image.

use std::io::{Cursor, Read};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::claim::MAX_BYTES;
use super::error::{Fault, damaged, not_taken};
use super::imported::Imported;
use super::kind::FileKind;
use super::npy;
use super::reading::Reading;

/// Names that a message lists.
const LISTED: usize = 8;

/// Whether the first file of a ZIP file that begins with these bytes is an array.
pub(super) fn begins(head: &[u8]) -> bool {
    // The length of the name stands at byte 26, the name at byte 30 (APPNOTE 4.3.7).
    let length = head.get(26..28).map(|two| usize::from(u16::from_le_bytes([two[0], two[1]])));
    let name = length.and_then(|length| head.get(30..)?.get(..length));
    name.is_some_and(|name| name.ends_with(b".npy"))
}

pub(super) fn decode(bytes: &[u8], reading: Reading) -> Result<Imported, Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(|name| Some(name.strip_suffix(".npy")?.to_owned()))
        .collect();
    let [name] = &names[..] else {
        let listed: Vec<&str> = names.iter().take(LISTED).map(String::as_str).collect();
        let more = if names.len() > LISTED { ", …" } else { "" };
        let what = format!("the file holds {} arrays ({}{more})", names.len(), listed.join(", "));
        let first = names.first().map_or("image", String::as_str);
        let remedy = format!(
            "save the one to be read, for instance with Python: numpy.save(\"out.npy\", \
             numpy.load(\"in.npz\")[\"{first}\"])"
        );
        return Err(not_taken(what, remedy));
    };
    let array = member(&mut archive, name)?;
    Ok(Imported {
        kind: FileKind::Npz,
        ..npy::decode_of(&array, reading, &format!("numpy.load(\"in.npz\")[\"{name}\"]"))?
    })
}

/// The bytes of an array of an NPZ file, inflated and with the right checksum.
pub(super) fn member(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
) -> Result<Vec<u8>, Fault> {
    let place =
        archive.index_for_name(&format!("{name}.npy")).ok_or_else(|| damaged("no array"))?;
    // Taken raw: the library inflates only with further crates.
    let file = archive.by_index_raw(place).map_err(damaged)?;
    let (method, crc, stated) = (file.compression(), file.crc32(), file.size());
    let most = stated.min(MAX_BYTES) + 1;
    // Deflate makes at most 1032 bytes of one.
    let room = stated.min(MAX_BYTES).min(1032 * file.compressed_size().min(MAX_BYTES));
    let mut array = Vec::with_capacity(room as usize);
    let read = match method {
        CompressionMethod::Stored => file.take(most).read_to_end(&mut array),
        CompressionMethod::DEFLATE => DeflateDecoder::new(file).take(most).read_to_end(&mut array),
        method => {
            let what = format!("the array is compressed with {method}");
            return Err(not_taken(what, "save it with numpy.savez"));
        }
    };
    read.map_err(damaged)?;
    let bytes = array.len() as u64;
    if bytes > MAX_BYTES {
        return Err(Fault::TooLarge { bytes });
    }
    if bytes > stated {
        return Err(damaged("the array is longer than the archive states"));
    }
    let mut found = Crc::new();
    found.update(&array);
    if found.sum() != crc {
        return Err(damaged("the checksum of the array"));
    }
    Ok(array)
}
