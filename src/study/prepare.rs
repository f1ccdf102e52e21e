//! Owns the way from a case to regions and rates: draw, compress, restore, cut.

use std::collections::BTreeMap;

use super::{Clock, Codecs, Part, Plan, StudyError};
use crate::codec::Target;
use crate::dataset::{Case, Dataset, RegionSet, Split};
use crate::files;
use crate::image::Image;
use crate::metric;
use crate::record::{CaseRecord, ChunkRecord, Condition, InputPath, Regime, Rendition};
use crate::rng::{Purpose, StreamKey};
use crate::scene::Scene;
use crate::store::RunDirectory;

/// Images that are prepared, kept and recorded together.
pub const CHUNK: u32 = 10;

/// Training cases of one replicate fill a range of this length, so that replicates never share
/// one.
const CASES_PER_REPLICATE: u64 = 1 << 30;

/// First training case that no replicate reaches: there are at most 1000 of them.
const SPARE_CASES: u64 = 1023 * CASES_PER_REPLICATE;

/// A group of images that is prepared as one piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    /// Test images: every condition, with a record.
    Test(u32),
    /// Images on which epochs are chosen.
    Tune(u32),
    /// Training images of one replicate.
    Train {
        /// Replicate.
        replicate: u32,
        /// Number of the chunk.
        chunk: u32,
    },
}

impl Chunk {
    /// Name of its file in the cache.
    pub(super) fn name(self) -> String {
        match self {
            Self::Test(chunk) => format!("test-{chunk:04}"),
            Self::Tune(chunk) => format!("tune-{chunk:04}"),
            Self::Train { replicate, chunk } => format!("train-{replicate}-{chunk:04}"),
        }
    }

    /// Split and indices of its images.
    pub(super) fn cases(self, plan: &Plan) -> (Split, std::ops::Range<u64>) {
        let (split, base, chunk, images) = match self {
            Self::Test(chunk) => (Split::Test, 0, chunk, plan.test_images),
            Self::Tune(chunk) => (Split::Tune, 0, chunk, plan.tune_images),
            Self::Train { replicate, chunk } => {
                (Split::Train, u64::from(replicate) * CASES_PER_REPLICATE, chunk, plan.train_images)
            }
        };
        let first = chunk * CHUNK;
        let last = (first + CHUNK).min(images);
        (split, base + u64::from(first)..base + u64::from(last))
    }
}

/// Name of the regions of one condition of the test images.
pub(super) fn test_section(path: InputPath, condition: usize) -> String {
    format!("{}/{condition:03}", path.name())
}

/// Name of the regions that a job is trained on: for `mixed` those beyond the originals.
pub(super) fn train_section(path: InputPath, regime: Regime, level: Option<Condition>) -> String {
    let level = level.map_or_else(String::new, |level| format!("/{}", level.name()));
    format!("{}/{}{level}", path.name(), regime.name())
}

/// What a codec is given on a path.
pub(super) fn on_path(case: &Case, path: InputPath, dataset: &Dataset) -> Image {
    let matrix = &dataset.phantom().formation.matrix;
    match path {
        InputPath::Native => case.image.clone(),
        InputPath::Windowed => matrix.window.apply(&case.image, matrix.rescale),
    }
}

/// One rendition with everything about it.
pub(super) struct Restored {
    pub(super) condition: Condition,
    pub(super) image: Image,
    pub(super) rendition: Rendition,
}

/// Compresses an image of a path to `conditions` of it and restores it from the bytes alone.
pub(super) fn restore(
    image: &Image,
    path: InputPath,
    conditions: &[Condition],
    dataset: &Dataset,
    codecs: &Codecs,
    at: (Split, u64),
    clock: Clock<'_>,
) -> Result<Vec<Restored>, StudyError> {
    let original = dataset.phantom().formation.matrix.format;
    let located = |source| StudyError::Codec { split: at.0.name(), index: at.1, source };
    let mut restored = Vec::with_capacity(conditions.len());
    // Conditions of one codec stand together: one ladder each.
    for group in conditions.chunk_by(|a, b| a.codec == b.codec) {
        let Some(name) = group[0].codec else { continue };
        let codec = codecs(name);
        let targets: Vec<Target> = group
            .iter()
            .map(|condition| match condition.target {
                Some(value) => condition.base.target(value),
                None => Target::Lossless,
            })
            .collect();
        let ladder = clock
            .time(Part::Encode(name), || codec.encode_ladder(image, original, &targets))
            .map_err(located)?;
        for (condition, encoded) in group.iter().zip(ladder) {
            let decoded = clock
                .time(Part::Decode(name), || codec.decode(&encoded.bytes, image.format()))
                .map_err(located)?;
            let compare = || -> Result<Rendition, StudyError> {
                Ok(Rendition {
                    path,
                    condition: *condition,
                    bytes: encoded.bytes.len() as u64,
                    quality: encoded.quality,
                    reached: encoded.reached,
                    mse: metric::mse(image, &decoded)?,
                    max_error: metric::max_error(image, &decoded)?,
                    sha256: files::sha256(&encoded.bytes),
                })
            };
            let rendition = clock.time(Part::Compare, compare)?;
            restored.push(Restored { condition: *condition, image: decoded, rendition });
        }
    }
    Ok(restored)
}

/// Draws one test case again and gives its record, with the regions of every condition added
/// to `sets` in the order of [`Plan::conditions`].
///
/// # Errors
/// If the case cannot be drawn or compressed.
pub fn test_case(
    plan: &Plan,
    dataset: &Dataset,
    codecs: &Codecs,
    index: u64,
    sets: &mut BTreeMap<String, RegionSet>,
    clock: Clock<'_>,
) -> Result<CaseRecord, StudyError> {
    let case = clock.time(Part::Draw, || dataset.case(Split::Test, index))?;
    let side = dataset.phantom().formation.targets.region_pixels;
    let mut cut = |name: String, image: &Image| {
        clock.time(Part::Compare, || {
            sets.entry(name).or_insert_with(|| RegionSet::new(side)).cut(image, &case.scene);
        });
    };
    let mut renditions = Vec::new();
    for &path in &plan.paths {
        let image = on_path(&case, path, dataset);
        cut(test_section(path, 0), &image);
        let conditions = plan.conditions(path);
        let at = (Split::Test, index);
        let restored = restore(&image, path, &conditions[1..], dataset, codecs, at, clock)?;
        for (number, one) in restored.into_iter().enumerate() {
            cut(test_section(path, number + 1), &one.image);
            renditions.push(one.rendition);
        }
    }
    let sha256 = clock.time(Part::Compare, || {
        let words: Vec<u8> = case.image.samples().iter().flat_map(|v| v.to_le_bytes()).collect();
        files::sha256(&words)
    });
    Ok(CaseRecord {
        index,
        sha256,
        classes: case.scene.regions.iter().map(|region| region.class).collect(),
        renditions,
    })
}

/// Draws a training image that no network is given, number `number` of those, with its regions
/// uncompressed and at every level; without the lossless null, which has the same pixels.
///
/// # Errors
/// If the image cannot be drawn or compressed.
pub fn spare_regions(
    plan: &Plan,
    dataset: &Dataset,
    codecs: &Codecs,
    number: u64,
) -> Result<(Scene, TestRegions), StudyError> {
    let at = (Split::Train, SPARE_CASES + number);
    let case = dataset.case(at.0, at.1)?;
    let side = dataset.phantom().formation.targets.region_pixels;
    let mut sets = BTreeMap::new();
    let mut cut = |name: String, image: &Image| {
        let mut set = RegionSet::new(side);
        set.cut(image, &case.scene);
        sets.insert(name, set);
    };
    for &path in &plan.paths {
        let image = on_path(&case, path, dataset);
        cut(test_section(path, 0), &image);
        let lossy =
            plan.conditions(path).into_iter().enumerate().filter(|it| it.1.target.is_some());
        let (numbers, conditions): (Vec<usize>, Vec<Condition>) = lossy.unzip();
        let restored = restore(&image, path, &conditions, dataset, codecs, at, Clock::silent())?;
        for (number, one) in numbers.into_iter().zip(restored) {
            cut(test_section(path, number), &one.image);
        }
    }
    Ok((case.scene, TestRegions { images: 1, sets }))
}

/// Which renditions of test images are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The uncompressed ones of each path.
    Uncompressed,
    /// Those of every condition too.
    Every,
}

/// Regions of a few images under the conditions that are kept.
#[derive(Debug)]
pub struct TestRegions {
    /// Images that they are cut from.
    pub images: usize,
    sets: BTreeMap<String, RegionSet>,
}

impl TestRegions {
    /// Those of a path's uncompressed images, image by image.
    #[must_use]
    pub fn uncompressed(&self, path: InputPath) -> Option<&RegionSet> {
        self.under(path, 0)
    }

    /// Those under a condition, by its place in [`Plan::conditions`].
    #[must_use]
    pub fn under(&self, path: InputPath, condition: usize) -> Option<&RegionSet> {
        self.sets.get(&test_section(path, condition))
    }
}

/// Groups of test images that [`test_regions`] gives.
#[must_use]
pub fn test_chunks(plan: &Plan) -> u32 {
    plan.test_images.div_ceil(CHUNK)
}

/// Regions of a group of test images: those that the networks were shown, while the run keeps
/// them, or else the same drawn (and, for every condition, encoded) again.
///
/// # Errors
/// If what is kept is damaged, or an image cannot be drawn or compressed.
pub fn test_regions(
    plan: &Plan,
    store: &RunDirectory,
    dataset: &Dataset,
    codecs: &Codecs,
    chunk: u32,
    kept: Kept,
) -> Result<TestRegions, StudyError> {
    let chunk = Chunk::Test(chunk);
    let (split, indices) = chunk.cases(plan);
    let images = (indices.end - indices.start) as usize;
    if let Some(sets) = store.regions(&chunk.name())? {
        return Ok(TestRegions { images, sets });
    }
    let mut sets = BTreeMap::new();
    for index in indices {
        if kept == Kept::Every {
            test_case(plan, dataset, codecs, index, &mut sets, Clock::silent())?;
            continue;
        }
        let case = dataset.case(split, index)?;
        let side = dataset.phantom().formation.targets.region_pixels;
        for &path in &plan.paths {
            sets.entry(test_section(path, 0))
                .or_insert_with(|| RegionSet::new(side))
                .cut(&on_path(&case, path, dataset), &case.scene);
        }
    }
    Ok(TestRegions { images, sets })
}

/// What differs between a recorded test case and the same case drawn and encoded again; empty
/// when nothing does.
///
/// # Errors
/// If the case cannot be drawn or compressed.
pub fn recheck(
    plan: &Plan,
    dataset: &Dataset,
    codecs: &Codecs,
    recorded: &CaseRecord,
) -> Result<Vec<String>, StudyError> {
    let again =
        test_case(plan, dataset, codecs, recorded.index, &mut BTreeMap::new(), Clock::silent())?;
    let mut differences = Vec::new();
    if again.sha256 != recorded.sha256 {
        differences.push(format!("test image {}: other stored values", recorded.index));
    }
    if again.classes != recorded.classes {
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
    plan: &Plan,
    plan_hash: &str,
    dataset: &Dataset,
    codecs: &Codecs,
    clock: Clock<'_>,
    image_done: &dyn Fn() -> Result<(), StudyError>,
) -> Result<(BTreeMap<String, RegionSet>, Option<ChunkRecord>), StudyError> {
    let mut sets = BTreeMap::new();
    let (split, indices) = chunk.cases(plan);
    let mut cases = Vec::new();
    for index in indices {
        if split == Split::Test {
            cases.push(test_case(plan, dataset, codecs, index, &mut sets, clock)?);
        } else {
            train_case(plan, dataset, codecs, (split, index), &mut sets, clock)?;
        }
        image_done()?;
    }
    let record = (split == Split::Test).then(|| ChunkRecord {
        format: crate::record::FORMAT,
        plan: plan_hash.to_owned(),
        cases,
    });
    Ok((sets, record))
}

/// Originals of each path; for regime `mixed` some levels of each codec, drawn anew for each
/// image; for regime `matched` all of its levels. Each regime encodes on its own, so that none
/// changes the codestreams of another.
fn train_case(
    plan: &Plan,
    dataset: &Dataset,
    codecs: &Codecs,
    at: (Split, u64),
    sets: &mut BTreeMap<String, RegionSet>,
    clock: Clock<'_>,
) -> Result<(), StudyError> {
    let (split, index) = at;
    let case = clock.time(Part::Draw, || dataset.case(split, index))?;
    let side = dataset.phantom().formation.targets.region_pixels;
    let mut cut = |name: String, image: &Image| {
        clock.time(Part::Compare, || {
            sets.entry(name).or_insert_with(|| RegionSet::new(side)).cut(image, &case.scene);
        });
    };
    for &path in &plan.paths {
        let image = on_path(&case, path, dataset);
        cut(train_section(path, Regime::Original, None), &image);
        for one in restore(&image, path, &plan.matched(path), dataset, codecs, at, clock)? {
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
        for one in restore(&image, path, &chosen, dataset, codecs, at, clock)? {
            cut(train_section(path, Regime::Mixed, None), &one.image);
        }
    }
    Ok(())
}
