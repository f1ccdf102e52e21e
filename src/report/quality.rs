//! The section on image quality: its indices, and how well they predict what networks lose.

use maud::{Markup, html};

use crate::record::{LevelBase, LevelName, PredictorResult, QualityIndex, Regime, Results};

use super::markup::{caption, panels, scrolling};
use super::{plot, words};

/// The section; nothing where no quality was measured.
pub(super) fn section(results: &Results) -> Option<Markup> {
    let (regime, score) = (plot::shown_regime(results)?, &results.measure().score);
    let images = results.quality.iter().map(|it| it.images).max().unwrap_or(0);
    Some(html! {
        p {
            "Indices of image quality are often used in place of a task. Here each is plotted against \
             the ratio and against the " (score) " of networks trained on " (words::trained_on(regime))
            ": where codecs and paths share one line, the index predicts what networks lose; \
             where they separate, it does not."
        }
        (panels(&plot::qualities(results)))
        p.note {
            "PSNR over all test images; similarity (11\u{d7}11 Gaussian window) and artefacts over the \
             first " (images) ", against what the codec was given. Filled: windowed; hollow: native. \
             Blocking, ringing, ripple and blur are 0 on the original."
        }
        h3 { "How well do they rank what networks lose?" }
        (scrolling(&format!("Rank correlation of quality and {score}"), &table(results)))
        p.note {
            "Spearman\u{2019}s rank correlation of the index with the remaining " (score) ": 1 where both \
             rank all codecs and levels alike. Within one codec nearly any index ranks levels \
             correctly, since all worsen with the ratio: what matters is the ranking across codecs \
             and paths. The misjudgement is the pair of levels for which trusting the index costs the \
             most in " (score) ": it rates the worse one better or equal."
        }
    })
}

fn table(results: &Results) -> Markup {
    let base = results.target_base();
    let groups: Vec<(Regime, &[PredictorResult])> = results
        .predictors
        .chunk_by(|a, b| (a.regime, a.path) == (b.regime, b.path))
        .map(|group| (group[0].regime, group))
        .collect();
    html! { table.predictors {
        (caption(&html! { "Rank correlation, and the worst misjudgement" }))
        thead { tr {
            th scope="col" { "trained on" } th scope="col" { "levels of" } th scope="col" { "levels" }
            @for index in QualityIndex::ALL { th scope="col" { (words::index(index)) } }
        } }
        tbody { @for (regime, group) in groups { tr {
            th scope="row" { (words::trained_on(regime)) }
            td { (group[0].path.map_or("all paths", |path| path.name())) }
            td { (group.iter().map(|it| it.levels).max().unwrap_or(0)) }
            @for index in QualityIndex::ALL {
                td { @match group.iter().find(|it| it.index == index) {
                    None => { "\u{2013}" },
                    Some(found) => { (cell(found, base)) },
                } }
            }
        } } }
    } }
}

fn cell(found: &PredictorResult, base: LevelBase) -> Markup {
    let name = |level: &LevelName| {
        format!("{} {} {}", level.codec.title(), level.path.name(), base.label(level.target))
    };
    html! {
        strong { (found.rank_correlation.map_or_else(|| "\u{2013}".to_owned(), |it| words::signed(it, 3))) }
        @if let Some(it) = &found.inversion {
            br; span.wrapped {
                (name(&it.called_better)) " over " (name(&it.called_worse)) ", which keeps "
                (words::fixed(it.loss, 3)) " more"
            }
        }
    }
}
