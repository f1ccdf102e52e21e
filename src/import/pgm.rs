//! Portable graymap, P2 (text) and P5 (binary, big-endian), as netpbm's pgm(5) has it.

use super::claim::{checked_size, format_of};
use super::error::{Fault, damaged};
use super::imported::Imported;
use super::kind::FileKind;
use crate::image::{Image, SampleFormat};

pub(super) fn decode(bytes: &[u8], bits_stored: Option<u8>) -> Result<Imported, Fault> {
    let mut words = Words { bytes, at: 2 };
    let [columns, rows, most] = [words.number()?, words.number()?, words.number()?];
    let most = u16::try_from(most)
        .ok()
        .filter(|&most| most > 0)
        .ok_or_else(|| damaged(format!("the largest value is given as {most}, not 1 to 65535")))?;
    let [rows, columns] = checked_size(rows.into(), columns.into())?;
    let room = if most < 256 { 8 } else { 16 };
    // The whole range does not tell which bits carry the value.
    let states = most != u16::from(u8::MAX) && most != u16::MAX;
    let format = if states {
        SampleFormat { bits_stored: (16 - most.leading_zeros()) as u8, bits_allocated: room }
    } else {
        format_of(room, bits_stored)?
    };
    let samples = if bytes[1] == b'2' {
        // A sample takes a digit and a space.
        if (bytes.len() - words.at).div_ceil(2) < rows * columns {
            return Err(damaged("the file ends within the samples"));
        }
        let number = |_| words.number().map(|value| value.min(u32::from(u16::MAX)) as u16);
        (0..rows * columns).map(number).collect::<Result<Vec<u16>, Fault>>()?
    } else {
        let width = usize::from(room / 8);
        // One character of white space ends the header.
        let samples = bytes
            .get(words.at + 1..)
            .and_then(|rest| rest.get(..rows * columns * width))
            .ok_or_else(|| damaged("the file ends within the samples"))?;
        let value = |sample: &[u8]| sample.iter().fold(0, |sum, &b| (sum << 8) | u16::from(b));
        samples.chunks_exact(width).map(value).collect()
    };
    if let Some(value) = samples.iter().find(|&&value| value > most) {
        return Err(damaged(format!("the sample {value} is above the largest value {most}")));
    }
    let image = Image::new(rows, columns, format, samples)?;
    Ok(Imported::plain(image, FileKind::Pgm, states))
}

/// Numbers between white space and comments.
struct Words<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Words<'_> {
    fn number(&mut self) -> Result<u32, Fault> {
        loop {
            match self.bytes.get(self.at) {
                Some(b'#') => {
                    let rest = &self.bytes[self.at..];
                    self.at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
                }
                Some(byte) if byte.is_ascii_whitespace() => self.at += 1,
                Some(byte) if byte.is_ascii_digit() => break,
                Some(byte) => {
                    let (byte, at) = (char::from(*byte).escape_default(), self.at);
                    return Err(damaged(format!("`{byte}` at byte {at} where a number belongs")));
                }
                None => return Err(damaged("the file ends where a number belongs")),
            }
        }
        let digits = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit());
        let (count, number) = digits.fold((0, 0_u32), |(count, number), digit| {
            (count + 1, number.saturating_mul(10).saturating_add(u32::from(digit - b'0')))
        });
        self.at += count;
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_binary_are_the_same() {
        let text = decode(b"P2 # a comment\n3 2\n4095\n0 1 2\n3 4 4095\n", None).unwrap();
        let binary = decode(b"P5\n3 2\n4095\n\0\0\0\x01\0\x02\0\x03\0\x04\x0f\xff", None).unwrap();
        assert_eq!(text, binary);
        assert_eq!(text.image.samples(), [0, 1, 2, 3, 4, 4095]);
        assert_eq!(text.image.format(), SampleFormat { bits_stored: 12, bits_allocated: 16 });
        assert!(text.states_bits_stored);
    }

    #[test]
    fn the_whole_range_says_nothing_of_the_bits() {
        let file = b"P5 2 1 65535 \x01\x00\x0f\xff";
        let image = decode(file, Some(12)).unwrap();
        assert_eq!(image.image.format().bits_stored, 12);
        assert_eq!(image.image.samples(), [256, 4095]);
        assert_eq!(decode(file, None).unwrap().image.format().bits_stored, 16);
        let message = decode(file, Some(11)).unwrap_err().to_string();
        assert!(message.contains("4095 at row 0, column 1"), "{message}");
        let message = decode(b"P5 1 1 255 \0", Some(12)).unwrap_err().to_string();
        assert!(message.contains("--bits-stored 8"), "{message}");
    }

    #[test]
    fn what_is_missing_is_said() {
        for file in [&b"P5"[..], b"P5 2 2", b"P5 2 2 255", b"P5 2 2 255 abc", b"P2 2 1 9 1"] {
            let message = decode(file, None).unwrap_err().to_string();
            assert!(message.contains("ends"), "{message}");
        }
        let message = decode(b"P2 1 1 9 x", None).unwrap_err().to_string();
        assert!(message.contains("`x` at byte 9"), "{message}");
        let message = decode(b"P2 1 1 9 10", None).unwrap_err().to_string();
        assert!(message.contains("10 is above the largest value 9"), "{message}");
        assert!(decode(b"P5 65535 65535 65535 ", None).is_err());
        assert!(decode(b"P5 99999999999999999999 1 255 ", None).is_err());
    }
}
