//! The form of cached parts of an image: a head, the values under each condition, SHA-256 of it all.

use crate::dataset::ImagePart;
use crate::files;
use crate::image::words;

/// Numbers of the head: corner, rows, columns, bytes of a value, parts.
const HEAD: usize = 6;

pub(super) fn bytes(parts: &[ImagePart]) -> Vec<u8> {
    let narrowed: Option<Vec<_>> = parts.iter().map(|part| words::narrowed(&part.values)).collect();
    let empty = ImagePart::default();
    let first = parts.first().unwrap_or(&empty);
    let [row, column] = first.corner;
    let head = [
        row,
        column,
        first.rows,
        first.columns,
        if narrowed.is_some() { 1 } else { 2 },
        parts.len(),
    ];
    let mut bytes: Vec<u8> = head.iter().flat_map(|&it| (it as u32).to_le_bytes()).collect();
    let wide = || parts.iter().map(|part| words::to_bytes(&part.values)).collect();
    bytes.extend(narrowed.unwrap_or_else(wide).concat());
    let digest = files::sha256(&bytes);
    bytes.extend_from_slice(digest.as_bytes());
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<ImagePart>, String> {
    let Some((body, digest)) = bytes.split_last_chunk::<64>() else {
        return Err("it is too short".into());
    };
    if files::sha256(body).as_bytes() != digest {
        return Err("its SHA-256 is not the one at its end".into());
    }
    let Some((head, values)) = body.split_at_checked(4 * HEAD) else {
        return Err("it is too short".into());
    };
    let numbers: Vec<usize> =
        head.as_chunks::<4>().0.iter().map(|&it| u32::from_le_bytes(it) as usize).collect();
    let &[row, column, rows, columns, width, count] = &numbers[..] else {
        return Err("it is too short".into());
    };
    let size = rows * columns * width;
    if values.len() != size * count || !(1..=2).contains(&width) {
        return Err("its length does not fit its head".into());
    }
    let part = |values: &[u8]| ImagePart {
        corner: [row, column],
        rows,
        columns,
        values: match width {
            1 => words::widened(values),
            _ => words::from_bytes(values),
        },
    };
    Ok((0..count).map(|number| part(&values[number * size..][..size])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_survive_and_damage_is_found() {
        let part = |values: [u16; 6]| ImagePart {
            corner: [3, 700],
            rows: 2,
            columns: 3,
            values: values.to_vec(),
        };
        let narrow = [part([1, 2, 3, 4, 5, 255]), part([0; 6])];
        let wide = [part([1, 2, 3, 4, 5, 4095])];
        for parts in [&narrow[..], &wide, &[]] {
            let whole = bytes(parts);
            assert_eq!(read(&whole).unwrap(), parts);
            for at in 0..whole.len() {
                let mut damaged = whole.clone();
                damaged[at] ^= 1;
                assert!(read(&damaged).is_err(), "byte {at}");
            }
        }
        assert_eq!(
            bytes(&narrow).len() + 6,
            bytes(&[narrow[0].clone(), wide[0].clone()]).len() - 6
        );
    }
}
