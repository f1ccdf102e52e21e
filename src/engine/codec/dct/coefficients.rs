//! Blocks of coefficients, before and after quantisation.

use super::block::{Block, SIDE};
use super::tables::QuantisationTable;
use super::transform;
use crate::image::{Image, ImageError, SampleFormat, ZERO};

/// The transformed image, not yet quantised: what all qualities of an image share.
#[derive(Debug)]
pub(in super::super) struct Transformed {
    rows: usize,
    columns: usize,
    precision: u8,
    /// `[block rows, block columns]`.
    blocks: Vec<Block<f32>>,
}

impl Transformed {
    /// Transforms `samples` of `precision` bits, row by row; blocks that reach over the edge
    /// repeat the last row and column.
    pub(in super::super) fn new(
        rows: usize,
        columns: usize,
        precision: u8,
        samples: &[u16],
    ) -> Self {
        let middle = f32::from(1_u16 << (precision - 1));
        let (block_rows, block_columns) = (rows.div_ceil(SIDE), columns.div_ceil(SIDE));
        let mut blocks = Vec::with_capacity(block_rows * block_columns);
        for top in (0..rows).step_by(SIDE) {
            for left in (0..columns).step_by(SIDE) {
                let mut block = [0.0; SIDE * SIDE];
                for (line, values) in block.chunks_exact_mut(SIDE).enumerate() {
                    let start = (top + line).min(rows - 1) * columns;
                    if left + SIDE <= columns {
                        let from = &samples[start + left..start + left + SIDE];
                        for (value, &sample) in values.iter_mut().zip(from) {
                            *value = f32::from(sample) - middle;
                        }
                    } else {
                        for (at, value) in values.iter_mut().enumerate() {
                            let column = (left + at).min(columns - 1);
                            *value = f32::from(samples[start + column]) - middle;
                        }
                    }
                }
                blocks.push(transform::forward(&block));
            }
        }
        Self { rows, columns, precision, blocks }
    }

    /// As [`Coefficients::image`], each rounded to a whole number.
    pub(in super::super) fn image(&self) -> Result<Image, ImageError> {
        image_of(self.rows, self.columns, &self.blocks, |value, _| value.round() as i32)
    }

    /// Every coefficient over its step, rounded to the nearest, halves away from 0.
    pub(in super::super) fn quantised(&self, table: QuantisationTable) -> Coefficients {
        let shares = table.0.map(|step| 1.0 / f32::from(step));
        let quantise = |block: &Block<f32>| -> Block<i16> {
            std::array::from_fn(|at| {
                let value = block[at] * shares[at];
                (value + 0.5_f32.copysign(value)) as i16
            })
        };
        Coefficients {
            rows: self.rows,
            columns: self.columns,
            precision: self.precision,
            table,
            blocks: self.blocks.iter().map(quantise).collect(),
        }
    }
}

/// The quantised DCT coefficients of a greyscale JPEG file, as a network in the DCT domain
/// reads them.
///
/// ```
/// use phantom_limit_engine::codec::{CodecName, Coefficients, Target, codec};
/// use phantom_limit_engine::image::{Image, SampleFormat};
/// let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
/// let flat = Image::new(8, 16, format, vec![2056; 128]).expect("valid image");
/// let jpeg12 = codec(CodecName::Jpeg12);
/// let level = jpeg12.encode_ladder(&flat, format, &[Target::Quality(50.0)]).expect("possible");
/// let coefficients = Coefficients::read(CodecName::Jpeg12, &level[0].bytes).expect("its file");
/// // Two blocks of the DC coefficient 8 · (2056 − 2048)/16 alone.
/// assert_eq!(coefficients.blocks().len(), 2);
/// assert!(coefficients.blocks().iter().all(|block| block[0] == 4 && block[1..] == [0; 63]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coefficients {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) precision: u8,
    pub(super) table: QuantisationTable,
    pub(super) blocks: Vec<Block<i16>>,
}

impl Coefficients {
    /// Rows of the image, in pixels.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of the image, in pixels.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Bits of a sample: 8 or 12.
    #[must_use]
    pub fn precision(&self) -> u8 {
        self.precision
    }

    /// The step of each coefficient of a block, vertical frequency × 8 + horizontal frequency.
    #[must_use]
    pub fn quantisation(&self) -> &[u16; 64] {
        &self.table.0
    }

    /// The quantised coefficients, ⌈rows/8⌉ × ⌈columns/8⌉ blocks row by row; in a block
    /// vertical frequency × 8 + horizontal frequency. Times the step, they are the coefficients
    /// of ITU-T T.81 A.3.3 of samples minus 2^(precision − 1).
    #[must_use]
    pub fn blocks(&self) -> &[[i16; 64]] {
        &self.blocks
    }

    /// The dequantised coefficients as an image of whole blocks: of each what
    /// [`Domain::Dct`](crate::image::Domain::Dct) says, in 16 bits.
    ///
    /// # Errors
    /// If whole blocks have more pixels than an image may have.
    pub fn image(&self) -> Result<Image, ImageError> {
        let step = |at: usize| i32::from(self.table.0[at]);
        image_of(self.rows, self.columns, &self.blocks, |value, at| i32::from(value) * step(at))
    }

    /// The samples, row by row, 0 to 2^precision − 1: rounded to the nearest, halves up.
    pub(in super::super) fn samples(&self) -> Vec<u16> {
        let largest = f32::from((1_u16 << self.precision) - 1);
        let middle = f32::from(1_u16 << (self.precision - 1));
        let steps = self.table.0.map(f32::from);
        let mut samples = vec![0; self.rows * self.columns];
        let block_columns = self.columns.div_ceil(SIDE);
        for (number, block) in self.blocks.iter().enumerate() {
            let coefficients = std::array::from_fn(|at| f32::from(block[at]) * steps[at]);
            let restored = transform::inverse(&coefficients);
            let (top, left) = (number / block_columns * SIDE, number % block_columns * SIDE);
            let width = SIDE.min(self.columns - left);
            for (line, values) in restored.chunks_exact(SIDE).enumerate() {
                if top + line < self.rows {
                    let start = (top + line) * self.columns + left;
                    for (sample, value) in samples[start..start + width].iter_mut().zip(values) {
                        *sample = (value + middle + 0.5).clamp(0.0, largest) as u16;
                    }
                }
            }
        }
        samples
    }
}

/// Blocks in their places, each value made a coefficient from what it is and its place in the block.
fn image_of<T: Copy>(
    rows: usize,
    columns: usize,
    blocks: &[Block<T>],
    coefficient: impl Fn(T, usize) -> i32,
) -> Result<Image, ImageError> {
    let (block_rows, block_columns) = (rows.div_ceil(SIDE), columns.div_ceil(SIDE));
    let width = block_columns * SIDE;
    let mut values = vec![0; block_rows * SIDE * width];
    for (lines, blocks) in
        values.chunks_exact_mut(SIDE * width).zip(blocks.chunks_exact(block_columns))
    {
        for (number, block) in blocks.iter().enumerate() {
            for (at, &value) in block.iter().enumerate() {
                let place = at / SIDE * width + number * SIDE + at % SIDE;
                let shifted = coefficient(value, at) + i32::from(ZERO);
                lines[place] = shifted.clamp(0, i32::from(u16::MAX)) as u16;
            }
        }
    }
    let format = SampleFormat { bits_stored: 16, bits_allocated: 16 };
    Image::new(block_rows * SIDE, width, format, values)
}

/// Bits that a file declares for samples of a format.
pub(in super::super) fn precision_of(format: SampleFormat) -> u8 {
    if format.bits_stored > 8 { 12 } else { 8 }
}

/// An image of coefficients, such as [`Coefficients::image`], decoded in part: of each block the
/// `edge`×`edge` lowest frequencies by an inverse transform of that size, so that the image has `edge`/8
/// of the rows and columns of its blocks (the scaled decoding of libjpeg since its version 7). Values
/// are rounded to those of `format`; what is constant stays as it is.
///
/// # Errors
/// If the format cannot hold an image.
///
/// # Panics
/// If `edge` is not 1 to 8, or the image has other than whole blocks.
pub fn partial_image(
    coefficients: &Image,
    edge: usize,
    format: SampleFormat,
) -> Result<Image, ImageError> {
    assert!((1..=SIDE).contains(&edge), "a block has eight frequencies");
    let [block_rows, block_columns] =
        [coefficients.rows(), coefficients.columns()].map(|extent| extent / SIDE);
    let width = block_columns * SIDE;
    assert_eq!(coefficients.samples().len(), block_rows * SIDE * width, "blocks are whole");
    // [frequency][place], with the scale of a smaller transform.
    let wave = |frequency: usize, place: usize| {
        let angle = ((2 * place + 1) * frequency) as f64 * std::f64::consts::PI;
        let scale = if frequency == 0 { 1.0 } else { std::f64::consts::SQRT_2 };
        (scale * libm::cos(angle / (2 * edge) as f64) / libm::sqrt(SIDE as f64)) as f32
    };
    let waves: Vec<Vec<f32>> =
        (0..edge).map(|u| (0..edge).map(|place| wave(u, place)).collect()).collect();
    let middle = f32::from(1_u16 << (precision_of(format) - 1));
    let mut values = vec![0; block_rows * edge * block_columns * edge];
    for block in 0..block_rows * block_columns {
        let (row, column) = (block / block_columns, block % block_columns);
        let at = |u: usize, v: usize| {
            let value = coefficients.samples()[(row * SIDE + u) * width + column * SIDE + v];
            f32::from(value) - f32::from(ZERO)
        };
        // Down the columns first.
        let mut lines = [[0.0; SIDE]; SIDE];
        for (u, v) in (0..edge).flat_map(|u| (0..edge).map(move |v| (u, v))) {
            let value = at(u, v);
            (0..edge).for_each(|y| lines[y][v] += value * waves[u][y]);
        }
        for (y, x) in (0..edge).flat_map(|y| (0..edge).map(move |x| (y, x))) {
            let sum: f32 = (0..edge).map(|v| lines[y][v] * waves[v][x]).sum();
            let place = (row * edge + y) * block_columns * edge + column * edge + x;
            values[place] = (sum + middle + 0.5).clamp(0.0, f32::from(format.peak())) as u16;
        }
    }
    Image::new(block_rows * edge, block_columns * edge, format, values)
}

/// The coefficients of an image of 8 or 12 bits before any quantisation, as
/// [`Coefficients::image`] has those of a file: each rounded to a whole number.
///
/// # Errors
/// If whole blocks have more pixels than an image may have.
pub fn dct_image(image: &Image) -> Result<Image, ImageError> {
    let precision = precision_of(image.format());
    Transformed::new(image.rows(), image.columns(), precision, image.samples()).image()
}
