//! Kinds of image files.

/// Kind of an image file, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Portable Network Graphics.
    Png,
    /// Portable graymap, P2 or P5.
    Pgm,
    /// Tagged Image File Format.
    Tiff,
    /// NumPy array.
    Npy,
    /// NumPy arrays in a ZIP file.
    Npz,
    /// DICOM object, with or without preamble.
    Dicom,
}
