//! What is written as a DICOM object: the image, what is known of it, and its identity.

use dicom_core::{Tag, VR};
use sha2::{Digest, Sha256};

use super::class::ObjectClass;
use super::elements::decimal;
use super::loss::LossyStep;
use crate::image::{Image, Rescale, Window};

/// One image to be written as a DICOM object.
#[derive(Debug, Clone)]
pub struct Object<'a> {
    /// Class of the object.
    pub class: ObjectClass,
    /// DICOM modality code.
    pub modality: &'a str,
    /// Anatomy, one word.
    pub anatomy: &'a str,
    /// One line for people.
    pub title: &'a str,
    /// Distance of pixel centres.
    pub pixel_spacing_mm: f64,
    /// Stored values of the original to physical ones.
    pub rescale: Rescale,
    /// Display window in physical units.
    pub window: Window,
    /// What is known of the acquisition; replaces an empty value that the class requires.
    pub facts: &'a [Fact],
    /// What distinguishes the object from all others.
    pub identity: Identity<'a>,
    /// The image, decoded.
    pub image: &'a Image,
    /// How the image was made.
    pub derivation: Derivation<'a>,
}

/// A known attribute of the acquisition, as DICOM text.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Attribute.
    pub tag: Tag,
    /// Value representation, one of text.
    pub vr: VR,
    /// Value.
    pub text: String,
}

impl Fact {
    /// A number as a decimal string.
    #[must_use]
    pub fn decimal(tag: Tag, value: f64) -> Self {
        Self { tag, vr: VR::DS, text: decimal(value) }
    }
}

/// What distinguishes one object from all others; its identifiers are hashes of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Hash of what forms all images of the dataset.
    pub dataset: &'a str,
    /// Name of the split.
    pub split: &'a str,
    /// Index within the split.
    pub index: u64,
    /// Name of the rendition; empty for the original.
    pub rendition: &'a str,
    /// Number of the rendition; 0 for the original.
    pub number: usize,
}

/// How an image was made.
#[derive(Debug, Clone, Copy)]
pub enum Derivation<'a> {
    /// As acquired, uncompressed.
    Original,
    /// Compressed.
    Compressed {
        /// Class of the original object.
        source: ObjectClass,
        /// The codestream, which decodes to the image.
        codestream: &'a [u8],
        /// True if the image is the original through its display window.
        windowed: bool,
        /// Every irreversible compression so far, the last one included, in order.
        history: &'a [LossyStep],
        /// What was done, for people.
        description: &'a str,
    },
}

impl Identity<'_> {
    /// An identifier of the form 2.25.UUID (PS3.5 B.2) from a hash of a purpose and these names.
    ///
    /// ```
    /// use phantom_limit::export::dicom::Identity;
    /// let original = Identity { dataset: "d", split: "train", index: 7, rendition: "", number: 0 };
    /// let uid = original.uid("instance");
    /// assert!(uid.starts_with("2.25.") && uid.len() <= 44);
    /// assert_eq!(uid, original.uid("instance"));
    /// assert_ne!(uid, Identity { rendition: "lossless", ..original }.uid("instance"));
    /// ```
    #[must_use]
    pub fn uid(&self, purpose: &str) -> String {
        let index = self.index.to_string();
        uid(&[purpose, self.dataset, self.split, &index, self.rendition])
    }

    pub(super) fn original(self) -> Self {
        Self { rendition: "", number: 0, ..self }
    }

    /// A date and a time of day that no clock told: from a hash of the image's names, so that viewers
    /// that sort by time keep images apart.
    pub(super) fn moment(self) -> [String; 2] {
        let index = self.index.to_string();
        let digest = digest(&["moment", self.dataset, self.split, &index]);
        let of = |at: usize, count: u8| digest[at] % count;
        [
            format!("{}{:02}{:02}", 2000 + u32::from(of(0, 20)), 1 + of(1, 12), 1 + of(2, 28)),
            format!("{:02}{:02}{:02}", of(3, 24), of(4, 60), of(5, 60)),
        ]
    }
}

/// An identifier of the form 2.25.UUID (PS3.5 B.2) from a hash of `parts`.
pub(super) fn uid(parts: &[&str]) -> String {
    let mut bytes = digest(parts);
    // RFC 9562, 5.8: a UUID of version 8, whose bits are the maker's own.
    bytes[6] = (bytes[6] & 0x0F) | 0x80;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    format!("2.25.{}", u128::from_be_bytes(bytes))
}

fn digest(parts: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize()[..16]);
    bytes
}
