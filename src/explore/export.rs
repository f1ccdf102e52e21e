//! Writes the exported copy of the page: one image at precomputed levels, as files that open
//! without a server; computes no figure that the served page does not compute.
//!
//! A page opened from a file may run other files as scripts but not read them as data. So pixels
//! are stored in scripts: as base64 of zlib of the two byte planes of the difference from the
//! original.

use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::Serialize;
use serde_json::{Value, json as value};

use super::ExploreError;
use super::assets;
use super::frame::json;
use super::query::ImageQuery;
use super::rendition::CODECS;
use super::studio::Studio;
use crate::codec::{CodecName, codec};
use crate::files::{self, FilesError};
use crate::image::Image;
use crate::record::{InputPath, Regime};
use crate::study::LADDER;

/// Kind of the directory, for its ownership marker.
pub const KIND: &str = "explore";

/// Policy of the exported page: no request of any kind. `file:` is for browsers in which a file is
/// not of its own origin.
const POLICY: &str = "default-src 'none'; script-src 'self' file:; style-src 'self' file:; \
    img-src 'self' file: blob:; base-uri 'none'; form-action 'none'";

/// Where the served page names its script.
const SCRIPT: &str = "<script src=\"page.js\" defer></script>";
const CHARSET: &str = "<meta charset=\"utf-8\">";

/// An exported copy of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The page to open.
    pub page: PathBuf,
    /// Number of files.
    pub files: usize,
    /// Size of all files in bytes.
    pub bytes: usize,
}

/// The contents of the copy, as the page reads them.
#[derive(Debug, Serialize)]
struct Contents {
    catalogue: Value,
    /// Keys of the data scripts in `data/`.
    keys: Vec<String>,
}

/// Writes the page with one image of the first phantom: every codec and path at the levels of a
/// calibration, with the networks' answers if `studio` has networks.
///
/// # Errors
/// If the directory was not made by an export or cannot be written.
pub fn export(studio: &Studio, directory: &Path) -> Result<Exported, ExploreError> {
    files::claim(directory, KIND)?;
    let mut sink = Sink { directory, files: 0, bytes: 0, keys: Vec::new() };
    let mut catalogue = serde_json::to_value(studio.catalogue(false))
        .map_err(|error| ExploreError::Internal(error.to_string()))?;
    if let Some(phantoms) = catalogue["phantoms"].as_array_mut() {
        phantoms.truncate(1);
    }
    catalogue["ratios"] = value!(LADDER);
    catalogue["cases"] = value!(1);
    catalogue["most_generations"] = value!(1);
    if let Some(run) = catalogue["run"].as_object_mut() {
        // The copy holds what networks say of regions, nothing of whole images.
        run.insert("searching".into(), value!([]));
        run.insert("outlining".into(), value!([]));
    }
    let regimes: Vec<(InputPath, Regime)> =
        serde_json::from_value(catalogue["run"]["identifying"].clone()).unwrap_or_default();
    for path in InputPath::ALL {
        let query = ImageQuery { path: Some(path), ..ImageQuery::default() };
        let input = studio.input(&query)?;
        let mut header = serde_json::to_value(studio.original(&input))
            .map_err(|error| ExploreError::Internal(error.to_string()))?;
        header["readings"] = readings(studio, &query, path, &regimes)?;
        let regions = header["truth"]["regions"].as_array().map_or(0, Vec::len);
        let detectability: Vec<Option<f64>> = (0..regions)
            .map(|region| {
                studio.detectability(&ImageQuery { region: Some(region), ..query.clone() })
            })
            .collect::<Result<_, _>>()?;
        header["detectability"] = value!(detectability);
        sink.frame(&format!("original-{}", path.name()), &header, input.image(), None)?;
        let lossy = CODECS.iter().filter(|(name, _)| *name != CodecName::Lossless);
        for (name, _) in lossy.filter(|(name, _)| codec(*name).accepts(input.image().format())) {
            for ratio in LADDER {
                let query = ImageQuery { codec: Some(*name), ratio: Some(ratio), ..query.clone() };
                let (_, rendition) = studio.rendition(&query)?;
                let image = &rendition.image;
                let header = value!({
                    "rows": image.rows(),
                    "columns": image.columns(),
                    "figures": rendition.figures,
                    "similarity": studio.similarity(&query)?,
                    "readings": readings(studio, &query, path, &regimes)?,
                });
                let key = format!("{}-{name}-{ratio}", path.name());
                sink.frame(&key, &header, image, Some(input.image()))?;
            }
        }
    }
    let contents = Contents { catalogue, keys: std::mem::take(&mut sink.keys) };
    sink.write("exported.js", assets::exported_contents(&contents).as_bytes())?;
    for asset in assets::all() {
        if asset.name == "index.html" {
            sink.write(asset.name, page(asset.text)?.as_bytes())?;
        } else {
            sink.write(asset.name, asset.text.as_bytes())?;
        }
    }
    Ok(Exported { page: directory.join("index.html"), files: sink.files, bytes: sink.bytes })
}

fn page(served: &str) -> Result<String, ExploreError> {
    let policy =
        format!("{CHARSET}<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">");
    let scripts = format!("<script src=\"exported.js\" defer></script>\n{SCRIPT}");
    if !served.contains(CHARSET) || !served.contains(SCRIPT) {
        return Err(ExploreError::Internal(
            "the page lacks the elements that an export replaces".into(),
        ));
    }
    Ok(served.replacen(CHARSET, &policy, 1).replacen(SCRIPT, &scripts, 1))
}

fn readings(
    studio: &Studio,
    query: &ImageQuery,
    path: InputPath,
    groups: &[(InputPath, Regime)],
) -> Result<Value, ExploreError> {
    let mut readings = serde_json::Map::new();
    for (_, regime) in groups.iter().filter(|(of, _)| *of == path) {
        let query = ImageQuery { regime: Some(*regime), ..query.clone() };
        readings.insert(regime.name().to_owned(), value!(studio.reading(&query)?));
    }
    Ok(Value::Object(readings))
}

struct Sink<'a> {
    directory: &'a Path,
    files: usize,
    bytes: usize,
    keys: Vec<String>,
}

impl Sink<'_> {
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), FilesError> {
        self.files += 1;
        self.bytes += bytes.len();
        files::write(&self.directory.join(name), bytes)
    }

    fn frame(
        &mut self,
        key: &str,
        header: &Value,
        image: &Image,
        original: Option<&Image>,
    ) -> Result<(), ExploreError> {
        let planes = planes(image, original);
        let mut deflater = ZlibEncoder::new(Vec::new(), Compression::best());
        let packed = deflater.write_all(&planes).and_then(|()| deflater.finish());
        let packed = packed.map_err(|error| ExploreError::Internal(error.to_string()))?;
        let text = format!(
            "\"use strict\";\nreceive({}, {}, {});\n",
            json(&key),
            json(header),
            json(&STANDARD.encode(packed))
        );
        self.keys.push(key.to_owned());
        Ok(self.write(&format!("data/{key}.js"), text.as_bytes())?)
    }
}

/// Low bytes of all samples, then high bytes; with an original, of the differences from it modulo
/// 2¹⁶.
fn planes(image: &Image, original: Option<&Image>) -> Vec<u8> {
    let samples = image.samples();
    let values: Vec<u16> = match original {
        None => samples.to_vec(),
        Some(original) => {
            samples.iter().zip(original.samples()).map(|(a, b)| a.wrapping_sub(*b)).collect()
        }
    };
    let [low, high] = [0, 1].map(|byte| values.iter().map(move |value| value.to_le_bytes()[byte]));
    low.chain(high).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::SampleFormat;

    #[test]
    fn differences_wrap_and_planes_are_separate() {
        let format = SampleFormat { bits_stored: 16, bits_allocated: 16 };
        let image = |samples: [u16; 2]| Image::new(1, 2, format, samples.to_vec()).expect("valid");
        // 5 − 6 = 65535 = FFFF, 0x0304 − 0 = 0304.
        let difference = planes(&image([5, 0x0304]), Some(&image([6, 0])));
        assert_eq!(difference, [0xFF, 0x04, 0xFF, 0x03]);
    }
}
