//! Reads an image that the user has uploaded; keeps nothing and writes nothing.

use super::ExploreError;
use super::subject::Subject;
use crate::image::{Image, Modality, Rescale, SampleFormat, Voi, Window, WindowFunction};
use crate::import::{self, FileKind, Imported, Reading};

/// The image in `bytes`, in any format that the program imports.
///
/// If a file with 16-bit samples does not state its bits stored, they are as many as the largest
/// value needs: medical images of 12 bits are often stored in 16. If the file states no window, the
/// window spans the values of the image.
pub(super) fn read(bytes: &[u8], most_pixels: usize) -> Result<Subject, ExploreError> {
    let refused = |fault: &dyn std::fmt::Display| ExploreError::Unreadable(fault.to_string());
    let imported = import::decode(bytes, Reading::default()).map_err(|fault| refused(&fault))?;
    let pixels = imported.image.pixels();
    if pixels > most_pixels {
        return Err(ExploreError::Unreadable(format!(
            "{}×{} pixels are more than this page can show ({} megapixels)",
            imported.image.rows(),
            imported.image.columns(),
            most_pixels >> 20
        )));
    }
    let note = note(&imported);
    let Imported { image, states_bits_stored, modality, windows, inverted, padding, .. } = imported;
    let rescale = match modality {
        Modality::Rescale(rescale) => rescale,
        Modality::Table { .. } => Rescale { slope: 1.0, intercept: 0.0 },
    };
    let window = match (&modality, windows.first()) {
        (Modality::Table { .. }, _) => None,
        // The same line, by the other function.
        (_, Some(Voi::Window { window, function: WindowFunction::LinearExact })) => {
            Some(Window { center: window.center + 0.5, width: window.width + 1.0 })
        }
        (Modality::Rescale(_), Some(Voi::Window { window, .. })) if window.width > 1.0 => {
            Some(*window)
        }
        _ => None,
    };
    let pads = |sample: u16| padding.as_ref().is_some_and(|range| range.contains(&sample));
    let shown = image.samples().iter().copied().filter(|&sample| !pads(sample));
    let (low, high) =
        shown.fold((u16::MAX, 0), |(low, high), sample| (low.min(sample), high.max(sample)));
    let format = image.format();
    let image = if states_bits_stored || format.bits_allocated == 8 {
        image
    } else {
        let most = image.samples().iter().copied().max().unwrap_or(0);
        let bits_stored = (16 - most.leading_zeros() as u8).max(9).min(format.bits_stored);
        let format = SampleFormat { bits_stored, ..format };
        let (rows, columns) = (image.rows(), image.columns());
        Image::new(rows, columns, format, image.into_samples()).map_err(|fault| refused(&fault))?
    };
    Ok(Subject {
        image,
        title: "Your image".to_owned(),
        rescale,
        window: window.unwrap_or_else(|| spanning(rescale, low, high)),
        inverted,
        note,
        unit: "",
        contrast_unit: "",
        spacing_mm: imported.pixel_spacing_mm.map(|[down, _]| down),
        drawn: None,
    })
}

/// A window that shows the stored values from `low` to `high`.
fn spanning(rescale: Rescale, low: u16, high: u16) -> Window {
    let (low, high) = (rescale.physical(low), rescale.physical(high));
    let width = (high - low).abs().max(1.0) + 1.0;
    Window { center: low.min(high) + width / 2.0, width }
}

/// What the user should know about the file.
fn note(imported: &Imported) -> Option<String> {
    let notes = [lossy_note(imported), display_note(imported)];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    (!notes.is_empty()).then(|| notes.join(" "))
}

/// Where the page shows something else than the file asks for.
fn display_note(imported: &Imported) -> Option<String> {
    let asked = match (&imported.modality, imported.windows.first()) {
        (Modality::Table { .. }, _) => "a modality lookup table",
        (_, Some(Voi::Table(_))) => "a VOI lookup table",
        (_, Some(Voi::Window { function: WindowFunction::Sigmoid, .. })) => "a sigmoid window",
        _ => return None,
    };
    Some(format!("The file asks for {asked}, which this page replaces by a linear window."))
}

fn lossy_note(imported: &Imported) -> Option<String> {
    let past = imported.lossy.as_ref()?;
    let how = match (past.methods.as_slice(), past.ratios.as_slice()) {
        ([.., method], [.., ratio]) => format!(", last by {method} at {ratio}:1"),
        (_, [.., ratio]) => format!(", last at {ratio}:1"),
        _ => String::new(),
    };
    let kind = if imported.kind == FileKind::Dicom { "The DICOM file" } else { "The file" };
    Some(format!("{kind} says that it was compressed with loss before{how}."))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat};

    use super::*;

    fn written(image: DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).expect("written to memory");
        bytes.into_inner()
    }

    #[test]
    fn images_of_16_bits_keep_the_bits_that_they_use() {
        let image = image::ImageBuffer::from_fn(5, 4, |x, y| image::Luma([(x + 900 * y) as u16]));
        let subject = read(&written(DynamicImage::ImageLuma16(image)), 100).expect("a PNG");
        // The largest value is 4 + 2700 = 2704 < 2^12; centre 2705/2.
        let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        assert_eq!(subject.image.format(), format);
        assert_eq!((subject.image.rows(), subject.image.columns()), (4, 5));
        assert_eq!(subject.image.at(3, 4), 2704);
        assert_eq!((subject.window.center, subject.window.width), (1352.5, 2705.0));
    }

    #[test]
    fn bytes_that_are_not_an_image_are_refused() {
        let good = written(DynamicImage::new_luma8(20, 20));
        for bytes in [&b""[..], b"GIF89a", &good[..good.len() / 2], b"\x89PNG\r\n\x1a\n"] {
            assert!(read(bytes, 1000).is_err(), "{bytes:?}");
        }
        let error = read(&good, 399).expect_err("too large").to_string();
        assert!(error.contains("20×20"), "{error}");
    }
}
