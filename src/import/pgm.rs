//! Portable graymap, P2 (text) and P5 (binary, big-endian), as netpbm's pgm(5) has it.

use super::claim::{checked_size, format_of};
use super::error::{Fault, damaged, not_taken};
use super::imported::Imported;
use super::kind::FileKind;
use super::reading::Reading;
use crate::image::{Image, SampleFormat};

/// Whether these bytes are the beginning of a graymap.
pub(super) fn begins(head: &[u8]) -> bool {
    matches!(head, [b'P', b'2' | b'5', next, ..] if next.is_ascii_whitespace() || *next == b'#')
}

pub(super) fn decode(bytes: &[u8], reading: Reading) -> Result<Imported, Fault> {
    let mut images = vec![Graymap::read(bytes, 0)?];
    // Several images may follow one another; only whole ones are counted.
    while let Some(next) = images.last().and_then(|last| last.next(bytes)) {
        images.push(Graymap::read(bytes, next)?);
    }
    if let (2.., None) = (images.len(), reading.frame) {
        let what = format!("a second image begins at byte {}", images[1].begin);
        return Err(not_taken(what, "choose one with --frame 1, or take each with --frame all"));
    }
    let of = u32::try_from(images.len()).unwrap_or(u32::MAX);
    let number = reading.frame_of(of)?;
    images.last().map_or(Ok(()), |last| last.check_end(bytes))?;
    let image = images.swap_remove(number as usize - 1);
    Ok(image.imported(reading.bits_stored)?.frame_of(number, of))
}

/// Images in the file.
pub(super) fn count(bytes: &[u8]) -> Result<u32, Fault> {
    let mut last = Graymap::read(bytes, 0)?;
    let mut count = 1;
    while let Some(next) = last.next(bytes) {
        last = Graymap::read(bytes, next)?;
        count += 1;
    }
    Ok(count)
}

/// One image of a file.
struct Graymap<'a> {
    begin: usize,
    /// After its last sample.
    end: usize,
    /// True if a line of the header ends with CR LF.
    carriage_returns: bool,
    rows: usize,
    columns: usize,
    most: u16,
    raster: Raster<'a>,
}

enum Raster<'a> {
    Text(Vec<u16>),
    Binary(&'a [u8]),
}

impl<'a> Graymap<'a> {
    fn read(bytes: &'a [u8], begin: usize) -> Result<Self, Fault> {
        let mut words = Words { bytes, at: begin + 2 };
        let [columns, rows, most] = [words.number()?, words.number()?, words.number()?];
        let most = u16::try_from(most).ok().filter(|&most| most > 0).ok_or_else(|| {
            damaged(format!("the largest value is given as {most}, not 1 to 65535"))
        })?;
        let [rows, columns] = checked_size(rows.into(), columns.into())?;
        let text = bytes[begin + 1] == b'2';
        if !text {
            words.raster()?;
        }
        let carriage_returns = bytes[begin..words.at].windows(2).any(|pair| pair == b"\r\n")
            || bytes.get(words.at) == Some(&b'\n');
        let (raster, end) = if text {
            // A sample takes a digit and a space.
            if (bytes.len() - words.at).div_ceil(2) < rows * columns {
                return Err(damaged("the file ends within the samples"));
            }
            let number = |_| words.number().map(|value| value.min(u32::from(u16::MAX)) as u16);
            let samples = (0..rows * columns).map(number).collect::<Result<Vec<u16>, Fault>>()?;
            (Raster::Text(samples), words.at)
        } else {
            let width = if most < 256 { 1 } else { 2 };
            let end = words.at + rows * columns * width;
            let samples = bytes
                .get(words.at..end)
                .ok_or_else(|| damaged("the file ends within the samples"))?;
            (Raster::Binary(samples), end)
        };
        Ok(Self { begin, end, carriage_returns, rows, columns, most, raster })
    }

    /// Where another image begins after this one.
    fn next(&self, bytes: &[u8]) -> Option<usize> {
        let space = bytes[self.end..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let begin = self.end + space;
        begins(&bytes[begin..]).then_some(begin)
    }

    /// Nothing but white space may follow text, and nothing at all samples of bytes.
    fn check_end(&self, bytes: &[u8]) -> Result<(), Fault> {
        let after = &bytes[self.end..];
        let (allowed, remedy) = match self.raster {
            Raster::Text(_) => {
                (after.iter().all(u8::is_ascii_whitespace), "remove what follows the samples")
            }
            Raster::Binary(_) if self.carriage_returns => (
                after.is_empty(),
                "lines of its header end with CR LF, so that the samples begin a byte later than \
                 they are read: write it again with LF alone",
            ),
            Raster::Binary(_) => (after.is_empty(), "remove them, or export it again"),
        };
        if allowed {
            return Ok(());
        }
        let (more, rows, columns) = (after.len(), self.rows, self.columns);
        let unit = if more == 1 { "byte" } else { "bytes" };
        Err(not_taken(format!("{more} {unit} more than {rows}×{columns} samples take"), remedy))
    }

    fn imported(self, bits_stored: Option<u8>) -> Result<Imported, Fault> {
        let room = if self.most < 256 { 8 } else { 16 };
        // The whole range does not tell which bits carry the value.
        let states = self.most != u16::from(u8::MAX) && self.most != u16::MAX;
        let format = if states {
            let bits_stored = (16 - self.most.leading_zeros()) as u8;
            SampleFormat { bits_stored, bits_allocated: room }
        } else {
            format_of(room, bits_stored)?
        };
        let samples: Vec<u16> = match self.raster {
            Raster::Text(samples) => samples,
            Raster::Binary(bytes) => {
                let value =
                    |sample: &[u8]| sample.iter().fold(0, |sum, &b| (sum << 8) | u16::from(b));
                bytes.chunks_exact(usize::from(room / 8)).map(value).collect()
            }
        };
        if let Some(value) = samples.iter().find(|&&value| value > self.most) {
            let most = self.most;
            return Err(damaged(format!("the sample {value} is above the largest value {most}")));
        }
        let image = Image::new(self.rows, self.columns, format, samples)?;
        Ok(Imported::plain(image, FileKind::Pgm, states))
    }
}

/// Numbers between white space and comments.
struct Words<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Words<'_> {
    /// Goes on to the samples: one character of white space ends the header, or a comment with
    /// the end of its line, as netpbm reads it.
    fn raster(&mut self) -> Result<(), Fault> {
        match self.bytes.get(self.at) {
            Some(b'#') => {
                let rest = &self.bytes[self.at..];
                let line = rest.iter().position(|&b| b == b'\n');
                self.at += line.ok_or_else(|| damaged("the file ends within a comment"))? + 1;
                Ok(())
            }
            Some(byte) if byte.is_ascii_whitespace() => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(damaged("no white space before the samples")),
            None => Err(damaged("the file ends within the samples")),
        }
    }

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

    fn decode(bytes: &[u8], bits_stored: Option<u8>) -> Result<Imported, Fault> {
        super::decode(bytes, Reading { bits_stored, frame: None })
    }

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
    fn a_comment_may_follow_the_largest_value() {
        // netpbm: printf 'P5 2 1 255# c\n\1\2' | pnmtoplainpnm prints 1 2.
        let image = decode(b"P5 2 1 255# c\n\x01\x02", None).unwrap();
        assert_eq!(image.image.samples(), [1, 2]);
    }

    #[test]
    fn what_follows_the_samples_is_an_error() {
        let refused = |file: &[u8], phrase: &str| {
            let message = decode(file, None).unwrap_err().to_string();
            assert!(message.contains(phrase) && !message.contains("damaged"), "{message}");
        };
        refused(b"P5\r\n2 1\r\n255\r\n\x01\x02", "1 byte more than 1×2 samples take; lines");
        refused(b"P5 2 1 255 \x01\x02abc", "3 bytes more");
        refused(b"P2 2 1 255 1 2 x", "2 bytes more");
        refused(b"P5 2 1 255 \x01\x02P5 2 1 255 \x03\x04", "a second image begins at byte 13");
        assert!(decode(b"P2 2 1 255 1 2\n", None).is_ok());
    }

    #[test]
    fn one_of_several_images_can_be_chosen() {
        let file = b"P5 2 1 255 \x01\x02P5 2 1 255 \x03\x04";
        assert_eq!(count(file).unwrap(), 2);
        let second = Reading { bits_stored: None, frame: Some(2) };
        assert_eq!(super::decode(file, second).unwrap().image.samples(), [3, 4]);
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
