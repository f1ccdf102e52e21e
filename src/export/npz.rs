//! NPZ files: image, mask and the targets as arrays of one container.

use std::io::{self, Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::npy;
use super::truth::{ImageTruth, TargetTruth};
use crate::image::Image;

/// Arrays `image` and `mask` `[rows, columns]`, and one row for each region: `task` (u1, 0 where it is
/// for identification, 1 for detection), `class_index` (u1), `region` (row, column, side), `center_pixels` (row, column), `equivalent_radius_mm`,
/// `angle_deg`, `contrast`, `detectability`; not a number where there is none.
///
/// Stored without compression and without the clock, as `numpy.savez` would.
pub(super) fn image(
    image: &Image,
    mask: &[u8],
    truth: &ImageTruth,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let targets = &truth.targets;
    let mut member = |name: &str, array: &dyn Fn(&mut dyn Write) -> io::Result<()>| {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default())
            .large_file(false);
        archive.start_file(format!("{name}.npy"), options)?;
        array(&mut archive)
    };
    member("image", &|out| npy::image(image, out))?;
    member("mask", &|out| npy::array(mask.iter().copied(), &[image.rows(), image.columns()], out))?;
    member("task", &|out| {
        npy::array(targets.iter().map(|target| target.task as u8), &[targets.len()], out)
    })?;
    member("class_index", &|out| {
        npy::array(targets.iter().map(|target| target.class_index), &[targets.len()], out)
    })?;
    member("region", &|out| {
        let values = targets.iter().flat_map(|target| target.region).map(|value| value as u32);
        npy::array(values, &[targets.len(), 3], out)
    })?;
    member("center_pixels", &|out| {
        let values = targets.iter().flat_map(|t| t.center_pixels.unwrap_or([f64::NAN; 2]));
        npy::array(values, &[targets.len(), 2], out)
    })?;
    type Field = fn(&TargetTruth) -> Option<f64>;
    let fields: [(&str, Field); 4] = [
        ("equivalent_radius_mm", |target| target.equivalent_radius_mm),
        ("angle_deg", |target| target.angle_deg),
        ("contrast", |target| target.contrast),
        ("detectability", |target| target.detectability),
    ];
    for (name, field) in fields {
        member(name, &|out| {
            let values = targets.iter().map(|target| field(target).unwrap_or(f64::NAN));
            npy::array(values, &[targets.len()], out)
        })?;
    }
    out.write_all(&archive.finish()?.into_inner())
}
