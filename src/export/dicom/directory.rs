//! The DICOMDIR of a medium (PS3.3 F, PS3.10 8): which patients, studies, series and objects its files
//! hold. It is made from the files themselves, one patient at a time; knows no phantom.

use std::io::{self, BufReader, Read, Write};

use dicom_core::value::PrimitiveValue;
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{DefaultDicomObject, FileMetaTableBuilder, InMemDicomObject, OpenFileOptions};
use dicom_transfer_syntax_registry::entries::EXPLICIT_VR_LITTLE_ENDIAN;

use super::elements::Elements;
use super::file;
use super::object::uid;

/// Tag and length of an item.
const ITEM_HEADER: usize = 8;
/// Tag, value representation and length of a sequence.
const SEQUENCE_HEADER: usize = 12;

/// Attributes that a record repeats from the objects below it (PS3.3 F.5).
const PATIENT: [Tag; 3] = [tags::SPECIFIC_CHARACTER_SET, tags::PATIENT_NAME, tags::PATIENT_ID];
const STUDY: [Tag; 7] = [
    tags::SPECIFIC_CHARACTER_SET,
    tags::STUDY_DATE,
    tags::STUDY_TIME,
    tags::ACCESSION_NUMBER,
    tags::STUDY_DESCRIPTION,
    tags::STUDY_INSTANCE_UID,
    tags::STUDY_ID,
];
const SERIES: [Tag; 5] = [
    tags::SPECIFIC_CHARACTER_SET,
    tags::MODALITY,
    tags::SERIES_DESCRIPTION,
    tags::SERIES_INSTANCE_UID,
    tags::SERIES_NUMBER,
];
const IMAGE: [Tag; 3] = [tags::SPECIFIC_CHARACTER_SET, tags::IMAGE_TYPE, tags::INSTANCE_NUMBER];

/// A file of the medium, without its pixels.
pub(in crate::export) struct Listed {
    id: String,
    object: DefaultDicomObject,
}

impl Listed {
    /// Reads what a record repeats of a file. `id` names the file from the DICOMDIR on: components of at
    /// most 8 upper-case letters, digits and underscores, joined by backslashes (PS3.10 8.2, 8.5).
    pub(in crate::export) fn read(id: String, from: impl Read) -> io::Result<Self> {
        let object = OpenFileOptions::new()
            .read_until(tags::PIXEL_DATA)
            .from_reader(BufReader::new(from))
            .map_err(|error| io::Error::other(format!("{id}: {error}")))?;
        Ok(Self { id, object })
    }
}

/// Writes the DICOMDIR of the file-set whose identifier comes from `names`. `patients` gives the files of
/// each patient, one study of one object a series, and is asked twice: for the lengths of the records, and
/// for the records.
pub(in crate::export) fn write<P>(
    names: &[&str],
    patients: impl Fn() -> P,
    out: &mut dyn Write,
) -> io::Result<()>
where
    P: Iterator<Item = io::Result<Vec<Listed>>>,
{
    let mut head = header(names)?;
    // The elements before the records, of which only the values are not known yet.
    let first = head.len() + encoded(root(0, 0))?.len() + SEQUENCE_HEADER;
    let (mut end, mut last) = (first, 0);
    for files in patients() {
        last = end;
        end += records(&files?, 0, true)?.len();
    }
    let begin = if end == first { 0 } else { first };
    head.extend(encoded(root(offset(begin)?, offset(last)?))?);
    head.extend([0x04, 0x00, 0x20, 0x12]);
    head.extend(b"SQ\0\0");
    head.extend(offset(end - first)?.to_le_bytes());
    out.write_all(&head)?;
    let mut at = first;
    for files in patients() {
        let written = records(&files?, at, at == last)?;
        out.write_all(&written)?;
        at += written.len();
    }
    Ok(())
}

/// Preamble and meta information (PS3.10 7.1).
fn header(names: &[&str]) -> io::Result<Vec<u8>> {
    let mut parts = vec!["file-set"];
    parts.extend(names);
    let meta = FileMetaTableBuilder::new()
        .media_storage_sop_class_uid(uids::MEDIA_STORAGE_DIRECTORY_STORAGE)
        .media_storage_sop_instance_uid(uid(&parts))
        .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
        .implementation_class_uid(uid(&["implementation", "phantom-limit"]))
        .implementation_version_name("PHANTOM-LIMIT")
        .build()
        .map_err(io::Error::other)?;
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    meta.write(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// What stands before the records (PS3.3 F.3.2.2).
fn root(first: u32, last: u32) -> Elements {
    let mut elements = Elements::new();
    elements.text(tags::FILE_SET_ID, VR::CS, "SYNTHETIC");
    long(
        &mut elements,
        tags::OFFSET_OF_THE_FIRST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY,
        first,
    );
    long(
        &mut elements,
        tags::OFFSET_OF_THE_LAST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY,
        last,
    );
    elements.short(tags::FILE_SET_CONSISTENCY_FLAG, 0);
    elements
}

/// The records of one patient as items: patient and study, then series and object of each file.
/// `at` is where they begin in the file.
fn records(files: &[Listed], at: usize, is_last: bool) -> io::Result<Vec<u8>> {
    let Some(one) = files.first() else { return Ok(Vec::new()) };
    let mut contents =
        vec![record("PATIENT", &one.object, &PATIENT), record("STUDY", &one.object, &STUDY)];
    for Listed { id, object } in files {
        contents.push(record("SERIES", object, &SERIES));
        let mut image = record("IMAGE", object, &IMAGE);
        let meta = object.meta();
        image.text(tags::REFERENCED_FILE_ID, VR::CS, id);
        for (tag, uid) in [
            (tags::REFERENCED_SOP_CLASS_UID_IN_FILE, &meta.media_storage_sop_class_uid),
            (tags::REFERENCED_SOP_INSTANCE_UID_IN_FILE, &meta.media_storage_sop_instance_uid),
            (tags::REFERENCED_TRANSFER_SYNTAX_UID_IN_FILE, &meta.transfer_syntax),
        ] {
            image.text(tag, VR::UI, uid.trim_end_matches('\0'));
        }
        contents.push(image);
    }
    let contents: Vec<Vec<u8>> = contents.into_iter().map(encoded).collect::<io::Result<_>>()?;
    let mut begins = vec![at];
    for content in &contents {
        begins.push(begins[begins.len() - 1] + ITEM_HEADER + content.len());
    }
    let end = begins[contents.len()];
    let mut items = Vec::with_capacity(end - at);
    for (number, mut content) in contents.into_iter().enumerate() {
        // Records 0 and 1 are patient and study, even ones after them series, odd ones objects.
        let (next, lower) = match number {
            0 => (if is_last { 0 } else { end }, begins[1]),
            1 => (0, begins[2]),
            series if series % 2 == 0 => {
                let next = begins[series + 2..].first().filter(|&&begin| begin < end);
                (next.copied().unwrap_or(0), begins[series + 1])
            }
            _ => (0, 0),
        };
        // The values of (0004,1400) and (0004,1420), which come first, behind headers of 8 bytes.
        content[8..12].copy_from_slice(&offset(next)?.to_le_bytes());
        content[30..34].copy_from_slice(&offset(lower)?.to_le_bytes());
        items.extend([0xFE, 0xFF, 0x00, 0xE0]);
        items.extend(offset(content.len())?.to_le_bytes());
        items.extend(content);
    }
    Ok(items)
}

/// A record without offsets, with what it repeats of an object.
fn record(kind: &str, object: &InMemDicomObject, repeated: &[Tag]) -> Elements {
    let mut elements = Elements::new();
    long(&mut elements, tags::OFFSET_OF_THE_NEXT_DIRECTORY_RECORD, 0);
    elements.short(tags::RECORD_IN_USE_FLAG, 0xFFFF);
    long(&mut elements, tags::OFFSET_OF_REFERENCED_LOWER_LEVEL_DIRECTORY_ENTITY, 0);
    elements.text(tags::DIRECTORY_RECORD_TYPE, VR::CS, kind);
    for tag in repeated {
        if let Some(element) = object.get(*tag) {
            elements.put(element.clone());
        }
    }
    elements
}

fn long(elements: &mut Elements, tag: Tag, value: u32) {
    elements.put(DataElement::new(tag, VR::UL, PrimitiveValue::from(value)));
}

fn encoded(elements: Elements) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    elements
        .into_object()
        .write_dataset_with_ts(&mut bytes, &EXPLICIT_VR_LITTLE_ENDIAN.erased())
        .map_err(io::Error::other)?;
    file::pad(&mut bytes);
    Ok(bytes)
}

/// A place in the file, which has 32 bits.
fn offset(at: usize) -> io::Result<u32> {
    u32::try_from(at).map_err(|_| {
        io::Error::other("a DICOMDIR holds 4 GiB of records; write fewer images with each --out")
    })
}
