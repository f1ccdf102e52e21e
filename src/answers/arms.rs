//! From the rows of a table to the scores of every network and case; judges nothing.

use std::collections::{BTreeSet, HashMap};

use super::error::AnswersError;
use super::table::{ArmName, Kind, Level, Row, Table, shown};
use crate::codec::Achieved;
use crate::image::SampleFormat;
use crate::limit::{Rated, RatedArm};
use crate::record::{ArmOutcome, LEAST_NETWORKS, LevelBase, LevelOutcome, Readers};
use crate::stats::Placements;
use crate::task::{AREA, Direction, Measure, Weights};

/// Pixels that an image counts for: all count alike, and ratios are exact to nine digits.
const PIXELS: u64 = 1 << 32;

/// Scores of each task, codec, path and training, in the order of the table, each with its ratings
/// where the scores are areas.
pub(super) fn outcomes(
    table: &Table,
    format: SampleFormat,
    readers: Option<Readers>,
) -> Result<Vec<(ArmOutcome, Option<RatedArm>)>, AnswersError> {
    let mut arms: Vec<&ArmName> = Vec::new();
    for row in table.rows.iter().filter(|row| row.level.is_some()) {
        if !arms.contains(&&row.arm) {
            arms.push(&row.arm);
        }
    }
    if arms.is_empty() {
        return Err(AnswersError::Empty(
            "every answer is on originals: no `level` and no `ratio` is above 0".to_owned(),
        ));
    }
    let arms = arms.into_iter().map(|arm| Arm::of(table, arm)).collect::<Result<Vec<_>, _>>()?;
    // All arms of a table are read alike.
    let fewest = arms.iter().map(|arm| arm.networks.names.len()).min().unwrap_or_default();
    let enough = fewest >= LEAST_NETWORKS as usize;
    let usual = if enough { Readers::Sampled } else { Readers::Fixed };
    let readers = readers.unwrap_or(usual);
    arms.iter().map(|arm| arm.outcome(format, readers)).collect()
}

/// Names in the order in which they were seen.
#[derive(Default)]
struct Names<'a> {
    names: Vec<&'a str>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    fn place(&mut self, name: &'a str) -> usize {
        *self.places.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }
}

/// The rows of an arm, originals of other codecs' rows aside.
struct Arm<'a> {
    table: &'a Table,
    name: &'a ArmName,
    networks: Names<'a>,
    images: Names<'a>,
    /// Case of each image: its patient, or itself.
    cases: Names<'a>,
    case_of: Vec<usize>,
    /// From the mildest.
    targets: Vec<f64>,
    rows: Vec<&'a Row>,
}

impl<'a> Arm<'a> {
    fn of(table: &'a Table, name: &'a ArmName) -> Result<Self, AnswersError> {
        let belongs = |row: &&Row| row.arm == *name || row.is_original_of(name);
        let rows: Vec<&Row> = table.rows.iter().filter(belongs).collect();
        let mut arm = Self {
            table,
            name,
            networks: Names::default(),
            images: Names::default(),
            cases: Names::default(),
            case_of: Vec::new(),
            targets: Vec::new(),
            rows,
        };
        for row in &arm.rows {
            arm.networks.place(&row.network);
            if arm.images.place(&row.image) == arm.case_of.len() {
                arm.case_of.push(arm.cases.place(&table.patients_of[&row.image]));
            }
            if let Some(Level { target, .. }) = row.level
                && !arm.targets.contains(&target)
            {
                arm.targets.push(target);
            }
        }
        arm.targets.sort_by(f64::total_cmp);
        if arm.rows.iter().all(|row| row.level.is_some()) {
            return Err(AnswersError::Empty(format!(
                "task {}, {}, {}, trained on {}: there are no answers on originals, from which losses \
                 count: rows with an empty {}, of the same task, path and training, and of this \
                 codec or none",
                shown(&name.task),
                name.codec.map_or("any codec", |codec| codec.name()),
                name.path.name(),
                name.regime.name(),
                if table.levels { "`level` and `ratio`" } else { "`ratio`" }
            )));
        }
        Ok(arm)
    }

    /// `[network][image]`, the answers at a level; as many as on originals.
    fn answers(&self, target: Option<f64>) -> Vec<Vec<Vec<f64>>> {
        let mut answers =
            vec![vec![Vec::new(); self.images.names.len()]; self.networks.names.len()];
        for row in self.rows.iter().filter(|row| row.level.map(|it| it.target) == target) {
            let network = self.networks.places[row.network.as_str()];
            answers[network][self.images.places[row.image.as_str()]].push(row.answer);
        }
        answers
    }

    /// Whether every network answered as often on every image as the first on originals.
    fn check(
        &self,
        answers: &[Vec<Vec<f64>>],
        counts: &[usize],
        target: Option<f64>,
    ) -> Result<(), AnswersError> {
        for (network, of_images) in answers.iter().enumerate() {
            for (image, of_image) in of_images.iter().enumerate() {
                let (found, expected) = (of_image.len(), counts[image]);
                if found > 1 && self.table.kind != Kind::Correct {
                    return Err(AnswersError::Twice {
                        network: shown(self.networks.names[network]),
                        image: shown(self.images.names[image]),
                        at: at(target),
                    });
                }
                if found == expected && expected > 0 {
                    continue;
                }
                let hint = if target.is_some() && !self.table.levels {
                    "; where images reach different ratios at one level, add a column `level` with \
                     the ratio that was asked for"
                } else {
                    ""
                };
                return Err(AnswersError::Missing {
                    network: shown(self.networks.names[network]),
                    image: shown(self.images.names[image]),
                    at: at(target),
                    found,
                    expected,
                    hint,
                });
            }
        }
        Ok(())
    }

    /// `[network][case]`.
    fn scores(
        &self,
        answers: &[Vec<Vec<f64>>],
        target: Option<f64>,
    ) -> Result<Vec<Vec<f64>>, AnswersError> {
        let of_network = |(network, of_images): (usize, &Vec<Vec<f64>>)| {
            if self.table.kind == Kind::Rating {
                return self.areas(of_images).ok_or_else(|| AnswersError::Area {
                    network: shown(self.networks.names[network]),
                    at: at(target),
                });
            }
            let mut sums = vec![0.0; self.cases.names.len()];
            for (of_image, &case) in of_images.iter().zip(&self.case_of) {
                sums[case] += of_image.iter().sum::<f64>();
            }
            Ok(sums)
        };
        answers.iter().enumerate().map(of_network).collect()
    }

    /// The area under the ROC curve as the mean of one number per case (Obuchowski, 1997).
    fn areas(&self, of_images: &[Vec<f64>]) -> Option<Vec<f64>> {
        let (mut present, mut absent) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
        for (image, ratings) in of_images.iter().enumerate() {
            let kind = if self.truth(image) { &mut present } else { &mut absent };
            kind.0.extend_from_slice(ratings);
            kind.1.extend(ratings.iter().map(|_| self.case_of[image]));
        }
        let placements = Placements::of(&present.0, &absent.0).ok()?;
        placements.by_group(&present.1, &absent.1, self.cases.names.len()).ok()
    }

    fn truth(&self, image: usize) -> bool {
        let key = (self.name.task.clone(), self.images.names[image].to_owned());
        self.table.truths.get(&key) == Some(&true)
    }

    /// Cases with images of the rarer truth.
    fn rarer(&self) -> Option<usize> {
        let cases = |truth: bool| {
            let those = (0..self.case_of.len()).filter(|&image| self.truth(image) == truth);
            those.map(|image| self.case_of[image]).collect::<BTreeSet<usize>>().len()
        };
        (self.table.kind == Kind::Rating).then(|| cases(true).min(cases(false)))
    }

    fn outcome(
        &self,
        format: SampleFormat,
        readers: Readers,
    ) -> Result<(ArmOutcome, Option<RatedArm>), AnswersError> {
        let original = self.answers(None);
        let counts: Vec<usize> = original[0].iter().map(Vec::len).collect();
        self.check(&original, &counts, None)?;
        let weights = if self.table.kind == Kind::Rating {
            Weights::Alike(self.cases.names.len())
        } else {
            let mut weights = vec![0.0; self.cases.names.len()];
            for (&count, &case) in counts.iter().zip(&self.case_of) {
                weights[case] += count as f64;
            }
            Weights::Counts(weights)
        };
        let level = |&target: &f64| -> Result<LevelOutcome, AnswersError> {
            let answers = self.answers(Some(target));
            self.check(&answers, &counts, Some(target))?;
            Ok(LevelOutcome {
                base: LevelBase::Ratio,
                target: Some(target),
                achieved: self.achieved(target, format)?,
                unreached: 0,
                psnr_db: f64::NAN,
                scores: self.scores(&answers, Some(target))?,
            })
        };
        let rated = (self.table.kind == Kind::Rating).then(|| self.rated(&original));
        let arm = ArmOutcome {
            codec: self.name.codec.expect("a row at a level has a codec"),
            path: self.name.path,
            regime: self.name.regime,
            measure: self.measure(),
            readers,
            weights,
            rarer: self.rarer(),
            original: self.scores(&original, None)?,
            at_dose: None,
            levels: self.targets.iter().map(level).collect::<Result<_, _>>()?,
        };
        Ok((arm, rated))
    }

    /// The ratings, image by image.
    fn rated(&self, original: &[Vec<Vec<f64>>]) -> RatedArm {
        let of_truth = |answers: &[Vec<Vec<f64>>], truth: bool| -> Vec<Vec<f64>> {
            let of_network = |of_images: &Vec<Vec<f64>>| -> Vec<f64> {
                let those =
                    of_images.iter().enumerate().filter(|(image, _)| self.truth(*image) == truth);
                those.flat_map(|(_, ratings)| ratings.iter().copied()).collect()
            };
            answers.iter().map(of_network).collect()
        };
        let rated = |answers: &[Vec<Vec<f64>>]| Rated {
            present: of_truth(answers, true),
            absent: of_truth(answers, false),
        };
        let cases = |truth: bool| -> Vec<usize> {
            let of_image =
                |(image, ratings): (usize, &Vec<f64>)| vec![self.case_of[image]; ratings.len()];
            let those =
                original[0].iter().enumerate().filter(|(image, _)| self.truth(*image) == truth);
            those.flat_map(of_image).collect()
        };
        RatedArm {
            present: cases(true),
            absent: cases(false),
            original: rated(original),
            levels: self.targets.iter().map(|&it| rated(&self.answers(Some(it)))).collect(),
        }
    }

    /// The rate over all images, which count alike: the harmonic mean of their ratios.
    fn achieved(&self, target: f64, format: SampleFormat) -> Result<Achieved, AnswersError> {
        let mut ratios = vec![0.0; self.images.names.len()];
        for row in &self.rows {
            if let Some(level) = row.level.filter(|level| level.target == target) {
                let ratio = &mut ratios[self.images.places[row.image.as_str()]];
                if *ratio != 0.0 && *ratio != level.ratio {
                    return Err(AnswersError::Contradiction {
                        line: row.line,
                        image: shown(&row.image),
                        now: format!("at {}:1", level.ratio),
                        before: format!("at {ratio}:1"),
                    });
                }
                *ratio = level.ratio;
            }
        }
        let bits = f64::from(format.bits_stored) * PIXELS as f64;
        let bytes: f64 = ratios.iter().map(|ratio| bits / 8.0 / ratio).sum();
        let pixels = PIXELS * ratios.len() as u64;
        let bytes = (bytes.round() as u64).max(1);
        Ok(Achieved { bytes, pixels, original: format, input: format })
    }

    fn measure(&self) -> Measure {
        let (score, short, unit, chance) = match self.table.kind {
            Kind::Correct => ("accuracy", "accuracy", "share of answers that are right", None),
            Kind::Rating => (AREA, "AUC", "mean area under the ROC curve", Some(0.5)),
            Kind::Figure => ("score", "score", "mean figure of images", None),
        };
        Measure {
            task: self.name.task.clone(),
            score: score.to_owned(),
            short: short.to_owned(),
            unit: unit.to_owned(),
            example: "answer".to_owned(),
            case: if self.table.patients { "patient" } else { "image" }.to_owned(),
            range: [0.0, 1.0],
            usable: match self.table.kind {
                Kind::Correct | Kind::Rating => [0.75, 0.98],
                // What is much or little of an unknown figure is for its owner to say.
                Kind::Figure => [0.0, 1.0],
            },
            chance,
            direction: Direction::Higher,
        }
    }
}

fn at(target: Option<f64>) -> String {
    target.map_or_else(|| "on originals".to_owned(), |target| format!("at {target}:1"))
}
