//! What is to be inserted, and into which images: everything that decides a byte of the dataset.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::InsertionError;
use crate::acquisition::edge::{Rectangle, edge_mtf};
use crate::acquisition::{Mtf, MtfCurve};
use crate::export::Format;
use crate::image::{Modality as Values, Rescale};
use crate::import::{self, Reading};
use crate::phantom::{Formation, Modality, Phantom, Physics, Shape, Targets};
use crate::scene::RegionKind;

/// Version of the layout.
pub const LAYOUT: u32 = 2;

/// The file that holds the request.
pub(super) const REQUEST: &str = "dataset.json";

/// An image that targets are drawn into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Path of the file.
    pub path: String,
    /// Frame of a file that has several, from 1.
    pub frame: Option<u32>,
    /// Path of its mask.
    pub mask: Option<String>,
    /// True if it was found in a directory, where an object without pixels is no error.
    pub found: bool,
}

impl Input {
    /// The file, with the frame where it has several.
    #[must_use]
    pub fn name(&self) -> String {
        match self.frame {
            None => self.path.clone(),
            Some(frame) => format!("{}#{frame}", self.path),
        }
    }
}

/// Where targets may lie.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Placing {
    /// Values of the mask whose pixels are allowed; every value but 0 if none is given.
    pub labels: Vec<u16>,
    /// Lowest and highest physical value of the mean of 5 × 5 pixels.
    pub range: Option<[f64; 2]>,
    /// Least distance of a target from what is not allowed.
    pub margin_mm: f64,
    /// Targets of an image at most.
    pub per_image: u64,
}

/// What the values of the images mean, where the files do not say it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Distance of pixel centres.
    pub pixel_mm: Option<f64>,
    /// From the values of a file to physical ones: HU, dB.
    pub rescale: Option<Rescale>,
    /// Bits that carry a value.
    pub bits_stored: Option<u8>,
    /// True where values of projections go with the logarithm of the intensity.
    pub logarithmic: Option<bool>,
    /// Physical values for one unit of the line integral of attenuation, below 0 where denser is
    /// lower; for logarithmic values.
    pub gain: Option<f64>,
}

/// What is to be inserted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// [`LAYOUT`].
    pub format: u32,
    /// Version of the program.
    pub version: String,
    /// Identifier of the phantom whose targets are drawn.
    pub phantom: String,
    /// Its title.
    pub title: String,
    /// Its file, whole.
    pub phantom_source: String,
    /// Its modality.
    pub modality: Modality,
    /// Which of its targets: those to be told apart, or the subtle ones.
    pub kind: RegionKind,
    /// Class names; the mask holds index + 1.
    pub classes: Vec<String>,
    /// Seed.
    pub seed: u64,
    /// Where targets may lie.
    pub placing: Placing,
    /// The MTF that they are blurred by.
    pub mtf: Mtf,
    /// Lowest and highest d′ in the local noise, from which contrasts follow; else they are those
    /// of the phantom.
    pub detectability: Option<[f64; 2]>,
    /// What values mean.
    pub scale: Scale,
    /// Whether images that were compressed irreversibly are taken.
    pub accept_lossy: bool,
    /// Formats, as [`Format::complete`] gives them.
    pub formats: Vec<Format>,
    /// The images.
    pub inputs: Vec<Input>,
}

impl Request {
    /// The targets of a phantom, for no image yet. `source` is its file, whole.
    ///
    /// # Errors
    /// If it has no such targets, or they cannot be drawn into images.
    pub fn of(
        phantom: &Phantom,
        source: String,
        kind: RegionKind,
        mtf: Mtf,
    ) -> Result<Self, InsertionError> {
        let refuse = |reason: String| Err(InsertionError::Request { reason });
        let Some(targets) = targets_of(&phantom.formation, kind) else {
            return refuse(format!(
                "`{}` has no subtle targets; leave out --task detect, or give it a [detection] table",
                phantom.id
            ));
        };
        if physics_of(phantom.modality) == Physics::Nuclear {
            return refuse(
                "targets of nuclear medicine cannot be inserted: they would change the counts, and with \
                 them the noise"
                    .into(),
            );
        }
        if let Some(shape) = targets.shapes.iter().find(|shape| shape.needs_vessel()) {
            return refuse(format!(
                "a {} lies in a vessel, and where vessels run in these images is not known; give \
                 other shapes",
                shape.name()
            ));
        }
        let names = targets.shapes.iter().map(|shape: &Shape| shape.name().to_owned());
        Ok(Self {
            format: LAYOUT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            phantom: phantom.id.clone(),
            title: phantom.title.clone(),
            phantom_source: source,
            modality: phantom.modality,
            kind,
            classes: names.chain(["absent".to_owned()]).collect(),
            seed: 1,
            placing: Placing { per_image: 1, ..Placing::default() },
            mtf,
            detectability: None,
            scale: Scale::default(),
            accept_lossy: false,
            formats: Vec::new(),
            inputs: Vec::new(),
        })
    }
}

/// The targets of one kind.
pub(super) fn targets_of(formation: &Formation, kind: RegionKind) -> Option<&Targets> {
    match kind {
        RegionKind::Identify => Some(&formation.targets),
        RegionKind::Detect => formation.detection.as_ref().map(|detection| &detection.targets),
    }
}

/// The physics of a modality.
pub(super) fn physics_of(modality: Modality) -> Physics {
    let forms = |physics: &Physics| physics.modalities().contains(&modality);
    Physics::ALL.into_iter().find(forms).expect("every modality has a physics")
}

/// The MTF from the edge in a part of an image file.
///
/// # Errors
/// If the file cannot be read, has no pixel spacing, or the part holds no edge that can be measured.
pub fn edge_of(path: &str, part: Rectangle, scale: &Scale) -> Result<MtfCurve, InsertionError> {
    let reading = Reading { bits_stored: scale.bits_stored, frame: None };
    let imported = import::read(Path::new(path), reading)?;
    let Some(spacing) = imported.pixel_spacing_mm.map(|[down, _]| down).or(scale.pixel_mm) else {
        let reason = format!("`{path}` does not state its pixel spacing; give --pixel-mm");
        return Err(InsertionError::Request { reason });
    };
    if matches!(imported.modality, Values::Table { .. }) {
        let reason =
            format!("`{path}` has a modality table: an edge needs values linear in what is imaged");
        return Err(InsertionError::Request { reason });
    }
    let image = &imported.image;
    let values: Vec<f64> = image.samples().iter().map(|&value| f64::from(value)).collect();
    edge_mtf(&values, [image.rows(), image.columns()], part, spacing)
        .map_err(|fault| InsertionError::Edge { path: path.to_owned(), fault })
}
