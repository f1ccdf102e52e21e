//! The section on where networks look: maps of the strips' targets, and how often the greatest value
//! of a map lies on the target.

use maud::{Markup, html};

use crate::codec::CodecName;
use crate::record::{
    Attention, AttentionMap, Condition, InputPath, PointingResult, Regime, Results,
};

use super::content::Report;
use super::markup::{caption, scrolling};
use super::{picture, words};

/// The section; `None` where no map was made.
pub(super) fn section(report: &Report<'_>) -> Option<Markup> {
    let attention = report.figures.attention.as_ref()?;
    let regions = report.results.pointing.iter().map(|it| it.regions).max()?;
    let chance = report.results.pointing.first()?.chance;
    Some(html! {
        p {
            "How much the log odds of the right answer change with each pixel: the magnitude of that \
             slope, averaged over " (words::counted(attention.networks, "network", "networks"))
            " and smoothed over 3\u{d7}3 pixels. A network that still finds the target depends on its \
             pixels; if it answers from others, the map shows them."
        }
        (scrolling("Pointing score", &scores(report.results)))
        p.note {
            "Pointing score: share of " (regions) " targets whose map has its maximum inside the true \
             mask dilated by " (attention.dilation) " pixels. A random position would score "
            (words::fixed(chance, 2)) "."
        }
        @for (path, regime) in groups(attention) {
            h3 { (words::path(path)) ", trained on " (words::trained_on(regime)) }
            (scrolling("Where the networks look", &maps(report, attention, path, regime)))
        }
        p.note {
            "The warmer a pixel, the steeper the slope there, scaled to the maximum of each tile; the \
             yellow line is the outline of the true mask."
        }
    })
}

/// Paths and regimes that have maps.
fn groups(attention: &Attention) -> Vec<(InputPath, Regime)> {
    let all = InputPath::ALL.into_iter().flat_map(|path| Regime::ALL.map(|it| (path, it)));
    all.filter(|group| attention.maps.iter().any(|it| (it.path, it.regime) == *group)).collect()
}

/// One row per level, one column per codec, path and regime.
fn scores(results: &Results) -> Markup {
    let mut columns: Vec<(InputPath, Regime, CodecName)> = Vec::new();
    let mut levels: Vec<f64> = Vec::new();
    let base = results.target_base();
    for it in &results.pointing {
        let (Some(codec), Some(target)) = (it.condition.codec, it.condition.target) else {
            continue;
        };
        if !columns.contains(&(it.path, it.regime, codec)) {
            columns.push((it.path, it.regime, codec));
        }
        if !levels.contains(&target) {
            levels.push(target);
        }
    }
    levels.sort_by(|a, b| base.harshness(*a).total_cmp(&base.harshness(*b)));
    let find = |path: InputPath, regime: Regime, condition: Condition| {
        let same =
            |it: &&PointingResult| (it.path, it.regime, it.condition) == (path, regime, condition);
        results.pointing.iter().find(same)
    };
    let cell = |found: Option<&PointingResult>| {
        let score = found.map(|it| f64::from(it.hits) / f64::from(it.regions.max(1)));
        html! { @match score {
            Some(score) => { td style=(format!("--share:{score:.2}")) { (words::fixed(score, 2)) } },
            None => { td { "\u{2013}" } },
        } }
    };
    html! { table.scores {
        (caption(&html! { "Pointing score by level; the deeper the colour, the higher the score" }))
        thead { tr {
            th scope="col" { "level" }
            @for (path, regime, codec) in &columns {
                th scope="col" {
                    (*codec.title()) ", " (path.name()) br;
                    span.interval { (words::trained_on(*regime)) }
                }
            }
        } }
        tbody {
            tr {
                th scope="row" { "originals" }
                @for &(path, regime, _) in &columns {
                    (cell(find(path, regime, Condition::UNCOMPRESSED)))
                }
            }
            @for &level in &levels { tr {
                th scope="row" { (base.label(level)) }
                @for &(path, regime, codec) in &columns {
                    @let condition = Condition { codec: Some(codec), base, target: Some(level) };
                    (cell(find(path, regime, condition)))
                }
            } }
        }
    } }
}

/// One row per shape, one column per rendition.
fn maps(report: &Report<'_>, attention: &Attention, path: InputPath, regime: Regime) -> Markup {
    let of_group: Vec<&AttentionMap> =
        attention.maps.iter().filter(|it| (it.path, it.regime) == (path, regime)).collect();
    let (mut classes, mut renditions): (Vec<u8>, Vec<&str>) = (Vec::new(), Vec::new());
    for map in &of_group {
        if !classes.contains(&map.class) {
            classes.push(map.class);
        }
        if !renditions.contains(&map.rendition.as_str()) {
            renditions.push(&map.rendition);
        }
    }
    classes.sort_unstable();
    let base = report.results.target_base();
    let name = |rendition: &str| {
        let pointing = report.results.pointing.iter();
        let condition = pointing.map(|it| it.condition).find(|it| it.name() == rendition);
        match condition.and_then(|it| it.codec.zip(it.target)) {
            Some((codec, target)) => {
                format!("{} {}", codec.title(), base.label(target))
            }
            None => "originals".to_owned(),
        }
    };
    html! { table.strip {
        thead { tr {
            th scope="col" { "target" }
            @for rendition in &renditions { th scope="col" { (name(rendition)) } }
        } }
        tbody { @for class in classes { tr {
            @let shape = report.figures.classes.get(usize::from(class)).map_or("", String::as_str);
            th scope="row" { (shape) }
            @for rendition in &renditions { td {
                @let found =
                    of_group.iter().find(|it| it.class == class && it.rendition == *rendition);
                @match found.and_then(|it| picture::attention(it, attention.side)) {
                    Some(uri) => {
                        img.tile src=(uri)
                            alt=(format!("where networks look: {shape}, {}", name(rendition)));
                    },
                    None => { span.interval { "no picture" } },
                }
            } }
        } } }
    } }
}
