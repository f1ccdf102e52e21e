//! The rules of the background: outlines, names, and values that can be stored.

use super::value::{REQUIRED, or, point, value};
use super::variation::{texture, vary};
use crate::phantom::fault::{Cause, Faults};
use crate::phantom::nearest::{printable, rounded};
use crate::phantom::raw::{At, Outline as RawOutline, RawLayer};
use crate::phantom::{
    Acquisition, Blend, Branch, Corners, Ellipse, Folds, Layer, Matrix, Outline, Physics, Profile,
    Range, Rectangle, Tree, Tube, Undulation, power,
};

/// What painted values become in the image, and which of them can be stored.
pub(super) struct Scale<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) acquisition: &'a Acquisition,
}

impl Scale<'_> {
    pub(super) fn unit(&self) -> &'static str {
        self.acquisition.physics().unit().symbol()
    }

    /// The lowest and the highest physical value that the stored bits can hold.
    pub(super) fn bounds(&self) -> [f64; 2] {
        let Matrix { rescale, format, .. } = self.matrix;
        [rescale.physical(0), rescale.physical(format.peak())]
    }

    pub(super) fn bounds_text(&self) -> String {
        let [low, high] = self.bounds().map(rounded);
        format!(
            "{low} to {high} {}, what {} stored bits hold with this `rescale`",
            self.unit(),
            self.matrix.format.bits_stored
        )
    }

    /// Whether painted values are image values up to a factor. Projections add up, and echoes
    /// are cut at the ends of the grey scale by design.
    pub(super) fn is_direct(&self) -> bool {
        matches!(self.acquisition.physics(), Physics::Ct | Physics::Mr)
    }

    pub(super) fn holds(&self, painted: f64) -> bool {
        let [low, high] = self.bounds();
        (low..=high).contains(&self.acquisition.image_value(painted))
    }

    /// Adds the fault that a painted value, which comes from the number at `key`, cannot be
    /// stored.
    pub(super) fn storable(&self, key: &str, found: &At<f64>, painted: f64, faults: &mut Faults) {
        if !self.is_direct() || self.holds(painted) {
            return;
        }
        let expected = if painted == found.number() {
            self.bounds_text()
        } else {
            let signal = rounded(self.acquisition.image_value(painted));
            format!("a signal, {signal} {} here, of {}", self.unit(), self.bounds_text())
        };
        value(faults, key, found, expected);
    }
}

pub(super) fn layer(raw: &RawLayer, scale: &Scale<'_>, faults: &mut Faults) -> Layer {
    let (key, found, painted) = painted(raw, scale.acquisition);
    if let (Some(waves), Some(Profile::Chord)) = (&raw.undulation, raw.profile) {
        let expected = "no waves on a layer whose `profile` is `chord`".to_owned();
        value(faults, "amplitude_mm", &waves.amplitude_mm, expected);
    }
    scale.storable(key, found, painted, faults);
    if let Some(by) = raw.vary.as_ref().and_then(|vary| vary.value_hu.as_ref()) {
        for change in [-by.number(), by.number()] {
            scale.storable("value_hu", by, painted + change, faults);
        }
    }
    Layer {
        name: raw.name.get().clone(),
        outline: outline(raw, faults),
        mirror: raw.mirror.unwrap_or(false),
        blend: raw.blend.unwrap_or(Blend::Cover),
        profile: raw.profile.unwrap_or(Profile::Flat),
        value: painted,
        vary: raw.vary.as_ref().map(vary),
        leader: None,
        texture: raw.texture.as_ref().map(texture),
    }
}

/// The painted value of a layer, with the key and number that most decide it.
fn painted<'a>(raw: &'a RawLayer, acquisition: &Acquisition) -> (&'static str, &'a At<f64>, f64) {
    let given = |key: &'a Option<At<f64>>| key.as_ref().expect(REQUIRED);
    match acquisition {
        Acquisition::Ct(_) => {
            let value = given(&raw.value_hu);
            ("value_hu", value, value.number())
        }
        Acquisition::Mr(mr) => {
            let density = given(&raw.pd_percent);
            let signal = mr.signal_au(
                density.number(),
                given(&raw.t1_ms).number(),
                or(&raw.t1_exponent, 0.0),
                given(&raw.t2_ms).number(),
            );
            ("pd_percent", density, signal)
        }
        Acquisition::Xray(_) => {
            let thickness = given(&raw.thickness_mm);
            ("thickness_mm", thickness, thickness.number() * given(&raw.mu_per_mm).number())
        }
        Acquisition::Ultrasound(_) => {
            let level = given(&raw.echogenicity_db);
            ("echogenicity_db", level, power(level.number()))
        }
        Acquisition::Nuclear(_) => {
            let uptake = given(&raw.uptake_percent);
            ("uptake_percent", uptake, uptake.number() / 100.0)
        }
    }
}

fn outline(raw: &RawLayer, faults: &mut Faults) -> Outline {
    let center_mm = raw.center_mm.as_ref().map_or([0.0; 2], point);
    let angle_deg = or(&raw.angle_deg, 0.0);
    let semi_axes_mm = || point(raw.semi_axes_mm.as_ref().expect(REQUIRED));
    match raw.shape {
        RawOutline::Ellipse => {
            let [a, b] = semi_axes_mm();
            let undulation = raw.undulation.as_ref().map(|waves| {
                let half_mm = a.min(b) / 2.0;
                if waves.amplitude_mm.number() >= half_mm {
                    let expected =
                        format!("below {} mm, half the smaller semi-axis", rounded(half_mm));
                    value(faults, "amplitude_mm", &waves.amplitude_mm, expected);
                }
                Undulation { amplitude_mm: waves.amplitude_mm.number(), cycles: waves.cycles }
            });
            Outline::Ellipse(Ellipse { center_mm, semi_axes_mm: [a, b], angle_deg, undulation })
        }
        RawOutline::Rectangle => {
            let [a, b] = semi_axes_mm();
            if let Some(radius) = &raw.corner_radius_mm
                && radius.number() > a.min(b)
            {
                let expected = format!("at most {} mm, the smaller semi-axis", rounded(a.min(b)));
                value(faults, "corner_radius_mm", radius, expected);
            }
            Outline::Rectangle(Rectangle {
                center_mm,
                semi_axes_mm: [a, b],
                angle_deg,
                corner_radius_mm: or(&raw.corner_radius_mm, 0.0),
            })
        }
        RawOutline::Polygon => Outline::Polygon(Corners {
            vertices_mm: raw.vertices_mm.iter().flatten().map(point).collect(),
            smooth: raw.smooth.unwrap_or(false),
        }),
        RawOutline::Tube => Outline::Tube(Tube {
            branches: raw
                .branches
                .iter()
                .flatten()
                .map(|branch| Branch {
                    path_mm: branch.path_mm.iter().map(point).collect(),
                    radius_mm: point(&branch.radius_mm),
                })
                .collect(),
            jitter_mm: or(&raw.jitter_mm, 0.0),
        }),
        RawOutline::Tree => Outline::Tree(tree(raw, faults)),
        RawOutline::Folds => {
            let around =
                Ellipse { center_mm, semi_axes_mm: semi_axes_mm(), angle_deg, undulation: None };
            Outline::Folds(folds(raw, around, faults))
        }
    }
}

fn tree(raw: &RawLayer, faults: &mut Faults) -> Tree {
    let given = |key: &Option<At<f64>>| key.as_ref().expect(REQUIRED).number();
    let least = raw.least_radius_mm.as_ref().expect(REQUIRED);
    let radius_mm = given(&raw.radius_mm);
    if least.number() >= radius_mm {
        let expected = format!("below `radius_mm`, {}", rounded(radius_mm));
        value(faults, "least_radius_mm", least, expected);
    }
    Tree {
        root_mm: point(raw.root_mm.as_ref().expect(REQUIRED)),
        angle_deg: or(&raw.angle_deg, 0.0),
        radius_mm,
        length_mm: given(&raw.length_mm),
        generations: raw.generations.expect(REQUIRED),
        spread_deg: given(&raw.spread_deg),
        least_radius_mm: least.number(),
    }
}

fn folds(raw: &RawLayer, around: Ellipse, faults: &mut Faults) -> Folds {
    let [low, high] = raw.depth_mm.as_ref().expect(REQUIRED);
    let least_mm = around.semi_axes_mm[0].min(around.semi_axes_mm[1]);
    if high.number() >= least_mm {
        let expected = format!("below {} mm, the smaller semi-axis", rounded(least_mm));
        value(faults, "depth_mm", high, expected);
    }
    if low.number() > high.number() {
        let expected = format!("at most {}, the largest depth", rounded(high.number()));
        value(faults, "depth_mm", low, expected);
    }
    Folds {
        around,
        count: raw.count.expect(REQUIRED),
        depth_mm: Range { low: low.number(), high: high.number() },
        radius_mm: raw.radius_mm.as_ref().expect(REQUIRED).number(),
    }
}

pub(super) fn unique_names(layers: &[RawLayer], faults: &mut Faults) {
    for (at, layer) in layers.iter().enumerate() {
        let name = layer.name.get();
        if layers[..at].iter().any(|earlier| earlier.name.get() == name) {
            let value = format!("\"{}\"", printable(name));
            faults.push(layer.name.span(), Cause::Repeated { key: "name".into(), value });
        }
    }
}
