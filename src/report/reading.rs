//! What each training reads and how long it takes: a table of the page, and text for a terminal. The
//! page has no times.

use maud::{Markup, html};

use crate::record::{LevelBase, ReadingResult, Regime, Results};

use super::markup::{caption, scrolling};
use super::words;

/// How long a training of a regime took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingTime {
    /// Regime.
    pub regime: Regime,
    /// Seconds of one thread without rating, mean over its networks.
    pub seconds: f64,
}

/// The table; `None` where nothing is known of it.
pub(super) fn part(results: &Results) -> Option<Markup> {
    let base = results.target_base();
    (!results.readings.is_empty()).then(|| {
        let table = html! { table {
            (caption(&html! { "One training: the regions that it sees, and the bytes of its images" }))
            thead { tr {
                th scope="col" { "task" } th scope="col" { "path" } th scope="col" { "trained on" }
                th scope="col" { "networks" } th scope="col" { "passes" }
                th scope="col" { "regions seen" }
                th scope="col" { "files, MB" } th scope="col" { "uncompressed, MB" }
            } }
            tbody { @for one in &results.readings { tr {
                td { (one.task) } th scope="row" { (one.path.name()) }
                td { (trained_on(one, base)) }
                td { (one.networks) } td { (one.passes) } td { (one.regions_seen) }
                td { (megabytes(one.file_bytes)) } td { (megabytes(one.uncompressed_bytes)) }
            } } }
        } };
        html! {
            (scrolling("What a training reads", &table))
            p.note {
                "Estimated from the test images: regions of all passes, without those of the network \
                 that it starts from; bytes of its images as files (codestreams, and originals \
                 uncompressed), each read once, and of the same images uncompressed. Training times \
                 are in provenance.json and printed at the end of a run."
            }
        }
    })
}

fn trained_on(one: &ReadingResult, base: LevelBase) -> String {
    match (one.codec, one.target) {
        (Some(codec), Some(target)) => format!("{} {}", codec.title(), base.label(target)),
        _ => words::trained_on(one.regime).to_owned(),
    }
}

/// Millions of bytes with one decimal.
fn megabytes(bytes: u64) -> String {
    words::fixed(bytes as f64 / 1e6, 1)
}

/// One row per path and regime; regimes of one level as the mean over levels and codecs.
pub(super) fn text(results: &Results, times: &[TrainingTime]) -> String {
    if results.readings.is_empty() {
        return String::new();
    }
    let row = |cells: [&str; 8]| {
        let [task, path, training, networks, seconds, regions, files, uncompressed] = cells;
        format!(
            "{task:<9}{path:<9}{training:<9}{networks:>9}{seconds:>9}{regions:>14}{files:>14}{uncompressed:>18}"
        )
    };
    let mut lines = vec![
        String::new(),
        "TRAINING, per network (seconds of one thread, of all tasks and paths; MB of its images)"
            .to_owned(),
        row([
            "task",
            "path",
            "training",
            "networks",
            "seconds",
            "regions seen",
            "files",
            "uncompressed",
        ]),
    ];
    for of_kind in
        results.readings.chunk_by(|a, b| (&a.task, a.path, a.regime) == (&b.task, b.path, b.regime))
    {
        let (first, count) = (&of_kind[0], of_kind.len() as u64);
        let mean = |of: fn(&ReadingResult) -> u64| of_kind.iter().map(of).sum::<u64>() / count;
        let networks: u32 = of_kind.iter().map(|one| one.networks).sum();
        let time = times.iter().find(|it| it.regime == first.regime);
        lines.push(row([
            &first.task,
            first.path.name(),
            first.regime.name(),
            &networks.to_string(),
            &time.map_or_else(|| "unknown".to_owned(), |it| words::fixed(it.seconds, 1)),
            &mean(|one| one.regions_seen).to_string(),
            &megabytes(mean(|one| one.file_bytes)),
            &megabytes(mean(|one| one.uncompressed_bytes)),
        ]));
    }
    lines.push(String::new());
    lines.join("\n")
}
