//! The JPEG 2000 codestream (ITU-T T.800 Annex A): reads what must be known before decoding and
//! cuts a layered stream into stand-alone ones.

use super::plane::{PlaneError, damaged};
use super::{CodecError, CodecName};
use crate::image::MAX_PIXELS;

const SOC: u16 = 0xFF4F;
const SIZ: u16 = 0xFF51;
const COD: u16 = 0xFF52;
const PLT: u16 = 0xFF58;
const COM: u16 = 0xFF64;
const SOT: u16 = 0xFF90;
const SOD: u16 = 0xFF93;
const EOC: [u8; 2] = [0xFF, 0xD9];

/// Bytes of SOT, SOD and EOC: what a cut adds to the main header and the packets.
pub(super) const FRAME_BYTES: usize = 12 + 2 + 2;

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at + 2).map(|pair| usize::from(u16::from_be_bytes([pair[0], pair[1]])))
}

fn long_number(bytes: &[u8], at: usize) -> Option<usize> {
    Some((number(bytes, at)? << 16) | number(bytes, at + 2)?)
}

/// Segments of the main header, each with its marker, its content after the length, and where it
/// ends; up to the first tile-part. `None` where the header is not complete.
fn segments(bytes: &[u8]) -> impl Iterator<Item = Option<(u16, &[u8], usize)>> {
    let mut next = Some(2);
    std::iter::from_fn(move || {
        let at = next.take()?;
        let segment = || {
            let marker = number(bytes, at)? as u16;
            if marker == SOT {
                return Some(None);
            }
            let end = at + 2 + number(bytes, at + 2)?;
            Some(Some((marker, bytes.get(at + 4..end)?, end)))
        };
        match segment() {
            None => Some(None),
            Some(None) => None,
            Some(Some(found)) => {
                next = Some(found.2);
                Some(Some(found))
            }
        }
    })
}

/// How a JPEG 2000 codestream is coded, from its COD segment (T.800 A.6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaveletStyle {
    /// Quality layers.
    pub layers: u16,
    /// Decomposition levels of the wavelet transform, one less than resolutions.
    pub decompositions: u8,
    /// Columns of a code-block.
    pub code_block_columns: u32,
    /// Rows of a code-block.
    pub code_block_rows: u32,
    /// True for the reversible 5/3 transform, false for the irreversible 9/7.
    pub reversible: bool,
}

impl WaveletStyle {
    /// Reads the main header of a codestream; `None` for other files and damaged headers.
    #[must_use]
    pub fn read(codestream: &[u8]) -> Option<Self> {
        if number(codestream, 0)? as u16 != SOC {
            return None;
        }
        let mut segments = segments(codestream).map_while(|segment| segment);
        let (_, content, _) = segments.find(|(marker, ..)| *marker == COD)?;
        Self::of_segment(content)
    }

    fn of_segment(content: &[u8]) -> Option<Self> {
        // Scod, progression, layers, component transform, decompositions, columns, rows and style
        // of code-blocks, transform.
        let &[_, _, l1, l0, _, decompositions, columns, rows, _, transform, ..] = content else {
            return None;
        };
        let side = |exponent: u8| 1_u32.checked_shl(u32::from(exponent) + 2);
        Some(Self {
            layers: u16::from_be_bytes([l1, l0]),
            decompositions,
            code_block_columns: side(columns)?,
            code_block_rows: side(rows)?,
            reversible: match transform {
                0 => false,
                1 => true,
                _ => return None,
            },
        })
    }
}

/// Size and precision in a codestream's header, checked before anything is allocated.
#[derive(Debug, PartialEq)]
pub(super) struct ImageSize {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) precision: u8,
}

/// The same of a codestream of another program, which may have tiles and signed samples.
#[derive(Debug, PartialEq)]
pub(super) struct ComponentSize {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) precision: u8,
    pub(super) signed: bool,
}

impl ComponentSize {
    /// Reads the SIZ segment (T.800 A.5.1) of a codestream of one component.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, PlaneError> {
        if number(bytes, 0) != Some(SOC.into()) || number(bytes, 2) != Some(SIZ.into()) {
            return Err(damaged("no JPEG 2000 codestream"));
        }
        let size = bytes.get(4..4 + 41).ok_or_else(|| damaged("the header is not complete"))?;
        let field = |at| long_number(size, at).expect("the segment has 41 bytes");
        let side = |end: usize, begin: usize| end.saturating_sub(begin);
        let (columns, rows) = (side(field(4), field(12)), side(field(8), field(16)));
        let possible = rows.checked_mul(columns).is_some_and(|n| n > 0 && n <= MAX_PIXELS);
        if !possible {
            return Err(PlaneError::Size { rows, columns });
        }
        let components = number(size, 36).expect("the segment has 41 bytes");
        if components != 1 {
            return Err(PlaneError::NotTaken(format!(
                "the codestream has {components} components"
            )));
        }
        let [depth, 1, 1] = size[38..41] else {
            return Err(PlaneError::NotTaken("the component is subsampled".into()));
        };
        let (precision, signed) = ((depth & 0x7F) + 1, depth & 0x80 != 0);
        if precision > 16 {
            let what = format!("the samples have {precision} bits, more than 16");
            return Err(PlaneError::NotTaken(what));
        }
        Ok(Self { rows, columns, precision, signed })
    }
}

/// The codestream of a JP2 file (T.800 Annex I): the content of its first jp2c box. Other bytes
/// come back as they are.
pub(super) fn unboxed(bytes: &[u8]) -> Result<&[u8], PlaneError> {
    const SIGNATURE: [u8; 12] = *b"\0\0\0\x0CjP  \r\n\x87\n";
    if !bytes.starts_with(&SIGNATURE) {
        return Ok(bytes);
    }
    let mut rest = bytes;
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let stated = long_number(head, 0).expect("eight bytes");
        let (content, length) = match (stated, after.split_first_chunk::<8>()) {
            // The box goes on to the end.
            (0, _) => (after, after.len()),
            (1, Some((long, after))) => {
                let length = u64::from_be_bytes(*long).saturating_sub(16);
                (after, usize::try_from(length).unwrap_or(usize::MAX))
            }
            (stated, _) => (after, stated.saturating_sub(8)),
        };
        let Some((content, next)) = content.split_at_checked(length) else {
            return Err(damaged("a box of the JP2 file is not complete"));
        };
        if head[4..] == *b"jp2c" {
            return Ok(content);
        }
        rest = next;
    }
    Err(damaged("the JP2 file holds no codestream"))
}

impl ImageSize {
    /// Reads the SIZ segment (T.800 A.5.1) of a codestream of one unsigned component and one
    /// tile.
    pub(super) fn read(codec: CodecName, bytes: &[u8]) -> Result<Self, CodecError> {
        let damaged = |message: &str| CodecError::Decode { codec, message: message.to_owned() };
        if number(bytes, 0) != Some(SOC.into()) || number(bytes, 2) != Some(SIZ.into()) {
            return Err(damaged("no JPEG 2000 codestream"));
        }
        let size = bytes.get(4..4 + 41).ok_or_else(|| damaged("the header is not complete"))?;
        let field = |at| long_number(size, at).expect("the segment has 41 bytes");
        let (columns, rows) = (field(4), field(8));
        let possible = rows.checked_mul(columns).is_some_and(|n| n > 0 && n <= MAX_PIXELS);
        if !possible {
            return Err(CodecError::Size { codec, rows, columns });
        }
        let one_tile = field(20) >= columns && field(24) >= rows;
        let at_origin = [12, 16, 28, 32].iter().all(|&at| field(at) == 0);
        let [components @ .., depth, 1, 1] = &size[36..41] else {
            return Err(damaged("the component is subsampled"));
        };
        if components != [0, 1] || !one_tile || !at_origin {
            return Err(damaged("not one component in one tile at the origin"));
        }
        if *depth > 15 {
            return Err(damaged("samples are signed or above 16 bits"));
        }
        Ok(Self { rows, columns, precision: depth + 1 })
    }
}

/// A layered codestream of one tile-part in layer-resolution-component-position order, with
/// packet lengths.
#[derive(Debug)]
pub(super) struct Codestream<'a> {
    /// Without comments, with a layer count to be patched.
    main_header: Vec<u8>,
    /// Its position of the layer count.
    layer_count_at: usize,
    packets: &'a [u8],
    /// The lengths of the packets of each layer.
    lengths: Vec<usize>,
    packets_per_layer: usize,
}

impl<'a> Codestream<'a> {
    /// Takes apart what [`ffi::encode`](super::ffi::encode) wrote.
    ///
    /// # Errors
    /// If the stream is not of that kind.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        Self::take_apart(bytes).ok_or_else(|| "the layers of the codestream were not found".into())
    }

    fn take_apart(bytes: &'a [u8]) -> Option<Self> {
        let mut main_header = bytes.get(..2)?.to_vec();
        let mut coding = None;
        let mut at = 2;
        for segment in segments(bytes) {
            let (marker, content, end) = segment?;
            if marker == COD {
                // After marker, length, Scod and progression.
                let layer_count_at = main_header.len() + 6;
                let style = WaveletStyle::of_segment(content)?;
                coding = Some((layer_count_at, usize::from(style.layers)));
            }
            if marker != COM {
                main_header.extend_from_slice(&bytes[at..end]);
            }
            at = end;
        }
        let (layer_count_at, layers) = coding?;
        let tile_end = at + long_number(bytes, at + 6)?;
        at += 12;
        let mut lengths = Vec::new();
        while number(bytes, at)? as u16 == PLT {
            let length = number(bytes, at + 2)?;
            read_lengths(bytes.get(at + 5..at + 2 + length)?, &mut lengths);
            at += 2 + length;
        }
        let per_layer = lengths.len().checked_div(layers).filter(|&n| n > 0)?;
        let complete = number(bytes, at)? as u16 == SOD && per_layer * layers == lengths.len();
        let packets = bytes.get(at + 2..tile_end).filter(|_| complete)?;
        let sum: usize = lengths.iter().sum();
        (sum == packets.len()).then_some(Self {
            main_header,
            layer_count_at,
            packets,
            lengths,
            packets_per_layer: per_layer,
        })
    }

    /// Bytes of a cut that are no packets: main header, tile-part header, end.
    pub(super) fn header_bytes(&self) -> usize {
        self.main_header.len() + FRAME_BYTES
    }

    /// The lengths of the packets of layer `layer`, counted from 0.
    fn layer(&self, layer: usize) -> &[usize] {
        &self.lengths[layer * self.packets_per_layer..][..self.packets_per_layer]
    }

    fn layers(&self) -> usize {
        self.lengths.len() / self.packets_per_layer
    }

    /// The first `layers` layers as a complete codestream without packet lengths and comments.
    ///
    /// # Panics
    /// If `layers` is 0 or above the number of layers.
    pub(super) fn cut(&self, layers: usize) -> Vec<u8> {
        let packets = self.lengths[..layers * self.packets_per_layer].iter().sum::<usize>();
        self.complete(layers, &self.packets[..packets])
    }

    /// The same, filled up to at most `budget` bytes of packets with whole packets of the next
    /// layer.
    ///
    /// A layer ends where the next coding pass no longer fits, which at harsh levels leaves up
    /// to 8 % of the budget. The next layer has one packet for each resolution; those that fit
    /// best are taken, and the others become empty packets of one byte (T.800 B.10.3).
    ///
    /// # Panics
    /// As [`cut`](Self::cut).
    pub(super) fn cut_within(&self, layers: usize, budget: usize) -> Vec<u8> {
        let base = self.lengths[..layers * self.packets_per_layer].iter().sum::<usize>();
        let room = budget.checked_sub(base + self.packets_per_layer);
        let (Some(room), true) = (room, layers < self.layers()) else {
            return self.cut(layers);
        };
        let next = self.layer(layers);
        let taken = best_filling(next, room);
        if taken == 0 {
            return self.cut(layers);
        }
        let mut packets = self.packets[..base].to_vec();
        let mut at = base;
        for (number, &length) in next.iter().enumerate() {
            if (taken >> number) & 1 == 1 {
                packets.extend_from_slice(&self.packets[at..at + length]);
            } else {
                packets.push(0);
            }
            at += length;
        }
        self.complete(layers + 1, &packets)
    }

    fn complete(&self, layers: usize, packets: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.header_bytes() + packets.len());
        bytes.extend_from_slice(&self.main_header);
        let count = (layers as u16).to_be_bytes();
        bytes[self.layer_count_at..self.layer_count_at + 2].copy_from_slice(&count);
        // T.800 A.4.2: tile 0, length from the first byte of SOT, part 0 of 1.
        bytes.extend_from_slice(&SOT.to_be_bytes());
        bytes.extend_from_slice(&[0, 10, 0, 0]);
        bytes.extend_from_slice(&((packets.len() + 14) as u32).to_be_bytes());
        bytes.extend_from_slice(&[0, 1]);
        bytes.extend_from_slice(&SOD.to_be_bytes());
        bytes.extend_from_slice(packets);
        bytes.extend_from_slice(&EOC);
        bytes
    }
}

/// The set of packets, one bit each, that together come nearest to `room` bytes beyond the one
/// byte that each has when empty; none where a layer has more packets than can be searched
/// (images above 32768 columns, or more than ten resolution levels).
fn best_filling(lengths: &[usize], room: usize) -> u32 {
    const SEARCHED: usize = 10;
    if lengths.len() > SEARCHED {
        return 0;
    }
    let added = |set: u32| -> usize {
        let taken = lengths.iter().enumerate().filter(|&(number, _)| (set >> number) & 1 == 1);
        taken.map(|(_, length)| length - 1).sum()
    };
    let sets = (0..1 << lengths.len()).filter(|&set| added(set) <= room);
    sets.max_by_key(|&set| added(set)).filter(|&set| added(set) > 0).unwrap_or(0)
}

/// Packet lengths of a PLT segment: seven bits a byte, the highest set where more follow
/// (T.800 A.7.3). The encoder ends segments between lengths.
fn read_lengths(coded: &[u8], lengths: &mut Vec<usize>) {
    let mut length = 0;
    for byte in coded {
        length = (length << 7) | usize::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            lengths.push(length);
            length = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boxed_codestream_is_found() {
        let mut file = b"\0\0\0\x0CjP  \r\n\x87\n".to_vec();
        file.extend(b"\0\0\0\x0Afree\0\0");
        let boxed = |head: &[u8]| [&file, head, b"abc"].concat();
        for head in [&b"\0\0\0\x0Bjp2c"[..], b"\0\0\0\0jp2c", b"\0\0\0\x01jp2c\0\0\0\0\0\0\0\x13"] {
            assert_eq!(unboxed(&boxed(head)), Ok(&b"abc"[..]));
        }
        assert_eq!(unboxed(b"abc"), Ok(&b"abc"[..]));
        assert!(unboxed(&boxed(b"\0\0\0\xFFjp2c")).is_err());
        assert!(unboxed(&file).is_err());
    }

    #[test]
    fn packet_lengths_are_read_as_the_standard_writes_them() {
        // 200 = 1·128 + 72, 16384 = 1·128².
        let mut lengths = Vec::new();
        read_lengths(&[5, 0x81, 72, 0x81, 0x80, 0], &mut lengths);
        assert_eq!(lengths, [5, 200, 16_384]);
    }

    #[test]
    fn the_packets_that_fill_best_are_taken() {
        // 20 + 60 of 85 bytes; 100 alone is too much, 20 + 40 and 60 alone are less.
        assert_eq!(best_filling(&[21, 41, 61, 101], 85), 0b101);
        assert_eq!(best_filling(&[21, 41], 19), 0);
    }
}
