//! The dataset card: `README.md` with the front matter that Hugging Face reads, what the
//! columns mean, and how each format is loaded without losing bits.

use std::fmt::Write;

use super::{Format, Request};
use crate::dataset::Split;

/// The text of the card.
pub(super) fn write(request: &Request) -> String {
    let mut card = front_matter(request);
    introduction(request, &mut card);
    loading(request, &mut card);
    columns(request, &mut card);
    card
}

/// Text in double quotes, as YAML takes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn splits(request: &Request) -> impl Iterator<Item = Split> + '_ {
    request.images.iter().filter(|(_, images)| **images > 0).map(|(&split, _)| split)
}

fn front_matter(request: &Request) -> String {
    let has = |format| request.formats.contains(&format);
    let total: u64 = request.images.values().sum();
    let size = match total {
        ..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        _ => "1M<n<10M",
    };
    let name = quoted(&format!("{} (synthetic phantoms)", request.title));
    let mut text = format!(
        "---\npretty_name: {name}\nlicense: {}\nsize_categories:\n- {size}\ntask_categories:\n\
         - image-classification\n- object-detection\n- image-segmentation\ntags:\n- synthetic\n\
         - medical\n- phantom\n- image-compression\n",
        request.license.to_lowercase()
    );
    // One loader serves all configurations of a directory.
    let mut configurations: Vec<(String, String)> = Vec::new();
    let renditions =
        [String::new()].into_iter().chain(request.compress.iter().map(|way| format!("{way}/")));
    for rendition in renditions {
        let named = |what: &str| match rendition.strip_suffix('/') {
            Some(name) => format!("{name}-{what}"),
            None => what.to_owned(),
        };
        if has(Format::Png) {
            configurations.push((named("images"), format!("{rendition}SPLIT/*[0-9].png")));
        }
        if has(Format::ImageFolder) {
            let files = format!("{rendition}imagefolder/SPLIT/*/*.png");
            configurations.push((named("regions"), files));
        }
        if has(Format::WebDataset) && !has(Format::Png) && !has(Format::ImageFolder) {
            let files = format!("{rendition}webdataset/SPLIT-*.tar");
            configurations.push((named("samples"), files));
        }
    }
    if !configurations.is_empty() {
        text.push_str("configs:\n");
    }
    for (number, (name, files)) in configurations.iter().enumerate() {
        let _ = writeln!(text, "- config_name: {}", quoted(name));
        if number == 0 {
            text.push_str("  default: true\n");
        }
        text.push_str("  data_files:\n");
        for split in splits(request) {
            let path = files.replace("SPLIT", split.name());
            let _ =
                writeln!(text, "  - split: {}\n    path:\n    - {}", split.name(), quoted(&path));
            if let Some(directory) = path.strip_suffix("/*[0-9].png") {
                let _ = writeln!(text, "    - {}", quoted(&format!("{directory}/metadata.jsonl")));
            }
        }
    }
    text.push_str("---\n\n");
    text
}

fn introduction(request: &Request, card: &mut String) {
    let counts: Vec<String> =
        request.images.iter().map(|(split, images)| format!("{images} {}", split.name())).collect();
    let _ = write!(
        card,
        "# {}\n\nSynthetic images with exactly known truth; there is no patient behind them, and \
         nothing here is clinical advice. Made by phantom-limit {}, phantom `{}` (content hash \
         `{}`), seed {}: {} images. The same version, phantom, seed and index give the same \
         pixels on every machine, and a larger set only adds images. The splits are disjoint \
         ranges of indices: train on `train`, choose on `tune`, touch `test` once.\n\n",
        request.title,
        request.version,
        request.phantom,
        &request.phantom_hash[..request.phantom_hash.len().min(12)],
        request.seed,
        counts.join(", ")
    );
    if !request.compress.is_empty() {
        let names: Vec<String> = request.compress.iter().map(|way| format!("`{way}/`")).collect();
        let _ = write!(
            card,
            "Every image is there compressed as well: {}. Each of these directories is laid out \
             like this one and holds the *decoded* images; `-windowed` ones are 8 bits through \
             the display window, with a loss of grey levels that the codec has no part in. \
             Ratios count {} bits of the original; `metadata.jsonl` holds what each image \
             reached.\n\n",
            names.join(", "),
            request.compress[0].base
        );
    }
    let _ = write!(
        card,
        "Licence {}, published {}. Directories of `imagefolder/` begin with the class index, so that loaders \
         number classes as everything else does. Files that end in `.window.png` and `imagefolder-windowed/` \
         are 8 bits through the display window, to be seen and for loaders of 8 bits; they are there where \
         images have more.\n\n",
        request.license, request.date
    );
    let _ = write!(
        card,
        "`manifest.json` holds the SHA-256 of every file (`phantom-limit verify DIR` checks them), \
         `dataset.json` the phantom itself, `croissant.json` the columns for Croissant readers.\n\n"
    );
}

fn loading(request: &Request, card: &mut String) {
    let has = |format| request.formats.contains(&format);
    card.push_str("## Loading\n\n");
    if has(Format::Png) || has(Format::Tiff) || has(Format::ImageFolder) {
        card.push_str(
            "**16-bit files and PIL.** `Image.open(file).convert(\"RGB\")` clips every value above \
             255 without a word, and so do the default loader of torchvision's `ImageFolder` and \
             `.decode(\"pil\")` of webdataset. Take `numpy.asarray(Image.open(file))`, which keeps \
             the stored values. Hugging Face `datasets` keeps them as well (`I;16`).\n\n",
        );
    }
    let mut snippet = |format: Format, text: &str| {
        if has(format) {
            let _ = write!(card, "```python\n{text}\n```\n\n");
        }
    };
    snippet(
        Format::Npy,
        "import json, numpy\nrows = [json.loads(line) for line in open(\"train/metadata.jsonl\")]\n\
         image = numpy.load(\"train/000000.npy\")           # stored values, [rows, columns]",
    );
    snippet(
        Format::Npz,
        "import numpy\nsample = numpy.load(\"train/000000.npz\")\nimage, mask = sample[\"image\"], \
         sample[\"mask\"]           # mask: class_index + 1\nclasses, regions = \
         sample[\"class_index\"], sample[\"region\"]  # row, column, side",
    );
    snippet(
        Format::Png,
        "import numpy\nfrom datasets import load_dataset\nimages = load_dataset(\"DIR\", \
         \"images\")                # with the columns of metadata.jsonl\nimage = \
         numpy.asarray(images[\"train\"][0][\"image\"])      # uint16",
    );
    snippet(
        Format::Nifti,
        "import nibabel\nimage = nibabel.load(\"train/000000.nii.gz\").get_fdata()  # [columns, rows, 1], \
         physical values\nmask = nibabel.load(\"train/000000.mask.nii.gz\").get_fdata()",
    );
    snippet(
        Format::NnUnet,
        "# compressions are Dataset002_ID and so on\n# cp -r nnunet/Dataset001_ID \"$nnUNet_raw\"\n# nnUNetv2_plan_and_preprocess -d 1 \
         --verify_dataset_integrity -c 2d",
    );
    snippet(
        Format::Yolo,
        "from ultralytics import YOLO\nYOLO(\"yolo11n.pt\").train(data=\"yolo/data.yaml\")",
    );
    snippet(Format::Tiff, "import tifffile\nimage = tifffile.imread(\"train/000000.tiff\")");
    snippet(
        Format::Dicom,
        "import pydicom                       # pylibjpeg-openjpeg decodes JPEG 2000\nobject = \
         pydicom.dcmread(\"train/000000.dcm\")\nimage = object.pixel_array",
    );
    snippet(
        Format::DicomDir,
        "from pydicom.fileset import FileSet\nmedium = FileSet(\"dicomdir/DICOMDIR\")\nimage = \
         next(iter(medium)).load().pixel_array",
    );
    snippet(
        Format::ImageFolder,
        "import numpy\nfrom PIL import Image\nfrom torchvision.datasets import ImageFolder\nregions \
         = ImageFolder(\"imagefolder/train\", loader=lambda file: numpy.asarray(Image.open(file)))\n\
         # or: load_dataset(\"DIR\", \"regions\"), which unlike \"imagefolder\" knows the split `tune`",
    );
    snippet(
        Format::WebDataset,
        "import webdataset\nsamples = \
         webdataset.WebDataset(\"webdataset/train-000000.tar\", shardshuffle=False).decode()\nimage \
         = next(iter(samples))[\"npy\"]            # also mask.npy and json\n# or: \
         load_dataset(\"webdataset\", data_files={\"train\": \"webdataset/train-*.tar\"})",
    );
    snippet(
        Format::Coco,
        "from pycocotools.coco import COCO\ncoco = COCO(\"annotations/instances_train.json\")  # \
         images lie in train/\nmask = coco.annToMask(coco.anns[1])",
    );
}

fn columns(request: &Request, card: &mut String) {
    let _ = write!(
        card,
        "## Columns of `metadata.jsonl`\n\n\
         One line for each image. `file_name`, `mask_file_name` (8-bit PNG: 0 background, \
         class_index + 1 where a target covers at least half of the pixel), `split`, `index`, \
         `sha256` (of the stored values as 16-bit little-endian words), `rows`, `columns`, \
         `bits_stored`, `pixel_spacing_mm`, in compressed directories `compression`, and \
         `targets`, one entry for each region:\n\n\
         | key | meaning |\n|---|---|\n\
         | `task` | what the region is for: `identify` its shape, or `detect` a subtle target |\n\
         | `class`, `class_index` | {} |\n\
         | `region` | [row, column, side] of the square that a network reads |\n\
         | `center_pixels` | [row, column] of the centroid; the first pixel's centre is [0.5, 0.5] |\n\
         | `center_mm` | [y, x] from the centre of the matrix |\n\
         | `equivalent_radius_mm` | radius of the disk of equal area |\n\
         | `angle_deg` | rotation |\n\
         | `contrast`, `contrast_unit` | signed contrast to the background |\n\
         | `area_pixels`, `area_mm2` | exact area of the outline |\n\
         | `box` | [row, column, rows, columns] of the pixels that the outline touches |\n\
         | `detectability` | d' of the ideal observer that knows target and background, in the \
         uncompressed image |\n\n\
         Keys of the target are null where it is absent.\n",
        request.classes.join(", ")
    );
}
