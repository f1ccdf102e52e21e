//! Draws targets into one image: which and where, by streams that its content keys; in physical
//! values, rounded last as the image's own values are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::noise::Neighbourhood;
use super::request::{Placing, Request};
use super::room::Room;
use super::subject::Subject;
use crate::acquisition::Stamp;
use crate::image::{Image, Window};
use crate::phantom::{Matrix, Sign, Targets};
use crate::rng::{Purpose, Stream, StreamKey};
use crate::scene::Target;
use crate::units::Millimetres;

/// Radius of the neighbourhood that the noise is estimated in: this many extents of the target, and at
/// least so many pixels.
const EXTENTS: f64 = 3.0;
const LEAST_PIXELS: f64 = 32.0;

/// Places tried for a target whose surroundings tell nothing of the noise.
const TRIES: usize = 4;

/// Signal-to-noise ratio below which the noise of an MR magnitude is not Gaussian (Gudbjartsson and
/// Patz 1995 find it nearly so from 3 on), so that what is added shows otherwise.
pub(super) const LEAST_SNR: f64 = 5.0;

/// An image with targets.
pub(super) struct Drawn {
    pub(super) image: Image,
    pub(super) placed: Vec<Placed>,
}

/// A target in an image.
pub(super) struct Placed {
    pub(super) target: Target,
    pub(super) class_index: u8,
    /// Row, column and side.
    pub(super) region: [usize; 3],
    pub(super) stamp: Stamp,
    pub(super) local: Local,
    around: Neighbourhood,
}

/// What the surroundings make of a target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Local {
    /// Standard deviation of the noise around it, in physical values.
    pub(super) noise_sd: f64,
    /// Mean of the image at its centre, in physical values.
    pub(super) mean: f64,
    /// Largest difference that it makes over the standard deviation of the noise.
    pub(super) contrast_to_noise: f64,
    /// d′ of the ideal observer in that noise.
    pub(super) detectability: f64,
    /// Pixels that the range of stored values clips.
    pub(super) clipped_pixels: u64,
}

/// The steps that an image's values have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grain {
    first: u16,
    step: u16,
}

impl Grain {
    /// Of the samples that are no padding.
    fn of(image: &Image, padding: &[bool]) -> Self {
        let samples = || {
            let pairs = image.samples().iter().zip(padding);
            pairs.filter(|(_, pads)| !**pads).map(|(&value, _)| value)
        };
        let first = samples().min().unwrap_or(0);
        let common = |a: u16, b: u16| {
            let (mut a, mut b) = (a, b);
            while b != 0 {
                (a, b) = (b, a % b);
            }
            a
        };
        let step = samples().fold(0, |step, value| common(step, value - first));
        Self { first, step: step.max(1) }
    }

    /// The nearest value (halves up) up to `peak`, and whether a nearer one is not possible.
    fn nearest(self, value: f64, peak: u16) -> (u16, bool) {
        let (first, step) = (f64::from(self.first), f64::from(self.step));
        let steps = ((value - first) / step + 0.5).floor();
        let lowest = -(first / step).floor();
        let highest = ((f64::from(peak) - first) / step).floor();
        let held = steps.clamp(lowest, highest);
        ((first + held * step) as u16, held != steps)
    }
}

/// Draws as many targets as have room, up to those asked for; `None` if there is none.
pub(super) fn draw(
    subject: &Subject,
    targets: &Targets,
    request: &Request,
    content: u64,
) -> Option<Drawn> {
    let image = &subject.image;
    let size = [image.rows(), image.columns()];
    let drawing = Drawing {
        subject,
        targets,
        request,
        content,
        grain: Grain::of(image, &subject.padding),
        matrix: Matrix {
            rows: size[0],
            columns: size[1],
            pixel_spacing: Millimetres(subject.spacing_mm),
            format: image.format(),
            rescale: subject.rescale,
            // Nothing is displayed here.
            window: Window { center: 0.0, width: 1.0 },
            detector: None,
        },
    };
    let mut room = Room::new(&subject.allowed, size);
    let mut placed: Vec<Placed> =
        (0..request.placing.per_image).filter_map(|slot| drawing.place(slot, &mut room)).collect();
    if placed.is_empty() {
        return None;
    }
    let image = drawing.paint(&mut placed);
    Some(Drawn { image, placed })
}

struct Drawing<'a> {
    subject: &'a Subject,
    targets: &'a Targets,
    request: &'a Request,
    /// What the streams are keyed by: a hash of the image's values.
    content: u64,
    grain: Grain,
    matrix: Matrix,
}

impl Drawing<'_> {
    fn stream(&self, purpose: Purpose, slot: u64) -> Stream {
        StreamKey { seed: self.request.seed, purpose, case: self.content, part: slot }.open()
    }

    fn physical(&self, at: usize) -> f64 {
        self.subject.rescale.physical(self.subject.image.samples()[at])
    }

    /// Draws the target of a slot and finds it a place.
    fn place(&self, slot: u64, room: &mut Room) -> Option<Placed> {
        let Targets { shapes, equivalent_radius_mm: radius, contrast, sign, .. } = self.targets;
        let class = self.stream(Purpose::Shape, slot).below(shapes.len() as u64) as u8;
        let radius = self.stream(Purpose::Size, slot).between(radius.low, radius.high);
        let angle_deg = self.stream(Purpose::Angle, slot).between(0.0, 360.0);
        let mut stream = self.stream(Purpose::Contrast, slot);
        let positive = match sign {
            Sign::Positive => true,
            Sign::Negative => false,
            Sign::Either => stream.uniform() < 0.5,
        };
        let [low, high] = self.request.detectability.unwrap_or([contrast.low, contrast.high]);
        let magnitude = stream.between(low, high);
        let sign = if positive { 1.0 } else { -1.0 };
        let shape = shapes[usize::from(class)];
        let spacing = self.subject.spacing_mm;
        let Placing { margin_mm, .. } = self.request.placing;
        let extent = shape.extent() * radius / spacing;
        let mut stream = self.stream(Purpose::Placement, slot);
        for _ in 0..TRIES {
            let [row, column] = room.place(extent + margin_mm / spacing, &mut stream)?;
            let Some(around) = self.around([row, column], extent) else { continue };
            let mut target = Target {
                shape,
                x_mm: (column - self.matrix.columns as f64 / 2.0) * spacing,
                y_mm: (row - self.matrix.rows as f64 / 2.0) * spacing,
                equivalent_radius_mm: radius,
                angle_deg,
                contrast: sign * magnitude,
                vessel_radius_mm: None,
            };
            let stamp = Stamp::of(&target, &self.matrix, &self.request.mtf);
            if self.request.detectability.is_some() {
                // d′ is proportional to the contrast, or nearly so.
                let of_one = self.local(&around, &stamp, sign, [row, column]).detectability;
                if of_one <= 0.0 {
                    continue;
                }
                target.contrast = sign * magnitude / of_one;
            }
            let local = self.local(&around, &stamp, target.contrast, [row, column]);
            let region = self.region([row, column], &mut stream);
            return Some(Placed { target, class_index: class, region, stamp, local, around });
        }
        None
    }

    fn around(&self, center: [f64; 2], extent: f64) -> Option<Neighbourhood> {
        let radius = (EXTENTS * extent).max(LEAST_PIXELS);
        let size = [self.matrix.rows, self.matrix.columns];
        let allowed = |at: usize| self.subject.allowed[at];
        Neighbourhood::of(|at| self.physical(at), allowed, size, center, radius)
    }

    fn local(
        &self,
        around: &Neighbourhood,
        stamp: &Stamp,
        contrast: f64,
        [row, column]: [f64; 2],
    ) -> Local {
        let signal = |row: usize, column: usize, share: f64| {
            self.subject.domain.signal(around.mean(row, column), share, contrast)
        };
        let step = f64::from(self.grain.step) * self.subject.rescale.slope;
        let floor = step * step / 12.0;
        let noise_sd = around.sd();
        let largest = (0..stamp.share.len())
            .map(|at| {
                let (y, x) = (stamp.row + at / stamp.columns, stamp.column + at % stamp.columns);
                signal(y, x, stamp.share[at]).abs()
            })
            .fold(0.0, f64::max);
        Local {
            noise_sd,
            mean: around.mean(row as usize, column as usize),
            contrast_to_noise: largest / (noise_sd * noise_sd + floor).sqrt(),
            detectability: around.detectability(stamp, signal, floor),
            clipped_pixels: 0,
        }
    }

    /// The square that a network reads: about the target, off its middle as in the phantom, inside
    /// the image.
    fn region(&self, [row, column]: [f64; 2], stream: &mut Stream) -> [usize; 3] {
        let side = self.targets.region_pixels;
        let offset = self.targets.offset.0 / self.subject.spacing_mm;
        let mut first = |middle: f64, whole: usize| {
            let corner = middle + stream.between(-offset, offset) - side as f64 / 2.0;
            corner.round().clamp(0.0, (whole - side) as f64) as usize
        };
        [first(row, self.matrix.rows), first(column, self.matrix.columns), side]
    }

    /// Adds every target in its domain, then rounds; what no target reaches keeps its bits.
    fn paint(&self, placed: &mut [Placed]) -> Image {
        let image = &self.subject.image;
        let columns = image.columns();
        let mut touched: BTreeMap<usize, f64> = BTreeMap::new();
        for one in placed.iter() {
            for (at, share) in one.stamp.pixels(columns) {
                if self.subject.padding[at] {
                    continue;
                }
                let value = touched.entry(at).or_insert_with(|| self.physical(at));
                let mean = one.around.mean(at / columns, at % columns);
                let contrast = one.target.contrast;
                *value = self.subject.domain.value(*value, mean, share, contrast);
            }
        }
        let mut samples = image.samples().to_vec();
        let mut clipped = BTreeMap::new();
        let peak = image.format().peak();
        for (at, value) in touched {
            let stored = (value - self.subject.rescale.intercept) / self.subject.rescale.slope;
            let (nearest, beyond) = self.grain.nearest(stored, peak);
            samples[at] = nearest;
            clipped.insert(at, beyond);
        }
        for one in placed {
            let beyond = |(at, _): &(usize, f64)| clipped.get(at).copied().unwrap_or(false);
            one.local.clipped_pixels = one.stamp.pixels(columns).filter(beyond).count() as u64;
        }
        Image::new(image.rows(), columns, image.format(), samples)
            .expect("values are held in the range of the image's own")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::SampleFormat;

    fn image(samples: &[u16]) -> Image {
        let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        Image::new(1, samples.len(), format, samples.to_vec()).unwrap()
    }

    #[test]
    fn values_keep_the_steps_of_the_image() {
        // 3, 11 and 19 have steps of 8.
        let grain = Grain::of(&image(&[11, 3, 19]), &[false; 3]);
        assert_eq!(grain, Grain { first: 3, step: 8 });
        assert_eq!(grain.nearest(15.0, 4095), (19, false));
        assert_eq!(grain.nearest(14.9, 4095), (11, false));
        // Below 3 there is no further step, and 4091 is the last one.
        assert_eq!(grain.nearest(-9.0, 4095), (3, true));
        assert_eq!(grain.nearest(5000.0, 4095), (4091, true));
        assert_eq!(Grain::of(&image(&[7, 7]), &[false; 2]), Grain { first: 7, step: 1 });
        // What only fills up has no step.
        let padded = Grain::of(&image(&[0, 11, 3, 19]), &[true, false, false, false]);
        assert_eq!(padded, grain);
        assert_eq!(Grain { first: 7, step: 1 }.nearest(0.2, 4095), (0, false));
    }
}
