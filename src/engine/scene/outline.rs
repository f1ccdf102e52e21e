//! Outlines of one draw: those of the anatomy and the shapes of targets.

use std::f64::consts::{PI, TAU};

use super::target::Target;
use super::tube::{self, TubeLine};
use super::warp::{Affine, Warp};
use super::{folds, tree};
use crate::phantom::{Blend, Ellipse, Layer, Outline, Profile, Shape, Texture, offset_contour};
use crate::rng::Stream;

/// Vertices of an anatomical outline: the chord of a 100 mm circle then lies within 0.5 µm.
const ANATOMY_VERTICES: usize = 2048;
/// Vertices of a circle of a target.
const CIRCLE_VERTICES: usize = 256;
/// Inner over outer radius of a ring.
const RING_HOLE: f64 = 0.6;
/// Centres of the specks of a cluster, over the equivalent radius; their mean is 0.
const CLUSTER: [[f64; 2]; 7] =
    [[0.0, 0.2], [1.2, -0.9], [-0.3, -1.5], [-1.4, -0.5], [-0.9, 1.0], [0.4, 1.5], [1.0, 0.2]];
/// Distance of the specks of a line, over the equivalent radius.
const LINE_STEP: f64 = 0.8;
/// Length over width of a filling defect.
const DEFECT_ASPECT: f64 = 1.6;
/// Depth of a stenosis on each side, over the vessel's radius. It begins a little inside the
/// wall, where a vessel is thick enough to be narrowed.
const STENOSIS_DEPTH: f64 = 0.6;
/// Where a stenosis begins, over the vessel's radius.
const STENOSIS_WALL: f64 = 0.9;

/// One structure of the anatomy as drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Painted {
    /// Where it is, and how thick there.
    pub form: Form,
    /// How it is painted onto what is there.
    pub blend: Blend,
    /// Painted value at full thickness: see [`crate::phantom::Physics`].
    pub value: f64,
    /// Texture of the value.
    pub texture: Option<Texture>,
    /// Centre lines, where it is made of tubes.
    pub lines: Vec<TubeLine>,
}

impl Painted {
    /// Everything that it covers, however thin.
    pub(super) fn silhouette(&self, warp: &Warp) -> Polygon {
        match &self.form {
            Form::Flat(outline) => outline.clone(),
            Form::Ellipsoids(ellipsoids) => {
                let contour = |ellipsoid: &Ellipsoid| warp.contour(&ellipsoid.contour());
                Polygon { contours: ellipsoids.iter().map(contour).collect() }
            }
            Form::Tubes(_) => {
                let contour = |line: &TubeLine| offset_contour(&line.points_mm, &line.radii_mm);
                Polygon { contours: self.lines.iter().map(contour).collect() }
            }
        }
    }

    /// A structure of even thickness that covers what is there.
    #[must_use]
    pub fn flat(outline: Polygon, value: f64) -> Self {
        let (form, blend) = (Form::Flat(outline), Blend::Cover);
        Self { form, blend, value, texture: None, lines: Vec::new() }
    }
}

/// Where a structure is, and how thick there.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// Even thickness.
    Flat(Polygon),
    /// Ellipsoids in the nominal anatomy (see [`Warp`]), full thickness in the middle.
    Ellipsoids(Vec<Ellipsoid>),
    /// Round tubes around [`Painted::lines`], full thickness in the middle where the radius is
    /// this, in mm.
    Tubes(f64),
}

/// An ellipse over which thickness falls to the edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ellipsoid {
    /// Centre (x, y) in mm.
    pub center_mm: [f64; 2],
    /// Two conjugate radii (x, y) in mm: every point of the edge is the centre, the first times
    /// cos t and the second times sin t.
    pub radii_mm: [[f64; 2]; 2],
}

impl Ellipsoid {
    fn new(ellipse: &Ellipse, place: Option<&Affine>) -> Self {
        let [a, b] = ellipse.semi_axes_mm;
        let (sine, cosine) = libm::sincos(ellipse.angle_deg * (PI / 180.0));
        let radii = [[a * cosine, a * sine], [-b * sine, b * cosine]];
        match place {
            None => Self { center_mm: ellipse.center_mm, radii_mm: radii },
            Some(place) => Self {
                center_mm: place.of(ellipse.center_mm),
                radii_mm: radii.map(|radius| place.direction(radius)),
            },
        }
    }

    fn contour(&self) -> Vec<[f64; 2]> {
        let ([x, y], [p, q]) = (self.center_mm, self.radii_mm);
        (0..ANATOMY_VERTICES)
            .map(|vertex| {
                let (s, c) = libm::sincos(vertex as f64 * (TAU / ANATOMY_VERTICES as f64));
                [x + c * p[0] + s * q[0], y + c * p[1] + s * q[1]]
            })
            .collect()
    }

    /// The other side of x = 0.
    fn mirrored(&self) -> Self {
        let [x, y] = self.center_mm;
        Self { center_mm: [-x, y], radii_mm: self.radii_mm.map(|[x, y]| [-x, y]) }
    }
}

/// Closed contours of (x, y) in mm. Area is counted with its sign: a hole runs the other way
/// round.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon {
    /// Contours, each closed implicitly from its last vertex to its first.
    pub contours: Vec<Vec<[f64; 2]>>,
}

impl Polygon {
    /// Enclosed area in mm², holes taken off (shoelace formula).
    #[must_use]
    pub fn area_mm2(&self) -> f64 {
        let doubled: f64 = self
            .contours
            .iter()
            .map(|contour| {
                let next = contour.iter().cycle().skip(1);
                contour.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>()
            })
            .sum();
        doubled.abs() / 2.0
    }

    /// Smallest box around the polygon: [x low, y low, x high, y high] in mm.
    #[must_use]
    pub fn bounds_mm(&self) -> [f64; 4] {
        let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for [x, y] in self.contours.iter().flatten() {
            bounds[0] = bounds[0].min(*x);
            bounds[1] = bounds[1].min(*y);
            bounds[2] = bounds[2].max(*x);
            bounds[3] = bounds[3].max(*y);
        }
        bounds
    }
}

impl Target {
    /// Exact outline, in mm; a ring has an inner contour.
    #[must_use]
    pub fn outline(&self) -> Polygon {
        target(self)
    }
}

/// Where one patient has a layer: its own map first, then that of the whole.
pub(super) struct Place<'a> {
    pub(super) own: Option<Affine>,
    pub(super) warp: &'a Warp,
}

impl Place<'_> {
    fn of(&self, point: [f64; 2]) -> [f64; 2] {
        self.own.map_or(point, |own| own.of(point))
    }

    fn scale(&self) -> f64 {
        self.own.map_or(1.0, |own| own.scale()) * self.warp.scale()
    }
}

/// A layer as drawn, at its place and with the painted value `value`; what else differs from image
/// to image comes from `stream`.
pub(super) fn paint(layer: &Layer, value: f64, place: &Place<'_>, stream: &mut Stream) -> Painted {
    let flat = |mut contours: Vec<Vec<[f64; 2]>>| {
        for point in contours.iter_mut().flatten() {
            *point = place.of(*point);
        }
        if layer.mirror {
            let mirrored: Vec<_> = contours.iter().map(|contour| mirrored(contour)).collect();
            contours.extend(mirrored);
        }
        let moved = contours.iter().map(|contour| place.warp.contour(contour));
        Form::Flat(Polygon { contours: moved.collect() })
    };
    let mut lines = match &layer.outline {
        Outline::Ellipse(_) | Outline::Rectangle(_) | Outline::Polygon(_) => Vec::new(),
        Outline::Tube(tube) => tube::lines(tube, stream),
        Outline::Tree(tree) => tree::lines(tree, stream),
        Outline::Folds(folds) => folds::lines(folds, stream),
    };
    let form = match &layer.outline {
        Outline::Ellipse(outline) if layer.profile == Profile::Chord => {
            let one = Ellipsoid::new(outline, place.own.as_ref());
            let other = layer.mirror.then(|| one.mirrored());
            Form::Ellipsoids([one].into_iter().chain(other).collect())
        }
        Outline::Ellipse(outline) => flat(ellipse(outline, stream).contours),
        Outline::Rectangle(outline) => flat(vec![outline.contour()]),
        Outline::Polygon(outline) => flat(vec![outline.contour()]),
        Outline::Tube(_) | Outline::Tree(_) | Outline::Folds(_) => {
            let scale = place.scale();
            for line in &mut lines {
                line.points_mm.iter_mut().for_each(|point| *point = place.of(*point));
                line.radii_mm.iter_mut().for_each(|radius| *radius *= scale);
            }
            if layer.mirror {
                let other: Vec<TubeLine> = lines.iter().map(TubeLine::mirrored).collect();
                lines.extend(other);
            }
            for point in lines.iter_mut().flat_map(|line| &mut line.points_mm) {
                *point = place.warp.of(*point);
            }
            if layer.profile == Profile::Flat {
                let contour = |line: &TubeLine| offset_contour(&line.points_mm, &line.radii_mm);
                Form::Flat(Polygon { contours: lines.iter().map(contour).collect() })
            } else {
                Form::Tubes(scale * layer.outline.widest_mm().unwrap_or(0.0))
            }
        }
    };
    Painted { form, blend: layer.blend, value, texture: layer.texture, lines }
}

/// The other side of x = 0, running the same way round.
fn mirrored(contour: &[[f64; 2]]) -> Vec<[f64; 2]> {
    contour.iter().rev().map(|&[x, y]| [-x, y]).collect()
}

/// The outline of an ellipse; phases of its waves come from `stream`.
fn ellipse(ellipse: &Ellipse, stream: &mut Stream) -> Polygon {
    let [a, b] = ellipse.semi_axes_mm;
    let waves = ellipse.undulation.map(|undulation| {
        let relative = undulation.amplitude_mm / ((a + b) / 2.0);
        let cycles = undulation.cycles;
        let harmonics = [cycles, cycles * 3 / 2, cycles * 2];
        (relative, harmonics.map(|harmonic| (f64::from(harmonic), stream.between(0.0, TAU))))
    });
    let (sine, cosine) = libm::sincos(ellipse.angle_deg * (PI / 180.0));
    let contour = (0..ANATOMY_VERTICES)
        .map(|vertex| {
            let theta = vertex as f64 * (TAU / ANATOMY_VERTICES as f64);
            let scale = waves.map_or(1.0, |(relative, harmonics)| {
                let sum: f64 =
                    harmonics.iter().map(|(k, phase)| libm::sin(k * theta + phase)).sum();
                1.0 + relative * (sum / 3.0)
            });
            let (s, c) = libm::sincos(theta);
            turn(ellipse.center_mm, [a * c * scale, b * s * scale], sine, cosine)
        })
        .collect();
    Polygon { contours: vec![contour] }
}

pub(super) fn target(target: &Target) -> Polygon {
    let radius = target.equivalent_radius_mm;
    let contours = match target.shape {
        Shape::Disk => vec![circle(radius)],
        Shape::Ring => {
            let outer = radius / (1.0 - RING_HOLE * RING_HOLE).sqrt();
            let mut hole = circle(outer * RING_HOLE);
            hole.reverse();
            vec![circle(outer), hole]
        }
        Shape::Square => {
            let h = radius * PI.sqrt() / 2.0;
            vec![vec![[-h, -h], [h, -h], [h, h], [-h, h]]]
        }
        Shape::Triangle => {
            let rho = radius * (4.0 * PI / (3.0 * 3.0_f64.sqrt())).sqrt();
            let half_width = rho * 3.0_f64.sqrt() / 2.0;
            vec![vec![[0.0, -rho], [half_width, rho / 2.0], [-half_width, rho / 2.0]]]
        }
        Shape::Cross => {
            let h = radius * (PI / 5.0).sqrt() / 2.0;
            let far = 3.0 * h;
            vec![vec![
                [-h, -far],
                [h, -far],
                [h, -h],
                [far, -h],
                [far, h],
                [h, h],
                [h, far],
                [-h, far],
                [-h, h],
                [-far, h],
                [-far, -h],
                [-h, -h],
            ]]
        }
        Shape::Mass => vec![lobes(radius, |theta| {
            1.0 + 0.10 * libm::cos(3.0 * theta) + 0.08 * libm::cos(6.0 * theta + 1.0)
        })],
        Shape::Spiculated => vec![lobes(radius, |theta| {
            let spike = (1.0 + libm::cos(9.0 * theta)) / 2.0;
            0.8 + spike * spike * spike
        })],
        Shape::Cluster => specks(radius, &CLUSTER),
        Shape::Line => specks(
            radius,
            &std::array::from_fn::<_, 7, _>(|number| [(number as f64 - 3.0) * LINE_STEP, 0.0]),
        ),
        Shape::FillingDefect => {
            let (along, across) = (radius * DEFECT_ASPECT.sqrt(), radius / DEFECT_ASPECT.sqrt());
            let round = circle(1.0);
            vec![round.into_iter().map(|[x, y]| [x * along, y * across]).collect()]
        }
        Shape::Stenosis => stenosis(radius, target.vessel_radius_mm.unwrap_or(radius)),
    };
    let (sine, cosine) = libm::sincos(target.angle_deg * (PI / 180.0));
    let center = [target.x_mm, target.y_mm];
    Polygon {
        contours: contours
            .into_iter()
            .map(|contour| contour.into_iter().map(|p| turn(center, p, sine, cosine)).collect())
            .collect(),
    }
}

/// A regular polygon with exactly the area of the circle.
fn circle(radius: f64) -> Vec<[f64; 2]> {
    let step = TAU / CIRCLE_VERTICES as f64;
    let equal_area = radius * (step / libm::sin(step)).sqrt();
    (0..CIRCLE_VERTICES)
        .map(|vertex| {
            let (s, c) = libm::sincos(vertex as f64 * step);
            [equal_area * c, equal_area * s]
        })
        .collect()
}

/// A closed curve r(θ), scaled to the area of the circle.
fn lobes(radius: f64, shape: impl Fn(f64) -> f64) -> Vec<[f64; 2]> {
    let step = TAU / CIRCLE_VERTICES as f64;
    let curve: Vec<[f64; 2]> = (0..CIRCLE_VERTICES)
        .map(|vertex| {
            let theta = vertex as f64 * step;
            let (s, c) = libm::sincos(theta);
            let r = shape(theta);
            [r * c, r * s]
        })
        .collect();
    let area = Polygon { contours: vec![curve.clone()] }.area_mm2();
    let scale = radius * (PI / area).sqrt();
    curve.into_iter().map(|[x, y]| [x * scale, y * scale]).collect()
}

/// Seven circles of together the area of one of `radius`.
fn specks(radius: f64, centers: &[[f64; 2]; 7]) -> Vec<Vec<[f64; 2]>> {
    let speck = circle(radius / 7.0_f64.sqrt());
    centers
        .iter()
        .map(|[x, y]| speck.iter().map(|[u, v]| [x * radius + u, y * radius + v]).collect())
        .collect()
}

/// A bulge h (1 + cos(πx/L))/2 from each wall of a vessel along x, of together the area of a
/// circle: 2 h L = π r².
fn stenosis(radius: f64, vessel_mm: f64) -> Vec<Vec<[f64; 2]>> {
    const STEPS: usize = 64;
    let height = STENOSIS_DEPTH * vessel_mm;
    // The trapezia between the steps have exactly the area of the curve.
    let half_length = PI * radius * radius / (2.0 * height);
    let wall = STENOSIS_WALL * vessel_mm;
    let bulge: Vec<[f64; 2]> = (0..=STEPS)
        .map(|step| {
            let t = 2.0 * step as f64 / STEPS as f64 - 1.0;
            [t * half_length, wall - height * (1.0 + libm::cos(PI * t)) / 2.0]
        })
        .collect();
    let other = bulge.iter().rev().map(|&[x, y]| [x, -y]).collect();
    vec![bulge, other]
}

fn turn(center: [f64; 2], point: [f64; 2], sine: f64, cosine: f64) -> [f64; 2] {
    [
        center[0] + point[0] * cosine - point[1] * sine,
        center[1] + point[0] * sine + point[1] * cosine,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(shape: Shape) -> Target {
        Target {
            shape,
            x_mm: 3.3,
            y_mm: -7.1,
            equivalent_radius_mm: 2.0,
            angle_deg: 33.0,
            contrast: 1.0,
            vessel_radius_mm: Some(2.5),
        }
    }

    #[test]
    fn every_shape_has_the_area_of_its_equivalent_disk() {
        for kind in Shape::ALL {
            let area = shape(kind).outline().area_mm2();
            assert!((area - 4.0 * PI).abs() < 1e-12, "{kind:?}: {area}");
        }
    }

    #[test]
    fn no_shape_reaches_beyond_its_extent() {
        for kind in Shape::ALL {
            let target = shape(kind);
            let furthest = target
                .outline()
                .contours
                .iter()
                .flatten()
                .map(|[x, y]| ((x - 3.3).powi(2) + (y + 7.1).powi(2)).sqrt())
                .fold(0.0, f64::max);
            // The equal-area circle is a polygon whose corners stand out by 5e-5.
            let reached = furthest / (2.0 * kind.extent());
            assert!(reached < 1.0 + 1e-4, "{kind:?} reaches {reached} of its extent");
            // A stenosis is shorter in a wider vessel.
            assert!(reached > 0.98 || kind == Shape::Stenosis, "{kind:?}: {reached}");
        }
    }
}
