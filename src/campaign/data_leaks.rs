//! Asks of a user's test images what leaks ask of drawn ones, as far as nothing need be drawn: whether
//! the size of a file, the mean value, the size of an image or the scanner predicts the class.
//!
//! In patients' images such a cue may be the disease itself or how its images were made, which no
//! number tells apart: what predicts the class is said, and voids nothing. The unit is the patient:
//! cues are means over its images of a class, and among these they are permuted.

use std::collections::BTreeMap;

use super::leaks::answer;
use super::opened::Opened;
use crate::collection::{Facts, Truth};
use crate::dataset::Split;
use crate::record::{Cue, CueResult, Finding, LeakAudit, Question};
use crate::rng::{Purpose, StreamKey};
use crate::stats::{Exchange, Labelled, StatsError, quantile_cells};

/// Chance of a false alarm in a whole audit.
const FALSE_ALARM: f64 = 1e-3;
/// One-sided error of the interval of accuracy by chance.
const ALPHA: f64 = 0.025;
/// Cells of a number.
const CELLS: usize = 8;
/// Most scanners that are told apart; rarer ones count as one.
const SCANNERS: usize = 32;

/// The images of one class of one patient.
struct Unit<'a> {
    class: u8,
    facts: Vec<&'a Facts>,
}

pub(super) fn audit(opened: &Opened, seed: u64) -> Result<LeakAudit, StatsError> {
    let collection = opened.source.collection();
    let (mut units, mut images) = (Vec::new(), 0);
    for patient in collection.patients().iter().filter(|it| it.split == Split::Test) {
        let mut of_classes: BTreeMap<u8, Vec<&Facts>> = BTreeMap::new();
        for &item in &patient.items {
            let class = match &collection.items()[item].truth {
                Truth::Class(class) => *class,
                Truth::Boxes(boxes) => u8::from(boxes.is_empty()),
            };
            of_classes.entry(class).or_default().push(&opened.survey.facts[item]);
        }
        images += patient.items.len() as u32;
        units.extend(of_classes.into_iter().map(|(class, facts)| Unit { class, facts }));
    }
    in_order(&mut units);
    let cues = cues(&units);
    let threshold = FALSE_ALARM / cues.len().max(1) as f64;
    let classes = collection.classes().len().max(2);
    let question = if collection.has_boxes() { Question::Presence } else { Question::Class };
    let mut results = Vec::new();
    for (cue, cells, cell_count) in cues {
        let part = (cue as u64) << 24 | (question as u64) << 16;
        let key = StreamKey { seed, purpose: Purpose::LabelPermutation, case: 1, part };
        results.extend(ask(
            &units,
            (cue, question),
            (&cells, cell_count),
            classes,
            threshold,
            key,
        )?);
    }
    Ok(LeakAudit {
        format: crate::record::FORMAT,
        images,
        threshold,
        cues: results,
        clipping: None,
        levels: Vec::new(),
    })
}

/// Class by class, so that either half, every second unit, has as many of each.
fn in_order(units: &mut [Unit<'_>]) {
    units.sort_by_key(|unit| unit.class);
}

/// Cues that differ between patients, each with the cell of every unit.
fn cues(units: &[Unit<'_>]) -> Vec<(Cue, Vec<u32>, usize)> {
    let mean = |of: &dyn Fn(&Facts) -> f64| -> Vec<f64> {
        let of_unit = |unit: &Unit<'_>| {
            unit.facts.iter().map(|it| of(it)).sum::<f64>() / unit.facts.len() as f64
        };
        units.iter().map(of_unit).collect()
    };
    let mut found = Vec::new();
    let mut add = |cue, values: &[f64]| {
        if values.windows(2).any(|pair| pair[0] != pair[1]) {
            found.push((cue, quantile_cells(values, CELLS), CELLS));
        }
    };
    if units.iter().flat_map(|unit| &unit.facts).all(|facts| facts.bytes.is_some()) {
        add(Cue::FileSize, &mean(&|facts| facts.bytes.unwrap_or(0) as f64));
    }
    add(Cue::MeanValue, &mean(&|facts| facts.mean));
    add(Cue::ImageSize, &mean(&|facts| (facts.size[0] * facts.size[1]) as f64));
    let scanner = |unit: &Unit<'_>| unit.facts[0].scanner.clone().unwrap_or_default();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for unit in units {
        *counts.entry(scanner(unit)).or_default() += 1;
    }
    if counts.len() > 1 {
        let mut names: Vec<(usize, String)> = counts.into_iter().map(|(a, b)| (b, a)).collect();
        names.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let place = |name: &String| names.iter().position(|(_, it)| it == name).unwrap_or(0);
        let cells = units.iter().map(|unit| place(&scanner(unit)).min(SCANNERS - 1) as u32);
        found.push((Cue::Scanner, cells.collect(), SCANNERS));
    }
    found
}

/// The answer to one question; `None` where there is one class or one patient.
fn ask(
    units: &[Unit<'_>],
    (cue, question): (Cue, Question),
    (cells, cell_count): (&[u32], usize),
    classes: usize,
    threshold: f64,
    key: StreamKey,
) -> Result<Option<CueResult>, StatsError> {
    let labels: Vec<u8> = units.iter().map(|unit| unit.class).collect();
    let present = (0..classes as u8).filter(|class| labels.contains(class)).count();
    if present < 2 {
        return Ok(None);
    }
    let groups = vec![1; labels.len()];
    let items = Labelled { labels: &labels, classes, groups: &groups };
    let exchange = Exchange::AmongGroups;
    let found = items.predictability(cells, cell_count, exchange, ALPHA, &mut key.open())?;
    let finding = if found.p_value <= threshold { Finding::Predicts } else { Finding::Chance };
    Ok(Some(CueResult { finding, ..answer((cue, question), &labels, present, found) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cue_is_found_where_every_patient_has_both_classes() {
        // Patients one after the other, each with a unit of either class.
        let units = (0..60).flat_map(|_| [0, 1]).map(|class| Unit { class, facts: Vec::new() });
        let mut units: Vec<Unit<'_>> = units.collect();
        in_order(&mut units);
        // Nine of ten have the scanner of their class.
        let scanner =
            |(at, unit): (usize, &Unit<'_>)| u32::from(unit.class) ^ u32::from(at % 10 == 0);
        let cells: Vec<u32> = units.iter().enumerate().map(scanner).collect();
        let key = StreamKey { seed: 1, purpose: Purpose::LabelPermutation, case: 1, part: 0 };
        let about = (Cue::Scanner, Question::Class);
        let found = ask(&units, about, (&cells, 2), 2, 1e-3, key).unwrap().unwrap();
        assert_eq!(found.finding, Finding::Predicts, "{found:?}");
        assert!((found.accuracy - 0.9).abs() < 1e-9, "{found:?}");
    }
}
