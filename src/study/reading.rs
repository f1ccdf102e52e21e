//! Computes how much the trainings of a plan read, as expected from the test images: training
//! images are of the same kind, and levels are chosen for them at random. Reads no clock and no
//! file.

use std::sync::Arc;

use super::answers::cases;
use super::{Plan, StudyError};
use crate::codec::CodecName;
use crate::image::WINDOWED;
use crate::record::{CaseRecord, Condition, InputPath, ReadingResult, Regime};
use crate::store::RunDirectory;
use crate::task::Task;

/// One entry per task, path and regime, and for networks of one level per codec and level. Images are
/// read from their files once, however many the passes: their regions are kept.
///
/// # Errors
/// If a record is missing or damaged.
pub fn readings(
    plan: &Plan,
    tasks: &[Arc<dyn Task>],
    store: &RunDirectory,
) -> Result<Vec<ReadingResult>, StudyError> {
    let mut found = Vec::new();
    for (name, task) in plan.tasks.iter().zip(tasks) {
        found.extend(of_task(plan, task.as_ref(), &cases(plan, store, name.series())?));
    }
    Ok(found)
}

fn of_task(plan: &Plan, task: &dyn Task, cases: &[CaseRecord]) -> Vec<ReadingResult> {
    let regions: usize = cases.iter().map(|case| task.examples_of(&case.truth)).sum();
    let regions_per_image = regions as f64 / cases.len().max(1) as f64;
    let mut found = Vec::new();
    for &path in &plan.paths {
        let format = match path {
            InputPath::Native => plan.sample_format,
            InputPath::Windowed => WINDOWED,
        };
        let image = plan.pixels * u64::from(format.bits_allocated.div_ceil(8));
        let file = |condition: Condition| mean_bytes(cases, path, condition);
        let mut add = |regime, level: Option<Condition>, files_per_image: f64, per_image: f64| {
            let images = f64::from(plan.train_images);
            let passes = plan.passes(regime);
            found.push(ReadingResult {
                task: task.measure().task,
                path,
                regime,
                codec: level.and_then(|it| it.codec),
                target: level.and_then(|it| it.target),
                networks: plan.replicates,
                passes,
                regions_seen: (images * per_image * regions_per_image * f64::from(passes)).round()
                    as u64,
                file_bytes: (images * files_per_image).round() as u64,
                uncompressed_bytes: (images * per_image).round() as u64 * image,
            });
        };
        // Losses count from them, so that they are trained in any case.
        add(Regime::Original, None, image as f64, 1.0);
        if plan.regimes.contains(&Regime::Mixed) {
            let (mut files, mut renditions) = (image as f64, 1.0);
            for codec in plan.codecs_on(path).filter(|&codec| codec != CodecName::Lossless) {
                let levels: Vec<Condition> = plan.at_levels(codec, &plan.ladder.targets).collect();
                let drawn = levels.len().min(plan.mixed_levels as usize) as f64;
                let mean = levels.iter().map(|&level| file(level)).sum::<f64>();
                files += drawn * mean / levels.len().max(1) as f64;
                renditions += drawn;
            }
            add(Regime::Mixed, None, files, renditions);
        }
        for level in plan.matched(path) {
            add(Regime::Matched, Some(level), file(level), 1.0);
        }
    }
    found
}

/// Mean bytes of a test image's codestream.
fn mean_bytes(cases: &[CaseRecord], path: InputPath, condition: Condition) -> f64 {
    let files = cases.iter().flat_map(|case| &case.renditions);
    let (sum, count) = files
        .filter(|one| (one.path, one.condition) == (path, condition))
        .fold((0, 0_u64), |(sum, count), one| (sum + one.bytes, count + 1));
    sum as f64 / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::{Changes, Preset};
    use super::*;
    use crate::phantom::Phantom;
    use crate::record::Rendition;
    use crate::task::{Identify, Truth};

    const SMALL: &str = include_str!("../../tests/phantom/small.toml");

    #[test]
    fn bytes_and_regions_are_those_of_the_renditions() {
        let phantom = Phantom::parse(SMALL, "small.toml").unwrap();
        let changes = Changes {
            codecs: Some(vec![CodecName::Jpeg2000]),
            paths: Some(vec![InputPath::Native]),
            regimes: Some(vec![Regime::Original, Regime::Mixed, Regime::Matched]),
            preset: Some(Preset::Smoke),
            ratios: Some(vec![4.0, 8.0, 16.0]),
            matched_levels: Some(vec![8.0]),
            train_images: Some(10),
            epochs: Some(4),
            ..Changes::default()
        };
        let plan = Plan::new(&phantom, SMALL, &changes, "fake").unwrap();
        // Files of 128 × 128 pixels at 12 bits: 24576 bytes over the ratio, on both images.
        let conditions = plan.conditions(InputPath::Native);
        let rendition = |&condition: &Condition| Rendition {
            path: InputPath::Native,
            condition,
            bytes: condition.target.map_or(9000, |ratio| (24576.0 / ratio) as u64),
            quality: None,
            reached: true,
            mse: 0.0,
            max_error: 0,
            sha256: String::new(),
        };
        let case = |index, classes: &[u8]| CaseRecord {
            index,
            sha256: String::new(),
            origin: None,
            truth: Truth { classes: classes.to_vec(), detection: vec![true], ..Truth::default() },
            renditions: conditions[1..].iter().map(rendition).collect(),
        };
        let task = Identify { classes: 6 };
        let found = of_task(&plan, &task, &[case(0, &[0, 1, 2]), case(1, &[0, 1, 2, 3, 4])]);
        let numbers = |it: &ReadingResult| {
            (it.regime, it.passes, it.regions_seen, it.file_bytes, it.uncompressed_bytes)
        };
        let image = 128 * 128 * 2;
        assert_eq!(
            found.iter().map(numbers).collect::<Vec<_>>(),
            [
                // 10 images of 4 regions, 4 passes.
                (Regime::Original, 4, 160, 10 * image, 10 * image),
                // Two of three levels, (6144 + 3072 + 1536)/3 = 3584 bytes each; one pass.
                (Regime::Mixed, 1, 120, 10 * (image + 2 * 3584), 30 * image),
                (Regime::Matched, 4, 160, 10 * 3072, 10 * image),
            ]
        );
        assert_eq!((found[2].codec, found[2].target), (Some(CodecName::Jpeg2000), Some(8.0)));
        assert_eq!(found[0].networks, 1);
    }
}
