//! What a level costs beside points of the score, in the page and in the terminal; finds nothing.

use maud::{Markup, html};

use crate::record::{ArmResult, CostResult, DoseResult, LEAST_NETWORKS, LossResult, Results};

use super::markup::{caption, scrolling};
use super::{abreast, levels, words};

/// Of the levels of an arm; `None` where nothing is known of any.
fn costs(arm: &ArmResult) -> Option<&[CostResult]> {
    let costs = arm.supplement.as_ref()?.costs.as_slice();
    (costs.len() == arm.levels.len() && !costs.is_empty()).then_some(costs)
}

/// What a level may cost beside points.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    DA,
    Dose,
    BeyondDose,
}

impl Unit {
    const ALL: [Self; 3] = [Self::DA, Self::Dose, Self::BeyondDose];

    /// In which some level of these arms is counted.
    fn of(results: &Results) -> Vec<Self> {
        let mut known: Vec<&CostResult> = Vec::new();
        known.extend(words::lossy(results).filter_map(costs).flatten());
        Self::ALL
            .into_iter()
            .filter(|unit| known.iter().any(|it| unit.said(it).is_some()))
            .collect()
    }

    /// As the head of a column.
    fn head(self, results: &Results) -> String {
        match self {
            Self::DA => "loss of d_a".to_owned(),
            Self::Dose => "share of the dose".to_owned(),
            Self::BeyondDose => format!("beyond {}", words::margin(results.margin)),
        }
    }

    /// What a level costs in it, with its interval.
    fn said(self, cost: &CostResult) -> Option<String> {
        match self {
            Self::DA => cost.d_a.as_ref().map(|it| loss(it, 2)),
            Self::Dose => cost.dose.as_ref().map(dose),
            Self::BeyondDose => cost.beyond_dose.as_ref().map(|it| loss(it, 3)),
        }
    }
}

fn loss(found: &LossResult, decimals: usize) -> String {
    let [mean, lower, upper] =
        [found.mean, found.lower, found.upper].map(|it| words::fixed(it, decimals));
    format!("{mean} ({lower} to {upper})")
}

/// "0.81 (0.74 to 0.88)"; what lies beyond the noisiest originals is left open.
fn dose(found: &DoseResult) -> String {
    let number =
        |value: Option<f64>| value.map_or_else(|| "..".to_owned(), |it| words::fixed(it, 2));
    match found.share {
        None if found.upper.is_none() => "..".to_owned(),
        share => format!("{} ({} to {})", number(share), number(found.lower), number(found.upper)),
    }
}

/// Images that networks rated at less dose.
fn rated_noisier(results: &Results) -> Option<u32> {
    let mut all = words::lossy(results).filter_map(costs).flatten();
    all.find_map(|it| Some(it.dose?.images))
}

/// The section; nothing where nothing is known but points.
pub(super) fn section(results: &Results) -> Option<Markup> {
    let units = Unit::of(results);
    (!units.is_empty()).then(|| {
        html! {
            p {
                "The same loss in other units: points of " (results.measure().score)
                " are not the same loss at every score on originals, d_a and dose are."
            }
            @for arms in levels::shared_tables(results) {
                @let name = words::arm_name(arms[0].codec, arms[0].path);
                h3 { (name) }
                (scrolling(&name, &table(&arms, &units, results)))
            }
            p.note {
                "In brackets: two-sided " (words::confidence(results.alpha)) " % intervals over networks \
                 and images. "
                @if units.contains(&Unit::DA) {
                    "d_a = \u{221a}2 \u{3a6}\u{207b}\u{b9}(area): the distance of two normal distributions \
                     with that area under the ROC curve; its loss is linearised in the areas. "
                }
                @if let Some(images) = rated_noisier(results) {
                    "Share of the dose: the same networks (" (LEAST_NETWORKS) " or more) rated "
                    (images) " of the test images, uncompressed, at less dose; the share is where they \
                     lose as much as at the level on these images. Two dots: beyond the least dose. "
                }
                @if units.contains(&Unit::BeyondDose) {
                    "Beyond: what is lost at the level minus what is lost by the less dose of the \
                     margin, of the " (results.measure().score) "; a level passes whose interval lies \
                     below 0."
                }
            }
        }
    })
}

fn table(arms: &[&ArmResult], units: &[Unit], results: &Results) -> Markup {
    html! { table {
        (caption(&html! { "What a level costs: loss of " (results.measure().score) ", and the same in other units" }))
        thead {
            tr {
                th rowspan="2" scope="col" { "target" }
                @for arm in arms {
                    th.first colspan=(units.len() + 1) scope="colgroup" {
                        "trained on " (words::trained_on(arm.regime))
                    }
                }
            }
            tr { @for _ in arms {
                th.first scope="col" { "loss" }
                @for unit in units { th scope="col" { (unit.head(results)) } }
            } }
        }
        tbody { @for (row, level) in arms[0].levels.iter().enumerate() { tr {
            th scope="row" { (words::target(level)) }
            @for arm in arms {
                td.first { (words::signed(arm.levels[row].loss, 3)) }
                @let cost = costs(arm).map(|it| &it[row]);
                @for unit in units {
                    td.nowrap { (cost.and_then(|it| unit.said(it)).unwrap_or_else(|| "\u{2013}".to_owned())) }
                }
            }
        } } }
    } }
}

/// Arms side by side in the terminal, and the width of a cell.
const CELLS: (usize, usize) = (3, 26);

/// Tables for the terminal; none where nothing is known but points.
pub(super) fn lines(results: &Results) -> Vec<String> {
    let arms: Vec<&ArmResult> = words::lossy(results).filter(|arm| costs(arm).is_some()).collect();
    let mut lines = Vec::new();
    for unit in Unit::of(results) {
        lines.push(String::new());
        lines.push(match unit {
            Unit::DA => "LOSS OF d_a per level, with intervals".to_owned(),
            Unit::Dose => {
                "SHARE OF THE DOSE at which originals lose as much (..: beyond the least \
                           dose)"
                    .to_owned()
            }
            Unit::BeyondDose => {
                format!("LOSS beyond {} (pass: interval below 0)", words::margin(results.margin))
            }
        });
        let cell = |arm: &ArmResult, place: usize| {
            costs(arm).and_then(|it| unit.said(&it[place])).unwrap_or_else(|| "-".to_owned())
        };
        lines.extend(abreast::table(&arms, CELLS, results.target_base(), cell, None));
    }
    lines
}
