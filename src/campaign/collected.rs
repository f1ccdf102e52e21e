//! The labelled images of a user that a run is about: where they lie, whether they are those of the plan,
//! and what a report says of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::CampaignError;
use super::opened::Opened;
use super::run::Run;
use crate::collection::{CollectionSource, Location, Options, Presentation};
use crate::files;
use crate::record::{DataResult, Readers};
use crate::report::PhantomSummary;

/// Where the images of a run lie.
const LOCATION: &str = "data-set.json";

/// What [`LOCATION`] holds.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// As the user said.
    #[serde(flatten)]
    stated: Location,
    /// From the run directory on, so that it is found from anywhere, and after both were moved together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from_run: Option<Location>,
}

impl Run {
    /// Keeps where the images lie, as the user said; no file of the plan says it, so that the same data
    /// give the same plan wherever they are.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn keep_location(&self, location: &Location) -> Result<(), CampaignError> {
        let from_run = location.seen_from(self.store.root());
        let kept = Kept { stated: location.clone(), from_run };
        Ok(self.store.write(LOCATION, &files::json(&kept))?)
    }

    fn kept(&self) -> Result<Kept, CampaignError> {
        let missing = || self.store.damaged(LOCATION, "it is missing");
        Ok(self.store.json::<Kept>(LOCATION)?.ok_or_else(missing)?)
    }

    /// Where the images lie, as the user said.
    pub(super) fn stated_location(&self) -> Result<Location, CampaignError> {
        Ok(self.kept()?.stated)
    }

    /// Where the images lie: where the run directory leads to if they are there, else where the user
    /// said.
    fn location(&self) -> Result<Location, CampaignError> {
        let Kept { stated, from_run } = self.kept()?;
        let led = from_run.map(|it| it.led_from(self.store.root())).filter(Location::is_there);
        Ok(led.unwrap_or(stated))
    }

    /// The images, read once and compared with the plan.
    pub(super) fn opened(&self) -> Result<&Opened, CampaignError> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let opened = self.open_images()?;
        Ok(self.opened.get_or_init(|| opened))
    }

    fn open_images(&self) -> Result<Opened, CampaignError> {
        let shown = self.plan.collection.as_ref();
        let presentation =
            shown.ok_or_else(|| self.store.damaged("plan.json", "no images"))?.clone();
        let location = self.location()?;
        let options =
            Options { seed: self.plan.seed, bits_stored: presentation.bits_stored, testing: false };
        let collection = location.open(&options)?;
        let survey = collection.survey()?;
        if survey.sha256 != self.plan.phantom_hash {
            return Err(CampaignError::Unfit(format!(
                "the images or labels in `{}` are not those of this run: put them back as they were, \
                 or begin another run with another --out",
                location.data.display()
            )));
        }
        let source = Arc::new(CollectionSource::new(collection, presentation, self.plan.seed));
        Ok(Opened { source, survey })
    }

    /// What results say of a user's images.
    pub(super) fn data(&self) -> Option<DataResult> {
        let shown = self.plan.collection.as_ref()?;
        Some(DataResult {
            answers_sha256: None,
            images_sha256: Some(self.plan.phantom_hash.clone()),
            readers: Readers::Sampled,
            images: self.plan.test_images.min(shown.images[2]),
        })
    }

    /// What a page says of what was imaged.
    pub(super) fn summary(&self) -> PhantomSummary<'_> {
        if let Some(phantom) = &self.phantom {
            return PhantomSummary::from(phantom);
        }
        PhantomSummary {
            id: &self.plan.phantom,
            title: &self.plan.phantom,
            size: None,
            pixel_spacing_mm: None,
            format: self.plan.sample_format,
            window: self.plan.collection.as_ref().and_then(|shown| shown.window),
            unit: "",
            contrast_unit: "",
        }
    }

    /// One line about what was imaged.
    pub(super) fn title(&self) -> String {
        match (&self.phantom, &self.plan.collection) {
            (Some(phantom), _) => phantom.title.clone(),
            (None, Some(shown)) => format!("own labelled images: {}", counted(shown)),
            (None, None) => self.plan.phantom.clone(),
        }
    }
}

/// Images and patients of a data set by split.
pub(super) fn counted(shown: &Presentation) -> String {
    let each = |[train, tune, test]: [u32; 3]| {
        format!("{train} for training, {tune} for tuning, {test} for testing")
    };
    let images = each(shown.images);
    if shown.names_patients {
        format!("images {images}; patients {}", each(shown.patients))
    } else {
        format!("images {images}; patients are not named, and each image counts as one")
    }
}
