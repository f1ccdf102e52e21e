//! `croissant.json`: the dataset in the vocabulary of MLCommons Croissant 1.0, whose readers
//! check the hashes of the metadata and load the truth as records.

use serde_json::{Map, Value, json};

/// What a dataset is.
#[derive(Debug)]
pub struct About {
    /// Its name.
    pub name: String,
    /// What it is, in a sentence.
    pub description: String,
    /// Version of the program that made it.
    pub version: String,
    /// Its licence, an identifier of SPDX.
    pub license: Option<String>,
    /// Day of publication, as year, month and day.
    pub date: Option<String>,
}

/// A metadata file and its hash.
#[derive(Debug)]
pub struct MetadataFile {
    /// Path from the dataset's directory.
    pub path: String,
    /// Name of its records, such as `train` or `jpeg2000-10/test`.
    pub name: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// False for the originals.
    pub compressed: bool,
    /// False where only shards or regions are written.
    pub has_file_names: bool,
    /// False where images are not split.
    pub has_split: bool,
}

/// Name, type and meaning of a column of `metadata.jsonl`.
type Column = (&'static str, &'static str, &'static str);

const FILES: [Column; 2] = [
    ("file_name", "sc:Text", "The image, relative to the metadata file."),
    ("mask_file_name", "sc:Text", "The mask, relative to the metadata file."),
];

const COLUMNS: [Column; 7] = [
    ("split", "sc:Text", "Split."),
    ("index", "sc:Integer", "Index within the split."),
    ("sha256", "sc:Text", "SHA-256 of the stored values as 16-bit little-endian words."),
    ("rows", "sc:Integer", "Rows."),
    ("columns", "sc:Integer", "Columns."),
    ("bits_stored", "sc:Integer", "Bits that carry a stored value."),
    ("pixel_spacing_mm", "sc:Float", "Distance of pixel centres in mm."),
];

const COMPRESSION: [Column; 5] = [
    ("codec", "sc:Text", "Codec."),
    ("codestream_bytes", "sc:Integer", "Bytes of the codestream."),
    ("bits_per_pixel", "sc:Float", "Compressed bits per pixel."),
    ("ratio_stored", "sc:Float", "Ratio reached on bits stored of the original."),
    ("ratio_allocated", "sc:Float", "Ratio reached on bits allocated of the original."),
];

const TARGETS: [Column; 8] = [
    (
        "task",
        "sc:Text",
        "What the region is for: to `identify` its shape, or to `detect` a target.",
    ),
    ("class", "sc:Text", "Class name; `absent` where the region holds no target."),
    ("class_index", "sc:Integer", "Class index; the mask holds index + 1."),
    ("equivalent_radius_mm", "sc:Float", "Radius of the disk of equal area."),
    ("angle_deg", "sc:Float", "Rotation in degrees."),
    ("contrast", "sc:Float", "Signed contrast to the background."),
    ("area_pixels", "sc:Float", "Exact area of the outline in pixels."),
    ("detectability", "sc:Float", "d' of the ideal observer in the uncompressed image."),
];

/// The text of the file.
#[must_use]
pub fn describe(about: &About, files: &[MetadataFile]) -> Value {
    let distribution: Vec<Value> = files
        .iter()
        .map(|file| {
            json!({
                "@type": "cr:FileObject",
                "@id": file.path,
                "name": file.path,
                "contentUrl": file.path,
                "encodingFormat": "application/jsonlines",
                "sha256": file.sha256,
            })
        })
        .collect();
    let mut described = json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": about.name,
        "description": about.description,
        "version": about.version,
        "citeAs": concat!("phantom-limit ", env!("CARGO_PKG_VERSION")),
        "distribution": distribution,
        "recordSet": files.iter().map(records).collect::<Vec<_>>(),
    });
    if let Some(license) = &about.license {
        described["license"] = format!("https://spdx.org/licenses/{license}.html").into();
    }
    if let Some(date) = &about.date {
        described["datePublished"] = date.as_str().into();
    }
    described
}

fn records(file: &MetadataFile) -> Value {
    let id = |name: &str| format!("{}/{name}", file.name);
    let source = |column: &str, path: Option<&str>| {
        let mut source = json!({
            "fileObject": { "@id": file.path },
            "extract": { "column": column },
        });
        if let Some(path) = path {
            source["transform"] = json!({ "jsonPath": path });
        }
        source
    };
    let field = |&(name, kind, meaning): &Column, prefix: &str, source: Value| {
        json!({
            "@type": "cr:Field",
            "@id": id(&format!("{prefix}{name}")),
            "name": name,
            "description": meaning,
            "dataType": kind,
            "source": source,
        })
    };
    let names = FILES.iter().filter(|_| file.has_file_names);
    let split = COLUMNS.iter().filter(|column| file.has_split || column.0 != "split");
    let mut fields: Vec<Value> =
        names.chain(split).map(|column| field(column, "", source(column.0, None))).collect();
    if file.compressed {
        fields.extend(
            COMPRESSION
                .iter()
                .map(|column| field(column, "compression/", source("compression", Some(column.0)))),
        );
    }
    let targets: Vec<Value> = TARGETS
        .iter()
        .map(|column| field(column, "targets/", source("targets", Some(column.0))))
        .collect();
    fields.push(json!({
        "@type": "cr:Field",
        "@id": id("targets"),
        "name": "targets",
        "description": "What the regions hold, from top to bottom and left to right.",
        "repeated": true,
        "subField": targets,
    }));
    json!({
        "@type": "cr:RecordSet",
        "@id": file.name,
        "name": file.name,
        "description": "One record for each image.",
        "field": fields,
    })
}

/// The context that the specification prescribes.
fn context() -> Value {
    let mut context = Map::new();
    for (key, value) in [
        ("@language", "en"),
        ("@vocab", "https://schema.org/"),
        ("citeAs", "cr:citeAs"),
        ("column", "cr:column"),
        ("conformsTo", "dct:conformsTo"),
        ("cr", "http://mlcommons.org/croissant/"),
        ("rai", "http://mlcommons.org/croissant/RAI/"),
        ("dct", "http://purl.org/dc/terms/"),
        ("equivalentProperty", "cr:equivalentProperty"),
        ("extract", "cr:extract"),
        ("field", "cr:field"),
        ("fileProperty", "cr:fileProperty"),
        ("fileObject", "cr:fileObject"),
        ("fileSet", "cr:fileSet"),
        ("format", "cr:format"),
        ("includes", "cr:includes"),
        ("isLiveDataset", "cr:isLiveDataset"),
        ("jsonPath", "cr:jsonPath"),
        ("key", "cr:key"),
        ("md5", "cr:md5"),
        ("parentField", "cr:parentField"),
        ("path", "cr:path"),
        ("recordSet", "cr:recordSet"),
        ("references", "cr:references"),
        ("regex", "cr:regex"),
        ("repeated", "cr:repeated"),
        ("replace", "cr:replace"),
        ("samplingRate", "cr:samplingRate"),
        ("sc", "https://schema.org/"),
        ("separator", "cr:separator"),
        ("source", "cr:source"),
        ("subField", "cr:subField"),
        ("transform", "cr:transform"),
    ] {
        context.insert(key.into(), value.into());
    }
    context.insert("data".into(), json!({ "@id": "cr:data", "@type": "@json" }));
    context.insert("dataType".into(), json!({ "@id": "cr:dataType", "@type": "@vocab" }));
    context.insert("examples".into(), json!({ "@id": "cr:examples", "@type": "@json" }));
    Value::Object(context)
}
