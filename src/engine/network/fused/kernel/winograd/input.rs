//! Images to frequencies, and the gradients of images back; knows no filter and no map.

use super::super::lanes::{Lanes, Task};
use super::super::pointwise::floor;
use super::matrices::{to_frequencies, to_frequencies_adjoint};
use super::tiles::{EDGE, Spectrum, tiles};
use super::unroll::each;

/// Values that a line's transform needs aside: eight pixel columns, in turn, of six vectors.
pub(crate) const SCRATCH: usize = 8 * COLUMN;

/// Values of one pixel column in the scratch.
const COLUMN: usize = 6 * 16;

/// Where pixel column `column` of a line stands in the scratch; column 0 is the one before
/// the image.
#[inline(always)]
fn slot(column: usize) -> usize {
    column % 8 * COLUMN
}

/// What a convolution reads: `values [n, rows, columns, stride]`, and with factors (scale, shift)
/// not the values but `relu(scale · value + shift)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) values: &'a [f32],
    /// At least the input channels.
    pub(crate) stride: usize,
    pub(crate) factors: Option<[&'a [f32]; 2]>,
    /// Whether there is a ReLU after the factors.
    pub(crate) relu: bool,
}

impl Source<'_> {
    /// The images from number `first` on.
    pub(crate) fn skip_images(self, [rows, columns]: [usize; 2], first: usize) -> Self {
        Self { values: &self.values[first * rows * columns * self.stride..], ..self }
    }
}

/// One line of tiles of an image to frequencies.
pub(crate) struct InputTransform<'a> {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) source: Source<'a>,
    /// Which line of tiles.
    pub(crate) line: usize,
    pub(crate) spectrum: Spectrum,
    /// Where in the spectrum the line begins.
    pub(crate) first_tile: usize,
    pub(crate) out: &'a mut [f32],
    pub(crate) scratch: &'a mut [f32],
}

impl Task for InputTransform<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { rows, columns, source, line, spectrum, first_tile, out, scratch } = self;
        let (tiles, pixel) = (tiles(columns), source.stride);
        assert!(source.values.len() >= rows * columns * pixel);
        assert!(spectrum.channels >= pixel.next_multiple_of(16));
        assert!(first_tile + tiles <= spectrum.tiles && out.len() >= spectrum.len());
        assert!(scratch.len() >= SCRATCH);
        for channel in (0..pixel).step_by(16) {
            // SAFETY: rows and columns are compared with the image's; factors cover whole
            // vectors; the rest is checked.
            unsafe {
                let image = source.values.as_ptr().add(channel);
                // The six pixel rows of the line, none outside the image.
                let mut lines = [None; 6];
                for (i, place) in lines.iter_mut().enumerate() {
                    let row = (EDGE * line + i).wrapping_sub(1);
                    if row < rows {
                        *place = Some(image.add(row * columns * pixel));
                    }
                }
                let count = pixel - channel;
                let floor = L::splat(floor(source.relu));
                let mut read = Read { count, scale: L::zero(), shift: L::zero(), floor };
                if let Some([scale, shift]) = source.factors {
                    assert!(count >= 16 && scale.len() >= pixel && shift.len() >= pixel);
                    read.scale = L::load(scale.as_ptr().add(channel));
                    read.shift = L::load(shift.as_ptr().add(channel));
                }
                let first = first_tile * spectrum.channels + channel;
                let out = out.as_mut_ptr().add(first);
                let scratch = scratch.as_mut_ptr();
                let walk = Walk { columns, pixel, tiles, spectrum };
                match source.factors {
                    Some(_) => walk.line::<L, AFFINE>(lines, read, out, scratch),
                    None if count >= 16 => walk.line::<L, WHOLE>(lines, read, out, scratch),
                    None => walk.line::<L, PART>(lines, read, out, scratch),
                }
            }
        }
    }
}

/// Modes of reading a vector of an image: whole; the first channels only; whole, through the affine
/// step and ReLU.
const WHOLE: u8 = 0;
const PART: u8 = 1;
const AFFINE: u8 = 2;

#[derive(Clone, Copy)]
struct Read<L> {
    count: usize,
    scale: L,
    shift: L,
    floor: L,
}

impl<L: Lanes> Read<L> {
    #[inline(always)]
    unsafe fn vector<const WAY: u8>(self, from: *const f32) -> L {
        // SAFETY: as the caller promises.
        unsafe {
            match WAY {
                WHOLE => L::load(from),
                PART => L::load_first(from, self.count),
                _ => L::load(from).mul_add(self.scale, self.shift).max(self.floor),
            }
        }
    }
}

/// The way along a line of tiles.
#[derive(Clone, Copy)]
struct Walk {
    columns: usize,
    pixel: usize,
    tiles: usize,
    spectrum: Spectrum,
}

impl Walk {
    #[inline(always)]
    unsafe fn line<L: Lanes, const WAY: u8>(
        self,
        lines: [Option<*const f32>; 6],
        read: Read<L>,
        out: *mut f32,
        scratch: *mut f32,
    ) {
        // SAFETY: as the caller promises.
        unsafe {
            match lines {
                [Some(l0), Some(l1), Some(l2), Some(l3), Some(l4), Some(l5)] => {
                    let lines = [l0, l1, l2, l3, l4, l5];
                    self.transform::<L, WAY, true>(lines, [true; 6], read, out, scratch);
                }
                _ => {
                    let inside = each!(6, |i| lines[i].is_some());
                    let lines = each!(6, |i| lines[i].unwrap_or(std::ptr::null()));
                    self.transform::<L, WAY, false>(lines, inside, read, out, scratch);
                }
            }
        }
    }

    /// Pixel columns first, each to six frequencies in the scratch; then the six columns of
    /// each tile.
    #[inline(always)]
    unsafe fn transform<L: Lanes, const WAY: u8, const ALL: bool>(
        self,
        lines: [*const f32; 6],
        inside: [bool; 6],
        read: Read<L>,
        out: *mut f32,
        scratch: *mut f32,
    ) {
        let Self { columns, pixel, tiles, spectrum } = self;
        let stride = spectrum.stride();
        // SAFETY: columns are compared with the image's, of which the lines hold one row each.
        unsafe {
            for tile in 0..tiles {
                let first = if tile == 0 { 0 } else { EDGE * tile + 2 };
                for column in first..EDGE * tile + 6 {
                    let place = column.wrapping_sub(1);
                    if place >= columns {
                        put(scratch.add(slot(column)), [L::zero(); 6]);
                        continue;
                    }
                    let at = place * pixel;
                    let x = if ALL {
                        each!(6, |i| read.vector::<WAY>(lines[i].add(at)))
                    } else {
                        each!(6, |i| if inside[i] {
                            read.vector::<WAY>(lines[i].add(at))
                        } else {
                            L::zero()
                        })
                    };
                    put(scratch.add(slot(column)), to_frequencies(x));
                }
                for column in EDGE * tile..EDGE * (tile + 1) {
                    let next = EDGE * columns * pixel;
                    each!(4, |i| L::fetch(lines[i + 2].wrapping_add(column * pixel + next)));
                }
                let from = each!(6, |j| scratch.add(slot(EDGE * tile + j)));
                let mut out = out.add(tile * spectrum.channels);
                for i in 0..6 {
                    let t = to_frequencies(each!(6, |j| L::load(from[j].add(16 * i))));
                    for t in t {
                        t.store(out);
                        out = out.wrapping_add(stride);
                    }
                }
            }
        }
    }
}

/// Six vectors of a column of the scratch.
#[inline(always)]
unsafe fn put<L: Lanes>(column: *mut f32, values: [L; 6]) {
    // SAFETY: the column holds six vectors.
    unsafe { each!(6, |i| values[i].store(column.add(16 * i))) };
}

/// The adjoint of `InputTransform`: adds one line of tiles to the image's gradient. Lines of an
/// image come in order; the first pixel row that a line covers is written, not added to.
pub(crate) struct InputGradient<'a> {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) channels: usize,
    pub(crate) image: &'a mut [f32],
    pub(crate) line: usize,
    pub(crate) spectrum: Spectrum,
    pub(crate) first_tile: usize,
    pub(crate) gradient: &'a [f32],
    pub(crate) scratch: &'a mut [f32],
}

impl Task for InputGradient<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { rows, columns, channels, image, line, spectrum, first_tile, gradient, scratch } =
            self;
        let tiles = tiles(columns);
        assert!(image.len() >= rows * columns * channels);
        assert!(spectrum.channels >= channels.next_multiple_of(16));
        assert!(first_tile + tiles <= spectrum.tiles && gradient.len() >= spectrum.len());
        assert!(scratch.len() >= SCRATCH);
        let stride = spectrum.stride();
        for channel in (0..channels).step_by(16) {
            let count = channels - channel;
            // SAFETY: rows and columns are compared with the image's; the rest is checked.
            unsafe {
                let scratch = scratch.as_mut_ptr();
                let image = image.as_mut_ptr().add(channel);
                let whole = line > 0 && EDGE * line + 5 <= rows && count >= 16;
                for tile in 0..tiles {
                    let place = (first_tile + tile) * spectrum.channels + channel;
                    let mut from = gradient.as_ptr().add(place);
                    let to = each!(6, |j| scratch.add(slot(EDGE * tile + j)));
                    for i in 0..6 {
                        let mut t = [L::zero(); 6];
                        for t in &mut t {
                            *t = L::load(from);
                            from = from.wrapping_add(stride);
                        }
                        let x = to_frequencies_adjoint(t);
                        for j in 0..6 {
                            let to = to[j].add(16 * i);
                            let shared = j < 2 && tile > 0;
                            if shared { L::load(to).add(x[j]) } else { x[j] }.store(to);
                        }
                    }
                    // Columns that no later tile adds to.
                    let end = if tile + 1 == tiles { EDGE * tiles + 2 } else { EDGE * (tile + 1) };
                    for column in EDGE * tile..end {
                        let place = column.wrapping_sub(1);
                        if place >= columns {
                            continue;
                        }
                        let from = scratch.add(slot(column));
                        let x = to_frequencies_adjoint(each!(6, |i| L::load(from.add(16 * i))));
                        if whole {
                            let start = (EDGE * line - 1) * columns + place;
                            let mut to = image.add(start * channels);
                            for (i, x) in x.into_iter().enumerate() {
                                if i < 2 { L::load(to).add(x) } else { x }.store(to);
                                to = to.wrapping_add(columns * channels);
                            }
                            continue;
                        }
                        for (i, x) in x.into_iter().enumerate() {
                            let row = (EDGE * line + i).wrapping_sub(1);
                            if row < rows {
                                let to = image.add((row * columns + place) * channels);
                                let shared = i < 2 && line > 0;
                                let old = if shared { L::load_first(to, count) } else { L::zero() };
                                if shared { old.add(x) } else { x }.store_first(to, count);
                            }
                        }
                    }
                }
            }
        }
    }
}
