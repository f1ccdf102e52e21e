//! Linear model observers, with the networks' detection for comparison, as a section of the page and
//! as CSV; fits nothing.

use maud::{Markup, html};

use crate::codec::CodecName;
use crate::record::{
    ArmResult, InputPath, LinearLevel, LinearName, LinearResult, LinearResults, Regime, Results,
};

use super::markup::{caption, panels, scrolling};
use super::observers::{COMPARED, area, arms, course, networks};
use super::sheet::{Sheet, optional};
use super::{plot, second_ceiling, words};

/// The section; nothing where no linear observer rated.
pub(super) fn section(results: &Results) -> Option<Markup> {
    let linear = results.linear.as_ref()?;
    Some(html! {
        p {
            "Observers that rate a patch by its inner product with one template: the mean signal \
             (NPW), the mean signal through an eye filter (NPWE), and Hotelling\u{2019}s template on \
             channels (CHO). They know where the target would be and whether it is bright or dark, \
             and are asked whether it is there: an easier task than that of the networks, which detect \
             in the same regions. Compare where the areas begin to fall, not how high they are."
        }
        (second_ceiling::part(results))
        (panels(&plot::linears(results)))
        @for (codec, path) in arms(linear) {
            @let name = words::arm_name(codec, path);
            h3 { (name) }
            (scrolling(&name, &table(results, linear, codec, path)))
        }
        p.note {
            "Area under the ROC curve \u{b1} its standard error over " (linear.test_images)
            " test images (" (linear.test_present) " patches of " (linear.patch_pixels) "\u{d7}"
            (linear.patch_pixels) " pixels with a target, " (linear.test_absent) " without), and d\u{2032}, \
             which does not saturate. Templates and covariances come from "
            (linear.training_images) " images (" (linear.training_present) " and "
            (linear.training_absent) " patches) that neither networks nor tests use: observers fitted \
             to originals show domain shift and lost information, those fitted to the level show what \
             is left for such an observer. The numbers are in linear-observers.csv."
        }
    })
}

fn table(results: &Results, linear: &LinearResults, codec: CodecName, path: InputPath) -> Markup {
    let (base, arm) = (results.target_base(), (codec, path));
    let supplement: Vec<&ArmResult> =
        COMPARED.iter().filter_map(|&regime| networks(results, arm, regime)).collect();
    let of = |regime| {
        LinearName::ALL.into_iter().filter_map(move |name| course(linear, arm, regime, name))
    };
    let fitted: Vec<(&str, Vec<&LinearResult>)> =
        [("originals", Regime::Original), ("the level", Regime::Matched)]
            .map(|(name, regime)| (name, of(regime).collect()))
            .into();
    let levels = fitted[0].1.first().map_or(&[][..], |course| &course.levels);
    html! { table {
        (caption(&html! { "Present or absent: area under the ROC curve" }))
        thead {
            tr {
                th rowspan="2" scope="col" { "level" }
                @if !supplement.is_empty() {
                    th.first colspan=(supplement.len()) scope="colgroup" { "networks, trained on" }
                }
                @for (name, courses) in &fitted {
                    th.first colspan=(courses.len()) scope="colgroup" { "fitted to " (name) }
                }
            }
            tr {
                @for arm in &supplement { th scope="col" { (words::trained_on(arm.regime)) } }
                @for course in fitted.iter().flat_map(|it| &it.1) {
                    th scope="col" { (words::observer(course.observer)) }
                }
            }
        }
        tbody { @for (row, level) in levels.iter().enumerate() { tr {
            th scope="row" { (words::level_name(level.target, base)) }
            @for arm in &supplement {
                td { (area(arm, level.target).map_or_else(|| "\u{2013}".to_owned(), |it| words::fixed(it, 3))) }
            }
            @for course in fitted.iter().flat_map(|it| &it.1) {
                td { (cell(&course.levels[row])) }
            }
        } } }
    } }
}

fn cell(level: &LinearLevel) -> Markup {
    html! {
        (words::fixed(level.auc, 3)) " "
        span.interval {
            "\u{b1} " (words::fixed(level.standard_error, 3)) ", d\u{2032} "
            (words::fixed(level.detectability, 2))
        }
    }
}

/// Columns of `linear-observers.csv`.
const HEADER: [&str; 12] = [
    "codec",
    "path",
    "observer",
    "fitted_to",
    "target",
    "target_base",
    "ratio_stored",
    "auc",
    "auc_standard_error",
    "detectability",
    "auc_networks_original",
    "auc_networks_mixed",
];

/// Renders `linear-observers.csv`: one line per codec, path, observer, what it was fitted to, and
/// level; an empty target is the uncompressed image.
#[must_use]
pub fn linear_csv(linear: &LinearResults, results: &Results) -> Vec<u8> {
    let mut sheet = Sheet::new(HEADER);
    for course in &linear.observers {
        let arm = (course.codec, course.path);
        let supplement = COMPARED.map(|regime| networks(results, arm, regime));
        let ratio = |target: Option<f64>| {
            let levels = supplement.iter().flatten().flat_map(|arm| &arm.levels);
            levels.into_iter().find(|it| it.target == target).map(|it| it.ratio_stored)
        };
        for level in &course.levels {
            let [original, mixed] = supplement.map(|arm| area(arm?, level.target));
            sheet.line([
                course.codec.name().to_owned(),
                course.path.name().to_owned(),
                course.observer.name().to_owned(),
                if course.regime == Regime::Original { "originals" } else { "level" }.to_owned(),
                optional(level.target),
                results.target_base().name().to_owned(),
                optional(level.target.and_then(|_| ratio(level.target))),
                level.auc.to_string(),
                level.standard_error.to_string(),
                level.detectability.to_string(),
                optional(original),
                optional(mixed),
            ]);
        }
    }
    sheet.bytes()
}
