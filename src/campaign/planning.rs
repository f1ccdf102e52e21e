//! How large a study must be by what a pilot found: images and networks for every level near the
//! margin; runs nothing.

mod cost;
mod nodes;

use serde::Serialize;

pub use cost::Cost;
pub use nodes::NodeCost;

use self::cost::{cost, planned};
use super::{CampaignError, Run};
use crate::codec::CodecName;
use crate::record::{ArmOutcome, CaseRecord, FORMAT, InputPath, LEAST_IMAGES, LevelBase, Regime};
use crate::stats::{Components, MeanSquares, NonInferiority, StatsError};
use crate::study::{self, Preset};
use crate::task::TaskName;

/// Networks per arm that are planned for: fewer than the first give no limit.
const NETWORKS: [u32; 4] = [5, 10, 15, 20];
/// Fewest test images of a plan: fewer give no limit.
const FEWEST_IMAGES: u64 = LEAST_IMAGES as u64;

/// What a study must be able to show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aim {
    /// Largest loss of accuracy that is accepted.
    pub margin: f64,
    /// One-sided error of each verdict.
    pub alpha: f64,
    /// Probability that a level passes whose loss is the expected one.
    pub power: f64,
}

impl Aim {
    /// # Errors
    /// If a number is out of range.
    pub fn check(&self) -> Result<(), StatsError> {
        if !(self.margin > 0.0 && self.margin < 1.0) {
            return Err(StatsError::Value { value: self.margin, position: 0 });
        }
        self.expecting(0.0).regions(0.05, 1.0).map(|_| ())
    }

    fn expecting(&self, expected_loss: f64) -> NonInferiority {
        let Self { margin, alpha, power } = *self;
        NonInferiority { margin, expected_loss, alpha, power }
    }
}

/// How large a study must be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planning {
    /// Version of this form.
    pub format: u32,
    /// Identifier of the phantom.
    pub phantom: String,
    /// Largest loss that is accepted.
    pub margin: f64,
    /// One-sided error of each verdict.
    pub alpha: f64,
    /// Probability to pass a level.
    pub power: f64,
    /// What the numbers come from.
    pub pilot: Pilot,
    /// Levels near the margin: of each arm from the harshest that loses at most half of the margin
    /// to the first that loses all of it.
    pub levels: Vec<LevelNeed>,
    /// Studies that can show, in every arm, the harshest level that loses at most half of the
    /// margin.
    pub studies: Vec<StudyNeed>,
    /// How long the cheapest of them takes on numbers of nodes, if that was asked for.
    pub nodes: Option<StudyOnNodes>,
}

/// A study on numbers of nodes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudyOnNodes {
    /// Networks per arm.
    pub replicates: u32,
    /// Test images.
    pub test_images: u64,
    /// For each number of nodes.
    pub nodes: Vec<NodeCost>,
}

impl Planning {
    /// Adds how long the cheapest study takes on each of `counts` nodes with `jobs` pieces of work
    /// at the same time, by a simulation with the times of the pilot's pieces; nothing where no
    /// study suffices or the pilot's provenance has no times.
    ///
    /// # Errors
    /// If a record of the pilot is damaged.
    pub fn on_nodes(
        mut self,
        pilot: &Run,
        preset: Preset,
        counts: &[u32],
        jobs: usize,
    ) -> Result<Self, CampaignError> {
        let work = |cost: &Cost| cost.image_seconds + cost.training_seconds + cost.rating_seconds;
        let priced = self.studies.iter().filter_map(|study| {
            Some((study.replicates, study.test_images?, study.cost.as_ref().map(work)?))
        });
        let cheapest = priced.min_by(|a, b| a.2.total_cmp(&b.2));
        let Some((replicates, test_images, _)) = cheapest else { return Ok(self) };
        let images = u32::try_from(test_images).ok();
        let plan = images.and_then(|images| planned(pilot, preset, replicates, images));
        if let Some(plan) = plan {
            let nodes = nodes::nodes(pilot, &plan, counts, jobs)?;
            self.nodes = nodes.map(|nodes| StudyOnNodes { replicates, test_images, nodes });
        }
        Ok(self)
    }
}

/// The run that the parts of the variance were measured on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pilot {
    /// Its preset.
    pub preset: String,
    /// Networks per arm; the variance between networks has one degree of freedom less.
    pub replicates: u32,
    /// Test images.
    pub images: u32,
    /// Regions of a test image at all tasks, mean.
    pub regions_per_image: f64,
}

/// One level of one arm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelNeed {
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Target.
    pub target: f64,
    /// What the target is.
    pub target_base: LevelBase,
    /// Achieved ratio on stored bits.
    pub ratio_stored: f64,
    /// Loss of the pilot, which is expected again; below 0 it is taken as 0.
    pub loss: f64,
    /// Share of regions whose answer changes between right and wrong; null where the task does not
    /// classify.
    pub discordant: Option<f64>,
    /// How much more the mean over one network's regions varies than if they were independent;
    /// null where no answer changes, or none is a class.
    pub design_effect: Option<f64>,
    /// Standard deviation of the loss over networks: the level's own, but not less than that of
    /// all levels here, since few networks measure it badly.
    pub networks_sd: f64,
    /// Independent regions of one network that would do at the expected loss, times the design
    /// effect; null where that loss is not below the margin, or the task does not classify.
    pub regions: Option<u64>,
    /// For 5, 10, 15 and 20 networks.
    pub needs: Vec<Need>,
}

/// Test images for a number of networks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Need {
    /// Networks per arm.
    pub replicates: u32,
    /// Test images at the expected loss; null where that loss is not below the margin, or networks
    /// differ so much that no number of images suffices.
    pub images: Option<u64>,
    /// The same if there is no loss; null where networks differ too much.
    pub images_at_no_loss: Option<u64>,
}

/// A study of all arms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudyNeed {
    /// Networks per arm.
    pub replicates: u32,
    /// Test images; null where no number suffices for some arm.
    pub test_images: Option<u64>,
    /// What it costs; null without images, or where the pilot's provenance has no times.
    pub cost: Option<Cost>,
}

/// How large a study like the pilot must be for `aim`, and what it costs with the images, passes
/// and levels of `preset` and `workers` trainings at the same time. Levels of the pilot that are not
/// those of its preset are kept.
///
/// # Errors
/// If the aim is out of range, a record of the pilot is missing or damaged, or it has fewer than
/// two networks.
pub fn planning(
    pilot: &Run,
    aim: &Aim,
    preset: Preset,
    workers: usize,
) -> Result<Planning, CampaignError> {
    aim.check()?;
    let plan = &pilot.plan;
    if plan.collection.is_some() {
        return Err(CampaignError::Pilot(format!(
            "the run in `{}` is of labelled images, of which there are no more than there are: its \
             report says how many patients would decide each level",
            pilot.store.root().display()
        )));
    }
    if plan.replicates < 2 {
        return Err(CampaignError::Pilot(format!(
            "the pilot in `{}` has one network per arm, which says nothing of how networks differ: \
             take a run of preset quick or larger",
            pilot.store.root().display()
        )));
    }
    let tally = study::tally(plan, &pilot.store, &pilot.tasks)?;
    let arms: Vec<(&ArmOutcome, &[f64])> = (tally.arms.iter())
        .zip(tally.discordant.iter().map(Vec::as_slice))
        .filter(|(arm, _)| arm.codec != CodecName::Lossless)
        .collect();
    let mut found = Vec::new();
    for (arm, discordant) in &arms {
        found.push(near_margin(arm, discordant, aim)?);
    }
    let all: Vec<f64> = found.iter().flatten().map(|level| level.parts.networks).collect();
    let networks = all.iter().sum::<f64>() / all.len().max(1) as f64;
    let mut all_regions_per_image = 0.0;
    for (name, task) in plan.tasks.iter().zip(&pilot.tasks) {
        let cases = study::cases_of(plan, &pilot.store, *name)?;
        let of_case = |case: &CaseRecord| task.examples_of(&case.truth);
        let regions: usize = cases.iter().map(of_case).sum();
        all_regions_per_image += regions as f64 / cases.len().max(1) as f64;
    }
    let mut levels = Vec::new();
    // For each number of networks, the images of the arm that needs most.
    let mut most = NETWORKS.map(|_| Some(FEWEST_IMAGES));
    for ((arm, _), measured) in arms.iter().zip(&found) {
        for (place, level) in measured.iter().enumerate() {
            let need = need(arm, level, networks, regions_per_image(arm), aim)?;
            if place == 0 {
                let name = TaskName::ALL.into_iter().find(|it| it.name() == need.task);
                let whole = |rated| name.map_or(rated, |name| plan.images_for(name, rated));
                for (most, need) in most.iter_mut().zip(&need.needs) {
                    *most = most.zip(need.images).map(|(a, b)| a.max(whole(b)));
                }
            }
            levels.push(need);
        }
    }
    let spent = pilot.time_spent();
    let mut studies = Vec::new();
    for (&replicates, test_images) in NETWORKS.iter().zip(most) {
        let cost = match test_images.and_then(|images| u32::try_from(images).ok()) {
            Some(images) => {
                let asked = planned(pilot, preset, replicates, images);
                asked.and_then(|plan| cost(pilot, &plan, &spent, all_regions_per_image, workers))
            }
            None => None,
        };
        studies.push(StudyNeed { replicates, test_images, cost });
    }
    Ok(Planning {
        format: FORMAT,
        phantom: plan.phantom.clone(),
        margin: aim.margin,
        alpha: aim.alpha,
        power: aim.power,
        pilot: Pilot {
            preset: plan.preset.name().to_owned(),
            replicates: plan.replicates,
            images: plan.test_images,
            regions_per_image: all_regions_per_image,
        },
        levels,
        studies,
        nodes: None,
    })
}

/// What the pilot measured of a level.
struct Measured {
    place: usize,
    loss: f64,
    discordant: Option<f64>,
    parts: Components,
}

fn regions_per_image(arm: &ArmOutcome) -> f64 {
    arm.weights.total() / arm.weights.cases() as f64
}

/// From the harshest level that loses at most half of the margin, milder ones all less than the
/// margin, to the first that loses the margin; the mildest alone where even that loses more.
fn near_margin(
    arm: &ArmOutcome,
    discordant: &[f64],
    aim: &Aim,
) -> Result<Vec<Measured>, CampaignError> {
    let mut levels = Vec::with_capacity(arm.levels.len());
    for (place, level) in arm.levels.iter().enumerate() {
        let pairs = arm.original.iter().flatten().zip(level.scores.iter().flatten());
        let lost: Vec<f64> = pairs.map(|(&a, &b)| arm.measure.direction.loss(a, b)).collect();
        let squares = MeanSquares::of(&arm.weights.cells(&lost)?, arm.weights.cases())?;
        levels.push(Measured {
            place,
            loss: squares.mean,
            discordant: discordant.get(place).copied(),
            parts: Components::of(&squares),
        });
    }
    let below = levels.iter().take_while(|level| level.loss < aim.margin).count();
    let first = levels[..below].iter().rposition(|level| level.loss <= aim.margin / 2.0);
    Ok(levels.drain(first.unwrap_or(0)..(below + 1).min(levels.len())).collect())
}

fn need(
    arm: &ArmOutcome,
    measured: &Measured,
    networks: f64,
    regions_per_image: f64,
    aim: &Aim,
) -> Result<LevelNeed, CampaignError> {
    let level = &arm.levels[measured.place];
    let parts = Components { networks: measured.parts.networks.max(networks), ..measured.parts };
    let expected = aim.expecting(measured.loss.max(0.0));
    let possible = expected.expected_loss < aim.margin;
    let whole = |images: Option<u64>| images.map(|it| it.max(FEWEST_IMAGES));
    let mut needs = Vec::with_capacity(NETWORKS.len());
    for replicates in NETWORKS {
        let images = |aim: NonInferiority| aim.images(&parts, replicates as usize).map(whole);
        needs.push(Need {
            replicates,
            images: if possible { images(expected)? } else { None },
            images_at_no_loss: images(aim.expecting(0.0))?,
        });
    }
    let changed = measured.discordant.filter(|&it| it > measured.loss * measured.loss);
    let design_effect = changed.map(|it| parts.design_effect(it, measured.loss, regions_per_image));
    let regions = match changed.zip(design_effect) {
        Some((changed, effect)) if possible => Some(expected.regions(changed, effect)?.ceil()),
        _ => None,
    };
    Ok(LevelNeed {
        task: arm.measure.task.clone(),
        codec: arm.codec,
        path: arm.path,
        regime: arm.regime,
        target: level.target.unwrap_or(f64::NAN),
        target_base: level.base,
        ratio_stored: level.achieved.ratio_stored(),
        loss: measured.loss,
        discordant: measured.discordant,
        design_effect,
        networks_sd: parts.networks.sqrt(),
        regions: regions.map(|it| it as u64),
        needs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Achieved;
    use crate::image::SampleFormat;
    use crate::record::LevelOutcome;
    use crate::record::Readers;
    use crate::task::{Identify, Task, Weights};

    const AIM: Aim = Aim { margin: 0.02, alpha: 0.025, power: 0.9 };
    const IMAGES: usize = 4;
    const REGIONS: f64 = 100.0;

    /// Levels 2, 4, 8 … on which network `s` loses `lost` + `s` of 100 regions of every image.
    fn arm(lost: &[u32]) -> ArmOutcome {
        let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        let level = |(place, &lost): (usize, &u32)| LevelOutcome {
            base: LevelBase::Ratio,
            target: Some(f64::from(2 << place)),
            achieved: Achieved { bytes: 100, pixels: 800, original: format, input: format },
            unreached: 0,
            psnr_db: 40.0,
            scores: (0..2).map(|network| vec![f64::from(90 - lost - network); IMAGES]).collect(),
        };
        ArmOutcome {
            codec: CodecName::Jpeg,
            path: InputPath::Windowed,
            regime: Regime::Original,
            measure: Identify { classes: 6 }.measure(),
            readers: Readers::Sampled,
            weights: Weights::Counts(vec![REGIONS; IMAGES]),
            rarer: None,
            original: vec![vec![90.0; IMAGES]; 2],
            at_dose: None,
            levels: lost.iter().enumerate().map(level).collect(),
        }
    }

    fn places(lost: &[u32]) -> Vec<usize> {
        let found = near_margin(&arm(lost), &vec![0.1; lost.len()], &AIM).unwrap();
        found.iter().map(|level| level.place).collect()
    }

    #[test]
    fn levels_near_the_margin_are_those_that_decide() {
        // Mean losses are half a point more: 0.005 is at most half of the margin, 0.015 is not.
        assert_eq!(places(&[0, 0, 1, 5, 9]), [1, 2, 3]);
        assert_eq!(places(&[0, 0]), [1]);
        assert_eq!(places(&[1, 7]), [0, 1]);
        assert_eq!(places(&[7, 9]), [0]);
        // Beyond the first level at the margin nothing is looked at.
        assert_eq!(places(&[0, 5, 0]), [0, 1]);
    }

    #[test]
    fn needs_are_those_of_the_measured_parts() {
        // Losses of 0 and 0.01, alike on all images: variance of networks 0.01²/2 = 5e-5, of images
        // and rest 0.
        let arm = arm(&[0]);
        let measured = near_margin(&arm, &[0.04], &AIM).unwrap().remove(0);
        assert!((measured.loss - 0.005).abs() < 1e-12);
        assert!((measured.parts.networks - 5e-5).abs() < 1e-12);
        let found = need(&arm, &measured, 0.0, 100.0, &AIM).unwrap();
        assert!((found.networks_sd - 0.01 / 2.0_f64.sqrt()).abs() < 1e-9);
        assert_eq!(found.design_effect, Some(0.0));
        // scipy 1.17.1: t.ppf(.975, 4) + t.ppf(.9, 4) = 4.3097, and 2.2622 + 1.3830 at 9:
        // (0.015/4.3097)² = 1.21e-5 > 5e-5/5 = 1e-5, so any images do.
        let needs: Vec<_> = found.needs.iter().map(|need| need.images).collect();
        assert_eq!(needs, [Some(FEWEST_IMAGES); 4]);
        // With twice the variance five networks never do, and ten: (0.015/3.6452)² = 1.69e-5 >
        // 1e-4/10.
        let found = need(&arm, &measured, 1e-4, 100.0, &AIM).unwrap();
        assert_eq!((found.needs[0].images, found.needs[1].images), (None, Some(FEWEST_IMAGES)));
        // Without loss (0.02/4.3097)² = 2.15e-5 > 2e-5 leaves just enough.
        assert_eq!(found.needs[0].images_at_no_loss, Some(FEWEST_IMAGES));
    }

    #[test]
    fn a_loss_of_the_margin_cannot_be_shown_to_be_less() {
        let arm = arm(&[2]);
        let measured = near_margin(&arm, &[0.04], &AIM).unwrap().remove(0);
        let found = need(&arm, &measured, 0.0, 100.0, &AIM).unwrap();
        assert!(found.needs.iter().all(|need| need.images.is_none()));
        assert!(found.needs[0].images_at_no_loss.is_some() && found.regions.is_none());
    }
}
