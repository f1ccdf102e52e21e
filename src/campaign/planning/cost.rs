//! What a study of a given size costs, by the times that a pilot took; plans no size.

use serde::Serialize;

use crate::campaign::Run;
use crate::campaign::time::TotalTime;
use crate::codec::CodecName;
use crate::dataset::Split;
use crate::record::{InputPath, Job, Regime};
use crate::store::chunk_file;
use crate::study::{Changes, Part, Plan, Preset, Unit, option};

/// Memory of one training without its regions, for regions of 32×32 and of 64×64 pixels.
const TRAINING_BYTES: [u64; 2] = [60_000_000, 150_000_000];

/// What a study costs, about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// Seconds of processor time for drawing, compressing and restoring images.
    pub image_seconds: f64,
    /// The same for training networks.
    pub training_seconds: f64,
    /// The same for rating test regions.
    pub rating_seconds: f64,
    /// Whether these are processor time. Else they are those of the pilot's workers, who may have
    /// waited for a processor: its provenance holds no processor time.
    pub is_processor_time: bool,
    /// Largest size of the run directory, with the regions that its end removes.
    pub disk_bytes: u64,
    /// What stays of it.
    pub kept_bytes: u64,
    /// Memory with the given number of trainings at the same time.
    pub memory_bytes: u64,
}

/// The plan whose cost is asked for.
pub(super) fn planned(
    pilot: &Run,
    preset: Preset,
    replicates: u32,
    test_images: u32,
) -> Option<Plan> {
    let plan = &pilot.plan;
    let phantom = pilot.phantom.as_ref()?;
    let make =
        |changes: &Changes| Plan::new(phantom, &plan.phantom_source, changes, &plan.kernel).ok();
    let mut changes = Changes {
        replicates: Some(replicates),
        test_images: Some(test_images),
        // What the size decides, and what costs nothing.
        train_images: None,
        training_shares: None,
        epochs: None,
        linear_observers: None,
        margin: None,
        alpha: None,
        looks: None,
        ..option::asked(plan)
    };
    let usual = Changes {
        ratios: None,
        qualities: None,
        psnr_db: None,
        bpp: None,
        matched_levels: None,
        ..changes.clone()
    };
    if make(&usual)?.ladder == plan.ladder {
        changes = usual;
    }
    make(&Changes { preset: Some(preset), ..changes })
}

/// What a plan costs by the times of a pilot: each test image in proportion to its renditions, each
/// training to its images and passes, each rating to its images and renditions. Codecs that share
/// work between levels cost less than that.
pub(super) fn cost(
    pilot: &Run,
    asked: &Plan,
    spent: &TotalTime,
    regions_per_image: f64,
    workers: usize,
) -> Option<Cost> {
    let before = &pilot.plan;
    let taken = spent.processor_share.unwrap_or(1.0);
    let seconds = |part: Part| taken * spent.parts.get(&part.name()).copied().unwrap_or(0.0);
    let each = |unit: Unit| {
        let &(count, seconds) = spent.units.get(&unit.name())?;
        (count > 0).then(|| (count as f64, taken * seconds / count as f64))
    };
    let image = |split| each(Unit::Image(split)).map(|(_, seconds)| seconds);
    let renditions = |plan: &Plan| -> f64 {
        plan.paths.iter().map(|&path| plan.conditions(path).len() as f64).sum()
    };
    let more = renditions(asked) / renditions(before);
    let trained = f64::from(asked.train_images) * f64::from(asked.replicates);
    let image_seconds = image(Split::Test)? * more * f64::from(asked.test_images)
        + image(Split::Tune)? * f64::from(asked.tune_images)
        + image(Split::Train)? * trained;
    let (mut training_seconds, mut rating_seconds) = (0.0, 0.0);
    for regime in Regime::ALL {
        let of = |plan: &Plan| -> Vec<Job> {
            plan.jobs().into_iter().filter(|job| job.regime == regime).collect()
        };
        let jobs = of(asked);
        if jobs.is_empty() {
            continue;
        }
        let (count, whole) = each(Unit::Network(regime))?;
        let rated = |plan: &Plan| -> f64 {
            let jobs = of(plan);
            let seen =
                |&job: &Job| plan.rated(job).len() as f64 * f64::from(plan.rated_images(job.task));
            jobs.iter().map(seen).sum::<f64>() / jobs.len().max(1) as f64
        };
        let rate = seconds(Part::Rate(regime)) / count;
        // Images times passes, of one network in the mean.
        let seen = |plan: &Plan| {
            let jobs = of(plan);
            let images: f64 = jobs.iter().map(|&job| f64::from(plan.images_of(job))).sum();
            images / jobs.len().max(1) as f64 * f64::from(plan.passes(regime))
        };
        let longer = seen(asked) / seen(before);
        training_seconds += jobs.len() as f64 * (whole - rate).max(0.0) * longer;
        rating_seconds += jobs.len() as f64 * rate * rated(asked) / rated(before);
    }
    let (kept_bytes, cache_bytes) = disk(pilot, asked, regions_per_image)?;
    Some(Cost {
        image_seconds,
        training_seconds,
        rating_seconds,
        is_processor_time: spent.processor_share.is_some(),
        disk_bytes: kept_bytes + cache_bytes,
        kept_bytes,
        memory_bytes: memory(
            asked,
            regions_per_image,
            asked.input.regions(pilot.region_pixels()).side,
            workers,
        ),
    })
}

/// Renditions of a training image on a path, the original included.
fn training_renditions(plan: &Plan, path: InputPath) -> f64 {
    let codecs = plan.codecs_on(path).filter(|&codec| codec != CodecName::Lossless).count();
    let mixed = plan.regimes.contains(&Regime::Mixed);
    let levels = if mixed { codecs * plan.mixed_levels as usize } else { 0 };
    (1 + levels + plan.matched(path).len()) as f64
}

/// Bytes that a run keeps, and those of its cache.
fn disk(pilot: &Run, asked: &Plan, regions_per_image: f64) -> Option<(u64, u64)> {
    let (before, store) = (&pilot.plan, &pilot.store);
    let side = asked.input.regions(pilot.region_pixels()).side;
    let pixels = regions_per_image * side.pow(2) as f64;
    let wide = !asked.training.architecture.domain.is_pixels();
    let bytes = |path| if wide || path == InputPath::Native { 2.0 } else { 1.0 };
    let (mut cache, mut conditions) = (0.0, 0.0);
    for &path in &asked.paths {
        let tested = asked.conditions(path).len() as f64;
        conditions += tested;
        let trained = training_renditions(asked, path);
        let images = tested * f64::from(asked.test_images)
            + f64::from(asked.tune_images) * trained
            + f64::from(asked.train_images) * f64::from(asked.replicates) * trained;
        cache += images * pixels * bytes(path);
    }
    let measured: f64 = before.paths.iter().map(|&it| before.conditions(it).len() as f64).sum();
    let jobs = before.jobs();
    let record = store.job_record(jobs.first()?, None).ok()??;
    let network = store.network(&record).ok()?.len() as f64;
    let ratings: f64 = asked
        .jobs()
        .iter()
        .map(|&job| {
            let images = f64::from(asked.rated_images(job.task));
            let rated = asked.rated(job).len() as f64 * images;
            network + rated * regions_per_image * f64::from(record.width) * 4.0
        })
        .sum();
    let mut images = 0.0;
    for series in asked.series() {
        let bytes = store.bytes(&chunk_file(series, 0)).ok()??.len() as f64;
        let of_chunk = store.chunk_record(series, 0).ok()??.cases.len() as f64;
        images += bytes / of_chunk * conditions / measured * f64::from(asked.test_images);
    }
    Some(((ratings + images) as u64, cache as u64))
}

/// Memory of `workers` trainings with their regions.
fn memory(plan: &Plan, regions_per_image: f64, side: usize, workers: usize) -> u64 {
    let most = plan.paths.iter().map(|&path| training_renditions(plan, path));
    let regions = f64::from(plan.train_images) * regions_per_image * most.fold(1.0, f64::max);
    let values = (regions * side.pow(2) as f64 * 2.0) as u64;
    let training = if side <= 32 { TRAINING_BYTES[0] } else { TRAINING_BYTES[1] };
    workers as u64 * (values + training)
}
