//! `preprocessor_config.json` and `config.json` of Hugging Face transformers.

use serde_json::Value;

use super::draft::{Draft, list, number, numbers};
use super::reading::{Document, by_number};
use crate::model::error::ModelError;

pub(super) fn describe(
    preprocessor: &Document<'_>,
    labels: Option<&Document<'_>>,
    draft: &mut Draft,
) -> Result<(), ModelError> {
    let asked = |key: &str| preprocessor.value[key].as_bool().unwrap_or(false);
    draft.from(&format!("{} (Hugging Face)", preprocessor.name));
    draft.task("classification");
    draft.input("layout", "\"NCHW\"");
    draft.input("channels", "3");
    draft.input("values", "\"windowed\"");
    draft.ask_input(
        "the processor is given 8-bit images: window = { center = …, width = … } says how they were \
         made of deeper ones; without it the window of each file counts",
    );
    if asked("do_resize") {
        size(preprocessor, draft)?;
    }
    if asked("do_center_crop") {
        let crop = &preprocessor.value["crop_size"];
        let sides = if crop.is_number() { [crop, crop] } else { [&crop["height"], &crop["width"]] };
        let rows = preprocessor.pixels(sides[0], "crop_size")?;
        let columns = preprocessor.pixels(sides[1], "crop_size")?;
        draft.input("crop", &format!("[{rows}, {columns}]"));
    }
    if asked("do_rescale") {
        let factor = &preprocessor.value["rescale_factor"];
        draft.input("scale", &number(preprocessor.number(factor, "rescale_factor")?));
    }
    if asked("do_normalize") {
        for (key, name) in [("image_mean", "mean"), ("image_std", "deviation")] {
            let values = preprocessor.numbers(&preprocessor.value[key], key)?;
            draft.input(name, &numbers(&values));
        }
    }
    draft.output("activation", "\"softmax\"");
    match labels.and_then(|labels| by_number(&labels.value["id2label"])) {
        Some(classes) => draft.output("classes", &list(&classes)),
        None => draft.ask_output("classes = the labels of id2label in config.json, in their order"),
    }
    draft.ask_output("present = the classes that count as present, for the area under the curve");
    Ok(())
}

/// Size and kernel; `resample` is PIL's number.
fn size(preprocessor: &Document<'_>, draft: &mut Draft) -> Result<(), ModelError> {
    let size = &preprocessor.value["size"];
    match size {
        Value::Object(sides) if sides.contains_key("shortest_edge") => {
            let side = preprocessor.pixels(&size["shortest_edge"], "size.shortest_edge")?;
            draft.input("shortest", &side.to_string());
        }
        Value::Object(_) => {
            let rows = preprocessor.pixels(&size["height"], "size.height")?;
            let columns = preprocessor.pixels(&size["width"], "size.width")?;
            draft.input("size", &format!("[{rows}, {columns}]"));
        }
        side => {
            let side = preprocessor.pixels(side, "size")?;
            draft.input("size", &format!("[{side}, {side}]"));
        }
    }
    let (kernel, rounded) = match preprocessor.value["resample"].as_u64() {
        Some(0) => ("nearest-exact", false),
        Some(1) => ("lanczos-antialias", true),
        Some(2) => ("bilinear-antialias", true),
        Some(3) => ("bicubic-antialias", true),
        _ => {
            draft.ask_input("kernel: the file has no `resample` of 0 to 3");
            return Ok(());
        }
    };
    draft.input("kernel", &format!("\"{kernel}\""));
    if rounded {
        // The slow processors resample 8-bit images with PIL, the fast ones with torchvision.
        draft.input("rounding", "\"8bit\"");
    }
    Ok(())
}
