//! The DICOM names of anatomies.

/// An anatomy as DICOM names it (PS3.16 Annex L, tables L-1 and L-5).
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyPart {
    /// Body Part Examined, a defined term.
    pub(super) name: &'static str,
    /// SNOMED CT code.
    pub(super) code: &'static str,
    /// Meaning of the code.
    pub(super) meaning: &'static str,
    /// True if there is a left and a right one.
    pub(super) paired: bool,
}

/// By the names that phantoms use.
const PARTS: [(&str, BodyPart); 16] = [
    ("abdomen", part("ABDOMEN", "818981001", "Abdomen", false)),
    ("ankle", part("ANKLE", "70258002", "Ankle joint", true)),
    ("thighs", part("THIGH", "68367000", "Thigh", true)),
    ("whole-body", part("WHOLEBODY", "38266002", "Entire body", false)),
    ("brain", part("BRAIN", "12738006", "Brain", false)),
    ("breast", part("BREAST", "76752008", "Breast", true)),
    ("chest", part("CHEST", "816094009", "Chest", false)),
    ("hand", part("HAND", "85562004", "Hand", true)),
    ("head", part("HEAD", "69536005", "Head", false)),
    ("heart", part("HEART", "80891009", "Heart", false)),
    ("kidney", part("KIDNEY", "64033007", "Kidney", true)),
    ("knee", part("KNEE", "72696002", "Knee", true)),
    ("liver", part("LIVER", "10200004", "Liver", false)),
    ("pelvis", part("PELVIS", "12921003", "Pelvis", false)),
    ("skull", part("SKULL", "89546000", "Skull", false)),
    ("thyroid", part("THYROID", "69748006", "Thyroid", false)),
];

const fn part(
    name: &'static str,
    code: &'static str,
    meaning: &'static str,
    paired: bool,
) -> BodyPart {
    BodyPart { name, code, meaning, paired }
}

impl BodyPart {
    /// The body part of a phantom's anatomy, `None` where DICOM has no term for it.
    pub(super) fn of(anatomy: &str) -> Option<Self> {
        PARTS.iter().find(|(name, _)| *name == anatomy).map(|(_, part)| *part)
    }
}
