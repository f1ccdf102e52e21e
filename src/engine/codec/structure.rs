//! What a JPEG 2000 codestream (ITU-T T.800 Annex A) asks of its decoder, checked before the decoder
//! sees it: which marker segments it has, and that its bytes pay for its tiles, packets, code-blocks
//! and pixels.
//!
//! OpenJPEG 2.5.3 passes over what it does not know to the next marker that it does, reserves for each
//! tile, precinct and code-block before it reads any, and up to 2.5.4 writes beyond its table of
//! tile-parts where a TLM segment lists fewer than follow.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::plane::{PlaneError, damaged};

const SIZ: u16 = 0xFF51;
const CAP: u16 = 0xFF50;
const COD: u16 = 0xFF52;
const COC: u16 = 0xFF53;
const TLM: u16 = 0xFF55;
const PLM: u16 = 0xFF57;
const PLT: u16 = 0xFF58;
const CPF: u16 = 0xFF59;
const QCD: u16 = 0xFF5C;
const QCC: u16 = 0xFF5D;
const RGN: u16 = 0xFF5E;
const POC: u16 = 0xFF5F;
const PPM: u16 = 0xFF60;
const PPT: u16 = 0xFF61;
const CRG: u16 = 0xFF63;
const COM: u16 = 0xFF64;
const SOT: u16 = 0xFF90;
const SOD: u16 = 0xFF93;
const EOC: u16 = 0xFFD9;

/// Bytes of a tile-part without packets: SOT and SOD.
const EMPTY_TILE_PART: usize = 14;
/// Packets that a codestream may lack, as one that was cut does; each takes a byte at least (T.800
/// B.10.3).
const MISSING_PACKETS: u64 = 1 << 16;
/// Pixels of any codestream, and further ones for each of its bytes: 8192:1 for 16 bits.
const FREE_PIXELS: u64 = 4 << 20;
const PIXELS_A_BYTE: u64 = 4096;
/// Pixels of a code-block that an empty codestream may have.
const FREE_CODE_BLOCK: u64 = 64;
/// Ways of coding that tiles of one image may have.
const MOST_STYLES: usize = 16;

/// The codestream without what no decoder needs: tile-part lengths, lists of packets, positions of
/// components, comments.
///
/// # Errors
/// If a segment is unknown, repeated, out of place or incomplete, or the codestream has too few bytes
/// for what it states. The SIZ segment must have been read, and found to be of one component.
pub(super) fn checked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, PlaneError> {
    let mut header = Header::default();
    let (kept, at) = header.main(bytes)?;
    let grid = Grid::read(bytes)?;
    header.tile_parts(bytes, at, &grid)?;
    header.check_styles(&grid, bytes.len() as u64)?;
    if kept.len() == at {
        return Ok(Cow::Borrowed(bytes));
    }
    Ok(Cow::Owned([&kept, &bytes[at..]].concat()))
}

/// What is collected from the segments.
#[derive(Debug, Default)]
struct Header {
    styles: BTreeSet<Style>,
    layers: u64,
}

impl Header {
    /// Reads the main header; gives what is kept of it, and where it ends.
    fn main(&mut self, bytes: &[u8]) -> Result<(Vec<u8>, usize), PlaneError> {
        let mut kept = bytes.get(..2).unwrap_or_default().to_vec();
        let (mut at, mut seen) = (2, BTreeSet::new());
        loop {
            let marker = word(bytes, at)?;
            if marker == SOT {
                break;
            }
            let content = content(bytes, at)?;
            let end = at + 4 + content.len();
            match marker {
                SIZ if at == 2 => {}
                CAP | COD | COC | CPF | POC | QCC | QCD | RGN if seen.insert((marker, 0)) => {}
                // Their first byte numbers them.
                PPM if seen.insert((marker, byte(content, 0)?)) => {}
                TLM | PLM | CRG | COM => {}
                SIZ | CAP | COD | CPF | POC | QCD | COC | QCC | RGN | PPM => {
                    return Err(damaged(format!("the segment {marker:04X} is repeated")));
                }
                _ => return Err(unknown(marker)),
            }
            self.note(marker, content)?;
            if !matches!(marker, TLM | PLM | CRG | COM) {
                kept.extend_from_slice(&bytes[at..end]);
            }
            at = end;
        }
        for needed in [COD, QCD] {
            if !seen.contains(&(needed, 0)) {
                return Err(damaged(format!("the segment {needed:04X} is missing")));
            }
        }
        Ok((kept, at))
    }

    /// Follows the tile-parts to the end marker.
    fn tile_parts(&mut self, bytes: &[u8], mut at: usize, grid: &Grid) -> Result<(), PlaneError> {
        let tiles = grid.tiles();
        if tiles.saturating_mul(EMPTY_TILE_PART as u64) > bytes.len() as u64 {
            return Err(damaged(format!("{tiles} tiles in {} bytes", bytes.len())));
        }
        let mut parts = vec![0_usize; tiles as usize];
        let end = bytes.len().saturating_sub(2);
        while at < end {
            if word(bytes, at)? != SOT || word(bytes, at + 2)? != 10 {
                return Err(damaged(format!("no tile-part begins at byte {at}")));
            }
            let (tile, part) =
                (usize::from(word(bytes, at + 4)?), usize::from(byte(bytes, at + 10)?));
            let (length, of) = (long(bytes, at + 6)? as usize, usize::from(byte(bytes, at + 11)?));
            let next = if length == 0 { end } else { at.saturating_add(length) };
            if next < at + EMPTY_TILE_PART || next > bytes.len() {
                return Err(damaged(format!("the tile-part at byte {at} has {length} bytes")));
            }
            // Some encoders count from 0 how many there are.
            match parts.get_mut(tile) {
                Some(expected) if *expected == part && (of == 0 || part <= of) => *expected += 1,
                _ => return Err(damaged(format!("part {part} of tile {tile} is out of place"))),
            }
            self.tile_part(&bytes[..next], at + 12)?;
            at = next;
        }
        if word(bytes, end)? == EOC { Ok(()) } else { Err(damaged("the end marker is missing")) }
    }

    fn tile_part(&mut self, bytes: &[u8], mut at: usize) -> Result<(), PlaneError> {
        let mut seen = BTreeSet::new();
        loop {
            let marker = word(bytes, at)?;
            if marker == SOD {
                return Ok(());
            }
            let content = content(bytes, at)?;
            match marker {
                COD | COC | POC | QCD | QCC | RGN if seen.insert((marker, 0)) => {}
                PPT if seen.insert((marker, byte(content, 0)?)) => {}
                PLT | COM => {}
                COD | COC | POC | QCD | QCC | RGN | PPT => {
                    return Err(damaged(format!("the segment {marker:04X} is repeated")));
                }
                _ => return Err(unknown(marker)),
            }
            self.note(marker, content)?;
            at += 4 + content.len();
        }
    }

    /// Keeps what a segment says of the coding.
    fn note(&mut self, marker: u16, content: &[u8]) -> Result<(), PlaneError> {
        // Flags, then for COD progression, layers and transform of components; for COC the component
        // comes first.
        let (flags, style) = match (marker, content) {
            (COD, [flags, _, high, low, _, style @ ..]) => {
                self.layers = self.layers.max(u16::from_be_bytes([*high, *low]).into());
                (*flags, style)
            }
            (COC, [_, flags, style @ ..]) => (*flags, style),
            (COD | COC, _) => return Err(incomplete()),
            _ => return Ok(()),
        };
        self.styles.insert(Style::read(flags & 1 == 1, style)?);
        if self.styles.len() > MOST_STYLES {
            let what = format!("its tiles are coded in more than {MOST_STYLES} ways");
            return Err(PlaneError::NotTaken(what));
        }
        Ok(())
    }

    fn check_styles(&self, grid: &Grid, bytes: u64) -> Result<(), PlaneError> {
        let pixels = grid.x.length().saturating_mul(grid.y.length());
        let pays = |what: &str, asked: u64, most: u64| match asked <= most {
            true => Ok(()),
            false => Err(damaged(format!("{asked} {what} in {bytes} bytes"))),
        };
        pays("pixels", pixels, FREE_PIXELS + PIXELS_A_BYTE * bytes)?;
        for style in &self.styles {
            let packets = style.precincts(grid).saturating_mul(self.layers);
            pays("packets", packets, MISSING_PACKETS + bytes)?;
            if style.code_block < FREE_CODE_BLOCK {
                pays("code-blocks", pixels / style.code_block, bytes)?;
            }
        }
        Ok(())
    }
}

/// How tiles are coded (T.800 A.6.1, Table A.20).
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Style {
    /// Pixels of a code-block.
    code_block: u64,
    /// Exponents of the sides of precincts `[columns, rows]`, of each resolution from the smallest.
    precincts: Vec<[u32; 2]>,
}

impl Style {
    fn read(has_precincts: bool, content: &[u8]) -> Result<Self, PlaneError> {
        let &[decompositions, columns, rows, _, _, ref sizes @ ..] = content else {
            return Err(incomplete());
        };
        let resolutions = usize::from(decompositions) + 1;
        if resolutions > 33 || columns > 8 || rows > 8 || columns + rows > 8 {
            return Err(damaged("its code-blocks or resolutions are not possible"));
        }
        let precincts = if has_precincts {
            let sizes = sizes.get(..resolutions).ok_or_else(incomplete)?;
            sizes.iter().map(|size| [u32::from(size & 15), u32::from(size >> 4)]).collect()
        } else {
            vec![[15, 15]; resolutions]
        };
        // Above the smallest resolution a precinct has code-blocks of three bands, each of half its
        // side (T.800 B.7).
        if precincts[1..].iter().flatten().any(|&exponent| exponent == 0) {
            return Err(damaged("its precincts are not possible"));
        }
        Ok(Self { code_block: 1 << (columns + rows + 4), precincts })
    }

    /// Precincts of all tiles and resolutions (T.800 B.6).
    fn precincts(&self, grid: &Grid) -> u64 {
        let levels = self.precincts.iter().rev().zip(0..).map(|(&[columns, rows], reduced)| {
            grid.x.precincts(reduced, columns).saturating_mul(grid.y.precincts(reduced, rows))
        });
        levels.fold(0, u64::saturating_add)
    }
}

/// The image and its tiles on the reference grid (T.800 B.2, B.3), in each direction.
#[derive(Debug)]
struct Grid {
    x: Axis,
    y: Axis,
}

#[derive(Debug)]
struct Axis {
    begin: u64,
    end: u64,
    tile_begin: u64,
    tile: u64,
}

impl Grid {
    /// Reads the SIZ segment, which comes first (T.800 A.5.1).
    fn read(bytes: &[u8]) -> Result<Self, PlaneError> {
        let axis = |at: usize| {
            let field = |number: usize| long(bytes, at + 8 * number).map(u64::from);
            let axis =
                Axis { end: field(0)?, begin: field(1)?, tile: field(2)?, tile_begin: field(3)? };
            axis.check()
        };
        Ok(Self { x: axis(8)?, y: axis(12)? })
    }

    fn tiles(&self) -> u64 {
        self.x.tiles().saturating_mul(self.y.tiles())
    }
}

impl Axis {
    fn check(self) -> Result<Self, PlaneError> {
        let first_tile_holds_pixels =
            self.tile_begin <= self.begin && self.tile_begin + self.tile > self.begin;
        if self.begin < self.end && first_tile_holds_pixels {
            Ok(self)
        } else {
            Err(damaged("its tiles do not cover the image"))
        }
    }

    fn length(&self) -> u64 {
        self.end - self.begin
    }

    fn tiles(&self) -> u64 {
        (self.end - self.tile_begin).div_ceil(self.tile)
    }

    /// Precincts of all tiles in this direction, at a resolution of 2^−`reduced`, with sides of
    /// 2^`exponent`.
    fn precincts(&self, reduced: u32, exponent: u32) -> u64 {
        let in_tile = |tile: u64| {
            let begin = (self.tile_begin + tile * self.tile).max(self.begin);
            let end = (self.tile_begin + (tile + 1) * self.tile).min(self.end);
            let [begin, end] = [begin, end].map(|at| at.div_ceil(1 << reduced));
            if begin < end { end.div_ceil(1 << exponent) - (begin >> exponent) } else { 0 }
        };
        (0..self.tiles()).map(in_tile).fold(0, u64::saturating_add)
    }
}

/// What follows marker and length of a segment.
fn content(bytes: &[u8], at: usize) -> Result<&[u8], PlaneError> {
    let length = usize::from(word(bytes, at + 2)?);
    bytes.get(at + 4..at + 2 + length).ok_or_else(incomplete)
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, PlaneError> {
    bytes.get(at).copied().ok_or_else(incomplete)
}

fn word(bytes: &[u8], at: usize) -> Result<u16, PlaneError> {
    Ok(u16::from_be_bytes([byte(bytes, at)?, byte(bytes, at + 1)?]))
}

fn long(bytes: &[u8], at: usize) -> Result<u32, PlaneError> {
    Ok((u32::from(word(bytes, at)?) << 16) | u32::from(word(bytes, at + 2)?))
}

fn incomplete() -> PlaneError {
    damaged("the codestream is not complete")
}

fn unknown(marker: u16) -> PlaneError {
    damaged(format!("the marker {marker:04X} is unknown there"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u16, content: &[u8]) -> Vec<u8> {
        let length = (content.len() as u16 + 2).to_be_bytes();
        [&marker.to_be_bytes()[..], &length, content].concat()
    }

    /// A codestream of `size` columns and rows in tiles of `tile`, with these segments between SIZ and
    /// the first of its tile-parts.
    fn codestream(size: [u32; 2], tile: [u32; 2], main: &[Vec<u8>], parts: &[Vec<u8>]) -> Vec<u8> {
        let sides = [size, [0, 0], tile, [0, 0]].concat();
        let sides: Vec<u8> = sides.iter().flat_map(|side| side.to_be_bytes()).collect();
        let siz = segment(SIZ, &[&[0, 0][..], &sides, &[0, 1, 15, 1, 1]].concat());
        [&[0xFF, 0x4F][..], &siz, &main.concat(), &parts.concat(), &[0xFF, 0xD9]].concat()
    }

    fn cod(layers: u16, precincts: &[u8], code_block: [u8; 2]) -> Vec<u8> {
        let [high, low] = layers.to_be_bytes();
        let [columns, rows] = code_block;
        let decompositions = precincts.len().max(1) as u8 - 1;
        let head = [u8::from(!precincts.is_empty()), 0, high, low, 0, decompositions];
        segment(COD, &[&head[..], &[columns, rows, 0, 1], precincts].concat())
    }

    fn part(tile: u16, number: u8, of: u8, header: &[u8], packets: usize) -> Vec<u8> {
        let length = (EMPTY_TILE_PART + header.len() + packets) as u32;
        let sot = [&tile.to_be_bytes()[..], &length.to_be_bytes(), &[number, of]].concat();
        [&segment(SOT, &sot)[..], header, &SOD.to_be_bytes(), &vec![0; packets]].concat()
    }

    fn qcd() -> Vec<u8> {
        segment(QCD, &[0x40, 0x48])
    }

    #[test]
    fn what_no_decoder_needs_is_left_out() {
        let usual = [cod(1, &[], [4, 4]), qcd()];
        let parts = [part(0, 0, 1, &segment(PLT, &[0, 1]), 1)];
        let plain = codestream([16, 16], [16, 16], &usual, &parts);
        assert_eq!(checked(&plain), Ok(Cow::Borrowed(&plain[..])));
        let more = [TLM, PLM, CRG, COM].map(|marker| segment(marker, &[0; 9]));
        let full = codestream([16, 16], [16, 16], &[&more[..], &usual].concat(), &parts);
        assert_eq!(checked(&full).unwrap(), plain);
    }

    #[test]
    fn segments_that_are_unknown_repeated_or_cut_are_errors() {
        let (cod, one) = (cod(1, &[], [4, 4]), part(0, 0, 1, &[], 1));
        let said = |main: &[Vec<u8>], parts: &[Vec<u8>]| {
            let bytes = codestream([16, 16], [16, 16], main, parts);
            checked(&bytes).map(|_| ()).map_err(|error| error.to_string())
        };
        let usual = [cod.clone(), qcd()];
        assert_eq!(said(&usual, std::slice::from_ref(&one)), Ok(()));
        let refused = |main: &[Vec<u8>], parts: &[Vec<u8>], phrase: &str| {
            let said = said(main, parts).unwrap_err();
            assert!(said.contains(phrase), "{said}");
        };
        let with = |more: Vec<u8>| [&usual[..], &[more]].concat();
        refused(&with(segment(0xFF74, &[0; 6])), std::slice::from_ref(&one), "FF74 is unknown");
        // A marker without a length, which would hide the next segment from who reads one.
        refused(&with(vec![0xFF, 0x30]), std::slice::from_ref(&one), "not complete");
        refused(&with(cod.clone()), std::slice::from_ref(&one), "FF52 is repeated");
        refused(&with(segment(SIZ, &[0; 39])), std::slice::from_ref(&one), "FF51 is repeated");
        refused(&with(segment(PPT, &[0])), std::slice::from_ref(&one), "unknown");
        let twice = [segment(PPM, &[3, 0]), segment(PPM, &[3, 0])].concat();
        refused(&with(twice), std::slice::from_ref(&one), "FF60 is repeated");
        refused(&usual[..1], std::slice::from_ref(&one), "FF5C is missing");
        refused(&usual, &[part(0, 0, 1, &segment(TLM, &[0; 8]), 1)], "unknown");
        refused(&usual, &[part(1, 0, 1, &[], 1)], "out of place");
        refused(&usual, &[part(0, 1, 2, &[], 1)], "out of place");
        refused(&usual, &[one.clone(), one.clone()], "out of place");
        let mut long = one.clone();
        long[9] += 9;
        refused(&usual, &[long], "bytes");
        let whole = codestream([16, 16], [16, 16], &usual, &[one]);
        for length in 45..whole.len() {
            assert!(checked(&whole[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn bytes_pay_for_what_is_stated() {
        let with = |size: [u32; 2], tile: [u32; 2], cod: Vec<u8>, packets: usize| {
            let parts = [part(0, 0, 1, &[], packets)];
            checked(&codestream(size, tile, &[cod, qcd()], &parts)).map(|_| ())
        };
        let usual = || cod(1, &[], [4, 4]);
        assert!(with([2048; 2], [2048; 2], usual(), 1).is_ok());
        // 2²⁶ pixels need (2²⁶ − 2²²)/4096 = 15360 bytes, most of which are packets here.
        assert!(with([8192; 2], [8192; 2], usual(), 15_200).is_err());
        assert!(with([8192; 2], [8192; 2], usual(), 15_360).is_ok());
        // 128² tiles need 14 bytes each.
        assert!(with([2048; 2], [16; 2], usual(), 100_000).is_err());
        // Precincts of two pixels: 1024² of them for the whole image.
        assert!(with([2048; 2], [2048; 2], cod(1, &[0x11], [0, 0]), 500).is_err());
        // Of 256 pixels: 8² and, of half the resolution, 4².
        assert!(with([2048; 2], [2048; 2], cod(819, &[0x88, 0x88], [4, 4]), 0).is_ok());
        assert!(with([2048; 2], [2048; 2], cod(65_535, &[0x88, 0x88], [4, 4]), 500).is_err());
        // Code-blocks of 4 × 4 pixels, of which there are 2¹⁸.
        assert!(with([2048; 2], [2048; 2], cod(1, &[], [0, 0]), 1000).is_err());
        assert!(with([2048; 2], [2048; 2], cod(1, &[], [0, 0]), 1 << 18).is_ok());
    }

    #[test]
    fn precincts_are_counted_as_the_standard_does() {
        // Columns 5 to 29 in tiles of 10 from 3: 5–12, 13–22, 23–29; precincts of 4 columns begin at
        // multiples of 4, so 3 + 3 + 3; at half the resolution columns 3–6, 7–11, 12–14: 2 + 2 + 1.
        let axis = Axis { begin: 5, end: 30, tile_begin: 3, tile: 10 };
        assert_eq!(axis.tiles(), 3);
        assert_eq!((axis.precincts(0, 2), axis.precincts(1, 2)), (3 + 3 + 3, 2 + 2 + 1));
    }
}
