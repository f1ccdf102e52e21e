//! Makes regions and rates from a case: draws, compresses, restores and cuts it; trains nothing.

use std::collections::BTreeMap;

use super::chunk::{Chunk, test_section, train_section};
use super::restored::{given, on_path, restore};
use super::{Clock, Experiment, Part, Plan, StudyError};
use crate::codec::CodecName;
use crate::dataset::{ImagePart, RegionSet, Split};
use crate::files;
use crate::image::{Image, words};
use crate::record::{CaseRecord, ChunkRecord, Condition, InputPath, Regime};
use crate::rng::{Purpose, StreamKey};
use crate::task::{Labels, Task, TaskName, Truth};

/// What readers are given of a group of images.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// Regions by section.
    pub(super) regions: BTreeMap<String, RegionSet>,
    /// Parts of one test image under every condition, by task and path.
    pub(super) parts: ImageParts,
}

/// Parts of one test image under every condition, by task and path.
pub(super) type ImageParts = BTreeMap<(TaskName, InputPath), Vec<ImagePart>>;

impl Prepared {
    /// Adds examples of an image to the section of each task that is `wanted`.
    fn add(
        &mut self,
        experiment: &Experiment<'_>,
        image: &Image,
        labels: &Labels<'_>,
        section: &dyn Fn(TaskName) -> String,
        wanted: impl Fn(&dyn Task) -> bool,
    ) {
        let region_pixels = experiment.source.form().region_pixels;
        let image = &*experiment.source.presented(image);
        for (name, task) in experiment.named_tasks().filter(|(_, task)| wanted(*task)) {
            let empty = || experiment.plan.input.regions(task.side(region_pixels));
            let set = self.regions.entry(section(name)).or_insert_with(empty);
            task.examples(image, labels, set);
        }
    }

    /// Adds what readers answer of test image `index` under a condition: regions, or a part of it
    /// for those that rate this image.
    pub(super) fn add_test(
        &mut self,
        experiment: &Experiment<'_>,
        image: &Image,
        labels: &Labels<'_>,
        (index, path, condition): (u64, InputPath, usize),
    ) {
        let section = |task| test_section(task, path, condition);
        self.add(experiment, image, labels, &section, |task| task.whole().is_none());
        let image = &*experiment.source.presented(image);
        let rates = |name| index < u64::from(experiment.plan.rated_images(name));
        for (name, task) in experiment.named_tasks().filter(|&(name, _)| rates(name)) {
            if let Some((whole, outlines)) = task.whole().zip(labels.outlines) {
                let part = whole.part(outlines, [image.rows(), image.columns()]);
                let parts = self.parts.entry((name, path)).or_default();
                parts.push(ImagePart::of(image, part));
            }
        }
    }
}

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
    let mut prepared = Prepared { regions: std::mem::take(sets), ..Prepared::default() };
    let record = prepared_case(experiment, index, &mut prepared, clock)?;
    *sets = prepared.regions;
    Ok(record)
}

/// Parts of a test image under every condition, made again, as readers of a whole image are given
/// them on a path.
///
/// # Errors
/// If the case cannot be drawn or compressed.
pub(super) fn parts(experiment: &Experiment<'_>, index: u64) -> Result<ImageParts, StudyError> {
    let mut prepared = Prepared::default();
    prepared_case(experiment, index, &mut prepared, Clock::silent())?;
    Ok(prepared.parts)
}

fn prepared_case(
    experiment: &Experiment<'_>,
    index: u64,
    prepared: &mut Prepared,
    clock: Clock<'_>,
) -> Result<CaseRecord, StudyError> {
    let Experiment { plan, source, .. } = *experiment;
    let at = (Split::Test, index);
    let case = clock.time(Part::Draw, || source.labelled(Split::Test, index))?;
    let outlines = experiment.outlines(Split::Test, index)?;
    let labels = experiment.labels(&case.regions, outlines.as_ref(), at);
    let form = source.form();
    let mut add = |image: &Image, path, condition| {
        clock.time(Part::Compare, || {
            prepared.add_test(experiment, image, &labels, (index, path, condition));
        });
    };
    let mut renditions = Vec::new();
    for &path in &plan.paths {
        let image = on_path(&case.image, path, form);
        add(&*given(&image, plan, at)?, path, 0);
        let conditions = plan.conditions(path);
        let restored = restore(&image, path, &conditions[1..], experiment, at, clock)?;
        for (number, one) in restored.into_iter().enumerate() {
            add(one.given(), path, number + 1);
            renditions.push(one.rendition);
        }
    }
    let sha256 =
        clock.time(Part::Compare, || files::sha256(&words::to_bytes(case.image.samples())));
    let truth = Truth::of(&labels);
    Ok(CaseRecord { index, sha256, origin: case.origin, truth, renditions })
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
    if (&again.truth, &again.origin) != (&recorded.truth, &recorded.origin) {
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

/// Regions of a chunk, and its record for test chunks. `image_done` is called after each image with
/// its index and the parts of it that readers of a whole image are given, and may ask to stop.
pub(super) fn chunk(
    chunk: Chunk,
    experiment: &Experiment<'_>,
    plan_hash: &str,
    clock: Clock<'_>,
    image_done: &dyn Fn(u64, &ImageParts) -> Result<(), StudyError>,
) -> Result<(BTreeMap<String, RegionSet>, Option<ChunkRecord>), StudyError> {
    let mut prepared = Prepared::default();
    let (split, indices) = chunk.cases(experiment.plan);
    let mut cases = Vec::new();
    for index in indices {
        if split == Split::Test {
            cases.push(prepared_case(experiment, index, &mut prepared, clock)?);
        } else {
            train_case(experiment, (split, index), &mut prepared, clock)?;
        }
        image_done(index, &std::mem::take(&mut prepared.parts))?;
    }
    let sets = prepared.regions;
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
    prepared: &mut Prepared,
    clock: Clock<'_>,
) -> Result<(), StudyError> {
    let Experiment { plan, source, .. } = *experiment;
    let (split, index) = at;
    let case = clock.time(Part::Draw, || source.labelled(split, index))?;
    let outlines = experiment.outlines(split, index)?;
    let labels = experiment.labels(&case.regions, outlines.as_ref(), at);
    let form = source.form();
    let mut cut = |image: &Image, section: &dyn Fn(TaskName) -> String| {
        clock.time(Part::Compare, || {
            prepared.add(experiment, image, &labels, section, |_| true);
        });
    };
    for &path in &plan.paths {
        let image = on_path(&case.image, path, form);
        cut(&*given(&image, plan, at)?, &|task| train_section(task, path, Regime::Original, None));
        for one in restore(&image, path, &plan.matched(path), experiment, at, clock)? {
            let level = Some(one.condition);
            cut(one.given(), &|task| train_section(task, path, Regime::Matched, level));
        }
        if !plan.regimes.contains(&Regime::Mixed) {
            continue;
        }
        let chosen = mixed_levels(plan, path, at);
        for one in restore(&image, path, &chosen, experiment, at, clock)? {
            cut(one.given(), &|task| train_section(task, path, Regime::Mixed, None));
        }
    }
    Ok(())
}

/// Levels at which regime `mixed` sees a training image: some of each codec, drawn anew for each
/// image. The lossless null has no levels: its images are the originals.
fn mixed_levels(plan: &Plan, path: InputPath, (split, index): (Split, u64)) -> Vec<Condition> {
    let mut chosen = Vec::new();
    for codec in plan.codecs_on(path).filter(|&codec| codec != CodecName::Lossless) {
        let mut levels: Vec<f64> = plan.ladder.targets.clone();
        let key = StreamKey {
            seed: plan.seed,
            purpose: Purpose::LevelChoice,
            case: split.case(index),
            // The codec itself, not its place in the plan: another list changes no choice.
            part: (path as u64) << 8 | codec as u64,
        };
        key.open().shuffle(&mut levels);
        levels.truncate(plan.mixed_levels as usize);
        let base = plan.ladder.base;
        levels.sort_by(|a, b| base.harshness(*a).total_cmp(&base.harshness(*b)));
        chosen.extend(plan.at_levels(codec, &levels));
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::super::{Changes, Preset};
    use super::*;
    use crate::phantom::Phantom;

    const SMALL: &str = include_str!("../../tests/phantom/small.toml");

    #[test]
    fn another_list_of_codecs_draws_no_other_levels() {
        let phantom = Phantom::parse(SMALL, "small.toml").unwrap();
        let drawn = |codecs: &[CodecName]| -> Vec<Vec<Condition>> {
            let (preset, codecs) = (Some(Preset::Standard), Some(codecs.to_vec()));
            let asked = Changes { preset, codecs, ..Changes::default() };
            let plan = Plan::new(&phantom, SMALL, &asked, "fake").unwrap();
            let of_image = |index| {
                let all = mixed_levels(&plan, InputPath::Windowed, (Split::Train, index));
                all.into_iter().filter(|it| it.codec == Some(CodecName::Jpeg2000)).collect()
            };
            (0..5).map(of_image).collect()
        };
        let alone = drawn(&[CodecName::Jpeg2000]);
        assert_eq!(drawn(&[CodecName::Jpeg, CodecName::Jpeg2000]), alone);
        // Two levels of each image, not the same for all.
        assert!(alone.iter().all(|levels| levels.len() == 2) && alone[0] != alone[1]);
    }
}
