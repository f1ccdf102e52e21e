//! Owns one draw from a phantom: outlines of the anatomy, placed targets and their truth;
//! knows no sample values and no noise.
//!
//! Lengths are in mm with the origin at the centre of the matrix, x to the right along a row and
//! y down. Regions are squares of whole pixels, so their corners are matrix indices.

mod class;
mod design;
mod folds;
mod kind;
mod outline;
mod pixels;
mod placement;
pub mod raster;
mod room;
mod target;
pub(crate) mod thickness;
mod tree;
mod tube;
mod vary;
mod warp;
mod winding;

use serde::Serialize;
use thiserror::Error;

pub use design::{Combination, Factorial};
pub use kind::RegionKind;
pub use outline::{Ellipsoid, Form, Painted, Polygon};
pub use pixels::Pixels;
pub use placement::zone_pixels;
pub use target::Target;
pub use tube::TubeLine;
pub use warp::Warp;

use crate::phantom::{Design, Formation, Matrix, Outline, Phantom, Range, Shape, Sign, Targets};
use crate::rng::{Purpose, Stream, StreamKey};
use outline::Place;
use placement::Slot;
use room::Room;

/// Why a scene could not be drawn.
#[derive(Debug, Error, PartialEq, Eq)]
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
    /// A factorial design has more positions than there is room for.
    #[error(
        "phantom `{phantom}`: `{layer}` has room for {found} regions, not for {positions} \
         positions; lower `positions` or `region_pixels`"
    )]
    Positions {
        /// Phantom.
        phantom: String,
        /// Layer named by `inside`.
        layer: String,
        /// Regions that fit.
        found: usize,
        /// Positions of the design.
        positions: u64,
    },
}

/// One draw from a phantom.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Anatomy in painting order.
    pub layers: Vec<Painted>,
    /// From the nominal anatomy to that of this patient.
    pub warp: Warp,
    /// Regions from top to bottom and left to right, with what they hold.
    pub regions: Vec<PlacedRegion>,
}

/// A square region of an image and its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelledRegion {
    /// Row of the top-left pixel.
    pub row: usize,
    /// Column of the top-left pixel.
    pub column: usize,
    /// What it is for.
    pub kind: RegionKind,
    /// Index of the class, among those of its kind.
    pub class: u8,
}

impl Scene {
    /// The regions as they are cut and labelled.
    #[must_use]
    pub fn labels(&self) -> Vec<LabelledRegion> {
        let label = |&PlacedRegion { row, column, kind, class, .. }: &_| LabelledRegion {
            row,
            column,
            kind,
            class,
        };
        self.regions.iter().map(label).collect()
    }
}

/// One region and what it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlacedRegion {
    /// Row of the top-left pixel.
    pub row: usize,
    /// Column of the top-left pixel.
    pub column: usize,
    /// What it is for.
    pub kind: RegionKind,
    /// Index of the class, among those of its kind.
    pub class: u8,
    /// The target; `None` where absent.
    pub target: Option<Target>,
}

/// Draws the scene of `case` (its number in the whole dataset), which is number `index` of its
/// split.
///
/// Every property comes from a stream of its own, so a phantom with other contrasts has the
/// same positions, shapes, sizes and angles. In a paired design, `case` is that of the pair, and
/// odd indices hold no target.
///
/// # Errors
/// [`SceneError::NoRoom`] if not a single region can be placed, [`SceneError::Positions`] if
/// fewer than a factorial design requires.
pub fn draw(phantom: &Phantom, seed: u64, case: u64, index: u64) -> Result<Scene, SceneError> {
    let formation = &phantom.formation;
    let targets = &formation.targets;
    let stream = |purpose, part| StreamKey { seed, purpose, case, part }.open();
    let (layers, warp) = anatomy(phantom, seed, formation.variation.patient(case));
    let room = Room::new(&layers, targets.inside, &targets.allow, &warp, &formation.matrix);
    let slots = slots(phantom, &layers, &room, &mut stream(Purpose::Placement, 0))?;
    let slots = if targets.design == Design::Sparse {
        few(slots, &mut stream(Purpose::Sparse, 0))
    } else {
        slots
    };
    let grid = Grid::of(&slots);
    let factorial = Factorial::of(targets);
    let regions = slots
        .into_iter()
        .enumerate()
        .filter_map(|(number, slot)| {
            let part = number as u64 + 1;
            let kind = RegionKind::of_slot(formation, |purpose| stream(purpose, part));
            let (targets, stream) =
                (kind.targets(formation), |purpose| stream(kind.purpose(purpose), part));
            let (matrix, placed) = (&formation.matrix, &mut stream(Purpose::Placement));
            let center = target_center(matrix, targets, &slot, &room, placed)?;
            let (class, mut target) = match factorial {
                Some(design) => combined(targets, design, index, number as u64),
                None => drawn(targets, stream),
            };
            if let Some(target) = &mut target {
                [target.x_mm, target.y_mm] = center;
                if targets.design == Design::ContrastDetail {
                    let (row, column) = grid.place(&slot);
                    target.equivalent_radius_mm =
                        design::falling_level(targets.equivalent_radius_mm, row, grid.rows.len());
                    target.contrast =
                        design::falling_level(targets.contrast, column, grid.columns.len())
                            .copysign(target.contrast);
                }
                if let Some(vessel) = slot.vessel {
                    target.angle_deg = vessel.angle_deg;
                    target.vessel_radius_mm = Some(vessel.radius_mm);
                }
            }
            let is_empty = targets.design == Design::Paired && !index.is_multiple_of(2);
            let (class, target) =
                if is_empty { (targets.shapes.len() as u8, None) } else { (class, target) };
            let class = match kind {
                RegionKind::Identify => class,
                RegionKind::Detect => u8::from(target.is_none()),
            };
            Some(PlacedRegion { row: slot.row, column: slot.column, kind, class, target })
        })
        .collect();
    Ok(Scene { layers, warp, regions })
}

/// The pixels of a scene that show the layer in which targets lie, or what may lie on it.
#[must_use]
pub fn area(scene: &Scene, formation: &Formation) -> Pixels {
    let targets = &formation.targets;
    let layers = &scene.layers;
    Room::new(layers, targets.inside, &targets.allow, &scene.warp, &formation.matrix).pixels()
}

/// The anatomy of a patient.
fn anatomy(phantom: &Phantom, seed: u64, patient: u64) -> (Vec<Painted>, Warp) {
    let formation = &phantom.formation;
    let (layers, physics) = (&formation.background, formation.acquisition.physics());
    let warp = Warp::draw(formation.variation.patients(), &formation.matrix, seed, patient);
    let painted = layers.iter().enumerate().map(|(number, layer)| {
        let place = Place { own: vary::place(layers, number, seed, patient), warp: &warp };
        let value = vary::value(layers, number, physics, seed, patient);
        // Layers of a group have the same waves, jitter, tree and folds.
        let (purpose, part) = (Purpose::Anatomy, layer.leader.unwrap_or(number) as u64);
        let mut stream = StreamKey { seed, purpose, case: patient, part }.open();
        outline::paint(layer, value, &place, &mut stream)
    });
    (painted.collect(), warp)
}

/// Where regions lie.
fn slots(
    phantom: &Phantom,
    layers: &[Painted],
    room: &Room,
    stream: &mut Stream,
) -> Result<Vec<Slot>, SceneError> {
    let formation = &phantom.formation;
    let targets = &formation.targets;
    let inside = &formation.background[targets.inside];
    let fixed = matches!(targets.design, Design::Factorial(_) | Design::ContrastDetail);
    // Room for any target: which kind a region holds does not depend on its place.
    let kinds = [Some(targets), formation.detection.as_ref().map(|detection| &detection.targets)];
    let zones = kinds.into_iter().flatten().map(|it| zone_pixels(it, &formation.matrix));
    let zone = zones.fold(0.0, f64::max);
    let mut slots = placement::slots(
        &formation.matrix,
        &layers[targets.inside],
        matches!(inside.outline, Outline::Tube(_) | Outline::Tree(_)),
        targets,
        zone,
        room,
        if fixed { None } else { Some(&mut *stream) },
    );
    if slots.is_empty() {
        return Err(SceneError::NoRoom {
            phantom: phantom.id.clone(),
            layer: inside.name.clone(),
            side: targets.region_pixels,
        });
    }
    if let Some(design) = Factorial::of(targets) {
        let (found, wanted) = (slots.len(), design.positions as usize);
        if found < wanted {
            return Err(SceneError::Positions {
                phantom: phantom.id.clone(),
                layer: inside.name.clone(),
                found,
                positions: design.positions,
            });
        }
        // Evenly over the image.
        slots = (0..wanted).map(|number| slots[number * found / wanted]).collect();
    } else if let Some(most) = targets.regions_at_most.filter(|&most| most < slots.len() && !fixed)
    {
        let mut chosen: Vec<usize> = (0..slots.len()).collect();
        stream.shuffle(&mut chosen);
        chosen.truncate(most);
        chosen.sort_unstable();
        slots = chosen.into_iter().map(|number| slots[number]).collect();
    }
    Ok(slots)
}

/// The regions of an image of a sparse design: none in half of the images, one to
/// [`Design::MOST`] in the others, any of those that have room.
fn few(mut slots: Vec<Slot>, stream: &mut Stream) -> Vec<Slot> {
    let count = if stream.uniform() < 0.5 { 0 } else { 1 + stream.below(Design::MOST) };
    let mut chosen: Vec<usize> = (0..slots.len()).collect();
    stream.shuffle(&mut chosen);
    chosen.truncate(count as usize);
    let mut number = 0;
    slots.retain(|_| {
        number += 1;
        chosen.contains(&(number - 1))
    });
    slots
}

/// Rows and columns that hold regions.
struct Grid {
    rows: Vec<usize>,
    columns: Vec<usize>,
}

impl Grid {
    fn of(slots: &[Slot]) -> Self {
        let distinct = |value: fn(&Slot) -> usize| {
            let mut values: Vec<usize> = slots.iter().map(value).collect();
            values.sort_unstable();
            values.dedup();
            values
        };
        Self { rows: distinct(|slot| slot.row), columns: distinct(|slot| slot.column) }
    }

    fn place(&self, slot: &Slot) -> (usize, usize) {
        let at = |values: &[usize], value| values.partition_point(|&other| other < value);
        (at(&self.rows, slot.row), at(&self.columns, slot.column))
    }
}

/// Draws of a place for a target, at most; then it is the region's middle, which has room.
const PLACE_DRAWS: usize = 16;

/// Centre (x, y) in mm of the target of a region: drawn until nothing hides the layer around it.
/// `None` where a place against the grid was asked for and has no room.
fn target_center(
    matrix: &Matrix,
    targets: &Targets,
    slot: &Slot,
    room: &Room,
    stream: &mut Stream,
) -> Option<[f64; 2]> {
    let spacing = matrix.pixel_spacing.0;
    let half_side = targets.region_pixels as f64 / 2.0;
    let offset = targets.offset.0;
    let zone = zone_pixels(targets, matrix);
    let middle_x = slot.column as f64 + half_side;
    let middle_y = slot.row as f64 + half_side;
    if let Some(vessel) = slot.vessel {
        return Some(vessel.point_mm);
    }
    if let Some([phase_row, phase_column]) = targets.grid_phase {
        // The nearest place with this position against the grid.
        let near = |middle: f64, phase: f64| ((middle - phase) / 8.0 + 0.5).floor() * 8.0 + phase;
        let place = [
            (near(middle_x, phase_column) - matrix.columns as f64 / 2.0) * spacing,
            (near(middle_y, phase_row) - matrix.rows as f64 / 2.0) * spacing,
        ];
        return room.is_clear(matrix, place, zone).then_some(place);
    }
    let middle = [
        (middle_x - matrix.columns as f64 / 2.0) * spacing,
        (middle_y - matrix.rows as f64 / 2.0) * spacing,
    ];
    let mut drawn = (0..PLACE_DRAWS).map(|_| {
        let x_mm = middle[0] + stream.between(-offset, offset);
        [x_mm, middle[1] + stream.between(-offset, offset)]
    });
    let clear = drawn.find(|&place| room.is_clear(matrix, place, zone));
    Some(clear.unwrap_or(middle))
}

/// Class and target with every property drawn at random, its place still open.
fn drawn(targets: &Targets, stream: impl Fn(Purpose) -> Stream) -> (u8, Option<Target>) {
    let (class, shape) = draw_class(targets, &mut stream(Purpose::Shape));
    let target = shape.map(|shape| Target {
        shape,
        x_mm: 0.0,
        y_mm: 0.0,
        equivalent_radius_mm: draw_range(targets.equivalent_radius_mm, &mut stream(Purpose::Size)),
        angle_deg: stream(Purpose::Angle).between(0.0, 360.0),
        contrast: draw_contrast(targets, &mut stream(Purpose::Contrast)),
        vessel_radius_mm: None,
    });
    (class, target)
}

/// Class and target of a combination, its place still open.
fn combined(
    targets: &Targets,
    design: Factorial,
    index: u64,
    position: u64,
) -> (u8, Option<Target>) {
    let combination = design.combination(index, position);
    let class = combination.shape as u8;
    let Some(&shape) = targets.shapes.get(combination.shape as usize) else {
        return (class, None);
    };
    let signs = if targets.sign == Sign::Either { 2 } else { 1 };
    let magnitude =
        design::level(targets.contrast, combination.contrast / signs, design.contrasts / signs);
    let dark = match targets.sign {
        Sign::Positive => false,
        Sign::Negative => true,
        Sign::Either => combination.contrast % 2 == 1,
    };
    let target = Target {
        shape,
        x_mm: 0.0,
        y_mm: 0.0,
        equivalent_radius_mm: design::level(
            targets.equivalent_radius_mm,
            combination.size,
            design.sizes,
        ),
        angle_deg: 360.0 * combination.angle as f64 / design.angles as f64,
        contrast: if dark { -magnitude } else { magnitude },
        vessel_radius_mm: None,
    };
    (class, Some(target))
}

fn draw_range(range: Range, stream: &mut Stream) -> f64 {
    stream.between(range.low, range.high)
}

fn draw_class(targets: &Targets, stream: &mut Stream) -> (u8, Option<Shape>) {
    let absent = targets.shapes.len() as u8;
    let is_absent = stream.uniform() < targets.absent_fraction;
    // In a paired design the other image of the pair holds what is absent, in a sparse one others.
    if is_absent && !matches!(targets.design, Design::Paired | Design::Sparse) {
        return (absent, None);
    }
    let index = stream.below(targets.shapes.len() as u64) as usize;
    (index as u8, Some(targets.shapes[index]))
}

fn draw_contrast(targets: &Targets, stream: &mut Stream) -> f64 {
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
