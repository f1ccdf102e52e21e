//! The plots of image quality: each index against the ratio, and the score against each index.

use maud::{Markup, html};

use crate::codec::CodecName;
use crate::record::{
    ArmResult, InputPath, LevelResult, PredictorResult, QualityIndex, QualityResult, Regime,
    Results,
};

use super::axis::RatioAxis;
use super::drawing::{Drawing, at, side_label};
use super::marks::line_class;
use crate::report::words;

/// Size of a plot and of its two fields.
const SIZE: (f64, f64) = (560.0, 300.0);
const TOP: f64 = 62.0;
const HEIGHT: f64 = 180.0;
const FIELDS: [(f64, f64); 2] = [(62.0, 262.0), (336.0, 546.0)];

/// A codec's levels on one path, under one training.
struct Course<'a> {
    arm: &'a ArmResult,
    levels: Vec<(&'a LevelResult, f64)>,
}

/// One drawing per index, for networks trained on originals where there are any.
pub(in crate::report) fn qualities(results: &Results) -> Vec<Drawing> {
    let Some(regime) = shown_regime(results) else { return Vec::new() };
    QualityIndex::ALL.into_iter().filter_map(|index| drawing(results, index, regime)).collect()
}

/// The regime that the plots show: the first that was studied.
pub(in crate::report) fn shown_regime(results: &Results) -> Option<Regime> {
    let studied = |regime: &Regime| results.predictors.iter().any(|it| it.regime == *regime);
    Regime::ALL.into_iter().find(studied)
}

fn drawing(results: &Results, index: QualityIndex, regime: Regime) -> Option<Drawing> {
    let arms = words::lossy(results).filter(|arm| arm.regime == regime);
    let courses: Vec<Course<'_>> = arms
        .map(|arm| Course { arm, levels: levels(arm, &results.quality, index) })
        .filter(|course| !course.levels.is_empty())
        .collect();
    let all = || courses.iter().flat_map(|course| &course.levels);
    let (low, high) = words::span(all().map(|(_, value)| *value))?;
    let ratios = words::span(all().map(|(level, _)| level.ratio_stored))?;
    let of_index = results.predictors.iter().filter(|it| (it.index, it.regime) == (index, regime));
    let score = &results.measure().score;
    let said: Vec<String> = of_index.map(|it| correlation(it, score)).collect();
    let frame = Frame::new(index, (low, high), ratios);
    Some(Drawing {
        name: words::file_prefix(results) + &format!("quality-{}", index.name()),
        title: format!(
            "{} against ratio, and {score} against it, networks trained on {}",
            words::index(index),
            words::trained_on(regime)
        ),
        text: format!("{} from {low:.3} to {high:.3}. {}.", words::index(index), said.join("; ")),
        size: SIZE,
        body: frame.draw(results, &courses),
    })
}

/// The rank correlation in words.
fn correlation(predictor: &PredictorResult, score: &str) -> String {
    let path = predictor.path.map_or("all paths", InputPath::name);
    let rho =
        predictor.rank_correlation.map_or_else(|| "none".to_owned(), |it| words::signed(it, 3));
    format!("rank correlation with {score} kept over {} levels of {path}: {rho}", predictor.levels)
}

/// Finite values of an index at the levels of an arm.
fn levels<'a>(
    arm: &'a ArmResult,
    quality: &[QualityResult],
    index: QualityIndex,
) -> Vec<(&'a LevelResult, f64)> {
    let value = |level: &LevelResult| {
        let measured = quality.iter().find(|it| {
            (it.codec, it.path) == (arm.codec, arm.path) && Some(it.target) == level.target
        });
        index.of(measured?, level.psnr_db).filter(|it| it.is_finite())
    };
    let shown = arm.levels.iter().filter(|it| it.ratio_stored > 0.0 && it.score.is_finite());
    shown.filter_map(|level| Some((level, value(level)?))).collect()
}

/// Where an index, a ratio and a score lie.
struct Frame {
    index: QualityIndex,
    values: (f64, f64),
    step: f64,
    axis: RatioAxis,
}

impl Frame {
    fn new(index: QualityIndex, (low, high): (f64, f64), ratios: (f64, f64)) -> Self {
        let least = match index {
            QualityIndex::Psnr => 5.0,
            _ => 0.01,
        };
        let span = (high - low).max(least);
        let power = 10_f64.powf((span / 5.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|it| it * power);
        let step = step.into_iter().find(|it| span / it <= 5.5).unwrap_or(power * 10.0);
        let values = ((low / step).floor() * step, ((low + span) / step).ceil() * step);
        let pad = (ratios.1 / ratios.0).max(2.0).powf(0.04);
        let (left, right) = FIELDS[0];
        let axis = RatioAxis { ratios: (ratios.0 / pad, ratios.1 * pad), left, right };
        Self { index, values, step, axis }
    }

    fn share(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        let share = (value - low) / (high - low);
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Ordinate of the index in the left field.
    fn y(&self, value: f64) -> f64 {
        TOP + (1.0 - self.share(value)) * HEIGHT
    }

    /// Abscissa of the index in the right field: the better image is on the left, as is the milder
    /// ratio.
    fn x(&self, value: f64) -> f64 {
        let (left, right) = FIELDS[1];
        let share = self.share(value);
        let share = if self.index.rises_with_quality() { 1.0 - share } else { share };
        left + share * (right - left)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let (low, high, step) = (self.values.0, self.values.1, self.step);
        (0..=12)
            .map(move |it| low + f64::from(it) * step)
            .filter(move |it| *it <= high + step / 2.0)
    }

    fn number(&self, value: f64) -> String {
        let decimals =
            [1.0, 0.1, 0.01].into_iter().position(|it| self.step > it * 0.99).unwrap_or(3);
        words::signed(value, decimals)
    }

    fn draw(&self, results: &Results, courses: &[Course<'_>]) -> Markup {
        let bottom = TOP + HEIGHT;
        let score_y = |score: f64| TOP + (1.0 - score.clamp(0.0, 1.0)) * HEIGHT;
        let path = |course: &Course<'_>, at: &dyn Fn(&LevelResult, f64) -> (f64, f64)| -> String {
            let points = course.levels.iter().enumerate().map(|(number, (level, value))| {
                let (x, y) = at(level, *value);
                format!("{}{x:.1} {y:.1}", if number == 0 { 'M' } else { 'L' })
            });
            points.collect()
        };
        let left =
            |level: &LevelResult, value: f64| (self.axis.x(level.ratio_stored), self.y(value));
        let right = |level: &LevelResult, value: f64| (self.x(value), score_y(level.score));
        html! {
            text.name x=(FIELDS[0].0) y="18" { (words::index(self.index)) }
            (legend(courses))
            @for tick in self.ticks() {
                path.grid d=(format!("M{} {1:.1}H{2}", FIELDS[0].0, self.y(tick), FIELDS[0].1)) {}
                text.soft x=(FIELDS[0].0 - 7.0) y=(at(self.y(tick) + 4.0)) text-anchor="end" {
                    (self.number(tick))
                }
                path.grid d=(format!("M{:.1} {TOP}V{bottom}", self.x(tick))) {}
                text.soft x=(at(self.x(tick))) y=(at(bottom + 19.0)) text-anchor="middle" {
                    (self.number(tick))
                }
            }
            @for tick in (0..=5).map(|it| f64::from(it) / 5.0) {
                path.grid d=(format!("M{} {1:.1}H{2}", FIELDS[1].0, score_y(tick), FIELDS[1].1)) {}
                text.soft x=(FIELDS[1].0 - 7.0) y=(at(score_y(tick) + 4.0)) text-anchor="end" {
                    (words::fixed(tick, 1))
                }
            }
            @if let Some(ideal) = words::ideal(results) {
                path.ceiling d=(format!("M{} {1:.1}H{2}", FIELDS[1].0, score_y(ideal), FIELDS[1].1)) {
                    title { "ideal observer " (words::fixed(ideal, 3)) }
                }
            }
            @for course in courses {
                path class=(line_class(course.arm.codec)) d=(path(course, &left)) {}
                path class=(line_class(course.arm.codec)) d=(path(course, &right)) {}
                @for (level, value) in &course.levels {
                    @for (x, y) in [left(level, *value), right(level, *value)] {
                        g {
                            title {
                                (course.arm.codec.title()) ", " (course.arm.path.name()) ", "
                                (words::target(level)) ": " (words::index(self.index)) " "
                                (words::signed(*value, 3)) ", " (results.measure().short) " "
                                (words::fixed(level.score, 3))
                            }
                            (dot(course.arm.codec, course.arm.path, x, y))
                        }
                    }
                }
            }
            @for (from, to) in FIELDS {
                path.frame d=(format!("M{from} {TOP}V{bottom}H{to}")) {}
            }
            (self.axis.draw(bottom))
            (side_label(words::index_unit(self.index), TOP + HEIGHT / 2.0))
            text.soft transform=(format!("translate({} {}) rotate(-90)", FIELDS[1].0 - 34.0, TOP + HEIGHT / 2.0))
                text-anchor="middle" { (results.measure().short) }
            text.soft x=(at((FIELDS[1].0 + FIELDS[1].1) / 2.0)) y=(at(bottom + 36.0)) text-anchor="middle" {
                (words::index_unit(self.index)) ", best on the left"
            }
        }
    }
}

/// Which line is which: native with hollow dots.
fn legend(courses: &[Course<'_>]) -> Markup {
    let mut x = 14.0;
    let entries: Vec<(f64, &ArmResult, String)> = courses
        .iter()
        .map(|course| {
            let text = format!("{}, {}", course.arm.codec.title(), course.arm.path.name());
            let start = x;
            // With room for the larger letters of a narrow screen.
            x += 30.0 + 8.0 * text.chars().count() as f64 + 14.0;
            (start, course.arm, text)
        })
        .collect();
    html! { @for (x, arm, text) in entries {
        path class=(line_class(arm.codec)) d=(format!("M{x:.1} 40h24")) {}
        (dot(arm.codec, arm.path, x + 12.0, 40.0))
        text.soft x=(at(x + 30.0)) y="44.5" { (text) }
    } }
}

fn dot(codec: CodecName, path: InputPath, x: f64, y: f64) -> Markup {
    let hollow = if path == InputPath::Native { " hollow" } else { "" };
    html! {
        path class=(format!("mark {}{hollow}", codec.name()))
            d=(format!("M{:.1} {y:.1}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z", x - 3.0)) {}
    }
}
