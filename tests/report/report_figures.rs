//! Pictures and tables of the made-up study.

use phantom_limit::codec::CodecName;
use phantom_limit::record::{
    Attention, AttentionMap, Confusion, Example, FORMAT, Figures, InputPath, Regime, Results,
    Strip, StripLevel, Tile,
};

use super::CLASSES;

/// A linear congruential generator: enough for pictures of a test.
struct Noise(u64);

impl Noise {
    /// About normal with unit deviation: four uniforms.
    fn next(&mut self) -> f64 {
        let uniform = |state: &mut u64| {
            *state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (*state >> 33) as f64 / (1_u64 << 31) as f64
        };
        let sum: f64 = (0..4).map(|_| uniform(&mut self.0)).sum();
        (sum - 2.0) * 3.0_f64.sqrt()
    }
}

/// Pictures and tables.
pub(crate) fn figures(results: &Results) -> Figures {
    let mut confusions = Vec::new();
    for arm in &results.arms {
        let mut push = |codec, target, accuracy| {
            let (path, regime) = (arm.path, arm.regime);
            confusions.push(Confusion { codec, path, regime, target, counts: counts(accuracy) });
        };
        if arm.codec == CodecName::Lossless {
            push(None, None, arm.original_score);
            continue;
        }
        for level in arm.levels.iter().filter(|it| matches!(it.target, Some(10.0 | 30.0 | 80.0))) {
            push(Some(arm.codec), level.target, level.score);
        }
    }
    let mut strips = Vec::new();
    for (codec, path) in [
        (CodecName::Jpeg, InputPath::Windowed),
        (CodecName::Jpeg2000, InputPath::Windowed),
        (CodecName::Jpeg2000, InputPath::Native),
    ] {
        // The same targets under every codec.
        let mut noise = Noise(7);
        for (shape, name) in CLASSES[..5].iter().enumerate() {
            strips.push(strip(codec, path, shape, name, &mut noise));
        }
    }
    Figures {
        format: FORMAT,
        classes: CLASSES.map(str::to_owned).to_vec(),
        confusions,
        strips,
        quality: Vec::new(),
        outlines: Vec::new(),
        attention: (!results.pointing.is_empty()).then(|| attention(results)),
        search: None,
        example: example(&mut Noise(11)),
    }
}

/// Maps that are greatest in the middle, of every shape on originals and at one level.
fn attention(results: &Results) -> Attention {
    let pixels = || (0..32_u32 * 32).map(|place| (f64::from(place % 32), f64::from(place / 32)));
    let distance = |(x, y): (f64, f64)| ((x - 15.5).powi(2) + (y - 15.5).powi(2)).sqrt();
    let mut maps = Vec::new();
    for rendition in ["uncompressed", "jpeg-20"] {
        maps.extend((0..5).map(|class| AttentionMap {
            path: InputPath::Windowed,
            regime: Regime::Original,
            class,
            rendition: rendition.to_owned(),
            map: pixels().map(|at| (255.0 - 20.0 * distance(at)).max(0.0) as u8).collect(),
            display: pixels().map(|(x, y)| (100.0 + x + y) as u8).collect(),
            mask: pixels().map(|at| u8::from(distance(at) < 5.0)).collect(),
        }));
    }
    Attention { networks: 5, dilation: 2, side: 32, pointing: results.pointing.clone(), maps }
}

/// Answers of 5 networks on 1000 regions of each class: errors lean towards `absent`.
fn counts(accuracy: f64) -> Vec<Vec<u64>> {
    let row = |truth: usize| {
        let right = (5000.0 * accuracy.max(0.2)).round() as u64;
        let wrong = 5000 - right;
        let mut row = vec![wrong / 10; 6];
        row[5] += wrong / 2;
        row[truth] = right;
        let sum: u64 = row.iter().sum();
        row[truth] = (row[truth] + 5000).saturating_sub(sum);
        row
    };
    (0..6).map(row).collect()
}

/// Whether a point (in radii from the centre) lies in a shape of about equal area.
fn inside(shape: usize, x: f64, y: f64) -> bool {
    let radius = (x * x + y * y).sqrt();
    match shape {
        0 => radius < 1.0,
        1 => x.abs().max(y.abs()) < 0.886,
        2 => y < 0.75 && y > 1.73 * x.abs() - 1.5,
        3 => (0.75..1.25).contains(&radius),
        _ => (x.abs() < 0.396 && y.abs() < 1.19) || (y.abs() < 0.396 && x.abs() < 1.19),
    }
}

fn strip(codec: CodecName, path: InputPath, shape: usize, name: &str, noise: &mut Noise) -> Strip {
    let (side, radius) = (32_usize, 4.6);
    let center = [15.3 + noise.next(), 16.1 + noise.next()];
    let contrast = if shape.is_multiple_of(2) { 31.0 } else { -28.0 };
    let mut original = Vec::new();
    for row in 0..side {
        for column in 0..side {
            let (x, y) = (column as f64 + 0.5 - center[0], row as f64 + 0.5 - center[1]);
            let value = if inside(shape, x / radius, y / radius) { contrast } else { 0.0 };
            original.push((122.0 + 2.1 * value + 9.0 * noise.next()).clamp(0.0, 255.0));
        }
    }
    let levels = [(10.0, 2), (30.0, 4), (80.0, 8)].map(|(target, block)| {
        let decoded = smeared(&original, side, block, codec == CodecName::Jpeg);
        let gain = if path == InputPath::Native { 0.47 } else { 1.0 };
        let difference =
            original.iter().zip(&decoded).map(|(a, b)| ((b - a) * gain).round() as i32);
        StripLevel {
            target,
            ratio_stored: target * 1.006,
            tile: Tile {
                difference: difference.collect(),
                display: decoded.iter().map(|it| it.round() as u8).collect(),
            },
        }
    });
    Strip {
        codec,
        path,
        shape: name.to_owned(),
        contrast,
        equivalent_radius_mm: radius * 0.45,
        side: side as u32,
        center_column: center[0],
        center_row: center[1],
        extent_pixels: radius * 1.3,
        original: Tile {
            display: original.iter().map(|it| it.round() as u8).collect(),
            difference: Vec::new(),
        },
        levels: levels.to_vec(),
    }
}

/// A caricature of compression: means of blocks, or a moving mean.
fn smeared(values: &[f64], side: usize, block: usize, blocks: bool) -> Vec<f64> {
    let mean = |rows: std::ops::Range<usize>, columns: std::ops::Range<usize>| {
        let count = (rows.len() * columns.len()) as f64;
        let sum: f64 =
            rows.map(|row| columns.clone().map(|it| values[row * side + it]).sum::<f64>()).sum();
        sum / count
    };
    let around = |at: usize| {
        if blocks {
            let from = at / block * block;
            from..(from + block).min(side)
        } else {
            at.saturating_sub(block / 2)..(at + block / 2).min(side)
        }
    };
    (0..side * side).map(|at| mean(around(at / side), around(at % side))).collect()
}

fn example(noise: &mut Noise) -> Example {
    let (rows, columns) = (512_u32, 512_u32);
    let within = |x: f64, y: f64, a: f64, b: f64| (x / a).powi(2) + (y / b).powi(2) < 1.0;
    let mut display = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let (x, y) = (f64::from(column) - 255.5, f64::from(row) - 255.5);
            let value = if !within(x, y, 174.0, 218.0) {
                0.0
            } else if !within(x, y, 149.0, 193.0) {
                255.0
            } else if within(x.abs() - 25.0, y + 13.0, 11.0, 44.0) {
                60.0 + 8.5 * noise.next()
            } else if within(x, y, 124.0, 166.0) {
                106.0 + 8.5 * noise.next()
            } else {
                123.0 + 8.5 * noise.next()
            };
            display.push(value.clamp(0.0, 255.0).round() as u8);
        }
    }
    let mut regions = Vec::new();
    for row in 0..9_u32 {
        for column in 0..7_u32 {
            let corner = [80 + row * 39 + (column * 5) % 4, 122 + column * 39 + (row * 7) % 5];
            let (x, y) = (f64::from(corner[1]) - 239.5, f64::from(corner[0]) - 239.5);
            if within(x, y, 130.0, 172.0) {
                regions.push((corner, ((row * 7 + column * 5) % 6) as u8));
            }
        }
    }
    Example {
        rows,
        columns,
        display,
        regions,
        detection: vec![([40, 40], true), ([80, 40], false)],
        region_side: 32,
    }
}
