//! What is true of an image: its label, or the mask beside it; asks no model.

use super::error::AppraisalError;
use crate::collection::{Collection, Item, Place, Truth};
use crate::image::Mask;
use crate::import::{self, Imported, Reading};
use crate::model::ModelFile;
use crate::phantom::nearest;

/// Ending of the mask beside an image, as datasets of this program have it.
const MASK: &str = "mask.png";

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

/// The mask beside an image: `scan.mask.png` beside `scan.png`, of which 0 is outside.
pub(super) fn mask(item: &Item, image: &Imported) -> Result<Mask, AppraisalError> {
    let fault = |reason: String| AppraisalError::Image { image: item.name.clone(), reason };
    let Place::File { path, frame: None } = &item.place else {
        return Err(fault(format!(
            "masks lie beside images that have files of their own: NAME.{MASK}"
        )));
    };
    let beside = path.with_extension(MASK);
    if !beside.exists() {
        return Err(fault(format!("there is no mask `{}` beside it", beside.display())));
    }
    let mask = import::read(&beside, Reading::default())?.image;
    let (rows, columns) = (mask.rows(), mask.columns());
    if [rows, columns] != [image.image.rows(), image.image.columns()] {
        return Err(fault(format!("its mask has {rows}×{columns} pixels, another size")));
    }
    let inside = mask.samples().iter().map(|&value| value > 0).collect();
    Ok(Mask { rows, columns, inside })
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
