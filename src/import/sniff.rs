//! Distinguishes kinds of image files by their content.

use super::kind::FileKind;
use super::{dicom, npz, pgm};

impl FileKind {
    /// Bytes that [`of`](Self::of) looks at.
    pub const SNIFFED: usize = 512;

    /// The kind of a file that begins with these bytes. DICOM comes first: its preamble may be
    /// the header of another format.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        if dicom::begins(head) {
            return Some(Self::Dicom);
        }
        if pgm::begins(head) {
            return Some(Self::Pgm);
        }
        match head {
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Self::Npy),
            [b'P', b'K', 3, 4, ..] => npz::begins(head).then_some(Self::Npz),
            _ => None,
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
        dicom[..4].copy_from_slice(b"II*\0");
        assert_eq!(FileKind::of(&dicom), Some(FileKind::Dicom));
        assert_eq!(FileKind::of(b"PK\x03\x04 no array"), None);
        assert_eq!(FileKind::of(b""), None);
    }
}
