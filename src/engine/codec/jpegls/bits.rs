//! Bits of a scan, highest first; after a byte of ones the next has seven (ITU-T T.87 A.1).

use crate::codec::plane::{PlaneError, damaged};

pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    waiting: u64,
    count: u32,
    after_ones: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, waiting: 0, count: 0, after_ones: false }
    }

    /// Takes bytes up to the next marker, as many as there is room for.
    fn fill(&mut self) {
        while self.count <= 56 {
            let Some(&byte) = self.bytes.get(self.at) else { return };
            if self.after_ones && byte & 0x80 != 0 {
                return;
            }
            // Ones before a marker are the marker's.
            let next = self.bytes.get(self.at + 1);
            if byte == 0xFF && next.is_none_or(|next| next & 0x80 != 0) {
                return;
            }
            let bits = if self.after_ones { 7 } else { 8 };
            self.waiting = self.waiting << bits | u64::from(byte);
            self.count += bits;
            self.after_ones = byte == 0xFF;
            self.at += 1;
        }
    }

    /// A number of at most 24 bits.
    pub(super) fn number(&mut self, bits: u32) -> Result<u32, PlaneError> {
        if self.count < bits {
            self.fill();
            if self.count < bits {
                return Err(damaged("the coded samples end early"));
            }
        }
        self.count -= bits;
        Ok((self.waiting >> self.count) as u32 & ((1 << bits) - 1))
    }

    /// The number of zeros before the next one, which is taken too; an error above `most`.
    pub(super) fn zeros(&mut self, most: u32) -> Result<u32, PlaneError> {
        let mut zeros = 0;
        while self.number(1)? == 0 {
            zeros += 1;
            if zeros > most {
                return Err(damaged("a code is longer than its limit"));
            }
        }
        Ok(zeros)
    }

    /// Checks that nothing but filling is left before the end marker: less than a byte, and one
    /// that had to follow a byte of ones.
    pub(super) fn end(&mut self) -> Result<(), PlaneError> {
        self.fill();
        let marker = self.bytes.get(self.at..self.at + 2);
        if self.count >= 16 {
            return Err(damaged("more coded samples than the image has"));
        }
        if marker == Some(&[0xFF, 0xD9]) { Ok(()) } else { Err(damaged("no end marker")) }
    }
}

/// Appends bits to a file.
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    waiting: u64,
    count: u32,
    after_ones: bool,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, waiting: 0, count: 0, after_ones: false }
    }

    /// A number of at most 24 bits.
    pub(super) fn put(&mut self, number: u32, bits: u32) {
        self.waiting = self.waiting << bits | u64::from(number);
        self.count += bits;
        if self.count > 32 {
            self.bytes();
        }
    }

    /// All whole bytes.
    fn bytes(&mut self) {
        while self.count >= self.room() {
            self.byte();
        }
    }

    pub(super) fn zeros(&mut self, mut count: u32) {
        while count > 0 {
            let now = count.min(24);
            self.put(0, now);
            count -= now;
        }
    }

    /// Fills the last byte with zeros; none is left that could begin a marker.
    pub(super) fn end(&mut self) {
        self.bytes();
        self.put(0, (self.room() - self.count) % self.room());
        self.bytes();
        if self.after_ones {
            self.put(0, 7);
            self.bytes();
        }
    }

    /// Bits of the next byte.
    fn room(&self) -> u32 {
        if self.after_ones { 7 } else { 8 }
    }

    fn byte(&mut self) {
        let bits = self.room();
        self.count -= bits;
        let byte = (self.waiting >> self.count) as u8 & (0xFF >> (8 - bits));
        self.waiting &= (1 << self.count) - 1;
        self.after_ones = byte == 0xFF;
        self.out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bit_after_a_byte_of_ones_is_no_sample() {
        let mut bits = Bits::new(&[0xFF, 0x55, 0x20, 0xFF, 0xD9]);
        assert_eq!(bits.number(8), Ok(255));
        assert_eq!(bits.number(7), Ok(0x55));
        assert_eq!(bits.zeros(9), Ok(2));
        assert_eq!(bits.number(5), Ok(0));
        assert_eq!(bits.end(), Ok(()));
        assert!(bits.number(1).is_err());
    }
}
