//! Winograd's minimal filtering F(4×4, 3×3) (Lavin & Gray 2016, points 0, ±1, ±2, ∞): four
//! times fewer multiplications than the direct convolution.
//!
//! Maps are cut into tiles of 4×4 outputs. A line of tiles is transformed into 36 frequencies,
//! `[36, tiles, channels]`; there the convolution is a matrix product per frequency. The
//! gradients are the exact adjoints of the same steps: A carries the gradient of a tile to the
//! frequencies, where both its products are taken, and B carries the input's gradient back,
//! neighbouring tiles overlapping by two pixels.

use super::lanes::{Lanes, Task};
use super::pointwise::{Map, route};
use super::product::{Outer, Product, add_to};

/// An array of `count` values of an expression in an index, unrolled: closures in `array::map`
/// are not inlined across instruction sets.
macro_rules! each {
    (3, |$i:ident| $value:expr) => {
        each!(@ [0, 1, 2], $i, $value)
    };
    (4, |$i:ident| $value:expr) => {
        each!(@ [0, 1, 2, 3], $i, $value)
    };
    (6, |$i:ident| $value:expr) => {
        each!(@ [0, 1, 2, 3, 4, 5], $i, $value)
    };
    (@ [$($number:literal),*], $i:ident, $value:expr) => {
        [$({
            let $i: usize = $number;
            $value
        }),*]
    };
}

/// Frequencies of a tile.
pub(crate) const FREQUENCIES: usize = 36;
/// Outputs along the edge of a tile.
pub(crate) const EDGE: usize = 4;

/// Tiles of a map in one line.
pub(crate) fn tiles(extent: usize) -> usize {
    extent.div_ceil(EDGE)
}

/// Values that a line's transform needs aside: eight pixel columns, in turn, of six vectors.
pub(crate) const SCRATCH: usize = 8 * COLUMN;

/// Values of one pixel column in the scratch.
const COLUMN: usize = 6 * 16;

/// Where pixel column `column` of a line stands in the scratch; column 0 is the one in front of
/// the image.
#[inline(always)]
fn slot(column: usize) -> usize {
    column % 8 * COLUMN
}

/// Where the frequencies of a group of tiles lie: frequency f of tile t from
/// `f · stride + t · channels` on. `channels` is in whole vectors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spectrum {
    pub(crate) tiles: usize,
    pub(crate) channels: usize,
}

impl Spectrum {
    /// A vector more than the tiles need, so that frequencies do not share a cache set.
    pub(crate) fn stride(self) -> usize {
        self.tiles * self.channels + 16
    }

    pub(crate) fn len(self) -> usize {
        FREQUENCIES * self.stride()
    }
}

/// Bᵀ: six inputs to six frequencies.
#[inline(always)]
unsafe fn to_frequencies<L: Lanes>(x: [L; 6]) -> [L; 6] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [x0, x1, x2, x3, x4, x5] = x;
        let [two, four] = [L::splat(2.0), L::splat(4.0)];
        let [minus_two, minus_four, minus_five] = [L::splat(-2.0), L::splat(-4.0), L::splat(-5.0)];
        let (a, b) = (x2.mul_add(minus_four, x4), x1.mul_add(minus_four, x3));
        let (c, e) = (x4.sub(x2), x3.sub(x1));
        [
            x0.mul_add(four, x2.mul_add(minus_five, x4)),
            a.add(b),
            a.sub(b),
            e.mul_add(two, c),
            e.mul_add(minus_two, c),
            x1.mul_add(four, x3.mul_add(minus_five, x5)),
        ]
    }
}

/// B: the adjoint of `to_frequencies`.
#[inline(always)]
unsafe fn to_frequencies_adjoint<L: Lanes>(t: [L; 6]) -> [L; 6] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [t0, t1, t2, t3, t4, t5] = t;
        let [two, four] = [L::splat(2.0), L::splat(4.0)];
        let [minus_two, minus_four, minus_five] = [L::splat(-2.0), L::splat(-4.0), L::splat(-5.0)];
        let (p, q) = (t1.add(t2), t1.sub(t2));
        let (r, s) = (t3.add(t4), t3.sub(t4));
        [
            t0.mul(four),
            t5.sub(q).mul_add(four, s.mul(minus_two)),
            t0.mul_add(minus_five, p.mul_add(minus_four, L::zero().sub(r))),
            t5.mul_add(minus_five, s.mul_add(two, q)),
            t0.add(p).add(r),
            t5,
        ]
    }
}

/// Aᵀ: six frequencies to four outputs.
#[inline(always)]
unsafe fn to_outputs<L: Lanes>(m: [L; 6]) -> [L; 4] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [m0, m1, m2, m3, m4, m5] = m;
        let (s1, d1) = (m1.add(m2), m1.sub(m2));
        let (s2, d2) = (m3.add(m4), m3.sub(m4));
        [
            m0.add(s1).add(s2),
            d2.mul_add(L::splat(2.0), d1),
            s2.mul_add(L::splat(4.0), s1),
            d2.mul_add(L::splat(8.0), d1).add(m5),
        ]
    }
}

/// A: the adjoint of `to_outputs`.
#[inline(always)]
unsafe fn to_outputs_adjoint<L: Lanes>(y: [L; 4]) -> [L; 6] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [y0, y1, y2, y3] = y;
        let four = L::splat(4.0);
        let (e, o) = (y0.add(y2), y1.add(y3));
        let (even, odd) = (y2.mul_add(four, y0), y3.mul_add(four, y1));
        [
            y0,
            e.add(o),
            e.sub(o),
            odd.mul_add(L::splat(2.0), even),
            odd.mul_add(L::splat(-2.0), even),
            y3,
        ]
    }
}

/// G: three taps to six frequencies.
#[inline(always)]
unsafe fn taps_to_frequencies<L: Lanes>(w: [L; 3]) -> [L; 6] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [w0, w1, w2] = w;
        let e = w0.add(w2);
        let minus_sixth = L::splat(-1.0 / 6.0);
        let even = w2.mul_add(L::splat(1.0 / 6.0), w0.mul(L::splat(1.0 / 24.0)));
        [
            w0.mul(L::splat(0.25)),
            e.add(w1).mul(minus_sixth),
            e.sub(w1).mul(minus_sixth),
            w1.mul_add(L::splat(1.0 / 12.0), even),
            w1.mul_add(L::splat(-1.0 / 12.0), even),
            w2,
        ]
    }
}

/// Gᵀ: the adjoint of `taps_to_frequencies`.
#[inline(always)]
unsafe fn taps_to_frequencies_adjoint<L: Lanes>(t: [L; 6]) -> [L; 3] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [t0, t1, t2, t3, t4, t5] = t;
        let sixth = L::splat(1.0 / 6.0);
        let (p, q) = (t1.add(t2), t2.sub(t1));
        let (r, s) = (t3.add(t4), t3.sub(t4));
        [
            t0.mul_add(
                L::splat(0.25),
                r.mul_add(L::splat(1.0 / 24.0), p.mul(L::splat(-1.0 / 6.0))),
            ),
            q.mul_add(sixth, s.mul(L::splat(1.0 / 12.0))),
            r.sub(p).mul_add(sixth, t5),
        ]
    }
}

/// `weights [3, 3, inputs, outputs]` to `out [36, inputs, outputs]`, outputs in whole vectors.
pub(super) struct WeightTransform<'a> {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) weights: &'a [f32],
    pub(super) out: &'a mut [f32],
}

impl Task for WeightTransform<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let plane = self.inputs * self.outputs;
        assert_eq!(plane % 16, 0, "outputs in whole vectors");
        assert!(self.weights.len() >= 9 * plane && self.out.len() >= FREQUENCIES * plane);
        for place in (0..plane).step_by(16) {
            // SAFETY: place + 16 ≤ plane, and lengths are checked.
            unsafe {
                let weights = self.weights.as_ptr().add(place);
                let out = self.out.as_mut_ptr().add(place);
                let mut half = [[L::zero(); 3]; 6];
                for kx in 0..3 {
                    let column = each!(3, |ky| L::load(weights.add((3 * ky + kx) * plane)));
                    for (half, value) in half.iter_mut().zip(taps_to_frequencies(column)) {
                        half[kx] = value;
                    }
                }
                for (i, half) in half.into_iter().enumerate() {
                    for (j, value) in taps_to_frequencies(half).into_iter().enumerate() {
                        value.store(out.add((6 * i + j) * plane));
                    }
                }
            }
        }
    }
}

/// The adjoint of `WeightTransform`: `gradient [36, inputs, outputs]` to `out [3, 3, inputs,
/// outputs]`.
pub(super) struct WeightGradient<'a> {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) gradient: &'a [f32],
    pub(super) out: &'a mut [f32],
}

impl Task for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let plane = self.inputs * self.outputs;
        assert_eq!(plane % 16, 0, "outputs in whole vectors");
        assert!(self.gradient.len() >= FREQUENCIES * plane && self.out.len() >= 9 * plane);
        for place in (0..plane).step_by(16) {
            // SAFETY: place + 16 ≤ plane, and lengths are checked.
            unsafe {
                let gradient = self.gradient.as_ptr().add(place);
                let out = self.out.as_mut_ptr().add(place);
                let mut half = [[L::zero(); 6]; 3];
                for j in 0..6 {
                    let column = each!(6, |i| L::load(gradient.add((6 * i + j) * plane)));
                    for (half, value) in half.iter_mut().zip(taps_to_frequencies_adjoint(column)) {
                        half[j] = value;
                    }
                }
                for (ky, half) in half.into_iter().enumerate() {
                    for (kx, value) in taps_to_frequencies_adjoint(half).into_iter().enumerate() {
                        value.store(out.add((3 * ky + kx) * plane));
                    }
                }
            }
        }
    }
}

/// What a convolution reads: `values [n, rows, columns, stride]`, and with factors (scale, shift)
/// not the values but `relu(scale · value + shift)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) values: &'a [f32],
    /// At least the input channels.
    pub(crate) stride: usize,
    pub(crate) factors: Option<[&'a [f32]; 2]>,
}

impl Source<'_> {
    /// The images from number `first` on.
    pub(crate) fn skip_images(self, [rows, columns]: [usize; 2], first: usize) -> Self {
        Self { values: &self.values[first * rows * columns * self.stride..], ..self }
    }
}

/// One line of tiles of an image to frequencies.
pub(super) struct InputTransform<'a> {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) source: Source<'a>,
    /// Which line of tiles.
    pub(super) line: usize,
    pub(super) spectrum: Spectrum,
    /// Where in the spectrum the line begins.
    pub(super) first_tile: usize,
    pub(super) out: &'a mut [f32],
    pub(super) scratch: &'a mut [f32],
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
                let mut read = Read { count, scale: L::zero(), shift: L::zero() };
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

/// Ways to read a vector of an image: whole; the first channels only; whole, through the affine
/// step and ReLU.
const WHOLE: u8 = 0;
const PART: u8 = 1;
const AFFINE: u8 = 2;

#[derive(Clone, Copy)]
struct Read<L> {
    count: usize,
    scale: L,
    shift: L,
}

impl<L: Lanes> Read<L> {
    #[inline(always)]
    unsafe fn vector<const WAY: u8>(self, from: *const f32) -> L {
        // SAFETY: as the caller promises.
        unsafe {
            match WAY {
                WHOLE => L::load(from),
                PART => L::load_first(from, self.count),
                _ => L::load(from).mul_add(self.scale, self.shift).max(L::zero()),
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
/// image come in order; the first pixel row that a line meets is written, not added to.
pub(super) struct InputGradient<'a> {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) channels: usize,
    pub(super) image: &'a mut [f32],
    pub(super) line: usize,
    pub(super) spectrum: Spectrum,
    pub(super) first_tile: usize,
    pub(super) gradient: &'a [f32],
    pub(super) scratch: &'a mut [f32],
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

/// The outputs of a tile from its frequencies.
#[inline(always)]
unsafe fn outputs<L: Lanes>(from: *const f32, stride: usize) -> [[L; 4]; 4] {
    // SAFETY: 36 vectors lie `stride` apart from `from` on.
    unsafe {
        let mut from = from;
        let mut half = [[L::zero(); 4]; 6];
        for half in &mut half {
            let mut m = [L::zero(); 6];
            for m in &mut m {
                *m = L::load(from);
                from = from.wrapping_add(stride);
            }
            *half = to_outputs(m);
        }
        let columns = each!(4, |c| to_outputs(each!(6, |i| half[i][c])));
        each!(4, |r| each!(4, |c| columns[c][r]))
    }
}

/// One line of tiles from frequencies to the map `[rows, columns, padded]`; sums and sums of
/// squares are added to `sums [2, padded]`.
pub(super) struct OutputTransform<'a> {
    pub(super) map: Map,
    pub(super) line: usize,
    pub(super) spectrum: Spectrum,
    pub(super) first_tile: usize,
    pub(super) products: &'a [f32],
    pub(super) z: &'a mut [f32],
    /// See `Pool`; filled if the map has a pool.
    pub(super) pooled: &'a mut [f32],
    pub(super) sign: &'a [f32],
    pub(super) sums: &'a mut [f64],
}

impl Task for OutputTransform<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { map, line, spectrum, first_tile, products, z, pooled, sign, sums } = self;
        let (tiles, channels) = (tiles(map.columns), spectrum.channels);
        let (pooled_rows, pooled_columns) = map.pooled();
        assert_eq!(channels, map.padded());
        assert!(z.len() >= map.before() && sums.len() == 2 * channels);
        assert!(first_tile + tiles <= spectrum.tiles && products.len() >= spectrum.len());
        assert!(!map.pool || pooled.len() >= pooled_rows * pooled_columns * channels);
        assert!(sign.len() >= channels);
        let height = EDGE.min(map.rows - EDGE * line);
        for channel in (0..channels).step_by(16) {
            // SAFETY: only pixels inside the maps are stored; the rest is checked.
            unsafe {
                let sign = L::load(sign.as_ptr().add(channel));
                let (mut sum, mut squares) = (L::zero(), L::zero());
                for tile in 0..tiles {
                    let place = (first_tile + tile) * channels + channel;
                    let y = outputs::<L>(products.as_ptr().add(place), spectrum.stride());
                    let start = (EDGE * line * map.columns + EDGE * tile) * channels + channel;
                    let z = z.as_mut_ptr().add(start);
                    let width = EDGE.min(map.columns - EDGE * tile);
                    let start = (2 * line * pooled_columns + 2 * tile) * channels + channel;
                    let pooled = pooled.as_mut_ptr().wrapping_add(start);
                    if width == EDGE && height == EDGE {
                        for row in 0..4 {
                            for column in 0..4 {
                                let y = y[row][column];
                                y.store(z.add((row * map.columns + column) * channels));
                                sum = sum.add(y);
                                squares = y.mul_add(y, squares);
                            }
                        }
                        if map.pool {
                            for row in 0..2 {
                                for column in 0..2 {
                                    let best = extreme(&y, row, column, sign);
                                    let place = (row * pooled_columns + column) * channels;
                                    best.store(pooled.add(place));
                                }
                            }
                        }
                    } else {
                        for row in 0..height {
                            for column in 0..width {
                                let y = y[row][column];
                                y.store(z.add((row * map.columns + column) * channels));
                                sum = sum.add(y);
                                squares = y.mul_add(y, squares);
                            }
                        }
                        if map.pool {
                            for row in 0..height / 2 {
                                for column in 0..width / 2 {
                                    let best = extreme(&y, row, column, sign);
                                    let place = (row * pooled_columns + column) * channels;
                                    best.store(pooled.add(place));
                                }
                            }
                        }
                    }
                }
                add_to(&mut sums[channel..channel + 16], sum.array());
                add_to(&mut sums[channels + channel..channels + channel + 16], squares.array());
            }
        }
    }
}

/// Extreme of a window of a tile; see `Pool`.
#[inline(always)]
unsafe fn extreme<L: Lanes>(y: &[[L; 4]; 4], row: usize, column: usize, sign: L) -> L {
    let (row, column) = (2 * row, 2 * column);
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let upper = y[row][column].mul(sign).max(y[row][column + 1].mul(sign));
        let lower = y[row + 1][column].mul(sign).max(y[row + 1][column + 1].mul(sign));
        upper.max(lower).mul(sign)
    }
}

/// As `OutputTransform`, but on to `pool(relu(z + shift))`, rows `out_stride` apart.
pub(super) struct OutputActivate<'a> {
    pub(super) map: Map,
    pub(super) line: usize,
    pub(super) spectrum: Spectrum,
    pub(super) first_tile: usize,
    pub(super) products: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) out: &'a mut [f32],
}

impl Task for OutputActivate<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { map, line, spectrum, first_tile, products, shift, out } = self;
        let (rows, columns) = map.pooled();
        let tiles = tiles(map.columns);
        assert!(out.len() >= map.behind() && shift.len() >= map.padded());
        assert!(first_tile + tiles <= spectrum.tiles && products.len() >= spectrum.len());
        let edge = if map.pool { EDGE / 2 } else { EDGE };
        let height = edge.min(rows.saturating_sub(edge * line));
        for channel in (0..map.channels).step_by(16) {
            let count = map.channels - channel;
            // SAFETY: only pixels inside the map are stored; the rest is checked.
            unsafe {
                let shift = L::load(shift.as_ptr().add(channel));
                for tile in 0..tiles {
                    let place = (first_tile + tile) * spectrum.channels + channel;
                    let y = outputs::<L>(products.as_ptr().add(place), spectrum.stride());
                    let width = edge.min(columns.saturating_sub(edge * tile));
                    let start = (edge * line * columns + edge * tile) * map.channels + channel;
                    let out = out.as_mut_ptr().wrapping_add(start);
                    for row in 0..height {
                        for column in 0..width {
                            let best = if map.pool {
                                let upper = y[2 * row][2 * column].max(y[2 * row][2 * column + 1]);
                                let (row, column) = (2 * row + 1, 2 * column);
                                upper.max(y[row][column].max(y[row][column + 1]))
                            } else {
                                y[row][column]
                            };
                            let to = out.add((row * columns + column) * map.channels);
                            best.add(shift).max(L::zero()).store_first(to, count);
                        }
                    }
                }
            }
        }
    }
}

/// One line of tiles of the gradient before the affine step (see `GradientBefore`) to the
/// frequencies of the products.
pub(super) struct GradientTransform<'a> {
    pub(super) map: Map,
    pub(super) line: usize,
    pub(super) spectrum: Spectrum,
    pub(super) first_tile: usize,
    pub(super) z: &'a [f32],
    /// Scale, shift, slope, offset, `[padded]` each.
    pub(super) factors: [&'a [f32]; 4],
    pub(super) gradient: &'a [f32],
    pub(super) out: &'a mut [f32],
}

impl Task for GradientTransform<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { map, line, spectrum, first_tile, z, factors, gradient, out } = self;
        let (tiles, padded) = (tiles(map.columns), map.padded());
        let (_, behind) = map.pooled();
        assert!(z.len() >= map.before() && gradient.len() >= map.behind());
        assert!(factors.iter().all(|factor| factor.len() >= padded));
        assert!(spectrum.channels == padded && out.len() >= spectrum.len());
        assert!(first_tile + tiles <= spectrum.tiles);
        let stride = spectrum.stride();
        for channel in (0..padded).step_by(16) {
            let count = map.channels - channel;
            // SAFETY: only pixels inside the maps are read; the rest is checked.
            unsafe {
                let [scale, shift, slope, offset] =
                    each!(4, |i| L::load(factors[i].as_ptr().add(channel)));
                for tile in 0..tiles {
                    let full = EDGE * (line + 1) <= map.rows && EDGE * (tile + 1) <= map.columns;
                    let (top, left) = (EDGE * line, EDGE * tile);
                    let map_z = z.as_ptr();
                    let z = map_z.add((top * map.columns + left) * padded + channel);
                    let step = if map.pool { 2 } else { 1 };
                    let start = top / step * behind + left / step;
                    let g = gradient.as_ptr().wrapping_add(start * map.channels + channel);
                    let factors = [scale, shift, slope, offset];
                    let next = EDGE * map.columns * padded;
                    for place in 0..16 {
                        let place = (place / 4 * map.columns + place % 4) * padded;
                        L::fetch(z.wrapping_add(next + place));
                    }
                    let slopes = if full && map.pool {
                        let windows = each!(4, |w| {
                            let (row, column) = (w / 2, w % 2);
                            let z = z.add((2 * row * map.columns + 2 * column) * padded);
                            let g = g.add((row * behind + column) * map.channels);
                            window(z, map.columns * padded, padded, g, count, factors)
                        });
                        each!(4, |r| each!(4, |c| windows[r / 2 * 2 + c / 2][r % 2 * 2 + c % 2]))
                    } else if full {
                        each!(4, |r| each!(4, |c| {
                            let place = r * map.columns + c;
                            let z = L::load(z.add(place * padded));
                            let g = L::load_first(g.add(place * map.channels), count);
                            let g = g.keep(z.mul_add(scale, shift).greater(L::zero()));
                            g.mul_add(scale, z.mul_add(slope, offset))
                        }))
                    } else {
                        partial(map, (top, left, channel), map_z, gradient.as_ptr(), factors)
                    };
                    let half = each!(4, |c| to_outputs_adjoint(each!(4, |r| slopes[r][c])));
                    let mut out = out.as_mut_ptr().add((first_tile + tile) * padded + channel);
                    let rows = each!(6, |i| each!(4, |c| half[c][i]));
                    for row in rows {
                        for t in to_outputs_adjoint(row) {
                            t.store(out);
                            out = out.wrapping_add(stride);
                        }
                    }
                }
            }
        }
    }
}

/// The gradients before the affine step of one window of a pool.
#[inline(always)]
unsafe fn window<L: Lanes>(
    z: *const f32,
    row: usize,
    pixel: usize,
    gradient: *const f32,
    count: usize,
    [scale, shift, slope, offset]: [L; 4],
) -> [L; 4] {
    // SAFETY: the window lies in the map, two rows `row` apart, its gradient behind it.
    unsafe {
        let z =
            [L::load(z), L::load(z.add(pixel)), L::load(z.add(row)), L::load(z.add(row + pixel))];
        let a = each!(4, |p| z[p].mul_add(scale, shift));
        let routed = route(a, L::load_first(gradient, count));
        each!(4, |p| routed[p].mul_add(scale, z[p].mul_add(slope, offset)))
    }
}

/// The gradient before the affine step of a tile that hangs over the map's edge; 0 outside.
#[inline(always)]
unsafe fn partial<L: Lanes>(
    map: Map,
    (top, left, channel): (usize, usize, usize),
    z: *const f32,
    gradient: *const f32,
    [scale, shift, slope, offset]: [L; 4],
) -> [[L; 4]; 4] {
    let padded = map.padded();
    let count = map.channels - channel;
    let (rows, columns) = map.pooled();
    let step = if map.pool { 2 } else { 1 };
    // SAFETY: the instruction set as the caller promises.
    let mut slopes = [[unsafe { L::zero() }; 4]; 4];
    for row in top..map.rows.min(top + EDGE) {
        for column in left..map.columns.min(left + EDGE) {
            // SAFETY: the pixel is inside the map, its window inside the pooled map.
            unsafe {
                let value = |row: usize, column: usize| {
                    L::load(z.add((row * map.columns + column) * padded + channel))
                };
                let own = value(row, column);
                let (y, x) = (row / step, column / step);
                let mut routed = L::zero();
                if y < rows && x < columns {
                    let g = gradient.add((y * columns + x) * map.channels + channel);
                    let g = L::load_first(g, count);
                    routed = if map.pool {
                        let values = each!(4, |p| value(2 * y + p / 2, 2 * x + p % 2));
                        route(each!(4, |p| values[p].mul_add(scale, shift)), g)
                            [row % 2 * 2 + column % 2]
                    } else {
                        g.keep(own.mul_add(scale, shift).greater(L::zero()))
                    };
                }
                slopes[row - top][column - left] =
                    routed.mul_add(scale, own.mul_add(slope, offset));
            }
        }
    }
    slopes
}

/// The products of all frequencies: `out[f, t, o] = Σ_j input[f, t, j] · weights[f, j, o]` for
/// `length` channels j of the input.
pub(super) struct Products<'a> {
    pub(super) from: Spectrum,
    pub(super) length: usize,
    pub(super) to: Spectrum,
    pub(super) input: &'a [f32],
    pub(super) weights: &'a [f32],
    pub(super) out: &'a mut [f32],
}

impl Task for Products<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { from, length, to, input, weights, out } = self;
        assert!(length <= from.channels && from.tiles == to.tiles);
        let inputs = input.chunks(from.stride()).zip(weights.chunks(length * to.channels));
        for ((input, weights), out) in inputs.zip(out.chunks_mut(to.stride())).take(FREQUENCIES) {
            let product = Product {
                input,
                lines: 1,
                line_stride: 0,
                columns: from.tiles,
                column_stride: from.channels,
                segments: 1,
                segment_stride: 0,
                segment: length,
                weights,
                outputs: to.channels,
                out,
                sums: None,
            };
            // SAFETY: the instruction set as the caller promises.
            unsafe { product.run::<L>() };
        }
    }
}

/// The gradients of the weights of all frequencies: `out[f, j, o] += Σ_t input[f, t, j] ·
/// gradient[f, t, o]`.
pub(super) struct Outers<'a> {
    pub(super) from: Spectrum,
    pub(super) length: usize,
    pub(super) to: Spectrum,
    pub(super) input: &'a [f32],
    pub(super) gradient: &'a [f32],
    pub(super) out: &'a mut [f32],
}

impl Task for Outers<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { from, length, to, input, gradient, out } = self;
        assert!(length <= from.channels && from.tiles == to.tiles);
        let inputs = input.chunks(from.stride()).zip(gradient.chunks(to.stride()));
        let outs = out.chunks_mut(length * to.channels);
        for ((input, gradient), out) in inputs.zip(outs).take(FREQUENCIES) {
            let outer = Outer {
                input,
                lines: 1,
                line_stride: 0,
                columns: from.tiles,
                column_stride: from.channels,
                length,
                gradient,
                gradient_line_stride: 0,
                outputs: to.channels,
                out,
            };
            // SAFETY: the instruction set as the caller promises.
            unsafe { outer.run::<L>() };
        }
    }
}
