//! `plans.json` and `dataset.json` of nnU-Net, version 2, configuration `2d`.

use serde_json::Value;

use super::draft::{Draft, list, number, numbers, quoted};
use super::reading::Document;
use crate::model::error::ModelError;

pub(super) fn describe(
    plans: &Document<'_>,
    dataset: Option<&Document<'_>>,
    draft: &mut Draft,
) -> Result<(), ModelError> {
    let two = &plans.value["configurations"]["2d"];
    if !two.is_object() {
        return Err(plans.fault("there is no configuration `2d`; slices are what is compressed"));
    }
    draft.from(&format!("{} (nnU-Net, configuration 2d)", plans.name));
    draft.task("segmentation");
    draft.input("layout", "\"NCHW\"");
    let schemes = two["normalization_schemes"].as_array().map_or(&[][..], Vec::as_slice);
    let [scheme] = schemes else {
        let message = format!("the network takes {} channels, not one grey image", schemes.len());
        return Err(plans.fault(message));
    };
    draft.input("channels", "1");
    draft.input("values", "\"physical\"");
    let scheme = scheme.as_str().unwrap_or_default();
    match scheme {
        "CTNormalization" => {
            let key = "foreground_intensity_properties_per_channel";
            let of =
                |name: &str| plans.number(&plans.value[key]["0"][name], &format!("{key}.{name}"));
            let clip = [of("percentile_00_5")?, of("percentile_99_5")?];
            draft.input("clip", &numbers(&clip));
            draft.input("mean", &number(of("mean")?));
            // nnU-Net divides by no less.
            draft.input("deviation", &number(of("std")?.max(1e-8)));
        }
        "ZScoreNormalization" => draft.input("standard", "\"moments\""),
        "RescaleTo01Normalization" => draft.input("standard", "\"range\""),
        "RGBTo01Normalization" => draft.input("scale", &number(1.0 / 255.0)),
        "NoNormalization" => {}
        other => draft.ask_input(&format!("normalisation {} is not known here", quoted(other))),
    }
    if two["use_mask_for_norm"][0] == Value::Bool(true) {
        draft.ask_input(
            "nnU-Net standardises within the mask of what is not 0; here over all pixels",
        );
    }
    match multiple(two) {
        Some(multiple) => draft.input("multiple", &multiple.to_string()),
        None => draft.ask_input("multiple = the product of the network's strides, such as 32"),
    }
    let spacing = two["spacing"].to_string();
    draft.ask_input(&format!(
        "images are not brought to nnU-Net's spacing of {} mm: give those that have it, or check how \
         much that matters",
        spacing.escape_debug()
    ));
    draft.ask_input(&format!(
        "nnU-Net answers in tiles of {}, mirrored and averaged; here the network sees the whole \
         image once. In the example, `output` must be that of the network alone",
        two["patch_size"].to_string().escape_debug()
    ));
    draft.ask_output("name = the first output, where deep supervision exports several");
    labels(dataset, draft)
}

/// Product of the strides along an axis, the largest of both.
fn multiple(two: &Value) -> Option<u64> {
    let strides = match &two["architecture"]["arch_kwargs"]["strides"] {
        Value::Null => &two["pool_op_kernel_sizes"],
        strides => strides,
    };
    let mut product = [1_u64; 2];
    for stride in strides.as_array()? {
        let both = stride.as_array()?;
        for (axis, product) in product.iter_mut().enumerate() {
            *product = product.checked_mul(both.get(axis)?.as_u64()?)?;
        }
    }
    let largest = product.into_iter().max().filter(|it| (1..=1024).contains(it))?;
    product.iter().all(|&it| it > 0 && largest.is_multiple_of(it)).then_some(largest)
}

fn labels(dataset: Option<&Document<'_>>, draft: &mut Draft) -> Result<(), ModelError> {
    let Some(dataset) = dataset else {
        draft.ask_output("activation, classes and present: give dataset.json too");
        return Ok(());
    };
    let Some(labels) = dataset.value["labels"].as_object() else {
        return Err(dataset.fault("`labels` is no map from names to numbers"));
    };
    if labels.values().any(Value::is_array) {
        draft.output("activation", "\"sigmoid\"");
        draft.ask_output(
            "classes = the regions in the order of regions_class_order, without the \
                          background; present = those of the outline",
        );
        return Ok(());
    }
    let mut numbered: Vec<(u64, String)> = Vec::new();
    for (name, number) in labels {
        let Some(number) = number.as_u64() else {
            return Err(dataset.fault(format!("the label {} has no number", quoted(name))));
        };
        if name != "ignore" {
            numbered.push((number, name.clone()));
        }
    }
    numbered.sort();
    let classes: Vec<String> = numbered.into_iter().map(|(_, name)| name).collect();
    draft.output("activation", "\"softmax\"");
    draft.output("classes", &list(&classes));
    draft.output("present", &list(classes.get(1..).unwrap_or_default()));
    Ok(())
}
