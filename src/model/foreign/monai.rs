//! `metadata.json` of MONAI bundles (MONAI Bundle Specification, `network_data_format`).

use serde_json::Value;

use super::draft::{Draft, list, quoted};
use super::reading::{Document, by_number};
use crate::model::error::ModelError;

pub(super) fn describe(metadata: &Document<'_>, draft: &mut Draft) -> Result<(), ModelError> {
    let format = &metadata.value["network_data_format"];
    let only = |key: &str| -> Result<(String, Value), ModelError> {
        let all = format[key].as_object();
        let mut all = all.into_iter().flatten();
        match (all.next(), all.next()) {
            (Some((name, value)), None) => Ok((name.clone(), value.clone())),
            (None, _) => Err(metadata.fault(format!("`network_data_format.{key}` names nothing"))),
            _ => Err(metadata.fault(format!(
                "`network_data_format.{key}` names several; networks with one input and one output \
                 are run"
            ))),
        }
    };
    let ((input_name, input), (output_name, output)) = (only("inputs")?, only("outputs")?);
    draft.from(&format!("{} (MONAI bundle)", metadata.name));
    let kind = output["format"].as_str().unwrap_or_default();
    let segments = matches!(kind, "segmentation" | "labels");
    match kind {
        "segmentation" | "labels" => draft.task("segmentation"),
        "classes" | "probabilities" => draft.task("classification"),
        _ => {
            draft.ask_head("task = \"classification\" or \"segmentation\": the bundle says neither")
        }
    }
    if let Some(name) = metadata.value["name"].as_str() {
        draft.ask_head(&format!(
            "the bundle is {}; its transforms are in configs/inference.json, compare them with [input]",
            quoted(name)
        ));
    }
    draft.ask_input(&format!(
        "the bundle calls the input {}; give it as `name` if the ONNX file does too",
        quoted(&input_name)
    ));
    draft.input("layout", "\"NCHW\"");
    match input["num_channels"].as_u64() {
        Some(channels @ (1 | 3)) => draft.input("channels", &channels.to_string()),
        Some(channels) => {
            return Err(
                metadata.fault(format!("the network takes {channels} channels, not 1 or 3"))
            );
        }
        None => draft.ask_input("channels = 1 or 3"),
    }
    match input["format"].as_str().unwrap_or_default() {
        "hounsfield" => draft.input("values", "\"physical\""),
        "magnitude" => draft.input("values", "\"stored\""),
        _ => draft.ask_input("values = \"physical\", \"stored\" or \"windowed\""),
    }
    if let Some(range) = input.get("value_range") {
        let range = metadata.numbers(range, "value_range")?;
        if let [least, largest] = range[..] {
            draft.ask_input(&format!(
                "the values given to the network lie within {least} to {largest}: ScaleIntensityRange \
                 with a_min and a_max is clip = [a_min, a_max], mean = a_min, deviation = a_max − \
                 a_min for 0 to 1; ScaleIntensity is standard = \"range\", NormalizeIntensity \
                 standard = \"moments\""
            ));
        }
    }
    sizes(metadata, &input["spatial_shape"], draft)?;
    draft.ask_output(&format!(
        "the bundle calls the output {}; give it as `name` if the ONNX file does too",
        quoted(&output_name)
    ));
    draft.ask_output(
        "activation = \"softmax\", \"sigmoid\" or \"none\": what `postprocessing` of \
         configs/inference.json does",
    );
    match by_number(&output["channel_def"]) {
        Some(classes) => {
            draft.output("classes", &list(&classes));
            if segments {
                draft.output("present", &list(&classes[1.min(classes.len() - 1)..]));
            }
        }
        None => draft.ask_output("classes = the label of each channel"),
    }
    if !segments {
        draft.ask_output(
            "present = the classes that count as present, for the area under the curve",
        );
    }
    Ok(())
}

/// Numbers are a size, `16*n` a multiple, `*` anything.
fn sizes(metadata: &Document<'_>, shape: &Value, draft: &mut Draft) -> Result<(), ModelError> {
    let Some(sides) = shape.as_array() else {
        draft.ask_input("size = [rows, columns] with `kernel`, or multiple = 16");
        return Ok(());
    };
    if sides.len() == 3 {
        return Err(metadata.fault("the network takes volumes; slices are what is compressed"));
    }
    if sides.len() != 2 {
        return Err(metadata.fault("`spatial_shape` has not two sides"));
    }
    if sides.iter().all(Value::is_number) {
        let [rows, columns] = [&sides[0], &sides[1]];
        let rows = metadata.pixels(rows, "spatial_shape")?;
        let columns = metadata.pixels(columns, "spatial_shape")?;
        draft.input("size", &format!("[{rows}, {columns}]"));
        draft.ask_input(
            "kernel: MONAI's Resize is \"area\" unless its `mode` is another; with mode bilinear it \
             is \"bilinear\", with anti_aliasing a Gaussian before it, which is not here",
        );
        return Ok(());
    }
    let factor = |side: &Value| -> Option<u64> {
        let text = side.as_str()?.replace(' ', "");
        let factor = text.strip_suffix("*n").or_else(|| text.strip_prefix("n*"))?;
        factor.parse().ok().filter(|factor| (1..=1024).contains(factor))
    };
    match (factor(&sides[0]), factor(&sides[1])) {
        (Some(one), Some(other)) if one == other => draft.input("multiple", &one.to_string()),
        _ if sides.iter().all(|side| side == "*") => {}
        _ => draft.ask_input(&format!(
            "the bundle says that sides are {}: give multiple = the number that both divide by",
            shape.to_string().escape_debug()
        )),
    }
    Ok(())
}
