//! Image files as users have them, made byte by byte or by the libraries that write them.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::io::Cursor;

use phantom_limit::codec::{CodecName, Target, codec};
use phantom_limit::image::{Image, SampleFormat};

/// Explicit VR, little endian, uncompressed.
pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// Small good files of every kind that is read.
pub(crate) fn one_of_each() -> Vec<(&'static str, Vec<u8>)> {
    let samples: Vec<u16> = (0..24 * 16).map(|at: u32| (at * 1213 % 4096) as u16).collect();
    let bytes: Vec<u16> = samples.iter().map(|sample| sample / 16).collect();
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    let image = Image::new(24, 16, format, samples.clone()).unwrap();
    let codestream = |name, target| {
        codec(name).encode_ladder(&image, format, &[target]).unwrap().remove(0).bytes
    };
    let words: Vec<String> = samples.iter().map(ToString::to_string).collect();
    let text = format!("P2 16 24 4095\n{}", words.join(" ")).into_bytes();
    let dicom = Dicom::new(24, 16)
        .text(0x0028, 0x1050, "DS", "40")
        .text(0x0028, 0x1051, "DS", "80")
        .text(0x0028, 0x0008, "IS", "1");
    let eight = dicom.clone().short(0x0100, 8).short(0x0101, 8).short(0x0102, 7);
    let compressed = |uid, name, target| {
        dicom.clone().transfer_syntax(uid).fragment(&codestream(name, target)).file()
    };
    let lossless = compressed("1.2.840.10008.1.2.4.90", CodecName::Lossless, Target::Lossless);
    let quality = Target::Quality(80.0);
    let extended = compressed("1.2.840.10008.1.2.4.51", CodecName::Jpeg12, quality);
    vec![
        ("png 16", png(16, &samples, 16)),
        ("png 8", png(16, &bytes, 8)),
        ("pgm", pgm(16, &samples, 4095)),
        ("pgm text", text),
        ("tiff", tiff(16, &samples, 16)),
        ("npy", npy(16, &samples, 16)),
        ("dicom", dicom.clone().pixels(&samples).file()),
        ("dicom 8", eight.without(0x0028, 0x0008).byte_pixels(&bytes).file()),
        ("dicom jpeg2000", lossless),
        ("dicom jpeg12", extended),
    ]
}

/// Grey PNG of 16 bits, or of 8.
pub(crate) fn png(columns: usize, samples: &[u16], bits: u8) -> Vec<u8> {
    let rows = samples.len() / columns;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, columns as u32, rows as u32);
    encoder.set_color(png::ColorType::Grayscale);
    let depth = if bits == 8 { png::BitDepth::Eight } else { png::BitDepth::Sixteen };
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&bytes(samples, bits, true)).unwrap();
    writer.finish().unwrap();
    file
}

/// Binary graymap.
pub(crate) fn pgm(columns: usize, samples: &[u16], most: u16) -> Vec<u8> {
    let mut file = format!("P5\n{columns} {}\n{most}\n", samples.len() / columns).into_bytes();
    file.extend(bytes(samples, if most < 256 { 8 } else { 16 }, true));
    file
}

/// Uncompressed grey TIFF of 16 bits, or of 8.
pub(crate) fn tiff(columns: usize, samples: &[u16], bits: u8) -> Vec<u8> {
    use tiff::encoder::{TiffEncoder, colortype};
    let (width, height) = (columns as u32, (samples.len() / columns) as u32);
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    if bits == 8 {
        let samples = bytes(samples, 8, false);
        encoder.write_image::<colortype::Gray8>(width, height, &samples).unwrap();
    } else {
        encoder.write_image::<colortype::Gray16>(width, height, samples).unwrap();
    }
    file.into_inner()
}

/// NumPy array of uint16, or of uint8.
pub(crate) fn npy(columns: usize, samples: &[u16], bits: u8) -> Vec<u8> {
    let kind = if bits == 8 { "|u1" } else { "<u2" };
    let rows = samples.len() / columns;
    let mut header =
        format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(bytes(samples, bits, false));
    file
}

/// Samples as a file holds them.
pub(crate) fn bytes(samples: &[u16], bits: u8, big_endian: bool) -> Vec<u8> {
    let of = |&sample: &u16| match (bits, big_endian) {
        (8, _) => vec![sample as u8],
        (_, true) => sample.to_be_bytes().to_vec(),
        (_, false) => sample.to_le_bytes().to_vec(),
    };
    samples.iter().flat_map(of).collect()
}

/// A DICOM file, element by element.
#[derive(Clone)]
pub(crate) struct Dicom {
    transfer_syntax: String,
    elements: std::collections::BTreeMap<(u16, u16), Vec<u8>>,
}

impl Dicom {
    /// CT-like: 12 bits stored in 16, MONOCHROME2, unsigned, without pixels.
    pub(crate) fn new(rows: u16, columns: u16) -> Self {
        let empty = Self { transfer_syntax: EXPLICIT.into(), elements: Default::default() };
        empty
            .text(0x0028, 0x0004, "CS", "MONOCHROME2")
            .short(0x0002, 1)
            .short(0x0010, rows)
            .short(0x0011, columns)
            .short(0x0100, 16)
            .short(0x0101, 12)
            .short(0x0102, 11)
            .short(0x0103, 0)
    }

    /// Elements from here on are of another transfer syntax.
    pub(crate) fn transfer_syntax(mut self, uid: &str) -> Self {
        self.transfer_syntax = uid.into();
        self
    }

    /// A US element of group 0028.
    pub(crate) fn short(self, element: u16, value: u16) -> Self {
        self.with(0x0028, element, "US", &value.to_le_bytes())
    }

    pub(crate) fn text(self, group: u16, element: u16, vr: &str, value: &str) -> Self {
        let mut padded = value.as_bytes().to_vec();
        if padded.len() % 2 == 1 {
            padded.push(b' ');
        }
        self.with(group, element, vr, &padded)
    }

    pub(crate) fn without(mut self, group: u16, element: u16) -> Self {
        self.elements.remove(&(group, element));
        self
    }

    fn with(mut self, group: u16, element: u16, vr: &str, value: &[u8]) -> Self {
        self.elements.insert((group, element), encoded(group, element, vr, value));
        self
    }

    /// Uncompressed pixels.
    pub(crate) fn pixels(self, samples: &[u16]) -> Self {
        self.with(0x7FE0, 0x0010, "OW", &bytes(samples, 16, false))
    }

    /// Uncompressed pixels of one byte.
    pub(crate) fn byte_pixels(self, samples: &[u16]) -> Self {
        self.with(0x7FE0, 0x0010, "OB", &bytes(samples, 8, false))
    }

    /// One compressed frame in one fragment, behind an empty offset table.
    pub(crate) fn fragment(mut self, codestream: &[u8]) -> Self {
        let mut value = vec![0xE0, 0x7F, 0x10, 0x00, b'O', b'B', 0, 0, 255, 255, 255, 255];
        value.extend([0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0]);
        value.extend([0xFE, 0xFF, 0x00, 0xE0]);
        let padding = codestream.len() % 2;
        value.extend(((codestream.len() + padding) as u32).to_le_bytes());
        value.extend(codestream);
        value.extend(vec![0; padding]);
        value.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        self.elements.insert((0x7FE0, 0x0010), value);
        self
    }

    pub(crate) fn file(&self) -> Vec<u8> {
        let uid = |element, uid: &str| {
            let mut padded = uid.as_bytes().to_vec();
            if padded.len() % 2 == 1 {
                padded.push(0);
            }
            encoded(0x0002, element, "UI", &padded)
        };
        let meta = [
            encoded(0x0002, 0x0001, "OB", &[0, 1]),
            uid(0x0002, "1.2.840.10008.5.1.4.1.1.2"),
            uid(0x0003, "2.25.1"),
            uid(0x0010, &self.transfer_syntax),
            uid(0x0012, "2.25.2"),
        ]
        .concat();
        let mut file = vec![0; 128];
        file.extend(b"DICM");
        file.extend(encoded(0x0002, 0x0000, "UL", &(meta.len() as u32).to_le_bytes()));
        file.extend(meta);
        file.extend(self.elements.values().flatten());
        file
    }
}

/// An element of explicit VR, little endian (PS3.5, 7.1.2).
fn encoded(group: u16, element: u16, vr: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = [group.to_le_bytes(), element.to_le_bytes()].concat();
    bytes.extend(vr.as_bytes());
    if matches!(vr, "OB" | "OW" | "SQ" | "UN" | "UT") {
        bytes.extend([0, 0]);
        bytes.extend((value.len() as u32).to_le_bytes());
    } else {
        bytes.extend((value.len() as u16).to_le_bytes());
    }
    bytes.extend(value);
    bytes
}
