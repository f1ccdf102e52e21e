//! What is true of an image: its label, or the mask beside it; asks no model.

use super::error::AppraisalError;
use crate::collection::{Collection, Item, Marks, Truth};
use crate::image::Mask;
use crate::import::Imported;
use crate::model::ModelFile;
use crate::phantom::nearest;

/// The label of an image with a class.
pub(super) fn label(
    collection: &Collection,
    item: &Item,
    file: &ModelFile,
) -> Result<String, AppraisalError> {
    let Truth::Class(class) = &item.truth else {
        return Err(AppraisalError::Unfit(
            "the labels are boxes, and the model says which class a whole image is of: give a table \
             with `path` and `label`"
                .to_owned(),
        ));
    };
    let label = &collection.classes()[usize::from(*class)];
    let classes = &file.output.classes;
    if classes.contains(label) {
        return Ok(label.clone());
    }
    let near = nearest(label, classes.iter().map(String::as_str));
    let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    Err(AppraisalError::Image {
        image: item.name.clone(),
        reason: format!(
            "its label `{}` is none of the model's classes{near} Write `classes` in the model file as \
             the labels are",
            label.chars().take(60).flat_map(char::escape_debug).collect::<String>()
        ),
    })
}

/// The label of a target of an image, or of an image without one: `absent` where there is no box.
pub(super) fn target(collection: &Collection, item: &Item, present: &[String]) -> String {
    let name = |class: u8| &collection.classes()[usize::from(class)];
    match &item.truth {
        Truth::Class(class) => name(*class).clone(),
        Truth::Boxes(boxes) => {
            let labels = || boxes.iter().filter_map(|it| it.class).map(name);
            let counted = labels().find(|&it| present.contains(it));
            counted.or_else(|| labels().next()).map_or_else(|| "absent".to_owned(), Clone::clone)
        }
    }
}

/// Refuses labels none of which is one of `present`: every image would be without a target.
pub(super) fn some_target(
    collection: &Collection,
    present: &[String],
) -> Result<(), AppraisalError> {
    let classes = collection.classes();
    if classes.iter().any(|it| present.contains(it)) {
        return Ok(());
    }
    let shown = |names: &[String]| {
        let names: Vec<String> = (names.iter().take(12))
            .map(|it| it.chars().take(60).flat_map(char::escape_debug).collect())
            .collect();
        names.join(", ")
    };
    Err(AppraisalError::Unfit(format!(
        "none of the labels ({}) is one of `present` in the model file ({}): write both alike",
        shown(classes),
        shown(present)
    )))
}

/// The pixels of an image that belong to targets.
pub(super) fn mask(
    collection: &Collection,
    item: &Item,
    image: &Imported,
) -> Result<Mask, AppraisalError> {
    let fault = |reason: String| AppraisalError::Image { image: item.name.clone(), reason };
    let size = [image.image.rows(), image.image.columns()];
    let mask = match collection.mask(item)? {
        Some(mask) => mask,
        // Segmentations were read of all images of the series: they mark nothing in this one.
        None if matches!(item.marks, Marks::Segments(_)) => {
            Mask { rows: size[0], columns: size[1], inside: vec![false; size[0] * size[1]] }
        }
        None => {
            let reason = "there is no mask of it: put one as NAME.mask.png beside it, 0 outside, or give \
                          every annotation of a COCO file a `segmentation`";
            return Err(fault(reason.to_owned()));
        }
    };
    if [mask.rows, mask.columns] != size {
        let [rows, columns] = [mask.rows, mask.columns];
        return Err(fault(format!("its mask has {rows}×{columns} pixels, another size")));
    }
    Ok(mask)
}

/// Twice the pixels of both over the pixels of either; 1 where both are empty (Dice, 1945).
pub(super) fn dice(one: &Mask, other: &Mask) -> f64 {
    let count = |mask: &Mask| mask.inside.iter().filter(|&&inside| inside).count();
    let both = one.inside.iter().zip(&other.inside).filter(|(one, other)| **one && **other).count();
    match count(one) + count(other) {
        0 => 1.0,
        either => 2.0 * both as f64 / either as f64,
    }
}
