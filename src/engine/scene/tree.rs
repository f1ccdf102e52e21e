//! Grows a tree of vessels: one tapering tube for each branch; knows no other layer.
//!
//! Radii follow Murray's law, angles the least work of flow and blood (Murray 1926, J Gen Physiol
//! 9:835): cos θ₁ = (r⁴ + r₁⁴ − r₂⁴)/(2 r² r₁²), so the thinner child turns away more.

use std::f64::consts::{PI, TAU};

use super::tube::TubeLine;
use super::winding::Winding;
use crate::phantom::Tree;
use crate::rng::Stream;

/// Largest swing of a branch about its heading in radians.
const SWING: f64 = 0.3;

/// Angles of branching over those of least work, at random between these.
const ANGLE: [f64; 2] = [0.8, 1.2];

/// Branches of one draw, each after its parent.
pub(super) fn lines(tree: &Tree, stream: &mut Stream) -> Vec<TubeLine> {
    let mut lines = Vec::new();
    let trunk = Branch {
        from_mm: tree.root_mm,
        heading: tree.angle_deg * (PI / 180.0),
        radius_mm: tree.radius_mm,
        length_mm: tree.length_mm,
        generation: 1,
    };
    grow(tree, &trunk, stream, &mut lines);
    lines
}

struct Branch {
    from_mm: [f64; 2],
    heading: f64,
    radius_mm: f64,
    length_mm: f64,
    generation: u32,
}

fn grow(tree: &Tree, branch: &Branch, stream: &mut Stream, lines: &mut Vec<TubeLine>) {
    let winding = Winding {
        from_mm: branch.from_mm,
        heading: branch.heading,
        length_mm: branch.length_mm,
        swing: stream.between(0.0, SWING),
        phase: stream.between(0.0, TAU),
    };
    let end_mm = Tree::TAPER * branch.radius_mm;
    let share = stream.between(Tree::SHARE.low, Tree::SHARE.high);
    let radii = [share, 1.0 - share].map(|share| end_mm * libm::cbrt(share));
    let is_end = branch.generation >= tree.generations
        || radii.iter().any(|&radius| radius < tree.least_radius_mm);
    let last_mm = if is_end { tree.least_radius_mm } else { end_mm };
    let line = winding.tube([branch.radius_mm, last_mm]);
    let from_mm = line.points_mm[line.points_mm.len() - 1];
    lines.push(line);
    if is_end {
        return;
    }
    let side = if stream.bits() >> 63 == 0 { 1.0 } else { -1.0 };
    // An even branching of least work: r⁴/(2 r² r₁²) with r₁³ = r³/2.
    let even = libm::acos(libm::cbrt(0.5));
    let scale = tree.spread_deg * (PI / 180.0) / even;
    for (radius, other, side) in [(radii[0], radii[1], side), (radii[1], radii[0], -side)] {
        let turn = scale * least_work(end_mm, radius, other) * stream.between(ANGLE[0], ANGLE[1]);
        let child = Branch {
            from_mm,
            heading: branch.heading + side * turn,
            radius_mm: radius,
            length_mm: tree.length_mm
                * (radius / tree.radius_mm)
                * stream.between(Tree::LENGTH.low, Tree::LENGTH.high),
            generation: branch.generation + 1,
        };
        grow(tree, &child, stream, lines);
    }
}

/// The angle in radians that a child makes with its parent of radius `parent`.
fn least_work(parent: f64, child: f64, other: f64) -> f64 {
    let [p, c, o] = [parent, child, other].map(|radius| radius * radius);
    libm::acos(((p * p + c * c - o * o) / (2.0 * p * c)).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey};

    const TREE: Tree = Tree {
        root_mm: [-30.0, 5.0],
        angle_deg: 20.0,
        radius_mm: 4.0,
        length_mm: 25.0,
        generations: 7,
        spread_deg: 35.0,
        least_radius_mm: 0.6,
    };

    fn drawn(tree: &Tree, case: u64) -> Vec<TubeLine> {
        lines(tree, &mut StreamKey { seed: 3, purpose: Purpose::Anatomy, case, part: 0 }.open())
    }

    fn children<'a>(lines: &'a [TubeLine], parent: &TubeLine) -> Vec<&'a TubeLine> {
        let end = parent.points_mm[parent.points_mm.len() - 1];
        lines.iter().filter(|line| line.points_mm[0] == end).collect()
    }

    #[test]
    fn murrays_law_holds_at_every_branching() {
        for case in 0..20 {
            let lines = drawn(&TREE, case);
            let mut branchings = 0;
            for parent in &lines {
                let children = children(&lines, parent);
                if children.is_empty() {
                    continue;
                }
                branchings += 1;
                let cube = |radius: f64| radius * radius * radius;
                let sum: f64 = children.iter().map(|child| cube(child.radii_mm[0])).sum();
                let whole = cube(parent.radii_mm[parent.radii_mm.len() - 1]);
                assert_eq!(children.len(), 2);
                assert!((sum / whole - 1.0).abs() < 1e-12, "{sum} of {whole}");
            }
            assert_eq!(lines.len(), 2 * branchings + 1);
            assert!(branchings >= 3, "case {case} has {branchings} branchings");
        }
    }

    #[test]
    fn nothing_is_thinner_than_the_least_radius_and_every_end_has_it() {
        for case in 0..20 {
            let lines = drawn(&TREE, case);
            for line in &lines {
                assert!(line.radii_mm.iter().all(|&radius| radius >= TREE.least_radius_mm));
                assert!(line.radii_mm.windows(2).all(|pair| pair[1] <= pair[0]));
                let last = line.radii_mm[line.radii_mm.len() - 1];
                assert_eq!(children(&lines, line).is_empty(), last == TREE.least_radius_mm);
            }
        }
    }

    #[test]
    fn a_tree_stays_within_its_reach_and_number_of_generations() {
        let shallow = Tree { generations: 3, least_radius_mm: 0.01, ..TREE };
        for case in 0..20 {
            assert_eq!(drawn(&shallow, case).len(), 7, "1 + 2 + 4 branches");
            for line in drawn(&TREE, case) {
                for (point, radius) in line.points_mm.iter().zip(&line.radii_mm) {
                    let [dx, dy] = [0, 1].map(|axis| point[axis] - TREE.root_mm[axis]);
                    assert!((dx * dx + dy * dy).sqrt() + radius <= TREE.reach_mm());
                }
            }
        }
    }

    #[test]
    fn a_tree_repeats_with_the_seed_and_differs_from_image_to_image() {
        assert_eq!(drawn(&TREE, 4), drawn(&TREE, 4));
        assert_ne!(drawn(&TREE, 4), drawn(&TREE, 5));
    }

    #[test]
    fn angles_of_least_work() {
        // Murray 1926: 37.5° to each side where both children are alike; a child that takes nearly
        // all goes on straight, and one that takes nearly nothing turns away at nearly 90°.
        let even = libm::cbrt(0.5);
        assert!((least_work(1.0, even, even) * 180.0 / PI - 37.467).abs() < 1e-3);
        let (large, small) = (libm::cbrt(0.999_999), libm::cbrt(1e-6));
        assert!(least_work(1.0, large, small) < 0.02);
        assert!((least_work(1.0, small, large) - PI / 2.0).abs() < 0.02);
    }
}
