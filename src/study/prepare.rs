//! Makes regions and rates from a case: draws, compresses, restores and cuts it; trains nothing.

use std::collections::BTreeMap;

use super::chunk::{Chunk, test_section, train_section};
use super::restored::{on_path, restore};
use super::{Clock, Experiment, Part, StudyError};
use crate::dataset::{RegionSet, Split};
use crate::files;
use crate::image::Image;
use crate::record::{CaseRecord, ChunkRecord, Regime};
use crate::rng::{Purpose, StreamKey};
use crate::task::Truth;

/// Draws one test case again and gives its record, with the regions of every condition added
/// to `sets` in the order of [`Plan::conditions`](super::Plan::conditions).
///
/// # Errors
/// If the case cannot be drawn or compressed.
pub fn test_case(
    experiment: &Experiment<'_>,
    index: u64,
    sets: &mut BTreeMap<String, RegionSet>,
    clock: Clock<'_>,
) -> Result<CaseRecord, StudyError> {
    let Experiment { plan, source, task, .. } = *experiment;
    let case = clock.time(Part::Draw, || source.labelled(Split::Test, index))?;
    let form = source.form();
    let mut cut = |name: String, image: &Image| {
        clock.time(Part::Compare, || {
            let set = sets.entry(name).or_insert_with(|| RegionSet::new(form.region_pixels));
            task.examples(image, &case.regions, set);
        });
    };
    let mut renditions = Vec::new();
    for &path in &plan.paths {
        let image = on_path(&case.image, path, form);
        cut(test_section(path, 0), &image);
        let conditions = plan.conditions(path);
        let at = (Split::Test, index);
        let restored = restore(&image, path, &conditions[1..], experiment, at, clock)?;
        for (number, one) in restored.into_iter().enumerate() {
            cut(test_section(path, number + 1), &one.image);
            renditions.push(one.rendition);
        }
    }
    let sha256 = clock.time(Part::Compare, || {
        let words: Vec<u8> = case.image.samples().iter().flat_map(|v| v.to_le_bytes()).collect();
        files::sha256(&words)
    });
    Ok(CaseRecord { index, sha256, truth: Truth::of(&case.regions), renditions })
}

/// What differs between a recorded test case and the same case drawn and encoded again; empty
/// when nothing does.
///
/// # Errors
/// If the case cannot be drawn or compressed.
pub fn recheck(
    experiment: &Experiment<'_>,
    recorded: &CaseRecord,
) -> Result<Vec<String>, StudyError> {
    let again = test_case(experiment, recorded.index, &mut BTreeMap::new(), Clock::silent())?;
    let mut differences = Vec::new();
    if again.sha256 != recorded.sha256 {
        differences.push(format!("test image {}: other stored values", recorded.index));
    }
    if again.truth != recorded.truth {
        differences.push(format!("test image {}: other classes", recorded.index));
    }
    if again.renditions.len() != recorded.renditions.len() {
        differences.push(format!("test image {}: other conditions", recorded.index));
    }
    for (new, old) in again.renditions.iter().zip(&recorded.renditions) {
        if new != old {
            let codec = old.condition.codec.map_or("uncompressed", |codec| codec.name());
            let said = |value| format!(" at {}", old.condition.base.label(value));
            let target = old.condition.target.map_or_else(String::new, said);
            differences.push(format!(
                "test image {}: other codestream of {codec}{target} on {} data",
                recorded.index,
                old.path.name()
            ));
        }
    }
    Ok(differences)
}

/// Regions of a chunk, and its record for test chunks. `image_done` is called after each image
/// and may ask to stop.
pub(super) fn chunk(
    chunk: Chunk,
    experiment: &Experiment<'_>,
    plan_hash: &str,
    clock: Clock<'_>,
    image_done: &dyn Fn() -> Result<(), StudyError>,
) -> Result<(BTreeMap<String, RegionSet>, Option<ChunkRecord>), StudyError> {
    let mut sets = BTreeMap::new();
    let (split, indices) = chunk.cases(experiment.plan);
    let mut cases = Vec::new();
    for index in indices {
        if split == Split::Test {
            cases.push(test_case(experiment, index, &mut sets, clock)?);
        } else {
            train_case(experiment, (split, index), &mut sets, clock)?;
        }
        image_done()?;
    }
    let record = (split == Split::Test).then(|| ChunkRecord {
        format: crate::record::FORMAT,
        plan: plan_hash.to_owned(),
        revision: crate::record::REVISION.to_owned(),
        cases,
    });
    Ok((sets, record))
}

/// Originals of each path; for regime `mixed` some levels of each codec, drawn anew for each
/// image; for regime `matched` all of its levels. Each regime encodes on its own, so that none
/// changes the codestreams of another.
fn train_case(
    experiment: &Experiment<'_>,
    at: (Split, u64),
    sets: &mut BTreeMap<String, RegionSet>,
    clock: Clock<'_>,
) -> Result<(), StudyError> {
    let Experiment { plan, source, task, .. } = *experiment;
    let (split, index) = at;
    let case = clock.time(Part::Draw, || source.labelled(split, index))?;
    let form = source.form();
    let mut cut = |name: String, image: &Image| {
        clock.time(Part::Compare, || {
            let set = sets.entry(name).or_insert_with(|| RegionSet::new(form.region_pixels));
            task.examples(image, &case.regions, set);
        });
    };
    for &path in &plan.paths {
        let image = on_path(&case.image, path, form);
        cut(train_section(path, Regime::Original, None), &image);
        for one in restore(&image, path, &plan.matched(path), experiment, at, clock)? {
            cut(train_section(path, Regime::Matched, Some(one.condition)), &one.image);
        }
        if !plan.regimes.contains(&Regime::Mixed) {
            continue;
        }
        let mut chosen = Vec::new();
        for (part, codec) in plan.codecs_on(path).enumerate() {
            let mut levels: Vec<f64> = plan.ladder.targets.clone();
            let key = StreamKey {
                seed: plan.seed,
                purpose: Purpose::LevelChoice,
                case: split.case(index),
                part: (path as u64) << 8 | part as u64,
            };
            key.open().shuffle(&mut levels);
            levels.truncate(plan.mixed_levels as usize);
            let base = plan.ladder.base;
            levels.sort_by(|a, b| base.harshness(*a).total_cmp(&base.harshness(*b)));
            // The lossless null has no levels: its images are the originals.
            if codec != crate::codec::CodecName::Lossless {
                chosen.extend(plan.at_levels(codec, &levels));
            }
        }
        for one in restore(&image, path, &chosen, experiment, at, clock)? {
            cut(train_section(path, Regime::Mixed, None), &one.image);
        }
    }
    Ok(())
}
