//! Image files as users have them, made byte by byte or by the libraries that write them.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::io::{Cursor, Write};

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
    let dicom = dicom.sequence(0x0008, 0x1140, &[Dicom::item().text(0x0008, 0x1150, "UI", "1.2")]);
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
        (
            "dicom implicit",
            dicom.clone().transfer_syntax("1.2.840.10008.1.2").pixels(&samples).file(),
        ),
        (
            "dicom big endian",
            dicom.clone().transfer_syntax("1.2.840.10008.1.2.2").pixels(&samples).file(),
        ),
        ("dicom deflated", dicom.transfer_syntax("1.2.840.10008.1.2.1.99").pixels(&samples).file()),
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
    elements: std::collections::BTreeMap<(u16, u16), Element>,
}

/// An element's value, little endian.
#[derive(Clone)]
enum Element {
    Value(&'static str, Vec<u8>),
    Sequence(Vec<Dicom>),
    Fragments(Vec<Vec<u8>>),
}

/// How elements are written (PS3.5, 7.1).
#[derive(Clone, Copy, PartialEq)]
enum Layout {
    Implicit,
    Little,
    Big,
}

impl Dicom {
    /// CT-like: 12 bits stored in 16, MONOCHROME2, unsigned, without pixels.
    pub(crate) fn new(rows: u16, columns: u16) -> Self {
        Self::item()
            .text(0x0028, 0x0004, "CS", "MONOCHROME2")
            .short(0x0002, 1)
            .short(0x0010, rows)
            .short(0x0011, columns)
            .short(0x0100, 16)
            .short(0x0101, 12)
            .short(0x0102, 11)
            .short(0x0103, 0)
    }

    /// An item of a sequence, without elements.
    pub(crate) fn item() -> Self {
        Self { transfer_syntax: EXPLICIT.into(), elements: Default::default() }
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

    pub(crate) fn text(self, group: u16, element: u16, vr: &'static str, value: &str) -> Self {
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

    pub(crate) fn with(mut self, group: u16, element: u16, vr: &'static str, value: &[u8]) -> Self {
        self.elements.insert((group, element), Element::Value(vr, value.to_vec()));
        self
    }

    pub(crate) fn sequence(mut self, group: u16, element: u16, items: &[Self]) -> Self {
        self.elements.insert((group, element), Element::Sequence(items.to_vec()));
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
    pub(crate) fn fragment(self, codestream: &[u8]) -> Self {
        self.fragments(&[], &[codestream])
    }

    /// Compressed frames behind an offset table.
    pub(crate) fn fragments(mut self, offsets: &[u32], fragments: &[&[u8]]) -> Self {
        let mut all = vec![offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect()];
        all.extend(fragments.iter().map(|fragment| {
            let mut even = fragment.to_vec();
            even.extend(vec![0; fragment.len() % 2]);
            even
        }));
        self.elements.insert((0x7FE0, 0x0010), Element::Fragments(all));
        self
    }

    pub(crate) fn file(&self) -> Vec<u8> {
        let uid = |element, uid: &str| {
            let mut padded = uid.as_bytes().to_vec();
            if padded.len() % 2 == 1 {
                padded.push(0);
            }
            encoded((0x0002, element), "UI", &padded, Layout::Little)
        };
        let meta = [
            encoded((0x0002, 0x0001), "OB", &[0, 1], Layout::Little),
            uid(0x0002, "1.2.840.10008.5.1.4.1.1.2"),
            uid(0x0003, "2.25.1"),
            uid(0x0010, &self.transfer_syntax),
            uid(0x0012, "2.25.2"),
        ]
        .concat();
        let mut file = vec![0; 128];
        file.extend(b"DICM");
        let length = (meta.len() as u32).to_le_bytes();
        file.extend(encoded((0x0002, 0x0000), "UL", &length, Layout::Little));
        file.extend(meta);
        file.extend(self.data_set());
        file
    }

    /// What follows the file meta information.
    pub(crate) fn data_set(&self) -> Vec<u8> {
        match self.transfer_syntax.as_str() {
            "1.2.840.10008.1.2" => self.written(Layout::Implicit),
            "1.2.840.10008.1.2.2" => self.written(Layout::Big),
            "1.2.840.10008.1.2.1.99" => {
                let mut deflater =
                    flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
                deflater.write_all(&self.written(Layout::Little)).unwrap();
                deflater.finish().unwrap()
            }
            _ => self.written(Layout::Little),
        }
    }

    fn written(&self, layout: Layout) -> Vec<u8> {
        let mut file = Vec::new();
        for (&tag, element) in &self.elements {
            match element {
                Element::Value(vr, value) => file.extend(encoded(tag, vr, value, layout)),
                Element::Sequence(items) => {
                    let items = items.iter().flat_map(|item| {
                        let item = item.written(layout);
                        [header((0xFFFE, 0xE000), None, item.len() as u32, layout), item].concat()
                    });
                    let items: Vec<u8> = items.collect();
                    file.extend(header(tag, Some("SQ"), items.len() as u32, layout));
                    file.extend(items);
                }
                Element::Fragments(fragments) => {
                    file.extend(header(tag, Some("OB"), u32::MAX, layout));
                    for fragment in fragments {
                        let length = fragment.len() as u32;
                        file.extend(header((0xFFFE, 0xE000), None, length, layout));
                        file.extend(fragment);
                    }
                    file.extend(header((0xFFFE, 0xE0DD), None, 0, layout));
                }
            }
        }
        file
    }
}

/// An element with its value.
fn encoded(tag: (u16, u16), vr: &str, value: &[u8], layout: Layout) -> Vec<u8> {
    let mut bytes = header(tag, Some(vr), value.len() as u32, layout);
    match (layout, vr) {
        (Layout::Big, "US" | "SS" | "OW") => {
            bytes.extend(value.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]));
        }
        _ => bytes.extend(value),
    }
    bytes
}

/// Tag, type and length of an element; items have no type.
fn header(tag: (u16, u16), vr: Option<&str>, length: u32, layout: Layout) -> Vec<u8> {
    let short = |value: u16| {
        if layout == Layout::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    };
    let long = |value: u32| {
        if layout == Layout::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    };
    let mut bytes = [short(tag.0), short(tag.1)].concat();
    match vr {
        Some(vr) if layout != Layout::Implicit => {
            bytes.extend(vr.as_bytes());
            if matches!(vr, "OB" | "OF" | "OW" | "SQ" | "UN" | "UT") {
                bytes.extend([0, 0]);
                bytes.extend(long(length));
            } else {
                bytes.extend(short(length as u16));
            }
        }
        _ => bytes.extend(long(length)),
    }
    bytes
}
