//! Labelled images as users have them: folders, tables, NPZ files as MedMNIST has them, COCO.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::io::Write;
use std::path::Path;

/// An array of an NPZ file: its kind, shape and values.
pub(crate) struct NpyArray {
    pub(crate) kind: &'static str,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

impl NpyArray {
    /// Bytes, `shape` of them.
    pub(crate) fn bytes(shape: &[usize], bytes: Vec<u8>) -> Self {
        Self { kind: "|u1", shape: shape.to_vec(), bytes }
    }

    fn file(&self) -> Vec<u8> {
        let shape: Vec<String> = self.shape.iter().map(|it| format!("{it},")).collect();
        let header = format!(
            "{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}\n",
            self.kind,
            shape.join(" ")
        );
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((header.len() as u16).to_le_bytes());
        file.extend(header.as_bytes());
        file.extend(&self.bytes);
        file
    }
}

/// An NPZ file as `numpy.savez` writes it, or `numpy.savez_compressed` (APPNOTE 4.3).
pub(crate) fn npz(arrays: &[(&str, NpyArray)], deflated: bool) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, array) in arrays {
        let (name, array) = (format!("{name}.npy"), array.file());
        let mut crc = flate2::Crc::new();
        crc.update(&array);
        let packed = if deflated {
            let fast = flate2::Compression::fast();
            let mut deflater = flate2::write::DeflateEncoder::new(Vec::new(), fast);
            deflater.write_all(&array).unwrap();
            deflater.finish().unwrap()
        } else {
            array.clone()
        };
        let mut fields = Vec::new();
        let method: u16 = if deflated { 8 } else { 0 };
        for short in [20, 0, method, 0, 0x21] {
            fields.extend(short.to_le_bytes());
        }
        for long in [crc.sum(), packed.len() as u32, array.len() as u32] {
            fields.extend(long.to_le_bytes());
        }
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        let start = (file.len() as u32).to_le_bytes();
        file.extend([&b"PK\x03\x04"[..], &fields, name.as_bytes(), &packed].concat());
        directory.extend([&b"PK\x01\x02\x14\x00"[..], &fields, &[0; 10], &start].concat());
        directory.extend(name.as_bytes());
    }
    let (start, length) = (file.len() as u32, directory.len() as u32);
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(
        [(arrays.len() as u16).to_le_bytes(), (arrays.len() as u16).to_le_bytes()].concat(),
    );
    file.extend([length.to_le_bytes(), start.to_le_bytes()].concat());
    file.extend([0, 0]);
    file
}

/// A graymap of 8 bits.
pub(crate) fn grey(columns: usize, samples: &[u8]) -> Vec<u8> {
    let mut file = format!("P5\n{columns} {}\n255\n", samples.len() / columns).into_bytes();
    file.extend(samples);
    file
}

/// A text of a DICOM file: its tag, value representation and value.
pub(crate) type Text<'a> = ([u16; 2], &'a str, &'a str);

/// A square DICOM image of 12 bits in 16 without preamble, explicit VR little endian (PS3.5, 7.1.2),
/// with further texts.
pub(crate) fn dicom(side: u16, texts: &[Text<'_>], samples: &[u16]) -> Vec<u8> {
    let mut elements = std::collections::BTreeMap::new();
    for &(tag, vr, value) in texts {
        let mut value = value.as_bytes().to_vec();
        if value.len() % 2 == 1 {
            value.push(b' ');
        }
        elements.insert(tag, (vr.to_owned(), value));
    }
    let mut add = |tag, vr: &str, value: &[u8]| {
        elements.insert(tag, (vr.to_owned(), value.to_vec()));
    };
    add([0x0008, 0x0060], "CS", b"CT");
    add([0x0028, 0x0004], "CS", b"MONOCHROME2 ");
    let shorts = [(2, 1), (0x10, side), (0x11, side), (0x100, 16), (0x101, 12), (0x102, 11)];
    for (element, value) in shorts.into_iter().chain([(0x103, 0)]) {
        add([0x0028, element], "US", &value.to_le_bytes());
    }
    let pixels: Vec<u8> = samples.iter().flat_map(|it| it.to_le_bytes()).collect();
    add([0x7FE0, 0x0010], "OW", &pixels);
    let mut file = Vec::new();
    for ([group, element], (vr, value)) in elements {
        file.extend([group.to_le_bytes(), element.to_le_bytes()].concat());
        file.extend(vr.as_bytes());
        if vr == "OW" {
            file.extend([0, 0]);
            file.extend((value.len() as u32).to_le_bytes());
        } else {
            file.extend((value.len() as u16).to_le_bytes());
        }
        file.extend(value);
    }
    file
}

/// Writes a file with the folders that it lies in.
pub(crate) fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}
