//! The modalities of phantoms.

use serde::{Deserialize, Serialize};

/// DICOM modality codes of phantoms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Modality {
    /// Computed radiography.
    CR,
    /// Digital radiography.
    DX,
    /// Mammography.
    MG,
    /// Computed tomography.
    CT,
    /// Magnetic resonance.
    MR,
    /// Nuclear medicine.
    NM,
    /// Ultrasound.
    US,
    /// X-ray angiography.
    XA,
}
