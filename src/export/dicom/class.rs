//! The classes of DICOM objects: their identifiers, and which samples they hold.

use dicom_dictionary_std::uids;

use crate::image::SampleFormat;

/// Class of a DICOM object: one for each modality, and secondary capture for what they exclude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectClass {
    /// CT Image Storage.
    Ct,
    /// MR Image Storage.
    Mr,
    /// Computed Radiography Image Storage.
    Cr,
    /// Digital X-Ray Image Storage, for presentation.
    Dx,
    /// Digital Mammography X-Ray Image Storage, for presentation.
    Mg,
    /// Ultrasound Image Storage.
    Us,
    /// X-Ray Angiographic Image Storage.
    Xa,
    /// Nuclear Medicine Image Storage.
    Nm,
    /// Secondary Capture Image Storage.
    Sc,
}

impl ObjectClass {
    /// All, in order.
    pub const ALL: [Self; 9] =
        [Self::Ct, Self::Mr, Self::Cr, Self::Dx, Self::Mg, Self::Us, Self::Xa, Self::Nm, Self::Sc];

    /// UID of the class (PS3.4 B.5).
    #[must_use]
    pub fn sop_class(self) -> &'static str {
        match self {
            Self::Ct => uids::CT_IMAGE_STORAGE,
            Self::Mr => uids::MR_IMAGE_STORAGE,
            Self::Cr => uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE,
            Self::Dx => uids::DIGITAL_X_RAY_IMAGE_STORAGE_FOR_PRESENTATION,
            Self::Mg => uids::DIGITAL_MAMMOGRAPHY_X_RAY_IMAGE_STORAGE_FOR_PRESENTATION,
            Self::Us => uids::ULTRASOUND_IMAGE_STORAGE,
            Self::Xa => uids::X_RAY_ANGIOGRAPHIC_IMAGE_STORAGE,
            Self::Nm => uids::NUCLEAR_MEDICINE_IMAGE_STORAGE,
            Self::Sc => uids::SECONDARY_CAPTURE_IMAGE_STORAGE,
        }
    }

    /// DICOM modality code of its images.
    #[must_use]
    pub fn modality(self) -> &'static str {
        match self {
            Self::Ct => "CT",
            Self::Mr => "MR",
            Self::Cr => "CR",
            Self::Dx => "DX",
            Self::Mg => "MG",
            Self::Us => "US",
            Self::Xa => "XA",
            Self::Nm => "NM",
            Self::Sc => "OT",
        }
    }

    /// This class, or secondary capture where it holds no samples of `format`: a CT or MR object
    /// has 16 bits allocated, so its rendition through a display window is a secondary capture.
    #[must_use]
    pub fn holding(self, format: SampleFormat) -> Self {
        let SampleFormat { bits_stored, bits_allocated } = format;
        let holds = match self {
            // PS3.3 C.8.2.1.1.4 and C.8.3.1.1.5.
            Self::Ct => bits_allocated == 16 && bits_stored >= 12,
            Self::Mr => bits_allocated == 16,
            // PS3.3 C.8.11.3 (6 to 16 bits).
            Self::Dx | Self::Mg => bits_stored >= 6,
            // PS3.3 C.8.7.1.1.
            Self::Xa => matches!(bits_stored, 8 | 10 | 12 | 16),
            // PS3.3 C.8.4.8.
            Self::Nm => bits_stored == bits_allocated,
            // PS3.3 C.8.5.6.1.
            Self::Us => bits_stored == 8 && bits_allocated == 8,
            Self::Cr | Self::Sc => true,
        };
        if holds { self } else { Self::Sc }
    }

    /// True if displayed values are rescaled stored ones.
    pub(super) fn rescales(self) -> bool {
        self == Self::Ct
    }

    /// True if its images are slices with a place in space.
    pub(in crate::export) fn has_plane(self) -> bool {
        matches!(self, Self::Ct | Self::Mr)
    }

    /// True if each image states which side it shows, so that the series does not.
    pub(super) fn has_image_laterality(self) -> bool {
        matches!(self, Self::Dx | Self::Mg)
    }

    /// Values 2 and following of Image Type.
    pub(super) fn image_type(self) -> &'static str {
        match self {
            Self::Ct => "PRIMARY\\AXIAL",
            Self::Mr => "PRIMARY\\OTHER",
            Self::Dx | Self::Mg => "PRIMARY\\",
            Self::Xa => "PRIMARY\\SINGLE PLANE",
            Self::Nm => "PRIMARY\\STATIC\\EMISSION",
            Self::Cr | Self::Us | Self::Sc => "PRIMARY",
        }
    }

    /// Patient Orientation of the rows and columns; empty where positions say it or nothing does.
    pub(super) fn orientation(self) -> &'static str {
        match self {
            Self::Cr | Self::Dx | Self::Xa => "L\\F",
            Self::Mg => "A\\R",
            _ => "",
        }
    }
}
