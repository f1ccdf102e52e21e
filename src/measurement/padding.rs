//! Pixels that only fill an image up: what they would add to figures is taken out.

use std::ops::RangeInclusive;

use crate::image::Image;

/// The padding of an image, by pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Padding {
    /// For every pixel itself, or for padding the nearest other pixel of its row; of the nearest
    /// row that has one.
    source: Vec<u32>,
    pixels: usize,
    columns: usize,
}

impl Padding {
    /// The pixels with these values; none if there is no such pixel, or no other.
    #[must_use]
    pub fn find(image: &Image, values: &RangeInclusive<u16>) -> Option<Self> {
        let pads = |at: usize| values.contains(&image.samples()[at]);
        let pixels = (0..image.pixels()).filter(|&at| pads(at)).count();
        if pixels == 0 || pixels == image.pixels() {
            return None;
        }
        let (rows, columns) = (image.rows(), image.columns());
        let mut source: Vec<u32> = (0..image.pixels() as u32).collect();
        let mut whole = Vec::new();
        for row in 0..rows {
            let begin = row * columns;
            let others: Vec<usize> = (begin..begin + columns).filter(|&at| !pads(at)).collect();
            if others.is_empty() {
                whole.push(row);
                continue;
            }
            let mut next = 0;
            for (at, source) in source.iter_mut().enumerate().skip(begin).take(columns) {
                while next + 1 < others.len()
                    && others[next + 1].abs_diff(at) < others[next].abs_diff(at)
                {
                    next += 1;
                }
                *source = others[next] as u32;
            }
        }
        // Rows of padding alone take the nearest other row.
        let kept: Vec<usize> = (0..rows).filter(|row| whole.binary_search(row).is_err()).collect();
        for row in whole {
            let after = kept.partition_point(|&other| other < row);
            let around = [after.checked_sub(1), Some(after)].into_iter().flatten();
            let nearest = around.filter_map(|place| kept.get(place)).copied();
            let nearest = nearest.min_by_key(|other| other.abs_diff(row)).unwrap_or(row);
            let from = nearest * columns;
            source.copy_within(from..from + columns, row * columns);
        }
        Some(Self { source, pixels, columns })
    }

    /// Number of pixels.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.pixels
    }

    fn pads(&self, at: usize) -> bool {
        self.source[at] as usize != at
    }

    /// The image with the padding continued from the pixels beside it, so that no edge stands at
    /// its border.
    #[must_use]
    pub fn filled(&self, image: &Image) -> Image {
        self.filled_from(image, image)
    }

    /// The same with values of another image.
    pub(super) fn filled_from(&self, image: &Image, other: &Image) -> Image {
        let value = |(at, &from): (usize, &u32)| {
            let of = if self.pads(at) { other } else { image };
            of.samples()[from as usize]
        };
        let samples = self.source.iter().enumerate().map(value).collect();
        Image::new(image.rows(), image.columns(), image.format(), samples)
            .expect("the image has these values and this size")
    }

    /// The samples that are no padding.
    pub(super) fn others<'a>(&'a self, image: &'a Image) -> impl Iterator<Item = u16> + 'a {
        image.samples().iter().enumerate().filter(|&(at, _)| !self.pads(at)).map(|(_, &s)| s)
    }

    /// Positions of a square window of `side` at which all pixels are padding.
    pub(super) fn windows_inside(&self, side: usize) -> usize {
        let columns = self.columns;
        // Rows of padding upwards from each pixel.
        let mut heights = vec![0_usize; columns];
        let mut count = 0;
        for (number, row) in self.source.chunks_exact(columns).enumerate() {
            let mut run = 0;
            for (column, (height, &source)) in heights.iter_mut().zip(row).enumerate() {
                let pads = source as usize != number * columns + column;
                *height = if pads { *height + 1 } else { 0 };
                run = if *height >= side { run + 1 } else { 0 };
                count += usize::from(run >= side);
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::WINDOWED;

    fn image(columns: usize, samples: &[u16]) -> Image {
        Image::new(samples.len() / columns, columns, WINDOWED, samples.to_vec()).expect("valid")
    }

    #[test]
    fn padding_goes_on_from_the_nearest_pixel() {
        let of = image(4, &[9, 9, 9, 9, 9, 1, 2, 9, 3, 9, 9, 4]);
        let padding = Padding::find(&of, &(9..=9)).expect("there is some");
        assert_eq!(padding.pixels(), 8);
        assert_eq!(padding.filled(&of).samples(), [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4]);
        assert_eq!(padding.others(&of).collect::<Vec<u16>>(), [1, 2, 3, 4]);
        assert_eq!(Padding::find(&of, &(7..=8)), None);
        assert_eq!(Padding::find(&of, &(0..=9)), None);
    }

    #[test]
    fn windows_of_padding_alone_are_counted() {
        // A 3×3 square of padding has four windows of 2×2, and one of 3×3.
        let of = image(4, &[0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 5]);
        let padding = Padding::find(&of, &(0..=0)).expect("there is some");
        assert_eq!([1, 2, 3, 4].map(|side| padding.windows_inside(side)), [9, 4, 1, 0]);
    }
}
