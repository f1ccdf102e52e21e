//! Kinds of image files, distinguished by their content.

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
    /// DICOM Part 10 file.
    Dicom,
}

impl FileKind {
    /// Bytes that [`of`](Self::of) looks at.
    pub const SNIFFED: usize = 132;

    /// The kind of a file that begins with these bytes.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'P', b'2' | b'5', next, ..] if next.is_ascii_whitespace() || *next == b'#' => {
                Some(Self::Pgm)
            }
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Self::Npy),
            _ => (head.get(128..132) == Some(b"DICM")).then_some(Self::Dicom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_distinguished_by_content() {
        assert_eq!(FileKind::of(b"\x89PNG\r\n\x1a\n"), Some(FileKind::Png));
        assert_eq!(FileKind::of(b"P5\n2 2"), Some(FileKind::Pgm));
        assert_eq!(FileKind::of(b"P6\n2 2"), None);
        assert_eq!(FileKind::of(b"MM\0*"), Some(FileKind::Tiff));
        let mut dicom = vec![0; 128];
        dicom.extend_from_slice(b"DICM");
        assert_eq!(FileKind::of(&dicom), Some(FileKind::Dicom));
        assert_eq!(FileKind::of(b""), None);
    }
}
