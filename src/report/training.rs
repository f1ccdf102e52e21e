//! The section on what networks are trained on: domain shift, and training level × test level;
//! judges nothing.

use maud::{Markup, html};

use crate::record::{Results, ShiftResult};

use super::markup::{caption, panels, scrolling};
use super::{plot, words};

/// The section; nothing where no network was trained at one level.
pub(super) fn section(results: &Results) -> Option<Markup> {
    (!results.shift.is_empty()).then(|| {
        html! {
            p {
                "Networks trained on originals have never seen compressed images. Networks trained at \
                 a level, on the same scenes, show how much of their loss is domain shift, which \
                 training recovers, and how much is lost information, as far as these networks can \
                 show."
            }
            (scrolling("Domain shift", &shift_table(results)))
            (panels(&plot::shifts(results)))
            @let maps = plot::heat_maps(results);
            @if !maps.is_empty() {
                h3 { "Which network can read which archive: training level \u{d7} test level" }
                (panels(&maps))
                p.note {
                    "The deeper the colour of a cell, the higher its accuracy, from the worst to the \
                     best of its table; framed: networks tested at their training level."
                }
            }
        }
    })
}

fn shift_table(results: &Results) -> Markup {
    let (base, alpha) = (results.target_base(), results.alpha);
    html! { table {
        (caption(&html! { "Loss of networks trained on originals, split; "
            (words::confidence(alpha)) " % intervals" }))
        thead { tr {
            th scope="col" { "codec, path" } th scope="col" { "level" }
            th scope="col" { "loss, trained on originals" }
            th scope="col" { "loss, trained at the level" }
            th scope="col" { "domain shift (interval)" }
            th scope="col" { "share of the loss" }
        } }
        tbody { @for shift in &results.shift { tr {
            th scope="row" { (shift.codec.title()) ", " (shift.path.name()) }
            td { (base.label(shift.target)) }
            td { (words::signed(shift.loss_original, 3)) }
            td { (words::signed(shift.loss_matched, 3)) }
            td {
                (words::signed(shift.domain_shift, 3)) " "
                span.interval {
                    "(" (words::signed(shift.domain_shift_lower, 3)) " to "
                    (words::signed(shift.domain_shift_upper, 3)) ")"
                }
            }
            td { (share(shift)) }
        } } }
    } }
}

/// Domain shift over loss, where both are shown to be above 0.
pub(super) fn share(shift: &ShiftResult) -> String {
    if shift.domain_shift_lower > 0.0 && shift.loss_original > shift.domain_shift_lower {
        format!("{} %", words::fixed(100.0 * shift.domain_shift / shift.loss_original, 0))
    } else {
        "\u{2013}".to_owned()
    }
}
