//! Figures against those of MONAI 1.6.1 and surface-distance 0.1 (torch 2.15.0, scipy 1.17.1), which
//! `scripts/outline_reference.py` prints, and against arithmetic.

use super::*;
use crate::dataset::{Dataset, OutlinedTarget, Outlines, Split};
use crate::phantom::{Shape, library};
use crate::scene::{Pixels, Polygon, RegionKind, Target, raster};

const SPACING_MM: f64 = 0.45;
const SIDE: usize = 48;
/// The tools give single precision.
const SINGLE: f64 = 1e-6;

fn disk(row: f64, column: f64, radius: f64) -> impl Fn(usize, usize) -> bool {
    move |y, x| {
        let [down, along] = [y as f64 - row, x as f64 - column];
        down * down + along * along <= radius * radius
    }
}

fn rectangle(
    top: usize,
    left: usize,
    height: usize,
    width: usize,
) -> impl Fn(usize, usize) -> bool {
    move |y, x| (top..top + height).contains(&y) && (left..left + width).contains(&x)
}

fn mask(inside: impl Fn(usize, usize) -> bool) -> Mask {
    Mask::new(SIDE, SIDE, inside)
}

/// Average, 95th percentile, maximum and surface Dice within a pixel.
fn surface(truth: &Mask, found: &Mask, definition: BoundaryDefinition) -> [f64; 4] {
    let of = |mask| Boundary::of(mask, definition);
    let distances = of(truth).distances(&of(found), SPACING_MM).unwrap();
    let percentiles = [0.95, 1.0].map(|share| distances.hausdorff_mm(share));
    [distances.average_mm(), percentiles[0], percentiles[1], distances.dice(SPACING_MM)]
}

struct Case {
    name: &'static str,
    truth: Mask,
    found: Mask,
    /// Dice and intersection over union, by MONAI.
    overlap: [f64; 2],
    monai: [f64; 4],
    surface_distance: [f64; 4],
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "a disk moved by (2, 1)",
            truth: mask(disk(24.0, 24.0, 10.0)),
            found: mask(disk(26.0, 25.0, 10.0)),
            overlap: [0.858_044_147, 0.751_381_218],
            monai: [0.610_442_579, 1.006_230_593, 1.006_230_593, 0.446_428_567],
            surface_distance: [0.539_673_476, 1.006_230_590, 1.006_230_590, 0.524_823_584],
        },
        Case {
            name: "a far speck",
            truth: mask(disk(24.0, 24.0, 3.0)),
            found: mask(|y, x| disk(24.0, 24.0, 3.0)(y, x) || (y, x) == (2, 2)),
            overlap: [0.983_050_823, 0.966_666_639],
            monai: [0.385_694_623, 2.545_582_056, 12.727_922_440, 0.969_696_999],
            surface_distance: [0.702_943_074, 12.413_802_802, 12.727_922_061, 0.939_964_654],
        },
        Case {
            name: "a ring outlined as a disk",
            truth: mask(|y, x| disk(24.0, 24.0, 9.0)(y, x) && !disk(24.0, 24.0, 5.0)(y, x)),
            found: mask(disk(24.0, 23.0, 8.0)),
            overlap: [0.628_726_304, 0.458_498_031],
            monai: [0.502_290_368, 1.019_558_430, 1.350_000_024, 0.645_161_271],
            surface_distance: [0.496_473_197, 1.423_024_947, 1.800_000_000, 0.574_588_713],
        },
        Case {
            name: "at the border",
            truth: mask(rectangle(0, 0, 7, 9)),
            found: mask(rectangle(0, 0, 6, 12)),
            overlap: [0.800_000_012, 0.666_666_687],
            monai: [0.344_999_999, 1.350_000_024, 1.350_000_024, 0.833_333_313],
            surface_distance: [0.349_150_815, 1.350_000_000, 1.350_000_000, 0.826_153_511],
        },
        Case {
            name: "a line",
            truth: mask(rectangle(10, 5, 1, 20)),
            found: mask(|y, x| rectangle(11, 8, 2, 15)(y, x) || (y, x) == (13, 12)),
            overlap: [0.0, 0.0],
            monai: [0.643_165_588, 1.027_070_165, 1.423_024_893, 0.600_000_024],
            surface_distance: [0.418_639_365, 1.006_230_590, 1.423_024_947, 0.690_260_044],
        },
        Case {
            name: "corners that touch",
            truth: mask(|y, x| rectangle(4, 4, 3, 3)(y, x) || rectangle(7, 7, 3, 3)(y, x)),
            found: mask(rectangle(5, 5, 4, 4)),
            overlap: [0.470_588_237, 0.307_692_319],
            monai: [0.366_885_424, 0.899_999_976, 0.899_999_976, 0.857_142_866],
            surface_distance: [0.389_985_778, 0.900_000_000, 0.900_000_000, 0.883_716_377],
        },
    ]
}

#[test]
fn figures_equal_those_of_both_tools() {
    for Case { name, truth, found, overlap, monai, surface_distance } in cases() {
        let overlaps = [truth.dice(&found), truth.intersection_over_union(&found)];
        for (found, expected) in overlaps.into_iter().zip(overlap) {
            assert!((found.unwrap() - expected).abs() < SINGLE, "{name}: {found:?} {expected}");
        }
        for (definition, expected) in [
            (BoundaryDefinition::EdgePixels, monai),
            (BoundaryDefinition::ContourLengths, surface_distance),
        ] {
            let all = surface(&truth, &found, definition);
            for (found, expected) in all.into_iter().zip(expected) {
                assert!((found - expected).abs() < SINGLE * 10.0, "{name}: {all:?} {expected}");
            }
        }
    }
}

#[test]
fn empty_masks_have_no_overlap_and_no_distance() {
    let (empty, full) = (mask(|_, _| false), mask(disk(20.0, 20.0, 4.0)));
    assert_eq!(
        (empty.dice(&full), full.dice(&empty), empty.dice(&empty)),
        (Some(0.0), Some(0.0), None)
    );
    for definition in [BoundaryDefinition::EdgePixels, BoundaryDefinition::ContourLengths] {
        let of = |mask| Boundary::of(mask, definition);
        assert_eq!(of(&full).distances(&of(&empty), 1.0), None);
    }
}

#[test]
fn distances_to_an_exact_circle_are_those_to_its_radius() {
    let target = Target {
        shape: Shape::Disk,
        x_mm: 1.0,
        y_mm: -2.0,
        equivalent_radius_mm: 3.0,
        angle_deg: 0.0,
        contrast: 1.0,
        vessel_radius_mm: None,
    };
    let contour = Contour::of(&target.outline());
    // The circle is a polygon of 256 edges, up to 3·(1 − cos(π/256)) = 2.3e-4 mm inside of it.
    for (angle, radius) in [(0.3_f64, 2.0_f64), (1.0, 3.5), (2.0, 0.5), (4.0, 3.0), (5.5, 7.0)] {
        let point = [1.0 + radius * angle.cos(), -2.0 + radius * angle.sin()];
        let found = contour.signed_distance_mm(point);
        assert!((found - (radius - 3.0)).abs() < 2.5e-4, "{radius}: {found}");
    }
    let at = |radius: f64| [1.0 + radius, -2.0];
    let found = contour.distances(&[at(2.0), at(3.5), at(3.5)]).unwrap();
    // Signed −1, 0.5 and 0.5; the percentile lies 0.9 of the way from 0.5 to 1.
    for (found, expected) in
        [(found.bias_mm, 0.0), (found.mean_mm, 2.0 / 3.0), (found.percentile_95_mm, 0.95)]
    {
        assert!((found - expected).abs() < 1e-3, "{found} {expected}");
    }
    assert_eq!(contour.distances(&[]), None);
}

#[test]
fn holes_and_several_parts_are_inside_or_outside() {
    let square = |low: f64, high: f64| vec![[low, low], [high, low], [high, high], [low, high]];
    let mut hole = square(-1.0, 1.0);
    hole.reverse();
    let polygon = Polygon { contours: vec![square(-2.0, 2.0), hole, square(4.0, 6.0)] };
    let contour = Contour::of(&polygon);
    for (point, expected) in
        [([0.0, 0.0], 1.0), ([1.5, 0.0], -0.5), ([5.0, 5.5], -0.5), ([3.0, 0.0], 1.0)]
    {
        assert!((contour.signed_distance_mm(point) - expected).abs() < 1e-12, "{point:?}");
    }
}

#[test]
fn components_belong_to_the_target_that_they_overlap_most() {
    // One row; targets 1 and 2, then an ignored pixel.
    let truth = [1, 1, 1, 0, 2, 2, 0, 0, 0, 0, 0, 0];
    let found = [0, 1, 1, 1, 1, 0, 0, 2, 0, 3, 3, 0];
    let ignored = |place| place == 9;
    let result = candidates((&found, 3), (&truth, 2), ignored);
    // The first overlaps target 1 by 2 of 3 + 4 − 2 pixels, target 2 by one alone.
    assert_eq!(result, Candidates { overlaps: vec![2.0 / 5.0, 0.0], others: 1 });
    assert_eq!((result.found(0.1), result.found(0.5)), ([1, 1], [0, 2]));
    // Both parts of a target in two pieces are its candidate.
    let result = candidates((&[1, 0, 2], 2), (&[1, 0, 1], 1), |_| false);
    assert_eq!(result, Candidates { overlaps: vec![1.0], others: 0 });
}

/// Logits that say exactly a mask, in which 0 is background.
fn logits(mask: &[u8], classes: usize) -> Vec<f32> {
    let of =
        |&label: &u8| (0..classes).map(move |it| if it == usize::from(label) { 9.0 } else { 0.0 });
    mask.iter().flat_map(of).collect()
}

/// A phantom with its first test image's outlines.
fn head() -> (Dataset, Outlines) {
    let dataset = Dataset::new(library::find("ct-head").unwrap(), 1);
    let outlines = dataset.outlines(Split::Test, 0).unwrap();
    (dataset, outlines)
}

/// Class + 1 of each pixel of the targets that are asked for, and `subtle` of the others.
fn labels(outlines: &Outlines, subtle: u8) -> Vec<u8> {
    let [rows, columns] = outlines.size;
    let mut mask = vec![0; rows * columns];
    for target in &outlines.targets {
        let asked = target.kind == RegionKind::Identify;
        for [row, column] in target.pixels.iter() {
            mask[row * columns + column] = if asked { target.class + 1 } else { subtle };
        }
    }
    mask
}

#[test]
fn the_true_mask_is_outlined_perfectly() {
    let (dataset, outlines) = head();
    let classes = dataset.phantom().formation.targets.shapes.len() + 1;
    let size = outlines.size;
    let truth = OutlineTruth::of(&outlines, [0, 0, size[0], size[1]]);
    assert!(truth.targets() > 5 && truth.targets() < outlines.targets.len());
    let mask = labels(&outlines, 0);
    let compared =
        |mask: &[u8]| truth.compare(&Segmentation::of(&logits(mask, classes), size, classes));
    let found = compared(&mask);
    assert_eq!((found.targets.len(), found.others), (truth.targets(), 0));
    let spacing = outlines.spacing_mm.unwrap();
    for figures in &found.targets {
        let exact = (figures.dice, figures.dice_of_shape, figures.overlap, figures.surface_dice);
        assert_eq!(exact, (1.0, 1.0, 1.0, 1.0));
        assert_eq!((figures.area, figures.is_missed()), (1.0, false));
        assert_eq!((figures.average_mm, figures.hausdorff_95_mm), (0.0, 0.0));
        // A mask of whole pixels lies on both sides of the outline, within a pixel of it.
        assert!(figures.mean_mm < spacing / 2.0 && figures.percentile_95_mm < spacing);
        assert!(figures.bias_mm.abs() < figures.mean_mm);
        assert_eq!(OutlineFigures::from_values(figures.values()), *figures);
    }
    // Subtle targets are ignored: outlining them is no error.
    let with_subtle = labels(&outlines, 1);
    assert_ne!(with_subtle, mask);
    assert_eq!(compared(&with_subtle), found);
    // Another shape everywhere has the same outline, and no share of the shapes.
    let shapes = classes as u8 - 1;
    let other: Vec<u8> = mask.iter().map(|&it| if it == 0 { 0 } else { it % shapes + 1 }).collect();
    for figures in &compared(&other).targets {
        assert_eq!((figures.dice, figures.dice_of_shape), (1.0, 0.0));
    }
    // Nothing outlined.
    let diagonal = spacing * ((size[0].pow(2) + size[1].pow(2)) as f64).sqrt();
    for figures in &compared(&vec![0; mask.len()]).targets {
        assert_eq!((figures.dice, figures.overlap, figures.surface_dice), (0.0, 0.0, 0.0));
        assert!(figures.is_missed());
        assert_eq!((figures.hausdorff_95_mm, figures.average_mm), (diagonal, diagonal));
        assert_eq!((figures.mean_mm, figures.bias_mm), (diagonal, -diagonal));
    }
    // A part of the image that begins elsewhere has the same figures.
    let [row, column] = [8, 16];
    let within = |it: &&OutlinedTarget| it.region[0] >= row && it.region[1] >= column;
    let part = Outlines {
        targets: outlines.targets.iter().filter(within).cloned().collect(),
        ..outlines.clone()
    };
    let corner = OutlineTruth::of(&part, [row, column, size[0] - row, size[1] - column]);
    let cut: Vec<u8> = labels(&part, 0)
        .chunks_exact(size[1])
        .skip(row)
        .flat_map(|line| line[column..].to_vec())
        .collect();
    let size = [size[0] - row, size[1] - column];
    let moved = corner.compare(&Segmentation::of(&logits(&cut, classes), size, classes));
    let kept = asked(&outlines).zip(&found.targets).filter(|(it, _)| within(it));
    let kept: Vec<OutlineFigures> = kept.map(|(_, figures)| *figures).collect();
    assert!(kept.len() > 3 && moved.targets == kept, "{moved:?} {kept:?}");
}

#[test]
fn neighbours_and_what_nobody_is_asked_do_not_count_in_a_region() {
    // Two targets of 2 × 2 pixels side by side; the region of the first holds the other, and that of
    // the other a pixel that is ignored. Pixels are 1 mm apart, or by no known distance.
    let target = |kind, column: usize, side: usize| OutlinedTarget {
        kind,
        class: 0,
        pixels: Pixels::of([2, column], [side, side], |_| true),
        region: [0, column.min(4) - 1, 6, 6],
        drawn: None,
    };
    let identify = |column| target(RegionKind::Identify, column, 2);
    let outlines = |spacing_mm| Outlines {
        size: [6, 9],
        spacing_mm,
        targets: vec![identify(1), identify(4), target(RegionKind::Detect, 8, 1)],
        area: Pixels::default(),
    };
    let found = |spacing_mm, mask: &Mask| {
        let shown: Vec<u8> = mask.inside.iter().map(|&it| u8::from(it)).collect();
        let truth = OutlineTruth::of(&outlines(spacing_mm), [0, 0, 6, 9]);
        truth.compare(&Segmentation::of(&logits(&shown, 2), [6, 9], 2))
    };
    let all = Mask::new(6, 9, |row, column| {
        [2, 3].contains(&row) && [1, 2, 4, 5].contains(&column) || (row, column) == (2, 8)
    });
    let exact = found(Some(1.0), &all);
    assert_eq!(exact.others, 0);
    for one in &exact.targets {
        let figures = (one.dice, one.area, one.overlap, one.surface_dice, one.average_mm);
        assert_eq!(figures, (1.0, 1.0, 1.0, 1.0, 0.0));
    }
    // A row more below the first: 2 · 4 / (4 + 6) and 6 / 4 of its pixels; nothing changes of the other.
    let more = Mask::new(6, 9, |row, column| {
        [2, 3].contains(&row) && [1, 2, 4, 5].contains(&column)
            || row == 4 && column < 3 && column > 0
    });
    let wide = found(Some(1.0), &more);
    assert_eq!((wide.targets[0].dice, wide.targets[0].area), (0.8, 1.5));
    assert_eq!(wide.targets[1].dice, 1.0);
    let unknown = found(None, &more);
    assert_eq!(unknown.targets[0].surface_dice, wide.targets[0].surface_dice);
    assert!(unknown.targets.iter().all(|it| it.average_mm.is_nan() && it.hausdorff_95_mm.is_nan()));
}

#[test]
fn soft_masks_are_outlined_below_the_pixel() {
    // The coverage as probability passes one half where the outline does.
    let (dataset, outlines) = head();
    let matrix = &dataset.phantom().formation.matrix;
    let [rows, columns] = outlines.size;
    let truth = OutlineTruth::of(&outlines, [0, 0, rows, columns]);
    let mut shares = vec![0.0; rows * columns];
    for target in asked(&outlines).filter_map(|it| it.drawn) {
        let cover = raster::cover(&target.outline(), matrix);
        for (number, share) in cover.share.iter().enumerate() {
            let row = cover.row + number / cover.columns;
            shares[row * columns + cover.column + number % cover.columns] = *share;
        }
    }
    let logit = |&share: &f64| [0.0, (share / (1.0 - share)).ln().clamp(-30.0, 30.0) as f32];
    let soft: Vec<f32> = shares.iter().flat_map(logit).collect();
    let hard: Vec<f32> =
        shares.iter().flat_map(|&it| [0.0, if it >= 0.5 { 9.0 } else { -9.0 }]).collect();
    let mean = |logits: &[f32]| {
        let found = truth.compare(&Segmentation::of(logits, outlines.size, 2)).targets;
        found.iter().map(|figures| figures.mean_mm).sum::<f64>() / found.len() as f64
    };
    let spacing = outlines.spacing_mm.unwrap();
    assert!(mean(&soft) < 0.1 * spacing, "{}", mean(&soft) / spacing);
    assert!(mean(&hard) > 0.15 * spacing, "{}", mean(&hard) / spacing);
}

#[test]
fn pixels_are_outlined_where_shapes_together_are_likely() {
    // Shapes of 0.3 and 0.25 exceed a background of 0.45; those of 0.3 and 0.15 do not one of 0.55.
    let log = |shares: [f32; 3]| shares.map(f32::ln);
    let logits = [log([0.45, 0.3, 0.25]), log([0.55, 0.3, 0.15]), log([0.1, 0.2, 0.7])].concat();
    let found = Segmentation::of(&logits, [1, 3], 3);
    assert_eq!(found.outlined().inside, [true, false, true]);
    assert_eq!([found.shape(0, 0), found.shape(0, 2)], [0, 1]);
}

#[test]
fn every_target_of_the_library_has_pixels_in_its_region() {
    for embedded in library::all() {
        let dataset = Dataset::new(embedded.phantom().unwrap(), 1);
        let id = &dataset.phantom().id;
        for target in &dataset.outlines(Split::Test, 0).unwrap().targets {
            let [row, column, rows, columns] = target.region;
            assert!(!target.pixels.runs.is_empty(), "{id}: {target:?}");
            let inside = target.pixels.iter().all(|[y, x]| {
                (row..row + rows).contains(&y) && (column..column + columns).contains(&x)
            });
            assert!(inside, "{id}: {target:?}");
        }
    }
}
