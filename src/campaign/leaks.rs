//! Audits a study for leaks: whether something other than the shape reveals the class of a region;
//! trains no network and fails no run itself.
//!
//! A **leak** is a cue that reveals the class without the shape: networks could then score without
//! seeing targets. Two questions are asked, each of the cues that must not answer it:
//!
//! - *Which shape*, among regions that hold one. Area, mean value, contrast with the surround, and
//!   the place of target and region on the 8 × 8 grid of the blocks must not reveal it, nor must
//!   the files of the image.
//! - *Present or absent*. The place of the region must not reveal it. Its values may: a target
//!   is a difference in value. So may the files of an image: targets are content, and content has
//!   to be coded.
//!
//! **Clipping** is no leak. Shapes are drawn with equal area and contrast, but a window clips the
//! bright middle of a compact shape more than the arms of a cross, and the clipped values then
//! differ. A window does the same to patients' images, and it tells the shape by its form. So where
//! values reveal the shape through the window, no value of the acquired images does, and the window
//! clips some of the targets' pixels, the finding is clipping. The acquired values are therefore
//! asked in every study, one of windowed images alone too.
//!
//! **Level** is no class. A file's size and tables do reveal its level, and the audit states how
//! well; but a network is given regions cut from decoded images, never a file, and all networks of
//! an arm are asked about one level at a time.
//!
//! A cue is divided into cells without regard to the class (eight of equally many regions, or the
//! 64 pixels of a block). From half of the images it is learnt which class is frequent in which
//! cell, and the other half is classified by that; then the halves are exchanged. Regions of one
//! image share its anatomy, so classes are permuted within images; what all regions of an image
//! share, its files, is permuted among images.
//! Huffman tables are made for each image from its coefficients, so they belong to file size.

use super::leak_values::{RegionValues, TargetPixels};
use crate::codec::CodecName;
use crate::dataset::{Case, Dataset, SourceError, Split};
use crate::phantom::Formation;
use crate::record::{
    CaseRecord, Clipping, Cue, CueResult, Finding, InputPath, LeakAudit, LevelCue, Question,
};
use crate::rng::{Purpose, StreamKey};
use crate::scene::{RegionKind, Scene};
use crate::stats::{Exchange, Labelled, Predictability, StatsError, quantile_cells};
use crate::store::RunDirectory;
use crate::study::{self, Experiment, StudyError};
use crate::task::Series;

/// Chance of a false alarm in a whole audit: a run that fails by it has to be repeated with another
/// seed.
const FALSE_ALARM: f64 = 1e-3;
/// One-sided error of the interval of accuracy by chance.
const ALPHA: f64 = 0.025;
/// Cells of a number.
const CELLS: usize = 8;
/// Side of a block.
const BLOCK: f64 = 8.0;
/// Share of the targets' pixels that a window clips, from which on it explains that values reveal
/// the shape. Clipping takes part of the contrast of a pixel, and contrasts are drawn from ranges
/// of tens of percent: less would be found in no study.
const CLIPPED: f64 = 0.01;

/// What the audit knows of a test image.
#[derive(Debug, Clone)]
pub struct AuditedImage {
    /// What was drawn.
    pub scene: Scene,
    /// Values of the regions that are for identification: as acquired, and through the window if
    /// the study has that path.
    pub values: Vec<RegionValues>,
    /// Pixels of the targets in these regions; empty where the study has no windowed path.
    pub targets: Vec<TargetPixels>,
    /// Its record, with the files of every level.
    pub record: CaseRecord,
}

impl AuditedImage {
    /// Measures a case of a study with these paths.
    #[must_use]
    pub fn of(formation: &Formation, case: Case, paths: &[InputPath], record: CaseRecord) -> Self {
        let Case { image, scene } = case;
        let matrix = &formation.matrix;
        let identified =
            || scene.regions.iter().filter(|region| region.kind == RegionKind::Identify);
        let mut values = vec![RegionValues::of(formation, InputPath::Native, &image, identified())];
        let mut targets = Vec::new();
        if paths.contains(&InputPath::Windowed) {
            let windowed = matrix.window.apply(&image, matrix.rescale);
            let path = InputPath::Windowed;
            values.push(RegionValues::of(formation, path, &windowed, identified()));
            let drawn = identified().filter_map(|region| region.target.as_ref());
            targets = drawn.map(|target| TargetPixels::of(formation, &image, target)).collect();
        }
        Self { scene, values, targets, record }
    }
}

/// One cue and one question, with the cell of every region by the cue.
struct CueCells {
    cue: Cue,
    question: Question,
    codec: Option<CodecName>,
    path: Option<InputPath>,
    /// Cell of every region, image by image.
    cells: Vec<u32>,
    cell_count: usize,
    exchange: Exchange,
}

impl CueCells {
    /// Part of its random stream: cue, question, codec and path themselves, so that another cue or
    /// another codec changes no other one's.
    fn part(&self) -> u64 {
        let codec = self.codec.map_or(0, |codec| codec as u64 + 1);
        let path = self.path.map_or(0, |path| path as u64 + 1);
        (self.cue as u64) << 24 | (self.question as u64) << 16 | codec << 8 | path
    }
}

/// The images with their regions of a kind alone.
fn of_kind(images: &[AuditedImage], kind: RegionKind) -> Vec<AuditedImage> {
    let mut images = images.to_vec();
    for image in &mut images {
        image.scene.regions.retain(|region| region.kind == kind);
    }
    images
}

/// Audits test images of one study.
///
/// # Errors
/// If an image has values of another number of regions than its scene.
pub fn audit(
    formation: &Formation,
    images: &[AuditedImage],
    seed: u64,
) -> Result<LeakAudit, StatsError> {
    let shapes = formation.targets.shapes.len();
    let [identified, detected] =
        [RegionKind::Identify, RegionKind::Detect].map(|kind| of_kind(images, kind));
    let regions: usize = identified.iter().map(|image| image.scene.regions.len()).sum();
    let mut cues = of_places(formation, &identified);
    cues.extend(of_values(&identified, regions)?);
    cues.extend(of_files(&identified));
    if formation.detection.is_some() {
        cues.push(of_detection(&detected));
    }
    let threshold = FALSE_ALARM / cues.len().max(1) as f64;
    let mut results = Vec::with_capacity(cues.len());
    for cue in &cues {
        let asked_of = match cue.question {
            Question::Detection => &detected,
            Question::Shape | Question::Presence | Question::Class => &identified,
        };
        let (purpose, part) = (Purpose::LabelPermutation, cue.part());
        let key = StreamKey { seed, purpose, case: 1, part };
        if let Some(found) = ask(cue, asked_of, shapes, threshold, key)? {
            results.push(found);
        }
    }
    let clipping = clipping(images);
    let acquired_leaks = results.iter().any(|cue| {
        cue.finding == Finding::Leak
            && cue.cue.is_of_values()
            && cue.path == Some(InputPath::Native)
    });
    if clipping.is_some_and(|it| it.of_pixels >= CLIPPED) && !acquired_leaks {
        for cue in results.iter_mut().filter(|cue| cue.finding == Finding::Leak) {
            if cue.cue.is_of_values() {
                cue.finding = Finding::Clipping;
            }
        }
    }
    Ok(LeakAudit {
        format: crate::record::FORMAT,
        images: images.len() as u32,
        threshold,
        cues: results,
        clipping,
        levels: levels(images)?,
    })
}

/// The answer to one question; `None` where there is nothing to permute: one class, one image, or
/// one class per image.
fn ask(
    cue: &CueCells,
    images: &[AuditedImage],
    shapes: usize,
    threshold: f64,
    key: StreamKey,
) -> Result<Option<CueResult>, StatsError> {
    let (mut labels, mut cells, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    let mut cell = cue.cells.iter();
    for image in images {
        let before = labels.len();
        for (region, &cell) in image.scene.regions.iter().zip(&mut cell) {
            let label = match (cue.question, region.target) {
                (Question::Shape, None) => continue,
                (Question::Shape, Some(_)) => region.class,
                (Question::Presence | Question::Detection | Question::Class, target) => {
                    u8::from(target.is_none())
                }
            };
            labels.push(label);
            cells.push(cell);
        }
        groups.push(labels.len() - before);
    }
    let classes = if cue.question == Question::Shape { shapes } else { 2 };
    let present = (0..classes as u8).filter(|class| labels.contains(class)).count();
    let mut rest = labels.as_slice();
    let mixed = groups.iter().any(|&items| {
        let (group, others) = rest.split_at(items);
        rest = others;
        group.iter().any(|label| *label != group[0])
    });
    let permutable = mixed || cue.exchange == Exchange::AmongGroups;
    if present < 2 || !permutable || groups.iter().filter(|&&items| items > 0).count() < 2 {
        return Ok(None);
    }
    let items = Labelled { labels: &labels, classes, groups: &groups };
    let found =
        items.predictability(&cells, cue.cell_count, cue.exchange, ALPHA, &mut key.open())?;
    let finding = if found.p_value <= threshold { Finding::Leak } else { Finding::Chance };
    let about = (cue.cue, cue.question);
    let of_files =
        CueResult { codec: cue.codec, path: cue.path, ..answer(about, &labels, present, found) };
    Ok(Some(CueResult { finding, ..of_files }))
}

/// How well a cue predicts the labels of a question, of which so many classes are `present`; what
/// follows is for the caller to say.
pub(super) fn answer(
    (cue, question): (Cue, Question),
    labels: &[u8],
    present: usize,
    found: Predictability,
) -> CueResult {
    CueResult {
        cue,
        question,
        codec: None,
        path: None,
        regions: labels.len() as u32,
        chance: 1.0 / present as f64,
        accuracy: found.accuracy,
        chance_lower: found.chance.lower,
        chance_upper: found.chance.upper,
        p_value: found.p_value,
        finding: Finding::Chance,
    }
}

/// What the window clips of the targets; `None` without a windowed path or without targets.
fn clipping(images: &[AuditedImage]) -> Option<Clipping> {
    let targets: Vec<TargetPixels> =
        images.iter().flat_map(|image| image.targets.iter().copied()).collect();
    let sum = |count: fn(&TargetPixels) -> u32| -> u64 {
        targets.iter().map(|it| u64::from(count(it))).sum()
    };
    let (all, clipped) = (sum(|it| it.all), sum(|it| it.clipped));
    let half = targets.iter().filter(|it| it.clipped > 0 && 2 * it.clipped >= it.all).count();
    (all > 0).then(|| Clipping {
        targets: targets.len() as u32,
        of_pixels: clipped as f64 / all as f64,
        of_targets: half as f64 / targets.len() as f64,
        explains: CLIPPED,
    })
}

/// Area of the target, and where target and region lie on the grid.
fn of_places(formation: &Formation, images: &[AuditedImage]) -> Vec<CueCells> {
    let matrix = &formation.matrix;
    let spacing = matrix.pixel_spacing.0;
    let (mut areas, mut targets, mut corners) = (Vec::new(), Vec::new(), Vec::new());
    for region in images.iter().flat_map(|image| &image.scene.regions) {
        corners.push(on_grid(region.row as f64, region.column as f64));
        let row = |y_mm: f64| y_mm / spacing + matrix.rows as f64 / 2.0;
        let column = |x_mm: f64| x_mm / spacing + matrix.columns as f64 / 2.0;
        targets.push(region.target.map_or(0, |it| on_grid(row(it.y_mm), column(it.x_mm))));
        // In steps of a millionth, for equal areas differ by rounding.
        areas.push(region.target.map_or(0.0, |it| {
            (libm::log(it.outline().area_mm2().max(f64::MIN_POSITIVE)) * 1e6).round()
        }));
    }
    let cells_of = |cue, question, cells: &[u32], cell_count| CueCells {
        cue,
        question,
        codec: None,
        path: None,
        cells: cells.to_vec(),
        cell_count,
        exchange: Exchange::WithinGroups,
    };
    let block = (BLOCK * BLOCK) as usize;
    vec![
        cells_of(Cue::Area, Question::Shape, &quantile_cells(&areas, CELLS), CELLS),
        cells_of(Cue::TargetOnGrid, Question::Shape, &targets, block),
        cells_of(Cue::RegionOnGrid, Question::Shape, &corners, block),
        cells_of(Cue::RegionOnGrid, Question::Presence, &corners, block),
    ]
}

/// Where regions of detection lie on the grid.
fn of_detection(images: &[AuditedImage]) -> CueCells {
    let regions = images.iter().flat_map(|image| &image.scene.regions);
    let cells = regions.map(|it| on_grid(it.row as f64, it.column as f64)).collect();
    CueCells {
        cue: Cue::RegionOnGrid,
        question: Question::Detection,
        codec: None,
        path: None,
        cells,
        cell_count: (BLOCK * BLOCK) as usize,
        exchange: Exchange::WithinGroups,
    }
}

/// Cell of a place, in pixels, in its block.
fn on_grid(row: f64, column: f64) -> u32 {
    let of = |value: f64| value.rem_euclid(BLOCK).floor().min(BLOCK - 1.0);
    (BLOCK * of(row) + of(column)) as u32
}

/// Values of the regions on each path.
fn of_values(images: &[AuditedImage], regions: usize) -> Result<Vec<CueCells>, StatsError> {
    let mut cues = Vec::new();
    for path in InputPath::ALL {
        let of_path = || images.iter().flat_map(|it| &it.values).filter(|it| it.path == path);
        if of_path().next().is_none() {
            continue;
        }
        for cue in [Cue::MeanValue, Cue::LocalContrast] {
            let of_cue = |values: &RegionValues| match cue {
                Cue::LocalContrast => values.contrasts.clone(),
                _ => values.means.clone(),
            };
            let values: Vec<f64> = of_path().flat_map(of_cue).collect();
            if values.len() != regions {
                return Err(StatsError::Lengths { first: values.len(), second: regions });
            }
            cues.push(CueCells {
                cue,
                question: Question::Shape,
                codec: None,
                path: Some(path),
                cells: quantile_cells(&values, CELLS),
                cell_count: CELLS,
                exchange: Exchange::WithinGroups,
            });
        }
    }
    Ok(cues)
}

/// Codecs and paths of the files, in the order of the records.
fn arms(images: &[AuditedImage]) -> Vec<(CodecName, InputPath)> {
    let mut arms = Vec::new();
    for one in images.iter().flat_map(|image| &image.record.renditions) {
        if let Some(codec) = one.condition.codec
            && !arms.contains(&(codec, one.path))
        {
            arms.push((codec, one.path));
        }
    }
    arms
}

/// Size and quality of the files of an arm: one number per image and level, where it has one.
fn numbers(
    image: &AuditedImage,
    (codec, path): (CodecName, InputPath),
    cue: Cue,
) -> impl Iterator<Item = f64> {
    let files = image.record.renditions.iter();
    files.filter(move |one| one.condition.codec == Some(codec) && one.path == path).filter_map(
        move |one| match cue {
            Cue::Tables => one.quality,
            _ => Some(libm::log(one.bytes as f64)),
        },
    )
}

/// Files of an image, over all levels: each level counts alike.
fn of_files(images: &[AuditedImage]) -> Vec<CueCells> {
    let mut cues = Vec::new();
    for arm in arms(images) {
        for cue in [Cue::FileSize, Cue::Tables] {
            let sums: Vec<f64> = images.iter().map(|it| numbers(it, arm, cue).sum()).collect();
            if images.iter().all(|image| numbers(image, arm, cue).next().is_none()) {
                continue;
            }
            // Several images in each cell, or the halves would share no cell.
            let cell_count = (images.len() / 4).clamp(2, CELLS);
            let of_image = quantile_cells(&sums, cell_count);
            let cells = images.iter().zip(of_image);
            cues.push(CueCells {
                cue,
                question: Question::Shape,
                codec: Some(arm.0),
                path: Some(arm.1),
                cells: cells
                    .flat_map(|(image, cell)| std::iter::repeat_n(cell, image.scene.regions.len()))
                    .collect(),
                cell_count,
                exchange: Exchange::AmongGroups,
            });
        }
    }
    cues
}

/// How well files reveal their level.
fn levels(images: &[AuditedImage]) -> Result<Vec<LevelCue>, StatsError> {
    let mut found = Vec::new();
    for arm in arms(images) {
        for cue in [Cue::FileSize, Cue::Tables] {
            let of_image: Vec<Vec<f64>> =
                images.iter().map(|image| numbers(image, arm, cue).collect()).collect();
            let levels = of_image.iter().map(Vec::len).max().unwrap_or(0);
            if levels < 2 || images.len() < 2 {
                continue;
            }
            let groups: Vec<usize> = of_image.iter().map(Vec::len).collect();
            let labels: Vec<u8> =
                groups.iter().flat_map(|&levels| (0..levels).map(|it| it as u8)).collect();
            // Finer than the levels, so that each has cells of its own.
            let cell_count = 4 * levels;
            let items = Labelled { labels: &labels, classes: levels, groups: &groups };
            let cells = quantile_cells(&of_image.concat(), cell_count);
            found.push(LevelCue {
                cue,
                codec: arm.0,
                path: arm.1,
                levels: levels as u32,
                accuracy: items.accuracy(&cells, cell_count)?,
            });
        }
    }
    Ok(found)
}

/// Test images of a run, drawn again, with the regions of the study's tasks.
pub(super) fn audited(
    experiment: &Experiment<'_>,
    dataset: &Dataset,
    store: &RunDirectory,
) -> Result<Vec<AuditedImage>, StudyError> {
    let plan = experiment.plan;
    let asked: Vec<RegionKind> = plan.tasks.iter().map(|task| task.regions()).collect();
    let image = |record: CaseRecord| -> Result<AuditedImage, StudyError> {
        let mut case = dataset.case(Split::Test, record.index).map_err(SourceError::from)?;
        case.scene.regions.retain(|region| asked.contains(&region.kind));
        Ok(AuditedImage::of(&dataset.phantom().formation, case, &plan.paths, record))
    };
    study::cases(plan, store, Series::Regions)?.into_iter().map(image).collect()
}
