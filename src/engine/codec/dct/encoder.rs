//! Coefficients to a file: symbols are counted first, so that each file has the shortest codes
//! for itself.

use super::block::Block;
use super::coefficients::Coefficients;
use super::huffman::{Code, CodeList};
use super::markers::{DHT, DQT, EOI, SOF0, SOF1, SOI, SOS};
use super::tables::ZIGZAG;

/// The JFIF segment of a file of square pixels (JFIF 1.01), which 8-bit files carry.
const JFIF: [u8; 18] = [0xFF, 0xE0, 0, 16, b'J', b'F', b'I', b'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0];

/// A symbol that stands for sixteen zeros, and one for the zeros up to the end of a block.
const SIXTEEN_ZEROS: u8 = 0xF0;
const END_OF_BLOCK: u8 = 0;

/// The file of coefficients.
pub(super) fn encode(coefficients: &Coefficients, baseline: bool) -> Vec<u8> {
    let symbols = Symbols::of(&coefficients.blocks);
    let lists = symbols.counts.each_ref().map(CodeList::optimal);
    let eight_bits = coefficients.precision == 8;
    let mut bytes = vec![0xFF, SOI];
    if eight_bits {
        bytes.extend_from_slice(&JFIF);
    }
    let wide = coefficients.table.is_wide();
    let mut steps = vec![u8::from(wide) << 4];
    for place in ZIGZAG {
        let step = coefficients.table.0[usize::from(place)].to_be_bytes();
        steps.extend_from_slice(if wide { &step } else { &step[1..] });
    }
    segment(&mut bytes, DQT, &steps);
    let side = |length: usize| (length as u16).to_be_bytes();
    let ([r1, r0], [c1, c0]) = (side(coefficients.rows), side(coefficients.columns));
    let frame = if baseline && eight_bits { SOF0 } else { SOF1 };
    segment(&mut bytes, frame, &[coefficients.precision, r1, r0, c1, c0, 1, 1, 0x11, 0]);
    for (list, kind) in lists.iter().zip([0x00, 0x10]) {
        segment(&mut bytes, DHT, &[&[kind], &list.counts[..], &list.symbols[..]].concat());
    }
    segment(&mut bytes, SOS, &[1, 1, 0, 0, 63, 0]);
    symbols.write(&lists.each_ref().map(CodeList::codes), &mut bytes);
    bytes.extend_from_slice(&[0xFF, EOI]);
    bytes
}

fn segment(bytes: &mut Vec<u8>, marker: u8, content: &[u8]) {
    bytes.extend_from_slice(&[0xFF, marker]);
    bytes.extend_from_slice(&(content.len() as u16 + 2).to_be_bytes());
    bytes.extend_from_slice(content);
}

/// Symbols in the order of the file, each with its extra bits.
struct Symbols {
    /// Symbol in the low 8 bits, 1 in the ninth if it is of an AC run, extra bits from bit 16.
    /// The low four bits of a symbol say how many extra bits follow it.
    coded: Vec<u32>,
    /// Of DC and AC.
    counts: [[u32; 256]; 2],
}

impl Symbols {
    fn of(blocks: &[Block<i16>]) -> Self {
        let mut symbols =
            Self { coded: Vec::with_capacity(8 * blocks.len()), counts: [[0; 256]; 2] };
        let mut last = 0;
        for block in blocks {
            let dc = i32::from(block[0]);
            symbols.push(0, 0, dc - last);
            last = dc;
            let mut zeros = 0;
            for place in &ZIGZAG[1..] {
                let value = block[usize::from(*place)];
                if value == 0 {
                    zeros += 1;
                    continue;
                }
                while zeros > 15 {
                    symbols.push_bare(SIXTEEN_ZEROS);
                    zeros -= 16;
                }
                symbols.push(1, zeros, value.into());
                zeros = 0;
            }
            if zeros > 0 {
                symbols.push_bare(END_OF_BLOCK);
            }
        }
        symbols
    }

    /// A value after `zeros` zeros: its bits, and which of the numbers of so many bits it is
    /// (ITU-T T.81 F.1.2).
    #[inline]
    fn push(&mut self, table: usize, zeros: u32, value: i32) {
        let bits = u32::BITS - value.unsigned_abs().leading_zeros();
        let extra = (value - i32::from(value < 0)) as u32 & ((1 << bits) - 1);
        let symbol = zeros << 4 | bits;
        self.counts[table][symbol as usize] += 1;
        self.coded.push(extra << 16 | (table as u32) << 8 | symbol);
    }

    fn push_bare(&mut self, symbol: u8) {
        self.counts[1][usize::from(symbol)] += 1;
        self.coded.push(1 << 8 | u32::from(symbol));
    }

    /// Writes the codes, highest bit first; 0 follows every byte of ones, and ones fill up the
    /// last byte (ITU-T T.81 F.1.2.3).
    fn write(&self, codes: &[[Code; 256]; 2], bytes: &mut Vec<u8>) {
        // Up to 31 bits wait for the next symbol, which has at most 16 + 15.
        let (mut waiting, mut count) = (0_u64, 0);
        bytes.reserve(self.coded.len());
        for coded in &self.coded {
            let symbol = coded & 0xFF;
            let Code { code, bits } = codes[(coded >> 8 & 1) as usize][symbol as usize];
            let extra = symbol & 15;
            waiting = (waiting << bits | u64::from(code)) << extra | u64::from(coded >> 16);
            count += bits + extra;
            if count >= 32 {
                count -= 32;
                stuff(((waiting >> count) as u32).to_be_bytes(), bytes);
            }
        }
        let fill = (8 - count % 8) % 8;
        waiting = waiting << fill | ((1 << fill) - 1);
        count += fill;
        for at in (0..count / 8).rev() {
            stuff([(waiting >> (8 * at)) as u8], bytes);
        }
    }
}

fn stuff<const N: usize>(coded: [u8; N], bytes: &mut Vec<u8>) {
    if coded.contains(&0xFF) {
        for byte in coded {
            bytes.push(byte);
            if byte == 0xFF {
                bytes.push(0);
            }
        }
    } else {
        bytes.extend_from_slice(&coded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_coded_as_the_standard_lists_them() {
        let mut block = [0; 64];
        // In zigzag order: DC 3, then 17 zeros, −2 at place 18, 1 at place 63.
        block[0] = 3;
        block[usize::from(ZIGZAG[18])] = -2;
        block[63] = 1;
        let symbols = Symbols::of(&[block, block]);
        // T.81 table F.1: 3 has 2 bits, 11; −2 has 2 bits, 01; 1 has 1 bit, 1. The second DC is
        // a difference of 0. 44 zeros are 2 times 16 and 12.
        let ac = [(0xF0, 0), (0x12, 0b01), (0xF0, 0), (0xF0, 0), (0xC1, 1)];
        let block: Vec<u32> =
            ac.iter().map(|(symbol, extra)| extra << 16 | 1 << 8 | symbol).collect();
        let expected = [&[0b11 << 16 | 2], &block[..], &[0], &block[..]].concat();
        assert_eq!(symbols.coded, expected);
    }

    #[test]
    fn a_byte_of_ones_is_followed_by_zero() {
        let mut bytes = Vec::new();
        stuff([0xFF, 1, 0xFF, 0xFE], &mut bytes);
        assert_eq!(bytes, [0xFF, 0, 1, 0xFF, 0, 0xFE]);
    }
}
