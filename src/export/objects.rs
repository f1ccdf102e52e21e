//! The images of a dataset as DICOM objects: what a phantom says of their acquisition, and what
//! tells them apart.

use std::io;

use super::Request;
use super::dicom::{Derivation, Fact, Identity, LossyStep, Object, ObjectClass};
use super::rendition::Compressed;
use crate::files;
use crate::image::Image;
use crate::phantom::{Acquisition, Kernel, Modality, Phantom};

/// What all objects of a dataset share.
pub(super) struct Objects<'a> {
    phantom: &'a Phantom,
    class: ObjectClass,
    facts: Vec<Fact>,
    /// Hash that identifiers come from.
    identity: String,
}

impl<'a> Objects<'a> {
    pub(super) fn new(phantom: &'a Phantom, request: &Request) -> Self {
        let class = class(phantom.modality);
        Self { phantom, class, facts: facts(phantom), identity: identity(request) }
    }

    /// True if images are slices with a place in space.
    pub(super) fn has_plane(&self) -> bool {
        self.class.has_plane()
    }

    /// What distinguishes a rendition of an image.
    pub(super) fn names<'b>(
        &'b self,
        split: &'b str,
        index: u64,
        rendition: &'b str,
        number: usize,
    ) -> Identity<'b> {
        Identity { dataset: &self.identity, split, index, rendition, number }
    }

    /// Passes an image as an object to `write`.
    pub(super) fn with(
        &self,
        image: &Image,
        compressed: Option<&Compressed>,
        identity: Identity<'_>,
        write: &mut dyn FnMut(&Object<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let phantom = self.phantom;
        let matrix = &phantom.formation.matrix;
        let source = self.class.holding(matrix.format);
        let history: Vec<LossyStep> =
            compressed.and_then(|c| LossyStep::of(&c.codestream, image)).into_iter().collect();
        let description = compressed.map(describe).unwrap_or_default();
        let derivation = match compressed {
            None => Derivation::Original,
            Some(compressed) => Derivation::Compressed {
                source,
                codestream: &compressed.codestream,
                windowed: compressed.truth.windowed,
                history: &history,
                description: &description,
            },
        };
        let object = Object {
            class: self.class.holding(image.format()),
            modality: self.class.modality(),
            anatomy: &phantom.anatomy,
            title: &phantom.title,
            pixel_spacing_mm: matrix.pixel_spacing.0,
            rescale: matrix.rescale,
            window: matrix.window,
            facts: &self.facts,
            identity,
            image,
            derivation,
        };
        write(&object)
    }
}

/// What is known of a phantom's acquisition, as attributes of its objects.
fn facts(phantom: &Phantom) -> Vec<Fact> {
    use dicom_core::VR;
    use dicom_dictionary_std::tags;
    match &phantom.formation.acquisition {
        Acquisition::Ct(ct) => {
            let kernel = match ct.kernel {
                Kernel::Soft => "SOFT",
                Kernel::Standard => "STANDARD",
                Kernel::Bone => "BONE",
                Kernel::Lung => "LUNG",
            };
            vec![Fact { tag: tags::CONVOLUTION_KERNEL, vr: VR::SH, text: kernel.to_owned() }]
        }
        Acquisition::Mr(mr) => vec![
            Fact::decimal(tags::REPETITION_TIME, mr.tr_ms),
            Fact::decimal(tags::ECHO_TIME, mr.te_ms),
            Fact::decimal(tags::MAGNETIC_FIELD_STRENGTH, mr.field_t),
        ],
        // Spectrum, tube, probe and tracer are no part of a phantom.
        Acquisition::Xray(_) | Acquisition::Ultrasound(_) | Acquisition::Nuclear(_) => Vec::new(),
    }
}

/// The class of a modality's objects.
fn class(modality: Modality) -> ObjectClass {
    match modality {
        Modality::CT => ObjectClass::Ct,
        Modality::CR => ObjectClass::Cr,
        Modality::DX => ObjectClass::Dx,
        Modality::MG => ObjectClass::Mg,
        Modality::MR => ObjectClass::Mr,
        Modality::NM => ObjectClass::Nm,
        Modality::US => ObjectClass::Us,
        Modality::XA => ObjectClass::Xa,
    }
}

/// What was done to an image, for people.
fn describe(compressed: &Compressed) -> String {
    let truth = &compressed.truth;
    let window = if truth.windowed { "display window to 8 bits, then " } else { "" };
    let asked = match truth.target_ratio {
        Some(ratio) => format!("at least {ratio}:1 on {} bits asked for, ", truth.base),
        None => String::new(),
    };
    format!(
        "{window}{}; {asked}{:.2}:1 on stored bits of the original reached",
        truth.codec, truth.ratio_stored
    )
}

/// Hash of what forms every image of a dataset.
pub(super) fn identity(request: &Request) -> String {
    let text = format!("{}\n{}\n{}", request.version, request.phantom_hash, request.seed);
    files::sha256(text.as_bytes())
}
