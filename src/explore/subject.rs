//! The image before any codec: a phantom drawn with changed targets and noise, or an uploaded
//! image; the only file of the page that knows how a phantom is made.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::Serialize;

use super::ExploreError;
use crate::acquisition::Imager;
use crate::acquisition::detectability::KnownTargetObserver;
use crate::dataset::{FIRST_SEARCHED, Outlines, Split};
use crate::image::{Image, Rescale, Window};
use crate::phantom::{Acquisition, Guideline, Phantom, Shape};
use crate::scene::{self, PlacedRegion, RegionKind, Scene};
use crate::units::Unit;

/// Number of images of each phantom that the page can show.
pub(super) const CASES: u64 = 1000;

/// First case that is shown: in the second half of the test split, which no study uses, so that no
/// network was trained or tested on it.
const FIRST_CASE: u64 = 1 << 39;

/// Bounds of contrast, noise and radius, as factors of what the phantom defines.
const MOST_CONTRAST: f64 = 4.0;
const MOST_NOISE: f64 = 4.0;
const LEAST_RADIUS: f64 = 0.5;

/// Pixels between a target and the edge of its region, as in the check of phantom files.
const BLUR_PIXELS: f64 = 1.0;

/// Changes by the user; `None` leaves a value as the phantom defines it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Changes {
    /// Magnitude of every target's contrast.
    pub(super) contrast: Option<f64>,
    /// Equivalent radius of every target.
    pub(super) radius_mm: Option<f64>,
    /// Standard deviation of the noise.
    pub(super) noise: Option<f64>,
}

/// A number that can be changed: its bounds and the range that the phantom defines.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Control {
    pub(super) least: f64,
    pub(super) most: f64,
    /// The range that the phantom defines: from and to.
    pub(super) usual: [f64; 2],
    pub(super) unit: &'static str,
}

impl Control {
    fn check(self, key: &'static str, value: Option<f64>) -> Result<Option<f64>, ExploreError> {
        let Some(found) = value else { return Ok(None) };
        if (self.least..=self.most).contains(&found) {
            return Ok(Some(found));
        }
        let expected = format!("{} to {} {} are possible", self.least, self.most, self.unit);
        Err(ExploreError::Value { key, found: found.to_string(), expected })
    }
}

/// The properties of a phantom that the page shows.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PhantomSummary {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) bits_stored: u8,
    /// Number of answers that are possible, "absent" included.
    pub(super) classes: usize,
    pub(super) contrast: Control,
    pub(super) radius_mm: Control,
    /// `None` if the noise is not a single number.
    pub(super) noise: Option<Control>,
    /// Of images to be searched: the phantom whose anatomy they have.
    pub(super) searched_of: Option<String>,
    pub(super) guidelines: Vec<Guideline>,
}

/// A phantom with the bounds of what can be changed.
#[derive(Debug)]
pub(super) struct Model {
    phantom: Phantom,
    pub(super) summary: PhantomSummary,
    /// The filters used last, by their noise: contrast, radius and number of the image do not
    /// change them.
    imager: Mutex<Option<(Option<f64>, Arc<Imager>)>>,
}

impl Model {
    pub(super) fn new(phantom: Phantom) -> Self {
        let formation = &phantom.formation;
        let (matrix, targets) = (&formation.matrix, &formation.targets);
        let high = targets.contrast.low.max(targets.contrast.high);
        let contrast = Control {
            least: tidy(targets.contrast.low.min(targets.contrast.high) / 10.0),
            // No image is darker than zero.
            most: match targets.contrast_unit {
                Unit::Percent => tidy((MOST_CONTRAST * high).min(100.0)).max(high),
                _ => tidy(MOST_CONTRAST * high),
            },
            usual: [targets.contrast.low, targets.contrast.high],
            unit: targets.contrast_unit.symbol(),
        };
        let radius = &targets.equivalent_radius_mm;
        let extent = targets.shapes.iter().map(|shape| Shape::extent(*shape)).fold(1.0, f64::max);
        let spacing_mm = matrix.pixel_spacing.0;
        let half_mm = targets.region_pixels as f64 * spacing_mm / 2.0;
        let offset_mm = match targets.grid_phase {
            // As in the check of phantom files: up to half a block of the grid.
            Some(_) => 4.0 * spacing_mm,
            None => targets.offset.0,
        };
        let room_mm = half_mm - offset_mm - BLUR_PIXELS * spacing_mm;
        let (least, most) = if targets.shapes.iter().any(|shape| shape.needs_vessel()) {
            // Vessels have room only for the radii of the phantom.
            (radius.low, radius.high)
        } else {
            (tidy(LEAST_RADIUS * radius.low), tidy(room_mm / extent).max(radius.high))
        };
        let radius_mm = Control { least, most, usual: [radius.low, radius.high], unit: "mm" };
        let noise = noise(&phantom).map(|sigma| Control {
            least: 0.0,
            most: tidy(MOST_NOISE * sigma).max(1.0),
            usual: [sigma; 2],
            unit: formation.unit.symbol(),
        });
        let summary = PhantomSummary {
            id: phantom.id.clone(),
            title: phantom.title.clone(),
            rows: matrix.rows,
            columns: matrix.columns,
            bits_stored: matrix.format.bits_stored,
            classes: targets.classes().len(),
            contrast,
            radius_mm,
            noise,
            searched_of: None,
            guidelines: phantom.guidelines.clone(),
        };
        Self { phantom, summary, imager: Mutex::new(None) }
    }

    /// The images of a phantom that are to be searched as a whole: half hold no target, the others
    /// a few subtle ones. `None` where the phantom has no detection.
    pub(super) fn searched(phantom: &Phantom) -> Option<Self> {
        let mut model = Self::new(Phantom {
            id: format!("{}-search", phantom.id),
            title: format!("To be searched: {}", phantom.title),
            formation: phantom.formation.searched()?,
            ..phantom.clone()
        });
        model.summary.searched_of = Some(phantom.id.clone());
        Some(model)
    }

    /// Checks that each change is within its bounds.
    pub(super) fn check(&self, changes: Changes) -> Result<Changes, ExploreError> {
        let noise = match (self.summary.noise, changes.noise) {
            (Some(control), noise) => control.check("noise", noise)?,
            (None, None) => None,
            (None, Some(found)) => {
                let expected = "the noise of this phantom is not a single number".to_owned();
                let found = found.to_string();
                return Err(ExploreError::Value { key: "noise", found, expected });
            }
        };
        Ok(Changes {
            contrast: self.summary.contrast.check("contrast", changes.contrast)?,
            radius_mm: self.summary.radius_mm.check("radius", changes.radius_mm)?,
            noise,
        })
    }

    fn imager(&self, phantom: &Phantom, noise: Option<f64>) -> Arc<Imager> {
        let mut last = self.imager.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((made_for, imager)) if *made_for == noise => Arc::clone(imager),
            _ => {
                let imager = Arc::new(Imager::new(phantom));
                *last = Some((noise, Arc::clone(&imager)));
                imager
            }
        }
    }

    /// Draws one case with checked changes, which move no position, shape or angle.
    pub(super) fn draw(
        &self,
        seed: u64,
        number: u64,
        changes: Changes,
    ) -> Result<Subject, ExploreError> {
        let mut phantom = self.phantom.clone();
        let targets = &mut phantom.formation.targets;
        if let Some(contrast) = changes.contrast {
            (targets.contrast.low, targets.contrast.high) = (contrast, contrast);
        }
        if let Some(radius) = changes.radius_mm {
            (targets.equivalent_radius_mm.low, targets.equivalent_radius_mm.high) =
                (radius, radius);
        }
        if let Some(sigma) = changes.noise {
            set_noise(&mut phantom, sigma);
        }
        let is_searched = self.summary.searched_of.is_some();
        let first = if is_searched { FIRST_SEARCHED } else { 0 };
        let case = first + Split::Test.case(FIRST_CASE + number);
        let mut scene = scene::draw(&phantom, seed, case, FIRST_CASE + number)?;
        let image = self.imager(&phantom, changes.noise).acquire(&scene, seed, case);
        // The page asks which shape there is; subtle targets are in the image unmarked.
        let is_asked = |region: &PlacedRegion| region.kind == RegionKind::Identify;
        let (asked, unmarked): (Vec<_>, _) = scene.regions.drain(..).partition(is_asked);
        scene.regions = asked;
        let formation = &phantom.formation;
        if is_searched {
            scene.regions.retain(|region| region.target.is_some());
        }
        let matrix = &formation.matrix;
        let targets = &formation.targets;
        let (side, spacing_mm) = (targets.region_pixels, matrix.pixel_spacing.0);
        let classes = targets.classes();
        let regions = regions(&scene, spacing_mm, &classes, [matrix.rows, matrix.columns]);
        Ok(Subject {
            title: phantom.title.clone(),
            rescale: matrix.rescale,
            window: matrix.window,
            inverted: false,
            note: None,
            unit: formation.unit.symbol(),
            contrast_unit: targets.contrast_unit.symbol(),
            spacing_mm: Some(spacing_mm),
            image,
            drawn: Some(Drawn {
                phantom,
                scene,
                unmarked,
                searched_of: self.summary.searched_of.clone(),
                side,
                regions,
                classes,
                outlines: OnceLock::new(),
            }),
        })
    }
}

/// Standard deviation of the noise; `None` if it is not a single number.
fn noise(phantom: &Phantom) -> Option<f64> {
    match phantom.formation.acquisition {
        Acquisition::Ct(ct) => Some(ct.sigma_hu),
        Acquisition::Mr(mr) => Some(mr.sigma_au),
        Acquisition::Xray(_) | Acquisition::Ultrasound(_) | Acquisition::Nuclear(_) => None,
    }
}

fn set_noise(phantom: &mut Phantom, sigma: f64) {
    match &mut phantom.formation.acquisition {
        Acquisition::Ct(ct) => ct.sigma_hu = sigma,
        Acquisition::Mr(mr) => mr.sigma_au = sigma,
        Acquisition::Xray(_) | Acquisition::Ultrasound(_) | Acquisition::Nuclear(_) => {}
    }
}

/// Rounded down to at least three digits, so that a bound stays within what it bounds.
fn tidy(value: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    let mut scale = 1.0;
    while value * scale < 100.0 {
        scale *= 10.0;
    }
    (value * scale).floor() / scale
}

/// An image, before any codec.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) image: Image,
    pub(super) title: String,
    pub(super) rescale: Rescale,
    pub(super) window: Window,
    /// Whether the smallest value is shown white.
    pub(super) inverted: bool,
    /// What the user should know about the image.
    pub(super) note: Option<String>,
    pub(super) unit: &'static str,
    pub(super) contrast_unit: &'static str,
    pub(super) spacing_mm: Option<f64>,
    /// The truth; `None` for an uploaded image.
    pub(super) drawn: Option<Drawn>,
}

/// The truth of a drawn image.
#[derive(Debug)]
pub(super) struct Drawn {
    /// With the changes of the user.
    pub(super) phantom: Phantom,
    /// With the regions that the page asks about alone.
    pub(super) scene: Scene,
    /// The other regions.
    unmarked: Vec<PlacedRegion>,
    /// Of an image to be searched as a whole: the phantom whose anatomy it has.
    pub(super) searched_of: Option<String>,
    /// Pixels per side of a region.
    pub(super) side: usize,
    pub(super) regions: Vec<Region>,
    pub(super) classes: Vec<&'static str>,
    outlines: OnceLock<Outlines>,
}

impl Drawn {
    /// Where all targets lie, and where targets may lie.
    pub(super) fn outlines(&self) -> &Outlines {
        self.outlines.get_or_init(|| {
            let mut whole = self.scene.clone();
            whole.regions.extend(self.unmarked.iter().cloned());
            Outlines::of(&whole, &self.phantom.formation)
        })
    }

    /// d′ of the ideal observer that knows the target of a region exactly, in the noise of the
    /// original on a flat background; `None` if the region holds no target or the noise has no
    /// such model.
    pub(super) fn detectability(&self, region: usize) -> Result<Option<f64>, ExploreError> {
        let Some(placed) = self.scene.regions.get(region) else {
            let expected = match self.scene.regions.len() {
                0 => "this image has no target".to_owned(),
                count => format!("0 to {} are possible", count - 1),
            };
            return Err(ExploreError::Value { key: "region", found: region.to_string(), expected });
        };
        let observer = KnownTargetObserver::new(&self.phantom.formation);
        Ok(observer.zip(placed.target).map(|(observer, target)| observer.detectability(&target)))
    }
}

/// A region as the page marks it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Region {
    pub(super) row: usize,
    pub(super) column: usize,
    /// Index into the classes; the last class is "absent".
    pub(super) class: u8,
    /// Signed; `None` if there is no target.
    pub(super) contrast: Option<f64>,
    pub(super) radius_mm: Option<f64>,
    /// Centre of the target in pixels from the top-left corner of the image: row, column.
    pub(super) center: Option<[f64; 2]>,
    /// Radius of the circle around the target, in pixels.
    pub(super) extent: Option<f64>,
}

fn regions(
    scene: &Scene,
    spacing_mm: f64,
    classes: &[&'static str],
    [rows, columns]: [usize; 2],
) -> Vec<Region> {
    let of = |region: &PlacedRegion| {
        debug_assert!(usize::from(region.class) < classes.len(), "a class of the phantom");
        let target = region.target;
        Region {
            row: region.row,
            column: region.column,
            class: region.class,
            contrast: target.map(|it| it.contrast),
            radius_mm: target.map(|it| it.equivalent_radius_mm),
            center: target.map(|it| {
                [
                    it.y_mm / spacing_mm + rows as f64 / 2.0,
                    it.x_mm / spacing_mm + columns as f64 / 2.0,
                ]
            }),
            extent: target.map(|it| it.shape.extent() * it.equivalent_radius_mm / spacing_mm),
        }
    };
    scene.regions.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Model {
        let source = include_str!("../../tests/phantom/small.toml");
        Model::new(Phantom::parse(source, "small.toml").expect("a valid phantom"))
    }

    #[test]
    fn bounds_keep_targets_in_their_regions() {
        let summary = small().summary;
        // Half a region 7.2 mm, less offset 2.25 and one pixel 0.45: 4.5 mm for the extent of a
        // triangle, √(4π/(3√3)) = 1.555 radii: 2.89 mm.
        assert_eq!(summary.radius_mm.most, 2.89);
        assert_eq!(summary.radius_mm.least, 0.675);
        assert_eq!((summary.contrast.least, summary.contrast.most), (2.0, 160.0));
        assert_eq!(summary.noise.map(|noise| noise.most), Some(16.0));
    }

    #[test]
    fn changes_leave_everything_else_as_it_is() {
        let model = small();
        let usual = model.draw(1, 3, Changes::default()).expect("drawn");
        let fresh = usual.image.clone();
        let changes = Changes { contrast: Some(77.0), radius_mm: Some(1.5), noise: Some(0.0) };
        let changed = model.draw(1, 3, model.check(changes).expect("possible")).expect("drawn");
        let (usual, changed) = (usual.drawn.expect("truth"), changed.drawn.expect("truth"));
        assert!(!usual.regions.is_empty());
        for (a, b) in usual.regions.iter().zip(&changed.regions) {
            assert_eq!((a.row, a.column, a.class, a.center), (b.row, b.column, b.class, b.center));
            assert_eq!(b.contrast.map(f64::abs), a.contrast.map(|_| 77.0));
            assert_eq!(b.radius_mm, a.radius_mm.map(|_| 1.5));
        }
        // The filters of the changed noise are not used again.
        let again = model.draw(1, 3, Changes::default()).expect("drawn");
        assert_eq!(again.image, fresh);
    }

    #[test]
    fn values_out_of_bounds_are_reported() {
        for (changes, key) in [
            (Changes { contrast: Some(0.0), ..Changes::default() }, "contrast"),
            (Changes { radius_mm: Some(2.9), ..Changes::default() }, "radius"),
            (Changes { noise: Some(f64::NAN), ..Changes::default() }, "noise"),
        ] {
            let error = small().check(changes).expect_err("out of bounds").to_string();
            assert!(error.contains(key) && error.contains("possible"), "{error}");
        }
    }
}
