//! Draws folds: fissures that wind inwards from an ellipse, as sulci do from the surface of the
//! brain; knows no other layer.

use std::f64::consts::{PI, TAU};

use super::tube::TubeLine;
use super::winding::Winding;
use crate::phantom::{Ellipse, Folds};
use crate::rng::Stream;

/// Pieces of the ellipse along which places are measured.
const PIECES: usize = 720;
/// Largest displacement of a fold along the ellipse from even spacing, over the spacing.
const SCATTER: f64 = 0.35;
/// Largest angle in radians between a fold's heading and the ellipse's normal.
const LEAN: f64 = 0.35;
/// Largest swing about the heading in radians.
const SWING: f64 = 0.5;
/// Share of folds that fork.
const FORKED: f64 = 0.3;
/// Share of the depth at which they do, at random between these.
const FORK_AT: [f64; 2] = [0.45, 0.7];
/// Angle in radians of each arm of a fork with the fold, at random between these.
const FORK_ANGLE: [f64; 2] = [0.5, 1.0];

/// The folds of one draw, each arm of a fork after its stem. Every fold draws as many numbers as
/// any other, so another depth moves none of them.
pub(super) fn lines(folds: &Folds, stream: &mut Stream) -> Vec<TubeLine> {
    let places = even_places(&folds.around, folds.count as usize);
    let turn = stream.uniform();
    let mut lines = Vec::new();
    for number in 0..folds.count {
        let scatter = stream.between(-SCATTER, SCATTER);
        let (from_mm, inwards) = places(f64::from(number) + turn + scatter);
        let depth_mm = stream.between(folds.depth_mm.low, folds.depth_mm.high);
        let heading = inwards + stream.between(-LEAN, LEAN);
        let mut swing = || (stream.between(0.0, SWING), stream.between(0.0, TAU));
        let swings = [swing(), swing(), swing()];
        let is_forked = stream.uniform() < FORKED;
        let share = stream.between(FORK_AT[0], FORK_AT[1]);
        let angles = [1.0, -1.0].map(|side| side * stream.between(FORK_ANGLE[0], FORK_ANGLE[1]));
        let mut tube = |from_mm, heading, length_mm, (swing, phase), radii| {
            let line = Winding { from_mm, heading, length_mm, swing, phase }.tube(radii);
            let (line, is_whole) = cut(line, &folds.around);
            let end = line.points_mm[line.points_mm.len() - 1];
            if line.points_mm.len() > 1 {
                lines.push(line);
            }
            is_whole.then_some(end)
        };
        let (first, last) = (folds.radius_mm, Folds::TAPER * folds.radius_mm);
        if !is_forked {
            tube(from_mm, heading, depth_mm, swings[0], [first, last]);
            continue;
        }
        let middle = first + share * (last - first);
        let Some(end) = tube(from_mm, heading, share * depth_mm, swings[0], [first, middle]) else {
            continue;
        };
        for (angle, swing) in angles.into_iter().zip(&swings[1..]) {
            tube(end, heading + angle, (1.0 - share) * depth_mm, *swing, [middle, last]);
        }
    }
    lines
}

/// Points evenly spaced along an ellipse, and the direction in radians from each to its inside:
/// a function of the point's number, of which `count` go round.
fn even_places(ellipse: &Ellipse, count: usize) -> impl Fn(f64) -> ([f64; 2], f64) {
    let [a, b] = ellipse.semi_axes_mm;
    let mut along = vec![0.0];
    let mut sum = 0.0;
    for piece in 0..PIECES {
        let (s, c) = libm::sincos(TAU * (piece as f64 + 0.5) / PIECES as f64);
        sum += (a * a * s * s + b * b * c * c).sqrt();
        along.push(sum);
    }
    let angle = ellipse.angle_deg * (PI / 180.0);
    let [x, y] = ellipse.center_mm;
    move |number| {
        let share = number / count as f64;
        let length = (share - share.floor()) * sum;
        let piece = along.partition_point(|&before| before <= length).clamp(1, PIECES) - 1;
        let within = (length - along[piece]) / (along[piece + 1] - along[piece]);
        let (s, c) = libm::sincos(TAU * (piece as f64 + within) / PIECES as f64);
        let (sine, cosine) = libm::sincos(angle);
        let (u, v) = (a * c, b * s);
        let inwards = libm::atan2(-a * s, -b * c) + angle;
        ([x + u * cosine - v * sine, y + u * sine + v * cosine], inwards)
    }
}

/// The line up to where it leaves the ellipse, and whether it is the whole line.
fn cut(mut line: TubeLine, ellipse: &Ellipse) -> (TubeLine, bool) {
    // The first point lies on the ellipse, to rounding.
    let leaves = line.points_mm[1..].iter().position(|&point| relative(ellipse, point) > 1.0);
    if let Some(number) = leaves {
        line.points_mm.truncate(number + 1);
        line.radii_mm.truncate(number + 1);
    }
    (line, leaves.is_none())
}

/// (u/a)² + (v/b)² of a point (x, y) in mm: above 1 outside.
fn relative(ellipse: &Ellipse, point: [f64; 2]) -> f64 {
    let (sine, cosine) = libm::sincos(ellipse.angle_deg * (PI / 180.0));
    let [dx, dy] = [0, 1].map(|axis| point[axis] - ellipse.center_mm[axis]);
    let [a, b] = ellipse.semi_axes_mm;
    let (u, v) = ((cosine * dx + sine * dy) / a, (cosine * dy - sine * dx) / b);
    u * u + v * v
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phantom::Range;
    use crate::rng::{Purpose, StreamKey};

    const FOLDS: Folds = Folds {
        around: Ellipse {
            center_mm: [4.0, -7.0],
            semi_axes_mm: [60.0, 45.0],
            angle_deg: 30.0,
            undulation: None,
        },
        count: 40,
        depth_mm: Range { low: 6.0, high: 18.0 },
        radius_mm: 0.8,
    };

    fn drawn(folds: &Folds, case: u64) -> Vec<TubeLine> {
        lines(folds, &mut StreamKey { seed: 3, purpose: Purpose::Anatomy, case, part: 0 }.open())
    }

    fn on_the_edge(line: &TubeLine) -> bool {
        (relative(&FOLDS.around, line.points_mm[0]) - 1.0).abs() < 1e-9
    }

    #[test]
    fn folds_begin_on_the_ellipse_and_lie_inside() {
        // A flat ellipse with folds nearly as deep as it is high, too.
        let flat =
            Folds { around: Ellipse { semi_axes_mm: [60.0, 19.0], ..FOLDS.around }, ..FOLDS };
        for folds in [FOLDS, flat] {
            for line in (0..20).flat_map(|case| drawn(&folds, case)) {
                for point in &line.points_mm {
                    assert!(relative(&folds.around, *point) <= 1.0 + 1e-9, "{point:?}");
                }
            }
        }
        let mouths = drawn(&FOLDS, 0).iter().filter(|line| on_the_edge(line)).count();
        assert_eq!(mouths, FOLDS.count as usize);
    }

    #[test]
    fn depths_fill_their_range_and_some_folds_fork() {
        let length = |line: &TubeLine| -> f64 {
            let step = |pair: &[[f64; 2]]| {
                let [dx, dy] = [0, 1].map(|axis| pair[1][axis] - pair[0][axis]);
                (dx * dx + dy * dy).sqrt()
            };
            line.points_mm.windows(2).map(step).sum()
        };
        let (mut whole, mut forks) = (Vec::new(), 0);
        const CASES: u64 = 50;
        for case in 0..CASES {
            let lines = drawn(&FOLDS, case);
            for (number, line) in lines.iter().enumerate().filter(|(_, line)| on_the_edge(line)) {
                let arm = lines.get(number + 1).filter(|line| !on_the_edge(line));
                forks += usize::from(arm.is_some());
                whole.push(length(line) + arm.map_or(0.0, length));
            }
        }
        let n = whole.len() as f64;
        let [least, most] = [f64::min, f64::max].map(|pick| whole.iter().copied().reduce(pick));
        assert!(least >= Some(6.0 - 1e-9) && most <= Some(18.0 + 1e-9), "{least:?} {most:?}");
        // The mean of 2000 uniform values: five standard errors of 12/√12/√2000.
        assert!((whole.iter().sum::<f64>() / n - 12.0).abs() < 0.39);
        // Five standard errors of a share of 2000.
        assert!((forks as f64 / n - FORKED).abs() < 0.052, "{forks} of {n}");
    }

    #[test]
    fn folds_repeat_with_the_seed_and_differ_from_image_to_image() {
        assert_eq!(drawn(&FOLDS, 4), drawn(&FOLDS, 4));
        assert_ne!(drawn(&FOLDS, 4), drawn(&FOLDS, 5));
    }

    #[test]
    fn places_are_evenly_spaced_and_look_inwards() {
        // Chords between 400 places of an ellipse; they shorten arcs by less than 1e-3.
        let place = even_places(&FOLDS.around, 400);
        let chords: Vec<f64> = (0..400)
            .map(|number| {
                let (from, inwards) = place(f64::from(number));
                let (to, _) = place(f64::from(number + 1));
                let (sine, cosine) = libm::sincos(inwards);
                let inside = [from[0] + cosine, from[1] + sine];
                assert!(relative(&FOLDS.around, inside) < 1.0);
                let [dx, dy] = [0, 1].map(|axis| to[axis] - from[axis]);
                // At right angles to the edge.
                assert!((dx * cosine + dy * sine).abs() < 0.03);
                (dx * dx + dy * dy).sqrt()
            })
            .collect();
        let mean = chords.iter().sum::<f64>() / 400.0;
        assert!(chords.iter().all(|chord| (chord / mean - 1.0).abs() < 2e-3));
    }
}
