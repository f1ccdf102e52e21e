//! What a process that decodes is asked and answers, as bytes: all numbers little endian. Believes
//! nothing of an answer that the question does not allow.

use std::io::{self, Read, Write};

use phantom_limit::codec::{Plane, PlaneError};
use phantom_limit::image::words;

/// Longest text of an answer, in bytes.
const MOST_TEXT: usize = 1 << 12;
/// Bytes of samples that are turned into words at a time.
const BLOCK: usize = 1 << 16;

/// First byte of an answer.
const PLANE: u8 = 0;
const DAMAGED: u8 = 1;
const NOT_TAKEN: u8 = 2;
const SIZE: u8 = 3;

/// A codestream and the rows and columns that its container states.
pub(super) struct Question<T> {
    pub(super) size: [usize; 2],
    pub(super) codestream: T,
}

/// Asks a question.
pub(super) fn ask(to: &mut impl Write, question: &Question<&[u8]>) -> io::Result<()> {
    let [rows, columns] = question.size;
    for number in [rows, columns, question.codestream.len()] {
        to.write_all(&(number as u64).to_le_bytes())?;
    }
    to.write_all(question.codestream)?;
    to.flush()
}

/// The next question; `None` if there will be no other.
pub(super) fn next(from: &mut impl Read) -> io::Result<Option<Question<Vec<u8>>>> {
    let mut first = [0; 1];
    if from.read(&mut first)? == 0 {
        return Ok(None);
    }
    let rows = number(&mut first.as_slice().chain(&mut *from))?;
    let columns = number(from)?;
    let length = number(from)?;
    let mut codestream = vec![0; length];
    from.read_exact(&mut codestream)?;
    Ok(Some(Question { size: [rows, columns], codestream }))
}

/// Answers a question.
pub(super) fn answer(to: &mut impl Write, answer: &Result<Plane, PlaneError>) -> io::Result<()> {
    match answer {
        Ok(plane) => {
            to.write_all(&[PLANE, plane.precision, plane.signed.into()])?;
            for block in plane.samples.chunks(BLOCK / 2) {
                to.write_all(&words::to_bytes(block))?;
            }
        }
        Err(PlaneError::Damaged(message)) => text(to, DAMAGED, message)?,
        Err(PlaneError::NotTaken(message)) => text(to, NOT_TAKEN, message)?,
        Err(PlaneError::Size { rows, columns }) => {
            to.write_all(&[SIZE])?;
            for side in [rows, columns] {
                to.write_all(&(*side as u64).to_le_bytes())?;
            }
        }
    }
    to.flush()
}

/// The answer to a question about an image of this size.
///
/// # Errors
/// If it ends early, or is none.
pub(super) fn answered(
    from: &mut impl Read,
    size: [usize; 2],
) -> io::Result<Result<Plane, PlaneError>> {
    let [kind] = bytes(from)?;
    Ok(match kind {
        PLANE => {
            let [precision, signed] = bytes(from)?;
            if !(1..=16).contains(&precision) || signed > 1 {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let [rows, columns] = size;
            let samples = samples(from, rows * columns)?;
            Ok(Plane { rows, columns, precision, signed: signed == 1, samples })
        }
        DAMAGED => Err(PlaneError::Damaged(message(from)?)),
        NOT_TAKEN => Err(PlaneError::NotTaken(message(from)?)),
        SIZE => Err(PlaneError::Size { rows: number(from)?, columns: number(from)? }),
        _ => return Err(io::ErrorKind::InvalidData.into()),
    })
}

fn text(to: &mut impl Write, kind: u8, message: &str) -> io::Result<()> {
    let short: String = message.chars().take(MOST_TEXT / 4).collect();
    to.write_all(&[kind])?;
    to.write_all(&(short.len() as u64).to_le_bytes())?;
    to.write_all(short.as_bytes())
}

/// Text without what would steer a terminal.
fn message(from: &mut impl Read) -> io::Result<String> {
    let length = number(from)?;
    if length > MOST_TEXT {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut text = vec![0; length];
    from.read_exact(&mut text)?;
    Ok(String::from_utf8_lossy(&text).chars().filter(|letter| !letter.is_control()).collect())
}

fn samples(from: &mut impl Read, count: usize) -> io::Result<Vec<u16>> {
    let mut samples = Vec::with_capacity(count);
    let mut block = [0; BLOCK];
    while samples.len() < count {
        let block = &mut block[..BLOCK.min(2 * (count - samples.len()))];
        from.read_exact(block)?;
        samples.extend(words::from_bytes(block));
    }
    Ok(samples)
}

fn number(from: &mut impl Read) -> io::Result<usize> {
    usize::try_from(u64::from_le_bytes(bytes(from)?)).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn bytes<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_answers_come_back_as_they_were() {
        let mut asked = Vec::new();
        for codestream in [&b"abc"[..], b""] {
            ask(&mut asked, &Question { size: [3, 70_000], codestream }).unwrap();
        }
        let mut asked = asked.as_slice();
        for codestream in [&b"abc"[..], b""] {
            let question = next(&mut asked).unwrap().unwrap();
            assert_eq!((question.size, &question.codestream[..]), ([3, 70_000], codestream));
        }
        assert!(next(&mut asked).unwrap().is_none());

        let samples: Vec<u16> = (0..300 * 200).map(|at: u32| (at * 7 % 65_521) as u16).collect();
        let plane = Plane { rows: 300, columns: 200, precision: 16, signed: true, samples };
        for sent in [
            Ok(plane),
            Err(PlaneError::Damaged("no JPEG 2000 codestream".into())),
            Err(PlaneError::NotTaken("3 components".into())),
            Err(PlaneError::Size { rows: 1 << 20, columns: 7 }),
        ] {
            let mut bytes = Vec::new();
            answer(&mut bytes, &sent).unwrap();
            assert_eq!(answered(&mut bytes.as_slice(), [300, 200]).unwrap(), sent);
            for length in 0..bytes.len().min(100) {
                assert!(answered(&mut &bytes[..length], [300, 200]).is_err(), "{length} bytes");
            }
        }
    }

    #[test]
    fn answers_that_cannot_be_are_none() {
        let endless = [&[DAMAGED][..], &u64::MAX.to_le_bytes()].concat();
        for bytes in [&b"\x09"[..], b"\0\x11\0", b"\0\x08\x02", &endless] {
            assert!(answered(&mut bytes.chain(io::repeat(7)), [1, 1]).is_err(), "{bytes:?}");
        }
        let steering = [&[DAMAGED, 4, 0, 0, 0, 0, 0, 0, 0][..], b"a\x1B[2"].concat();
        let read = answered(&mut steering.as_slice(), [1, 1]).unwrap();
        assert_eq!(read, Err(PlaneError::Damaged("a[2".into())));
    }
}
