//! Works through the images, keeps what is found of each, and goes on where it was stopped; judges
//! nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::clock::{Clock, Part};
use super::conclusion::{Appraised, conclude};
use super::entrant::Entrant;
use super::error::AppraisalError;
use super::plan::{Plan, Request};
use super::record::{AnswerRecord, FORMAT, ImageRecord, LevelRecord};
use super::truth;
use crate::codec::{Target, codec};
use crate::collection::{Collection, Item, Options};
use crate::dataset::Split;
use crate::files;
use crate::image::{Display, Image, Mask, Voi};
use crate::import::Imported;
use crate::model::{Answer, ModelError, ModelTask, Picture};
use crate::record::InputPath;
use crate::units::CompressionRatio;

/// What made the directory, for its marker.
pub const KIND: &str = "model";
const PLAN: &str = "plan.json";

/// Models put to the test on labelled images, in a directory.
#[derive(Debug)]
pub struct Appraisal {
    collection: Collection,
    entrants: Vec<Entrant>,
    plan: Plan,
    plan_sha256: String,
    /// Indices of the images that are answered.
    items: Vec<usize>,
    out: PathBuf,
    clock: Clock,
}

impl Appraisal {
    /// Checks that models, images and levels go together, and freezes the plan in a directory, or
    /// finds the same one there.
    ///
    /// Where the data state splits, the images for testing are answered; where they do not, all are:
    /// a model that was trained elsewhere has seen none.
    ///
    /// # Errors
    /// If something cannot be used, or the directory holds another plan.
    pub fn begin(request: &Request, out: &std::path::Path) -> Result<Self, AppraisalError> {
        let entrants = request
            .models
            .iter()
            .map(|path| Entrant::checked(path))
            .collect::<Result<Vec<_>, _>>()?;
        let options =
            Options { seed: request.seed, bits_stored: request.bits_stored, testing: true };
        let collection = Collection::open(&request.data, request.labels.as_deref(), &options)?;
        let is_asked = |item: &&usize| {
            let patient = collection.items()[**item].patient;
            !collection.states_splits() || collection.patients()[patient].split == Split::Test
        };
        let all: Vec<usize> = (0..collection.items().len()).collect();
        let items: Vec<usize> = all.iter().filter(is_asked).copied().collect();
        if items.is_empty() {
            return Err(AppraisalError::Unfit(
                "no image is for testing: the split of every one is train or val".to_owned(),
            ));
        }
        let mut patients: Vec<usize> =
            items.iter().map(|&item| collection.items()[item].patient).collect();
        patients.sort_unstable();
        patients.dedup();
        if let Some(first) = entrants.first() {
            match first.file.task {
                ModelTask::Classification => {
                    for &item in &items {
                        truth::label(&collection, &collection.items()[item], &first.file)?;
                    }
                }
                ModelTask::Segmentation => {}
                ModelTask::Detection => {
                    truth::some_target(&collection, &first.file.output.present)?;
                }
            }
        }
        let survey = collection.survey()?;
        let counts = [items.len() as u32, patients.len() as u32];
        let plan = Plan::of(request, &entrants, &survey, counts)?;
        files::claim(out, KIND)?;
        let bytes = files::json(&plan);
        let path = out.join(PLAN);
        if path.exists() {
            if files::read(&path)? != bytes {
                return Err(AppraisalError::Unfit(format!(
                    "`{}` holds answers of other models, images or levels; choose another --out, or \
                     repeat the options of that run to continue it",
                    out.display()
                )));
            }
        } else {
            files::write(&path, &bytes)?;
        }
        let plan_sha256 = files::sha256(&bytes);
        let (out, clock) = (out.to_owned(), Clock::default());
        Ok(Self { collection, entrants, plan, plan_sha256, items, out, clock })
    }

    /// Images that are answered.
    #[must_use]
    pub fn images(&self) -> usize {
        self.items.len()
    }

    /// Answers every image on the calling pool of threads, and judges the answers. `done` is called
    /// after each image.
    ///
    /// # Errors
    /// If an image cannot be read or compressed, a network cannot be run, or `stopped` turns true:
    /// the same call continues.
    pub fn run(
        &self,
        stopped: &Arc<AtomicBool>,
        done: &(dyn Fn() + Sync),
    ) -> Result<Appraised, AppraisalError> {
        let records: Result<Vec<ImageRecord>, AppraisalError> = (0..self.items.len())
            .into_par_iter()
            .map(|place| {
                if stopped.load(Ordering::Relaxed) {
                    return Err(AppraisalError::Stopped);
                }
                let record = self.image(place)?;
                done();
                Ok(record)
            })
            .collect();
        conclude(&self.plan, &self.plan_sha256, &records?, &self.out, self.clock.spent())
    }

    /// One image: as it is kept, or answered now.
    fn image(&self, place: usize) -> Result<ImageRecord, AppraisalError> {
        let path = self.out.join(format!("images/{place:06}.json"));
        if path.exists() {
            let kept: Option<ImageRecord> = serde_json::from_slice(&files::read(&path)?).ok();
            // A damaged one is made again.
            if let Some(kept) = kept.filter(|it| it.plan == self.plan_sha256) {
                return Ok(kept);
            }
        }
        let record = self.answered(&self.collection.items()[self.items[place]])?;
        self.clock.time(Part::Read, || files::write(&path, &files::json(&record)))?;
        self.clock.image_done();
        Ok(record)
    }

    fn answered(&self, item: &Item) -> Result<ImageRecord, AppraisalError> {
        let file = self.clock.time(Part::Read, || self.collection.read(item))?;
        let fault = |reason: String| AppraisalError::Image { image: item.name.clone(), reason };
        let (label, mask) = match self.plan.task {
            ModelTask::Classification => {
                (Some(truth::label(&self.collection, item, &self.entrants[0].file)?), None)
            }
            ModelTask::Segmentation => (None, Some(truth::mask(&self.collection, item, &file)?)),
            ModelTask::Detection => {
                (Some(truth::target(&self.collection, item, &self.plan.present)), None)
            }
        };
        let mut levels = Vec::new();
        for &path in &self.plan.paths {
            let windowed = match path {
                InputPath::Native => None,
                InputPath::Windowed => Some(self.shown(&file).map_err(|it| fault(it.to_string()))?),
            };
            let given = windowed.as_ref().unwrap_or(&file.image);
            let answers = |image: &Image| -> Result<Vec<AnswerRecord>, AppraisalError> {
                let picture = Picture { image, file: &file, windowed: windowed.is_some() };
                self.answers(&picture, mask.as_ref()).map_err(|it| fault(it.to_string()))
            };
            let original = LevelRecord {
                path,
                codec: None,
                ratios: None,
                bytes: 0,
                sha256: String::new(),
                answers: answers(given)?,
            };
            levels.push(original);
            for planned in &self.plan.codecs {
                let codec = codec(planned.name);
                let targets: Vec<Target> = (self.plan.ratios.iter())
                    .map(|&ratio| Target::Ratio(CompressionRatio::stored(ratio)))
                    .collect();
                let format = file.image.format();
                let ladder = (self.clock)
                    .time(Part::Codec, || codec.encode_ladder(given, format, &targets))
                    .map_err(|error| fault(error.to_string()))?;
                for (encoded, &target) in ladder.iter().zip(&self.plan.ratios) {
                    let bits = f64::from(format.bits_stored) * given.pixels() as f64;
                    let ratio = bits / (8.0 * encoded.bytes.len() as f64);
                    if !(0.5..=2.0).contains(&(ratio / target)) {
                        return Err(fault(format!(
                            "{} reaches {ratio:.1}:1 where {target}:1 is asked for: leave that \
                             level out of --ratio",
                            planned.name
                        )));
                    }
                    let restored = (self.clock)
                        .time(Part::Codec, || codec.decode(&encoded.bytes, given.format()))
                        .map_err(|error| fault(error.to_string()))?;
                    levels.push(LevelRecord {
                        path,
                        codec: Some(planned.name),
                        ratios: Some([target, ratio]),
                        bytes: encoded.bytes.len() as u64,
                        sha256: files::sha256(&encoded.bytes),
                        answers: answers(&restored)?,
                    });
                }
            }
        }
        Ok(ImageRecord {
            format: FORMAT,
            plan: self.plan_sha256.clone(),
            image: item.name.clone(),
            patient: self.collection.patients()[item.patient].name.clone(),
            label,
            levels,
        })
    }

    /// The image through the window of the models, which are all alike, or its own.
    fn shown(&self, file: &Imported) -> Result<Image, ModelError> {
        let chosen = self.entrants[0].file.input.window.map(Voi::linear);
        let Some(voi) = chosen.as_ref().or(file.windows.first()) else {
            return Err(ModelError::Image(
                "it states no display window: give `window` in the model file".to_owned(),
            ));
        };
        let (modality, padding) = (&file.modality, file.padding.clone());
        Ok(Display { modality, voi, inverted: file.inverted, padding }.apply(&file.image))
    }

    fn answers(
        &self,
        picture: &Picture<'_>,
        mask: Option<&Mask>,
    ) -> Result<Vec<AnswerRecord>, ModelError> {
        let of_model = |entrant: &Entrant| {
            let answer = entrant.answer(picture, &self.clock)?;
            Ok(match answer {
                Answer::Classes(numbers) => AnswerRecord::Classes {
                    likeliest: entrant.file.output.likeliest(&numbers).to_owned(),
                    present: entrant.file.output.presence(&numbers),
                    numbers,
                },
                Answer::Pixels(found) => {
                    AnswerRecord::Dice(mask.map_or(f64::NAN, |mask| truth::dice(&found, mask)))
                }
                Answer::Presence(score) => AnswerRecord::Presence(score),
            })
        };
        self.entrants.iter().map(of_model).collect()
    }
}
