//! Owns one draw from a phantom: outlines of the anatomy, placed targets and their truth;
//! knows no sample values and no noise.
//!
//! Lengths are in mm with the origin at the centre of the matrix, x to the right along a row and
//! y down. Regions are squares of whole pixels, so their corners are matrix indices.

mod outline;
mod placement;

use serde::Serialize;
use thiserror::Error;

pub use outline::Polygon;

use crate::phantom::{Phantom, Range, Shape, Sign, Targets};
use crate::rng::{Purpose, StreamKey};

/// Why a scene could not be drawn.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SceneError {
    /// No region fits into the layer that must hold the targets.
    #[error(
        "phantom `{phantom}`: no region of {side}×{side} pixels fits inside `{layer}`; make the \
         layer larger or `region_pixels` smaller"
    )]
    NoRoom {
        /// Phantom.
        phantom: String,
        /// Layer named by `inside`.
        layer: String,
        /// Pixels per side of a region.
        side: usize,
    },
}

/// One draw from a phantom.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Anatomy in painting order: outline and value in the phantom's unit.
    pub layers: Vec<(Polygon, f64)>,
    /// Regions from top to bottom and left to right, with what they hold.
    pub regions: Vec<PlacedRegion>,
}

/// One region and what it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlacedRegion {
    /// Row of the top-left pixel.
    pub row: usize,
    /// Column of the top-left pixel.
    pub column: usize,
    /// Index into [`Targets::classes`].
    pub class: u8,
    /// The target; `None` where absent.
    pub target: Option<Target>,
}

/// One target and its truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Target {
    /// Shape.
    pub shape: Shape,
    /// Centre (centroid), x to the right of the matrix centre.
    pub x_mm: f64,
    /// Centre, y below the matrix centre.
    pub y_mm: f64,
    /// Radius of the disk of equal area.
    pub equivalent_radius_mm: f64,
    /// Rotation in degrees in [0, 360), from x towards y.
    pub angle_deg: f64,
    /// Difference from the background, signed, in the phantom's contrast unit.
    pub contrast: f64,
}

impl Target {
    /// Exact outline, in mm; a ring has an inner contour.
    #[must_use]
    pub fn outline(&self) -> Polygon {
        outline::target(self)
    }
}

/// Draws the scene of `case` (its number in the whole dataset).
///
/// Every property comes from a stream of its own, so a phantom with other contrasts has the
/// same positions, shapes, sizes and angles.
///
/// # Errors
/// [`SceneError::NoRoom`] if not a single region can be placed.
pub fn draw(phantom: &Phantom, seed: u64, case: u64) -> Result<Scene, SceneError> {
    let formation = &phantom.formation;
    let stream = |purpose, part| StreamKey { seed, purpose, case, part }.open();
    let layers = formation
        .background
        .iter()
        .enumerate()
        .map(|(number, layer)| {
            let mut anatomy = stream(Purpose::Anatomy, number as u64);
            (outline::ellipse(&layer.outline, &mut anatomy), layer.value)
        })
        .collect();

    let targets = &formation.targets;
    let inside = &formation.background[targets.inside];
    let corners = placement::corners(
        &formation.matrix,
        &inside.outline,
        targets.region_pixels,
        &mut stream(Purpose::Placement, 0),
    );
    if corners.is_empty() {
        return Err(SceneError::NoRoom {
            phantom: phantom.id.clone(),
            layer: inside.name.clone(),
            side: targets.region_pixels,
        });
    }
    let spacing = formation.matrix.pixel_spacing.0;
    let half_side = targets.region_pixels as f64 / 2.0;
    let regions = corners
        .into_iter()
        .enumerate()
        .map(|(number, [row, column])| {
            let part = number as u64 + 1;
            let mut place = stream(Purpose::Placement, part);
            let offset = targets.offset.0;
            let x_mm = (column as f64 + half_side - formation.matrix.columns as f64 / 2.0)
                * spacing
                + place.between(-offset, offset);
            let y_mm = (row as f64 + half_side - formation.matrix.rows as f64 / 2.0) * spacing
                + place.between(-offset, offset);
            let (class, shape) = draw_class(targets, &mut stream(Purpose::Shape, part));
            let target = shape.map(|shape| Target {
                shape,
                x_mm,
                y_mm,
                equivalent_radius_mm: draw_range(
                    targets.equivalent_radius_mm,
                    &mut stream(Purpose::Size, part),
                ),
                angle_deg: stream(Purpose::Angle, part).between(0.0, 360.0),
                contrast: draw_contrast(targets, &mut stream(Purpose::Contrast, part)),
            });
            PlacedRegion { row, column, class, target }
        })
        .collect();
    Ok(Scene { layers, regions })
}

fn draw_range(range: Range, stream: &mut crate::rng::Stream) -> f64 {
    stream.between(range.low, range.high)
}

fn draw_class(targets: &Targets, stream: &mut crate::rng::Stream) -> (u8, Option<Shape>) {
    let absent = targets.shapes.len() as u8;
    if stream.uniform() < targets.absent_fraction {
        return (absent, None);
    }
    let index = stream.below(targets.shapes.len() as u64) as usize;
    (index as u8, Some(targets.shapes[index]))
}

fn draw_contrast(targets: &Targets, stream: &mut crate::rng::Stream) -> f64 {
    let magnitude = draw_range(targets.contrast, stream);
    match targets.sign {
        Sign::Positive => magnitude,
        Sign::Negative => -magnitude,
        Sign::Either => {
            if stream.bits() >> 63 == 0 {
                magnitude
            } else {
                -magnitude
            }
        }
    }
}
