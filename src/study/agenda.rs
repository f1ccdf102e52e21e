//! Lists the pieces of work of a plan with what each needs and about what it costs; knows no thread
//! and no file.

use std::ops::Range;

use serde::Serialize;

use super::chunk::{Chunk, Group, test_chunks};
use super::plan::{CHUNK, Plan};
use super::schedule::Piece;
use crate::record::{Job, Regime};

/// A piece of work of a study.
#[derive(Debug, Clone)]
pub(super) enum Work {
    Prepare(Chunk),
    Do(Assignment),
}

/// A training with the ratings of its network; or, of a later look, further ratings alone.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    pub(super) job: Job,
    pub(super) look: Option<u32>,
    /// Test images to rate.
    pub(super) images: Range<u32>,
}

impl Assignment {
    /// Chunks of its test images. A look ends with a chunk.
    pub(super) fn chunks(&self) -> Range<u32> {
        self.images.start / CHUNK..self.images.end.div_ceil(CHUNK)
    }

    pub(super) fn reads(&self, chunk: Chunk) -> bool {
        if chunk.series != self.job.task.series() {
            return false;
        }
        match chunk.group {
            Group::Test(number) => self.chunks().contains(&number),
            Group::Tune(_) => self.look.is_none(),
            Group::Train { replicate, .. } => {
                self.look.is_none() && replicate == self.job.replicate
            }
        }
    }
}

/// The originals' network that a warm start takes.
pub(super) fn start_of(job: Job) -> Job {
    Job { regime: Regime::Original, trained_at: None, training_share: None, ..job }
}

/// All trainings, then what later looks add.
pub(super) fn assignments(plan: &Plan) -> Vec<Assignment> {
    let jobs = plan.jobs();
    let first = |&job: &Job| Assignment {
        job,
        look: None,
        images: 0..plan.first_images(job.task, job.replicate),
    };
    let mut all: Vec<Assignment> = jobs.iter().map(first).collect();
    for job in jobs {
        let added = plan.added_images(job.task, job.replicate).into_iter();
        all.extend(added.map(|(look, images)| Assignment { job, look: Some(look), images }));
    }
    all
}

/// All groups of images.
fn chunks(plan: &Plan) -> Vec<Chunk> {
    let groups = |images: u32| 0..images.div_ceil(CHUNK);
    let mut all = Vec::new();
    for series in plan.series() {
        let test = (0..test_chunks(plan)).map(Group::Test);
        let tune = groups(plan.tune_images).map(Group::Tune);
        let train = (0..plan.replicates).flat_map(|replicate| {
            groups(plan.train_images).map(move |chunk| Group::Train { replicate, chunk })
        });
        all.extend(test.chain(tune).chain(train).map(|group| Chunk { series, group }));
    }
    all
}

/// Groups of images, then assignments. An assignment needs the groups that it reads, and the network
/// that it starts from or that rates.
pub(super) fn pieces(plan: &Plan, chunks: &[Chunk], tasks: &[Assignment]) -> Vec<Piece<Work>> {
    let mut pieces: Vec<Piece<Work>> = (chunks.iter())
        .map(|&chunk| Piece { work: Work::Prepare(chunk), needs: Vec::new() })
        .collect();
    for task in tasks {
        let read = chunks.iter().enumerate().filter(|(_, chunk)| task.reads(**chunk));
        let mut needs: Vec<usize> = read.map(|(place, _)| place).collect();
        let network = match task.look {
            Some(_) => Some(task.job),
            None if plan.starts_from_originals(task.job.regime) => Some(start_of(task.job)),
            None => None,
        };
        let trains = |other: &Assignment| other.look.is_none() && Some(other.job) == network;
        let place = tasks.iter().position(trains);
        needs.extend(place.map(|place| chunks.len() + place));
        pieces.push(Piece { work: Work::Do(task.clone()), needs });
    }
    pieces
}

/// What a piece of work does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PieceKind {
    /// Draws and compresses a group of images.
    Images,
    /// Trains a network and has it rate the first test images.
    Training,
    /// Has a network rate the test images that a later look added.
    Rating,
}

impl PieceKind {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Images, Self::Training, Self::Rating];

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Training => "training",
            Self::Rating => "rating",
        }
    }
}

/// A piece of work of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedPiece {
    /// Its name: that of its files.
    pub name: String,
    /// What it does.
    pub kind: PieceKind,
    /// Places of the pieces that must be done before; all precede this one.
    pub needs: Vec<usize>,
    /// Seconds of one core that it takes, by the operations in it: a guess of this program that says
    /// more of proportions than of a machine.
    pub seconds: f64,
}

/// All pieces of work of a plan, in the order in which one process takes them.
#[must_use]
pub fn agenda(plan: &Plan) -> Vec<PlannedPiece> {
    let (chunks, tasks) = (chunks(plan), assignments(plan));
    let guess = Guess::of(plan);
    let planned = |Piece { work, needs }: Piece<Work>| match work {
        Work::Prepare(chunk) => PlannedPiece {
            name: chunk.name(),
            kind: PieceKind::Images,
            needs,
            seconds: guess.images(plan, chunk),
        },
        Work::Do(task) => PlannedPiece {
            name: task.job.record_name(task.look),
            kind: if task.look.is_some() { PieceKind::Rating } else { PieceKind::Training },
            needs,
            seconds: guess.assignment(plan, &task),
        },
    };
    pieces(plan, &chunks, &tasks).into_iter().map(planned).collect()
}

/// Seconds of a core for a million pixels: to draw an image, and to compress and restore it.
const DRAW: f64 = 0.4;
const CODEC: f64 = 0.2;
/// Multiply-adds per second of a core.
const SPEED: f64 = 5e10;
/// Share of an image that its regions cover, about.
const COVERED: f64 = 0.28;

/// What pieces cost, by the operations in them.
pub(super) struct Guess {
    megapixels: f64,
    /// Regions of an image.
    regions: f64,
}

impl Guess {
    pub(super) fn of(plan: &Plan) -> Self {
        let side = plan.input.region_side(plan.training.architecture.side) as f64;
        let pixels = plan.pixels as f64;
        Self { megapixels: pixels / 1e6, regions: (COVERED * pixels / (side * side)).max(1.0) }
    }

    /// Of a group of images, in seconds of a core.
    pub(super) fn images(&self, plan: &Plan, chunk: Chunk) -> f64 {
        let renditions: usize = match chunk.group {
            Group::Test(_) => plan.paths.iter().map(|&path| plan.conditions(path).len() - 1).sum(),
            _ => plan.paths.iter().map(|&path| plan.matched(path).len()).sum(),
        };
        chunk.images(plan) as f64 * self.megapixels * (DRAW + CODEC * renditions as f64)
    }

    /// Of a training or of ratings, in seconds of a core.
    pub(super) fn assignment(&self, plan: &Plan, task: &Assignment) -> f64 {
        let asked = task.job.task.task(plan.training.architecture.classes);
        let recipe = plan.recipe_of(task.job, asked.as_ref());
        let forward = recipe.architecture.multiply_adds().unwrap_or_default() as f64;
        let rated = plan.rated(task.job).len() as f64;
        let tested = f64::from(task.images.end - task.images.start) * rated;
        // A step forward and backward is three forward.
        let trained = match task.look {
            None => 3.0 * f64::from(plan.images_of(task.job)) * recipe.epochs as f64,
            Some(_) => 0.0,
        };
        (tested + trained) * self.regions * forward / SPEED
    }
}
