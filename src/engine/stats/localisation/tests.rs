use serde_json::Value;

use super::super::reference::{close, numbers};
use super::marked::in_order;
use super::*;
use crate::rng::{Purpose, Stream, StreamKey};
use crate::stats::StatsError;

/// Sums of some hundred shares in f64.
const TOLERANCE: f64 = 1e-12;

/// Images whose targets are discs `[x, y, radius]` and whose marks are `[x, y, rating]`.
fn froc_case() -> (Vec<MarkedImage>, Value) {
    let case: Value = serde_json::from_str(include_str!("froc_case.json")).unwrap();
    let marked = |image: &Value| {
        let list = |key: &str| image[key].as_array().unwrap().iter().map(numbers);
        let discs: Vec<Vec<f64>> = list("targets").collect();
        let mut marked =
            MarkedImage { targets: vec![f64::NEG_INFINITY; discs.len()], false_marks: Vec::new() };
        for mark in list("marks") {
            let inside =
                |disc: &Vec<f64>| libm::hypot(mark[0] - disc[0], mark[1] - disc[1]) < disc[2];
            match discs.iter().position(inside) {
                Some(target) => marked.targets[target] = marked.targets[target].max(mark[2]),
                None => marked.false_marks.push(mark[2]),
            }
        }
        marked
    };
    let images = case["images"].as_array().unwrap().iter().map(marked).collect();
    (images, case["expected"].clone())
}

#[test]
fn areas_are_those_of_rjafroc() {
    // RJafroc 2.1.3, as froc_case.json says.
    let (images, expected) = froc_case();
    let of = |key: &str| expected[key].as_f64().unwrap();
    let area = |counted, weights| afroc_area(&images, counted, weights).unwrap();
    use FalseMarks::{OfAll, OfNormal};
    use TargetWeights::{Images, Targets};
    close(area(OfNormal, Targets), of("AFROC"), TOLERANCE);
    close(area(OfAll, Targets), of("AFROC1"), TOLERANCE);
    close(area(OfNormal, Images), of("wAFROC"), TOLERANCE);
    close(area(OfAll, Images), of("wAFROC1"), TOLERANCE);
    close(highest_rating_area(&images).unwrap(), of("HrAuc"), TOLERANCE);
    close(WeightedAfroc::of(&images).unwrap().area, of("wAFROC"), TOLERANCE);
    let found = images.iter().flat_map(|image| &image.targets).filter(|it| it.is_finite()).count();
    let wrong: usize = images.iter().map(|image| image.false_marks.len()).sum();
    assert_eq!([found as f64, wrong as f64], [of("detected"), of("false_marks")]);
}

#[test]
fn sensitivities_are_those_of_luna16_and_monai() {
    let (images, expected) = froc_case();
    let curve = OperatingCurve::free_response(&images).unwrap();
    close(curve.cpm(), expected["CPM"].as_f64().unwrap(), TOLERANCE);
    // 14 of 15 targets are found in the end, with 17 false marks on 14 images.
    let last = curve.points.last().unwrap();
    close(last[0], 17.0 / 14.0, TOLERANCE);
    close(last[1], 14.0 / 15.0, TOLERANCE);
    assert_eq!(curve.sensitivity(8.0), last[1]);
}

#[test]
fn average_precision_is_pycocotools() {
    // scripts/coco_reference.py
    let case: Value = serde_json::from_str(include_str!("coco_case.json")).unwrap();
    let to_box = |values: &[f64]| BoundingBox {
        row: values[1],
        column: values[0],
        rows: values[3],
        columns: values[2],
    };
    let boxed = |image: &Value| {
        let list = |key: &str| image[key].as_array().unwrap().iter().map(numbers);
        BoxedImage {
            targets: list("targets").map(|it| to_box(&it)).collect(),
            marks: list("marks").map(|it| (to_box(&it), it[4])).collect(),
        }
    };
    let images: Vec<BoxedImage> = case["images"].as_array().unwrap().iter().map(boxed).collect();
    for (name, overlap) in [("AP50", 0.5), ("AP75", 0.75)] {
        let expected = case["expected"][name].as_f64().unwrap();
        close(average_precision(&images, overlap).unwrap(), expected, TOLERANCE);
    }
    assert!(average_precision(&[], 0.5).is_err());
}

/// Images with ratings in steps of 0.5, so that there are ties, and targets that are not marked.
fn drawn(count: usize, stream: &mut Stream) -> Vec<MarkedImage> {
    let mut rating = |shift: f64| ((stream.uniform() * 6.0 + shift) * 2.0).round() / 2.0;
    (0..count)
        .map(|number| {
            let targets = if number % 3 == 0 { 0 } else { 1 + number % 4 };
            let marked = |it: f64| if it < 1.5 { f64::NEG_INFINITY } else { it };
            MarkedImage {
                targets: (0..targets).map(|_| marked(rating(1.0))).collect(),
                false_marks: (0..number % 5).map(|_| rating(0.0)).collect(),
            }
        })
        .collect()
}

fn stream() -> Stream {
    StreamKey { seed: 1, purpose: Purpose::Simulation, case: 0, part: 0 }.open()
}

/// Weighted AFROC by its double sum.
fn double_sum(images: &[MarkedImage]) -> f64 {
    let (normal, abnormal): (Vec<_>, Vec<_>) = images.iter().partition(|it| it.is_normal());
    let mut sum = 0.0;
    for normal in &normal {
        for abnormal in &abnormal {
            let in_order: f64 =
                abnormal.targets.iter().map(|&it| in_order(normal.highest_false(), it)).sum();
            sum += in_order / abnormal.targets.len() as f64;
        }
    }
    sum / (normal.len() * abnormal.len()) as f64
}

#[test]
fn pseudovalues_are_those_of_leaving_images_out() {
    let mut stream = stream();
    for count in [9, 40] {
        let images = drawn(count, &mut stream);
        let found = WeightedAfroc::of(&images).unwrap();
        let all = double_sum(&images);
        close(found.area, all, TOLERANCE);
        close(found.pseudovalues.iter().sum::<f64>() / count as f64, all, TOLERANCE);
        for (left_out, pseudovalue) in found.pseudovalues.iter().enumerate() {
            let mut others = images.clone();
            others.remove(left_out);
            let n = count as f64;
            close(*pseudovalue, n * all - (n - 1.0) * double_sum(&others), 1e-10);
        }
    }
}

#[test]
fn areas_are_those_under_their_curves() {
    let images = drawn(40, &mut stream());
    for counted in [FalseMarks::OfNormal, FalseMarks::OfAll] {
        for weights in [TargetWeights::Targets, TargetWeights::Images] {
            let curve = afroc_curve(&images, counted, weights).unwrap();
            let trapezia = curve.points.windows(2).map(|pair| {
                let [[x, y], [next_x, next_y]] = [pair[0], pair[1]];
                (next_x - x) * f64::midpoint(y, next_y)
            });
            let area = afroc_area(&images, counted, weights).unwrap();
            close(trapezia.sum(), area, TOLERANCE);
        }
    }
}

#[test]
fn localisation_needs_the_highest_mark_on_the_target() {
    let image = |targets: &[f64], false_marks: &[f64]| MarkedImage {
        targets: targets.to_vec(),
        false_marks: false_marks.to_vec(),
    };
    // Hits at 3 and 2; a higher false mark; not marked. Normal images at 1, 2, none and 2.5.
    let mut images = vec![
        image(&[3.0], &[1.0]),
        image(&[2.0], &[]),
        image(&[1.0], &[2.0]),
        image(&[f64::NEG_INFINITY], &[]),
        image(&[], &[1.0, 0.0]),
        image(&[], &[2.0]),
        image(&[], &[]),
        image(&[], &[2.5]),
    ];
    // 3 is above all four, 2 above two and equal to one, of 4 × 4 pairs.
    let expected = Lroc { area: 6.5 / 16.0, correct: 0.5 };
    assert_eq!(Lroc::of(&images).unwrap(), expected);
    images[0].targets.push(1.0);
    assert!(matches!(Lroc::of(&images), Err(StatsError::Value { position: 0, .. })));
}

#[test]
fn what_has_no_area_is_refused() {
    let normal = MarkedImage::default();
    let abnormal = MarkedImage { targets: vec![1.0], false_marks: Vec::new() };
    let weighted =
        |images: &[MarkedImage]| afroc_area(images, FalseMarks::OfNormal, TargetWeights::Images);
    assert!(weighted(std::slice::from_ref(&normal)).is_err());
    assert!(weighted(std::slice::from_ref(&abnormal)).is_err());
    assert_eq!(weighted(&[normal.clone(), abnormal.clone()]), Ok(1.0));
    // One image of a kind cannot be left out.
    assert!(WeightedAfroc::of(&[normal.clone(), abnormal.clone()]).is_err());
    let no_number = MarkedImage { false_marks: vec![f64::NAN], ..normal };
    assert!(matches!(weighted(&[no_number, abnormal]), Err(StatsError::Value { position: 0, .. })));
    // Nothing is marked: half of all pairs.
    let unmarked = MarkedImage { targets: vec![f64::NEG_INFINITY], false_marks: Vec::new() };
    assert_eq!(weighted(&[MarkedImage::default(), unmarked]), Ok(0.5));
}
