//! The plots of the crossing of the margin against the efficiency of networks, or against their score
//! on originals where no efficiency is known.

use maud::{Markup, html};

use super::drawing::{Drawing, at, side_label};
use crate::record::{Results, SizeCourse, SizeResult};
use crate::report::words;

const SIZE: (f64, f64) = (330.0, 300.0);
const FIELD: (f64, f64, f64, f64) = (62.0, 40.0, 306.0, 232.0);

/// One drawing per codec and path with a crossing.
pub(in crate::report) fn efficiencies(results: &Results) -> Vec<Drawing> {
    results.training_sizes.iter().filter_map(|course| drawing(results, course)).collect()
}

/// A position with its interval.
type Bounded = (f64, f64, f64);

fn drawing(results: &Results, course: &SizeCourse) -> Option<Drawing> {
    let of_efficiency = course.sizes.iter().all(|it| it.efficiency.is_some());
    let across = |size: &SizeResult| -> Bounded {
        let score = (size.original_score, size.original_score_lower, size.original_score_upper);
        let known = size.efficiency.filter(|_| of_efficiency);
        known.map_or(score, |it| {
            (it, size.efficiency_lower.unwrap_or(it), size.efficiency_upper.unwrap_or(it))
        })
    };
    let points: Vec<(Bounded, Bounded)> = (course.sizes.iter())
        .filter_map(|size| {
            let ratio = size.crossing.ratio_stored.filter(|it| *it > 0.0)?;
            let end = |it: Option<f64>| it.filter(|it| *it > 0.0).unwrap_or(ratio);
            Some((across(size), (ratio, end(size.crossing.lower), end(size.crossing.upper))))
        })
        .collect();
    let ideal = course.ideal.map(|it| ((1.0, 1.0, 1.0), (it.ratio_stored, it.lower, it.upper)));
    let all = || points.iter().chain(&ideal);
    let ends = |it: &Bounded| [it.0, it.1, it.2];
    let widened =
        |(low, high): (f64, f64), pad: f64| (low - pad * (high - low), high + pad * (high - low));
    let (low, high) = words::span(all().flat_map(|it| ends(&it.1)))?;
    let (low, high) = (low.ln(), (high.max(low * 1.01)).ln());
    let ratios = widened((low, high), 0.08);
    let positions = if of_efficiency {
        let reach = words::span(points.iter().flat_map(|it| ends(&it.0)))?;
        (0.0, reach.1.max(1.05))
    } else {
        let (low, high) = words::span(points.iter().flat_map(|it| ends(&it.0)))?;
        widened((low, high.max(low + 0.01)), 0.08)
    };
    let scale = Scale { positions, ratios };
    let task = words::file_prefix(results);
    let said = course.sizes.iter().map(|size| {
        let at =
            size.crossing.ratio_stored.map_or_else(|| "no crossing".to_owned(), words::plain_ratio);
        format!("{} training images: {at}", size.training_images)
    });
    let said = said.collect::<Vec<_>>().join("; ");
    let ideal_said = course.ideal.map_or_else(String::new, |it| {
        format!("; ideal observer: {}", words::plain_ratio(it.ratio_stored))
    });
    Some(Drawing {
        name: format!("{task}efficiency-{}-{}", course.codec.name(), course.path.name()),
        title: format!(
            "Where the loss reaches the margin, against {}: {}",
            if of_efficiency { "efficiency" } else { "the score on originals" },
            words::arm_name(course.codec, course.path)
        ),
        text: format!("{said}{ideal_said}."),
        size: SIZE,
        body: body(results, course, &scale, &points, ideal.as_ref(), of_efficiency),
    })
}

/// Ends of both axes; ratios as natural logarithms.
struct Scale {
    positions: (f64, f64),
    ratios: (f64, f64),
}

impl Scale {
    fn x(&self, position: f64) -> f64 {
        let (low, high) = self.positions;
        FIELD.0 + (position - low) / (high - low) * (FIELD.2 - FIELD.0)
    }

    fn y(&self, ratio: f64) -> f64 {
        let (low, high) = self.ratios;
        FIELD.3 - (ratio.ln() - low) / (high - low) * (FIELD.3 - FIELD.1)
    }
}

fn body(
    results: &Results,
    course: &SizeCourse,
    scale: &Scale,
    points: &[(Bounded, Bounded)],
    ideal: Option<&(Bounded, Bounded)>,
    of_efficiency: bool,
) -> Markup {
    let (left, top, right, bottom) = FIELD;
    let codec = course.codec.name();
    let ticks = |(low, high): (f64, f64), count: u32| {
        (0..=count).map(move |it| low + (high - low) * f64::from(it) / f64::from(count))
    };
    let shares = if of_efficiency { (0.0, 1.0) } else { scale.positions };
    html! {
        text.name x=(left) y="18" { (words::arm_name(course.codec, course.path)) }
        @for tick in ticks(scale.ratios, 4).map(f64::exp) {
            path.grid d=(format!("M{left} {:.1}H{right}", scale.y(tick))) {}
            text.soft x=(left - 7.0) y=(at(scale.y(tick) + 4.0)) text-anchor="end" {
                (words::ratio_number(tick))
            }
        }
        @for tick in ticks(shares, 4) {
            path.frame d=(format!("M{:.1} {bottom}v5", scale.x(tick))) {}
            text.soft x=(at(scale.x(tick))) y=(bottom + 19.0) text-anchor="middle" {
                (words::fixed(tick, if of_efficiency { 2 } else { 3 }))
            }
        }
        path.frame d=(format!("M{left} {top}V{bottom}H{right}")) {}
        @if let Some(found) = course.ideal {
            path.ceiling d=(format!("M{:.1} {top}V{bottom}", scale.x(1.0))) {}
            path class={ "line " (codec) } d=(line(scale, points, &found)) {}
        }
        @for (across, up) in points.iter().chain(ideal) {
            path class={ "bar " (codec) }
                d=(format!("M{:.1} {:.1}V{:.1}M{:.1} {:.1}H{:.1}", scale.x(across.0), scale.y(up.1), scale.y(up.2), scale.x(across.1), scale.y(up.0), scale.x(across.2))) {}
        }
        @for (across, up) in points {
            circle class={ "mark " (codec) } cx=(at(scale.x(across.0))) cy=(at(scale.y(up.0))) r="3.5" {}
        }
        @if let Some((across, up)) = ideal {
            circle class={ "mark hollow " (codec) } cx=(at(scale.x(across.0))) cy=(at(scale.y(up.0))) r="4.5" {}
        }
        text.soft x=(at((left + right) / 2.0)) y=(bottom + 38.0) text-anchor="middle" {
            (if of_efficiency { "efficiency".to_owned() } else { format!("{} on originals", words::short(results, &course.task)) })
        }
        (side_label("ratio N:1 at the margin", (top + bottom) / 2.0))
    }
}

/// The fitted line from the least efficient networks to the ideal observer: straight over
/// 1/efficiency, so a curve here.
fn line(
    scale: &Scale,
    points: &[(Bounded, Bounded)],
    ideal: &crate::record::IdealCrossing,
) -> String {
    const PIECES: u32 = 24;
    let least = points.iter().map(|it| it.0.0).fold(1.0, f64::min);
    let place = |piece: u32| {
        let efficiency = least + (1.0 - least) * f64::from(piece) / f64::from(PIECES);
        let ratio = ideal.ratio_stored * (ideal.slope * (1.0 / efficiency - 1.0)).exp();
        let command = if piece == 0 { 'M' } else { 'L' };
        format!("{command}{:.1} {:.1}", scale.x(efficiency), scale.y(ratio))
    };
    (0..=PIECES).map(place).collect()
}
