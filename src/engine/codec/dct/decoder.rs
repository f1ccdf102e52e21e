//! A file to its coefficients. What is missing is an error, never filled up.

use super::block::Block;
use super::coefficients::Coefficients;
use super::fault::Fault;
use super::huffman::Reader;
use super::markers::{EOI, FrameSize, Header};
use super::tables::ZIGZAG;

/// First of the eight restart markers.
const RST0: u8 = 0xD0;

/// Decodes a baseline or extended sequential file of one component.
pub(super) fn decode(bytes: &[u8]) -> Result<Coefficients, Fault> {
    let header = Header::read(bytes)?;
    let [dc, ac] = header.codes.each_ref().map(Reader::new);
    let count = header.block_rows() * header.block_columns();
    let coded = &bytes[header.samples_at..];
    // A block has at least one bit for DC and one for AC.
    if coded.len() < count.div_ceil(4) {
        return Err(Fault::damaged(format!("{} bytes for {count} blocks", coded.len())));
    }
    let mut bits = Bits::new(coded);
    let mut blocks = Vec::with_capacity(count);
    let mut last = 0;
    for number in 0..count {
        if header.restart_interval > 0 && number > 0 && number % header.restart_interval == 0 {
            let expected = RST0 + ((number / header.restart_interval - 1) % 8) as u8;
            bits.marker(expected)?;
            last = 0;
        }
        let block = block(&mut bits, &dc, &ac, last)?;
        last = block[0];
        blocks.push(block);
    }
    bits.marker(EOI)?;
    let FrameSize { precision, rows, columns } = header.size;
    Ok(Coefficients { rows, columns, precision, table: header.quantisation, blocks })
}

/// ITU-T T.81 F.2.2.
fn block(bits: &mut Bits<'_>, dc: &Reader, ac: &Reader, last: i16) -> Result<Block<i16>, Fault> {
    let mut block = [0; 64];
    let size = bits.symbol(dc)?;
    if size > 15 {
        return Err(Fault::damaged(format!("a DC difference of {size} bits")));
    }
    let value = i32::from(last) + bits.value(size.into())?;
    block[0] = i16::try_from(value).map_err(|_| Fault::damaged("a DC coefficient out of range"))?;
    let mut at = 1;
    while at < 64 {
        let symbol = bits.symbol(ac)?;
        let (zeros, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        match (zeros, size) {
            (0, 0) => return Ok(block),
            (15, 0) => at += 16,
            (_, 0) => return Err(Fault::damaged("a run of zeros without a value")),
            _ => {
                at += zeros;
                let Some(&place) = ZIGZAG.get(at) else { break };
                // At most 15 bits: it fits.
                block[usize::from(place)] = bits.value(size)? as i16;
                at += 1;
            }
        }
    }
    if at == 64 { Ok(block) } else { Err(Fault::damaged("coefficients beyond their block")) }
}

/// Bits of the coded samples, highest first, without the zeros after bytes of ones.
pub(in super::super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    waiting: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    /// `bytes` begin with the first coded sample.
    pub(in super::super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, waiting: 0, count: 0 }
    }

    /// Takes bytes up to the next marker, as many as there is room for.
    fn fill(&mut self) {
        while self.count <= 56 {
            let byte = match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                (Some(0xFF), Some(0)) => {
                    self.at += 2;
                    0xFF
                }
                (Some(0xFF), _) | (None, _) => return,
                (Some(&byte), _) => {
                    self.at += 1;
                    byte
                }
            };
            self.waiting = self.waiting << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    pub(in super::super) fn symbol(&mut self, reader: &Reader) -> Result<u8, Fault> {
        if self.count < 16 {
            self.fill();
        }
        // Ones fill what is beyond the end: no code has only ones.
        let ahead = if self.count >= 16 {
            self.waiting >> (self.count - 16)
        } else {
            let missing = 16 - self.count;
            self.waiting << missing | ((1 << missing) - 1)
        };
        match reader.find(ahead as u32 & 0xFFFF) {
            Some((symbol, bits)) if bits <= self.count => {
                self.count -= bits;
                Ok(symbol)
            }
            _ => Err(Fault::damaged("the coded samples end early or hold no code")),
        }
    }

    /// The value of `size` bits (ITU-T T.81 F.2.2.1, EXTEND).
    pub(in super::super) fn value(&mut self, size: u32) -> Result<i32, Fault> {
        if self.count < size {
            self.fill();
            if self.count < size {
                return Err(Fault::damaged("the coded samples end early"));
            }
        }
        self.count -= size;
        let value = (self.waiting >> self.count) as i32 & ((1 << size) - 1);
        let negative = size > 0 && value >> (size - 1) == 0;
        Ok(if negative { value - (1 << size) + 1 } else { value })
    }

    /// Leaves the last byte and reads a marker.
    pub(in super::super) fn marker(&mut self, marker: u8) -> Result<(), Fault> {
        self.fill();
        if self.count >= 8 {
            return Err(Fault::damaged("more coded samples than blocks"));
        }
        while self.bytes.get(self.at) == Some(&0xFF) && self.bytes.get(self.at + 1) == Some(&0xFF) {
            self.at += 1;
        }
        match self.bytes.get(self.at..self.at + 2) {
            Some(&[0xFF, found]) if found == marker => {
                self.at += 2;
                (self.waiting, self.count) = (0, 0);
                Ok(())
            }
            Some(&[0xFF, found]) => {
                Err(Fault::damaged(format!("marker FF{found:02X} instead of FF{marker:02X}")))
            }
            _ => Err(Fault::damaged("the file ends before its end marker")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_extended_as_the_standard_lists_them() {
        // T.81 table F.2: of 3 bits, 000 to 011 are −7 to −4 and 100 to 111 are 4 to 7.
        let bytes = [0b0000_1110, 0b0111_0000];
        let mut bits = Bits::new(&bytes);
        let got: Vec<i32> = (0..4).map(|_| bits.value(3).expect("enough bits")).collect();
        assert_eq!(got, [-7, -4, 4, 7]);
        assert_eq!(bits.value(0), Ok(0));
        assert!(bits.value(5).is_err());
    }

    #[test]
    fn stuffed_zeros_are_no_samples() {
        let bytes = [0xFF, 0, 0xA5, 0xFF, 0xD9];
        let mut bits = Bits::new(&bytes);
        assert_eq!(bits.value(8), Ok(255));
        assert_eq!(bits.value(8), Ok(0xA5));
        assert_eq!(bits.marker(EOI), Ok(()));
        assert_eq!(bits.at, 5);
    }
}
