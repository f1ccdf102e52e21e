//! Steps over maps that are no convolution: sums, copies, windows and their gradients; knows no
//! filter and no layer.

use super::instructions::Instructions;
use super::lanes::{Lanes, Task};
use super::pointwise::floor;
use super::product::add_to;
use super::winograd::Source;

/// One image of a source, and the distances of its lines and columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strided<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) strides: [usize; 2],
}

impl Strided<'_> {
    /// Whether pixel `[rows − 1, columns − 1]` and the factors have `channels` channels.
    fn check(&self, [rows, columns, channels]: [usize; 3]) {
        let last = (rows - 1) * self.strides[0] + (columns - 1) * self.strides[1] + channels;
        assert!(self.source.values.len() >= last, "source too short");
        let whole = channels.next_multiple_of(16);
        assert!(self.source.factors.is_none_or(|factors| factors.iter().all(|f| f.len() >= whole)));
    }

    /// What reads vector `channel` of its pixels.
    #[inline(always)]
    unsafe fn reader<L: Lanes>(&self, channel: usize, channels: usize) -> Reader<L> {
        let Self { source, strides } = *self;
        let count = channels - channel;
        // SAFETY: as the caller promises; factors cover whole vectors.
        unsafe {
            let from = source.values.as_ptr().add(channel);
            let mut reader = Reader {
                from,
                strides,
                count,
                scale: L::splat(1.0),
                shift: L::zero(),
                floor: L::splat(f32::NEG_INFINITY),
            };
            if let Some([scale, shift]) = source.factors {
                reader.scale = L::load(scale.as_ptr().add(channel));
                reader.shift = L::load(shift.as_ptr().add(channel));
                reader.floor = L::splat(floor(source.relu));
            }
            reader
        }
    }
}

/// Reads one vector of the channels of any pixel, through factors and ReLU.
#[derive(Clone, Copy)]
struct Reader<L> {
    from: *const f32,
    strides: [usize; 2],
    count: usize,
    scale: L,
    shift: L,
    floor: L,
}

impl<L: Lanes> Reader<L> {
    /// # Safety
    /// [`Strided::check`] has passed for an extent that holds the pixel.
    #[inline(always)]
    unsafe fn at(&self, row: usize, column: usize) -> L {
        // SAFETY: the pixel is one that `Strided::check` covered.
        unsafe {
            let from = self.from.add(row * self.strides[0] + column * self.strides[1]);
            let value = L::load_first(from, self.count);
            self.floor.max(value.mul_add(self.scale, self.shift))
        }
    }
}

/// Where a step writes: `out` with lines and columns at these distances.
struct Target<'a> {
    out: &'a mut [f32],
    strides: [usize; 2],
}

impl Target<'_> {
    fn check(&self, [rows, columns, channels]: [usize; 3]) {
        let last = (rows - 1) * self.strides[0] + (columns - 1) * self.strides[1] + channels;
        assert!(self.out.len() >= last, "target too short");
    }

    /// # Safety
    /// [`Self::check`] has passed for an extent that holds the pixel, and `channel + n` is at most its
    /// channels.
    #[inline(always)]
    unsafe fn put<L: Lanes>(&mut self, [row, column]: [usize; 2], channel: usize, n: usize, v: L) {
        let place = row * self.strides[0] + column * self.strides[1] + channel;
        // SAFETY: the pixel is one that `check` covered.
        unsafe { v.store_first(self.out.as_mut_ptr().add(place), n) };
    }
}

/// `out = relu(a + b)`, of `a` alone without `b`.
struct Transfer<'a> {
    extent: [usize; 3],
    a: Strided<'a>,
    b: Option<Strided<'a>>,
    relu: bool,
    to: Target<'a>,
}

impl Task for Transfer<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { extent, a, b, relu, mut to } = self;
        let [rows, columns, channels] = extent;
        a.check(extent);
        if let Some(b) = &b {
            b.check(extent);
        }
        to.check(extent);
        for channel in (0..channels).step_by(16) {
            let count = channels - channel;
            // SAFETY: every pixel is inside the extent that was checked.
            unsafe {
                let floor = L::splat(floor(relu));
                let a = a.reader::<L>(channel, channels);
                match &b {
                    None => {
                        for row in 0..rows {
                            for column in 0..columns {
                                let value = floor.max(a.at(row, column));
                                to.put([row, column], channel, count, value);
                            }
                        }
                    }
                    Some(b) => {
                        let b = b.reader::<L>(channel, channels);
                        for row in 0..rows {
                            for column in 0..columns {
                                let value = floor.max(a.at(row, column).add(b.at(row, column)));
                                to.put([row, column], channel, count, value);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Windows `[rows, columns]` of a map, at a distance of `steps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) size: [usize; 2],
    pub(crate) steps: [usize; 2],
}

impl Window {
    /// Windows side by side.
    pub(crate) fn tiling(size: usize) -> Self {
        Self { size: [size; 2], steps: [size; 2] }
    }

    /// Extent of the map that is read for so many windows.
    fn read(&self, [rows, columns, channels]: [usize; 3]) -> [usize; 3] {
        let [down, across] = self.steps;
        [(rows - 1) * down + self.size[0], (columns - 1) * across + self.size[1], channels]
    }
}

/// `scale` times the sum over each window: rows first.
struct WindowSums<'a> {
    /// Of the windows.
    extent: [usize; 3],
    window: Window,
    from: Strided<'a>,
    scale: f32,
    to: Target<'a>,
}

impl Task for WindowSums<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { extent, window, from, scale, mut to } = self;
        let [rows, columns, channels] = extent;
        from.check(window.read(extent));
        to.check(extent);
        for channel in (0..channels).step_by(16) {
            // SAFETY: every pixel is inside the extents that were checked.
            unsafe {
                let scale = L::splat(scale);
                let from = from.reader::<L>(channel, channels);
                for row in 0..rows {
                    for column in 0..columns {
                        let mut total = L::zero();
                        for y in row * window.steps[0]..row * window.steps[0] + window.size[0] {
                            let mut line = L::zero();
                            let start = column * window.steps[1];
                            for x in start..start + window.size[1] {
                                line = line.add(from.at(y, x));
                            }
                            total = total.add(line);
                        }
                        to.put([row, column], channel, channels - channel, total.mul(scale));
                    }
                }
            }
        }
    }
}

/// Each pixel of `from`, times `scale`, over its window, windows side by side; 0 beyond them.
struct Spread<'a> {
    /// Of `out`.
    extent: [usize; 3],
    /// Of `from`.
    windows: [usize; 2],
    size: [usize; 2],
    from: Strided<'a>,
    scale: f32,
    to: Target<'a>,
}

impl Task for Spread<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { extent, windows, size, from, scale, mut to } = self;
        let [rows, columns, channels] = extent;
        from.check([windows[0], windows[1], channels]);
        to.check(extent);
        for channel in (0..channels).step_by(16) {
            let count = channels - channel;
            // SAFETY: every pixel is inside the extents that were checked.
            unsafe {
                let scale = L::splat(scale);
                let from = from.reader::<L>(channel, channels);
                for row in 0..rows {
                    let y = row / size[0];
                    for x in 0..columns.div_ceil(size[1]) {
                        let inside = y < windows[0] && x < windows[1];
                        let value = if inside { from.at(y, x).mul(scale) } else { L::zero() };
                        for column in x * size[1]..columns.min((x + 1) * size[1]) {
                            to.put([row, column], channel, count, value);
                        }
                    }
                }
            }
        }
    }
}

/// The greatest value of each window, or where `gradient` is given not that: the gradient at the
/// first greatest value of each window, 0 elsewhere.
struct Greatest<'a> {
    /// Of the windows.
    extent: [usize; 3],
    window: Window,
    from: Strided<'a>,
    gradient: Option<Strided<'a>>,
    to: Target<'a>,
}

impl Task for Greatest<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { extent, window, from, gradient, mut to } = self;
        let [rows, columns, channels] = extent;
        let read = window.read(extent);
        from.check(read);
        if let Some(gradient) = &gradient {
            gradient.check(extent);
        }
        to.check(if gradient.is_some() { read } else { extent });
        for channel in (0..channels).step_by(16) {
            let count = channels - channel;
            // SAFETY: every pixel is inside the extents that were checked.
            unsafe {
                let from = from.reader::<L>(channel, channels);
                let gradient = gradient.map(|it| it.reader::<L>(channel, channels));
                for row in 0..rows {
                    for column in 0..columns {
                        let (top, left) = (row * window.steps[0], column * window.steps[1]);
                        let mut best = from.at(top, left);
                        for y in top..top + window.size[0] {
                            for x in left..left + window.size[1] {
                                best = best.max(from.at(y, x));
                            }
                        }
                        let Some(gradient) = gradient else {
                            to.put([row, column], channel, count, best);
                            continue;
                        };
                        let slope = gradient.at(row, column);
                        let mut taken = from.at(top, left).equal(best);
                        to.put([top, left], channel, count, slope.keep(taken));
                        for y in top..top + window.size[0] {
                            for x in left..left + window.size[1] {
                                if y == top && x == left {
                                    continue;
                                }
                                let equal = from.at(y, x).equal(best);
                                let mine = slope.keep(L::and_not(equal, taken));
                                taken = L::or(taken, equal);
                                to.put([y, x], channel, count, mine);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Adds the sums of values and of their squares, `[2, channels]`, of an image
/// `[rows, columns, channels]` of whole vectors.
struct Moments<'a> {
    rows: usize,
    channels: usize,
    z: &'a [f32],
    sums: &'a mut [f64],
}

impl Task for Moments<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { rows, channels, z, sums } = self;
        assert!(channels % 16 == 0 && sums.len() == 2 * channels && z.len() % rows == 0);
        for line in z.chunks_exact(z.len() / rows) {
            for channel in (0..channels).step_by(16) {
                // SAFETY: sixteen values from `channel` on are inside each pixel.
                unsafe {
                    let (mut sum, mut squares) = (L::zero(), L::zero());
                    for pixel in line.chunks_exact(channels) {
                        let value = L::load(pixel.as_ptr().add(channel));
                        sum = sum.add(value);
                        squares = value.mul_add(value, squares);
                    }
                    add_to(&mut sums[channel..channel + 16], sum.array());
                    let place = channels + channel;
                    add_to(&mut sums[place..place + 16], squares.array());
                }
            }
        }
    }
}

/// Multiplies values by factors of their own, or adds others.
struct Pairs<'a> {
    values: &'a mut [f32],
    others: &'a [f32],
    multiply: bool,
}

impl Task for Pairs<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { values, others, multiply } = self;
        assert_eq!(values.len(), others.len());
        for place in (0..values.len()).step_by(16) {
            let count = values.len() - place;
            // SAFETY: only values inside both are read and written.
            unsafe {
                let to = values.as_mut_ptr().add(place);
                let (a, b) =
                    (L::load_first(to, count), L::load_first(others.as_ptr().add(place), count));
                if multiply { a.mul(b) } else { a.add(b) }.store_first(to, count);
            }
        }
    }
}

impl Instructions {
    /// `relu(a + b)`, or of `a` alone, for a map `[rows, columns, channels]`; lines and columns of
    /// `out` at the distances given.
    pub(crate) fn transfer(
        self,
        extent: [usize; 3],
        a: Strided<'_>,
        b: Option<Strided<'_>>,
        relu: bool,
        out: &mut [f32],
        strides: [usize; 2],
    ) {
        self.run(Transfer { extent, a, b, relu, to: Target { out, strides } });
    }

    /// `scale` times the sum over each window; `extent` counts the windows.
    pub(crate) fn window_sums(
        self,
        extent: [usize; 3],
        window: Window,
        from: Strided<'_>,
        scale: f32,
        out: &mut [f32],
        strides: [usize; 2],
    ) {
        self.run(WindowSums { extent, window, from, scale, to: Target { out, strides } });
    }

    /// `scale` times each pixel over its window; `extent` is that of `out`.
    #[expect(clippy::too_many_arguments, reason = "two maps, and how they lie")]
    pub(crate) fn spread(
        self,
        extent: [usize; 3],
        windows: [usize; 2],
        size: [usize; 2],
        from: Strided<'_>,
        scale: f32,
        out: &mut [f32],
        strides: [usize; 2],
    ) {
        self.run(Spread { extent, windows, size, from, scale, to: Target { out, strides } });
    }

    /// The greatest value of each window, or the gradient there; `extent` counts the windows.
    pub(crate) fn greatest(
        self,
        extent: [usize; 3],
        window: Window,
        from: Strided<'_>,
        gradient: Option<Strided<'_>>,
        out: &mut [f32],
        strides: [usize; 2],
    ) {
        self.run(Greatest { extent, window, from, gradient, to: Target { out, strides } });
    }

    /// Adds sums and sums of squares of `z [rows, …, channels]`.
    pub(crate) fn moments(self, rows: usize, channels: usize, z: &[f32], sums: &mut [f64]) {
        self.run(Moments { rows, channels, z, sums });
    }

    /// Adds `others` to `values`.
    pub(crate) fn add(self, values: &mut [f32], others: &[f32]) {
        self.run(Pairs { values, others, multiply: false });
    }

    /// Multiplies `values` by `factors`.
    pub(crate) fn multiply(self, values: &mut [f32], factors: &[f32]) {
        self.run(Pairs { values, others: factors, multiply: true });
    }
}
