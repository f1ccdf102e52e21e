//! PNG, grey, 8 or 16 bits.

use std::io::Cursor;

use ::png::{BitDepth, ColorType, Decoder, DecodingError, Limits};

use super::claim::{checked_size, format_of};
use super::error::{Fault, TO_GREY, damaged, not_taken};
use super::imported::Imported;
use super::kind::FileKind;
use crate::image::Image;

/// Memory of the decoder for what is no sample; the samples are checked beforehand.
const LIMITS: Limits = Limits { bytes: 64 << 20 };

pub(super) fn decode(bytes: &[u8], bits_stored: Option<u8>) -> Result<Imported, Fault> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), LIMITS);
    // Comments and colour profiles are not looked at, so their faults do not matter.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(fault)?;
    let [rows, columns] = checked_size(header.height.into(), header.width.into())?;
    if header.color_type != ColorType::Grayscale {
        return Err(not_taken(
            format!("the samples are {:?}, not grey", header.color_type),
            TO_GREY,
        ));
    }
    let room = match header.bit_depth {
        BitDepth::Eight => 8,
        BitDepth::Sixteen => 16,
        depth => {
            let what = format!("the samples have {} bits, not 8 or 16", depth as u8);
            return Err(not_taken(what, "convert it to 8 bits a sample"));
        }
    };
    let format = format_of(room, bits_stored)?;
    let mut reader = decoder.read_info().map_err(fault)?;
    if reader.info().animation_control.is_some_and(|control| control.num_frames > 1) {
        return Err(not_taken("the file is animated", "save one image to a file"));
    }
    let mut packed = vec![0; rows * columns * usize::from(room / 8)];
    reader.next_frame(&mut packed).map_err(fault)?;
    let samples = if room == 8 {
        packed.into_iter().map(u16::from).collect()
    } else {
        packed.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
    };
    let image = Image::new(rows, columns, format, samples)?;
    Ok(Imported::plain(image, FileKind::Png, false))
}

fn fault(error: DecodingError) -> Fault {
    damaged(error)
}
