//! How one layer of one patient differs from the phantom's: place, size, angle, value; draws from
//! one stream for each.

use super::warp::Affine;
use crate::phantom::{Effect, Layer, Physics, Vary};
use crate::rng::{Purpose, StreamKey};

/// What is drawn of a layer, by the part of its stream.
#[derive(Debug, Clone, Copy)]
enum Property {
    ShiftX,
    ShiftY,
    SizeX,
    SizeY,
    Angle,
    Value,
}

/// The map of a layer's outline; `None` where it stays as it is.
pub(super) fn place(layers: &[Layer], number: usize, seed: u64, case: u64) -> Option<Affine> {
    let leader = layers[number].leader.unwrap_or(number);
    let vary =
        layers[leader].vary.filter(|vary| Vary { value: 0.0, ..*vary } != Vary::default())?;
    let drawn = |property, most| draw(seed, case, leader, property, most);
    let [size_x, size_y] = vary.size_percent;
    let size = [
        1.0 + drawn(Property::SizeX, size_x) / 100.0,
        1.0 + drawn(Property::SizeY, size_y) / 100.0,
    ];
    let shift =
        [drawn(Property::ShiftX, vary.shift_mm[0]), drawn(Property::ShiftY, vary.shift_mm[1])];
    let angle_deg = drawn(Property::Angle, vary.angle_deg);
    Some(Affine::about(layers[leader].outline.middle_mm(), size, angle_deg, shift))
}

/// The painted value of a layer.
pub(super) fn value(
    layers: &[Layer],
    number: usize,
    physics: Physics,
    seed: u64,
    case: u64,
) -> f64 {
    let layer = &layers[number];
    let most = layer.vary.map_or(0.0, |vary| vary.value);
    if most == 0.0 {
        return layer.value;
    }
    // Layers of a group rise and fall together.
    let leader = layer.leader.unwrap_or(number);
    let effect: Effect = physics.change(draw(seed, case, leader, Property::Value, most));
    effect.on(layer.value, 1.0)
}

fn draw(seed: u64, case: u64, layer: usize, property: Property, most: f64) -> f64 {
    let part = (layer as u64) << 8 | property as u64;
    StreamKey { seed, purpose: Purpose::LayerVariation, case, part }.open().between(-most, most)
}
