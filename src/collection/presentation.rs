//! How a study shows a collection to networks: classes, sides and windows; reads no image.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{CollectionError, shown};
use super::survey::{Grey, Survey};
use super::{Collection, Item, Options, Truth};
use crate::dataset::Split;
use crate::files;
use crate::image::{Rescale, SampleFormat, Window};

/// Where a collection lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// A folder, a table, or an NPZ file.
    pub data: PathBuf,
    /// The file of labels, where they are in one of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<PathBuf>,
}

impl Location {
    /// The same as the way from a directory; `None` where there is none, or it is not there.
    #[must_use]
    pub fn seen_from(&self, directory: &Path) -> Option<Self> {
        let data = files::relative(directory, &self.data)?;
        let labels = match &self.labels {
            Some(labels) => Some(files::relative(directory, labels)?),
            None => None,
        };
        Some(Self { data, labels })
    }

    /// Where it leads to as a way from a directory.
    #[must_use]
    pub fn led_from(&self, directory: &Path) -> Self {
        let labels = self.labels.as_deref().map(|labels| directory.join(labels));
        Self { data: directory.join(&self.data), labels }
    }

    /// Whether it is there.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.data.exists() && self.labels.iter().all(|labels| labels.exists())
    }

    /// Opens the collection.
    ///
    /// # Errors
    /// As [`Collection::open`].
    pub fn open(&self, options: &Options) -> Result<Collection, CollectionError> {
        Collection::open(&self.data, self.labels.as_deref(), options)
    }

    /// What the data set is called: the name of its folder or file, without its ending, of a table that
    /// of its folder, of letters, digits, `-` and `_`.
    #[must_use]
    pub fn name(&self) -> String {
        let whole = std::path::absolute(&self.data).unwrap_or_else(|_| self.data.clone());
        let is_table = whole.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let stem = if self.data.is_dir() {
            whole.file_name()
        } else if is_table {
            whole.parent().and_then(Path::file_name)
        } else {
            whole.file_stem()
        };
        let stem = stem.map_or_else(String::new, |it| it.to_string_lossy().into_owned());
        let kept = |it: char| if it.is_ascii_alphanumeric() || it == '_' { it } else { '-' };
        let name: String = stem.chars().take(60).map(kept).collect();
        if name.is_empty() { "data".to_owned() } else { name }
    }
}

/// What a user may ask of how images are shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// The class whose presence is detected.
    pub present: Option<String>,
    /// Rows and columns of what a network is given.
    pub region_pixels: Option<usize>,
    /// The window of the path `windowed`.
    pub window: Option<Window>,
    /// Bits that carry the value.
    pub bits_stored: Option<u8>,
}

/// Sides that networks take.
const SIDES: [usize; 2] = [32, 64];

/// What decides which cases a collection gives: a part of a study's plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presentation {
    /// Names of the classes; the last is `absent` where targets are boxes.
    pub classes: Vec<String>,
    /// The class whose presence is detected; boxes of all classes are where targets are boxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<String>,
    /// Whether targets are boxes: a region is then cut around each, and others beside them.
    pub has_boxes: bool,
    /// Whether it is known which pixels belong to targets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_outlines: bool,
    /// Whether the data name patients; each image counts as one where they do not.
    pub names_patients: bool,
    /// Rows and columns of what a network is given.
    pub region_pixels: usize,
    /// Bits that carry the value, as the user said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits_stored: Option<u8>,
    /// Bits of the samples.
    pub format: SampleFormat,
    /// From stored values to physical ones.
    pub rescale: Rescale,
    /// The window of the path `windowed`; none where there is no such path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Mean number of pixels of an image.
    pub pixels: u64,
    /// Images for training, tuning and testing.
    pub images: [u32; 3],
    /// Patients for training, tuning and testing.
    pub patients: [u32; 3],
}

impl Presentation {
    /// What is random beside networks, singular.
    #[must_use]
    pub fn case(&self) -> &'static str {
        if self.names_patients { "patient" } else { "image" }
    }

    /// Whether there is something to detect.
    #[must_use]
    pub fn detects(&self) -> bool {
        self.has_boxes || self.present.is_some()
    }
}

impl Presentation {
    /// How a study shows a collection.
    ///
    /// # Errors
    /// If the class that is to be present is none, or the side none that networks take.
    pub fn of(
        collection: &Collection,
        survey: &Survey,
        asked: &Asked,
    ) -> Result<Self, CollectionError> {
        let refused = |problem: String| CollectionError::data(collection.data(), problem);
        let has_boxes = collection.has_boxes();
        let mut classes = collection.classes().to_vec();
        if let Some(present) = &asked.present {
            if has_boxes {
                let problem = "its targets are boxes, and one of any class is present: leave out \
                               --present";
                return Err(refused(problem.to_owned()));
            }
            if !classes.contains(present) {
                let named: Vec<String> = classes.iter().take(12).map(|it| shown(it)).collect();
                let problem = format!(
                    "no image is of class `{}`, which is to be present; its classes are {}",
                    shown(present),
                    named.join(", ")
                );
                return Err(refused(problem));
            }
        }
        if let Some(present) = &asked.present {
            tested_kinds(collection, present)?;
        }
        if has_boxes {
            classes.push("absent".to_owned());
        }
        let region_pixels = match asked.region_pixels {
            Some(side) if !SIDES.contains(&side) => {
                let problem = format!("a network is given 32 or 64 pixels a side, not {side}");
                return Err(refused(problem));
            }
            Some(side) => side,
            None => usual_side(collection, survey),
        };
        let count = |of: &dyn Fn(&super::Patient) -> usize| {
            Split::ALL.map(|split| {
                let of_split = collection.patients().iter().filter(|it| it.split == split);
                of_split.map(of).sum::<usize>() as u32
            })
        };
        let pixels: u64 = survey.facts.iter().map(|it| (it.size[0] * it.size[1]) as u64).sum();
        let Grey { rescale, window } = survey.grey;
        Ok(Self {
            classes,
            present: asked.present.clone(),
            has_boxes,
            has_outlines: collection.has_outlines(),
            names_patients: collection.names_patients(),
            region_pixels,
            bits_stored: asked.bits_stored,
            format: survey.format,
            rescale,
            window: asked.window.or(window),
            pixels: pixels / survey.facts.len().max(1) as u64,
            images: count(&|patient| patient.items.len()),
            patients: count(&|_| 1),
        })
    }
}

/// Where images are tested, some show what is to be found and some do not: an area under the ROC
/// curve has both.
fn tested_kinds(collection: &Collection, present: &str) -> Result<(), CollectionError> {
    let tested = |item: &&Item| collection.patients()[item.patient].split == Split::Test;
    let shows = |item: &Item| match &item.truth {
        Truth::Class(class) => collection.classes()[usize::from(*class)] == present,
        Truth::Boxes(boxes) => !boxes.is_empty(),
    };
    let items = collection.items().iter().filter(tested);
    let (with, without): (Vec<&Item>, Vec<&Item>) = items.partition(|item| shows(item));
    let missing = match (with.is_empty(), without.is_empty()) {
        (false, false) => return Ok(()),
        (true, _) => format!("none of the images in split test is of class `{}`", shown(present)),
        (_, true) => format!("all images in split test are of class `{}`", shown(present)),
    };
    let problem = format!("{missing}: put some of either kind in split test");
    Err(CollectionError::data(collection.data(), problem))
}

/// The smallest side that holds nearly all of three quarters of the images, or of the boxes; the
/// largest where none does.
fn usual_side(collection: &Collection, survey: &Survey) -> usize {
    let mut extents: Vec<f64> = Vec::new();
    for (item, facts) in collection.items().iter().zip(&survey.facts) {
        match &item.truth {
            Truth::Class(_) => extents.push(facts.size[0].max(facts.size[1]) as f64),
            Truth::Boxes(boxes) => {
                extents.extend(boxes.iter().map(|it| it.area[2].max(it.area[3])))
            }
        }
    }
    extents.sort_by(f64::total_cmp);
    let typical = extents.get(extents.len() * 3 / 4).copied().unwrap_or(0.0);
    let holds = |side: &usize| *side as f64 >= typical;
    SIDES.into_iter().find(holds).unwrap_or(SIDES[1])
}
