//! Brings a whole image to the side of a network's input; knows no label.

use std::borrow::Cow;

use crate::image::Image;

/// A square image of `side` pixels that shows the whole of another: where a side of that is larger, by
/// the mean over the area of each pixel, rounded to the nearest (halves up), of both axes by the same
/// factor; what is left is filled with the nearest pixels, as many on both sides.
pub(super) fn whole(image: &Image, side: usize) -> Cow<'_, Image> {
    let longest = image.rows().max(image.columns());
    let shrunk = if longest > side {
        let length = |extent: usize| ((extent * side) as f64 / longest as f64).round().max(1.0);
        Cow::Owned(averaged(
            image,
            [length(image.rows()), length(image.columns())].map(|it| it as usize),
        ))
    } else {
        Cow::Borrowed(image)
    };
    if (shrunk.rows(), shrunk.columns()) == (side, side) { shrunk } else { padded(&shrunk, side) }
}

/// The image, with the nearest pixels added below and to the right up to a size that is no smaller.
pub(super) fn below(image: &Image, size: [usize; 2]) -> Cow<'_, Image> {
    if size == [image.rows(), image.columns()] {
        return Cow::Borrowed(image);
    }
    Cow::Owned(extended(image, size, [0, 0]))
}

fn padded<'a>(image: &Image, side: usize) -> Cow<'a, Image> {
    let before = [image.rows(), image.columns()].map(|extent| (side - extent) / 2);
    Cow::Owned(extended(image, [side, side], before))
}

/// An image of `size` with another in it, behind `before` rows and columns; the nearest pixels stand
/// for what is missing.
fn extended(image: &Image, size: [usize; 2], before: [usize; 2]) -> Image {
    let inside =
        |place: usize, before: usize, extent: usize| place.saturating_sub(before).min(extent - 1);
    let mut samples = Vec::with_capacity(size[0] * size[1]);
    for row in 0..size[0] {
        let row = inside(row, before[0], image.rows());
        let columns = (0..size[1]).map(|it| inside(it, before[1], image.columns()));
        samples.extend(columns.map(|column| image.at(row, column)));
    }
    Image::new(size[0], size[1], image.format(), samples)
        .expect("values of an image of this format")
}

/// The mean over the area of each pixel of an image of another size, which is no larger.
fn averaged(image: &Image, size: [usize; 2]) -> Image {
    let [rows, columns] = [weights(image.rows(), size[0]), weights(image.columns(), size[1])];
    // Whole numbers: an area is rows × columns in units of 1 / (size[0] × size[1]).
    let area = image.rows() as u128 * image.columns() as u128;
    let mut samples = Vec::with_capacity(size[0] * size[1]);
    for of_row in &rows {
        for of_column in &columns {
            let mut sum = 0_u128;
            for &(row, height) in of_row {
                for &(column, width) in of_column {
                    sum += u128::from(image.at(row, column)) * height as u128 * width as u128;
                }
            }
            samples.push(((2 * sum + area) / (2 * area)) as u16);
        }
    }
    Image::new(size[0], size[1], image.format(), samples)
        .expect("a mean is in the range of its values")
}

/// Which of `from` pixels each of `to` covers, with its share in units of 1 / `to` of a pixel.
fn weights(from: usize, to: usize) -> Vec<Vec<(usize, usize)>> {
    // Pixel p of `from` spans [p·to, (p + 1)·to), pixel q of `to` spans [q·from, (q + 1)·from).
    let of_pixel = |q: usize| {
        let (start, end) = (q * from, (q + 1) * from);
        let covered = start / to..end.div_ceil(to);
        covered.map(|p| (p, end.min((p + 1) * to) - start.max(p * to))).collect()
    };
    (0..to).map(of_pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::SampleFormat;

    const EIGHT: SampleFormat = SampleFormat { bits_stored: 8, bits_allocated: 8 };

    fn image(rows: usize, columns: usize, samples: &[u16]) -> Image {
        Image::new(rows, columns, EIGHT, samples.to_vec()).unwrap()
    }

    #[test]
    fn larger_images_are_averaged_by_area() {
        // 3 to 2 pixels: (2 a + b) / 3 and (b + 2 c) / 3 along each axis.
        let found = averaged(&image(1, 3, &[0, 30, 90]), [1, 2]);
        assert_eq!(found.samples(), [10, 70]);
        let found = averaged(&image(4, 4, &(0..16).collect::<Vec<_>>()), [2, 2]);
        // Means 2.5, 4.5, 10.5 and 12.5, rounded up.
        assert_eq!(found.samples(), [3, 5, 11, 13]);
        // What is even stays so.
        let even = averaged(&image(7, 5, &[255; 35]), [3, 2]);
        assert!(even.samples().iter().all(|&value| value == 255));
    }

    #[test]
    fn smaller_and_longer_images_are_filled_up() {
        let found = whole(&image(2, 2, &[1, 2, 3, 4]), 4).into_owned();
        assert_eq!(found.samples(), [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
        let long = whole(&image(2, 8, &[8; 16]), 4).into_owned();
        assert_eq!((long.rows(), long.columns()), (4, 4));
        let same = image(4, 4, &[7; 16]);
        assert!(matches!(whole(&same, 4), Cow::Borrowed(_)));
        let low = below(&image(1, 3, &[1, 2, 3]), [2, 3]).into_owned();
        assert_eq!((low.rows(), low.samples()), (2, &[1, 2, 3, 1, 2, 3][..]));
    }
}
