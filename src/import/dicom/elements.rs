//! Values of elements, as text and as numbers.

use dicom_object::mem::InMemElement;
use dicom_object::{InMemDicomObject, Tag};

use crate::import::error::{Fault, damaged};

pub(super) fn element(object: &InMemDicomObject, tag: Tag) -> Option<&InMemElement> {
    object.element_opt(tag).ok().flatten()
}

pub(super) fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    let text = element(object, tag)?.to_str().ok()?;
    Some(text.trim_matches(['\0', ' ']).to_owned()).filter(|text| !text.is_empty())
}

/// All values of an element, if there are any.
pub(super) fn numbers(element: Option<&InMemElement>) -> Option<Vec<f64>> {
    element?.to_multi_float64().ok().filter(|numbers| !numbers.is_empty())
}

/// The first value; an error if it is there and no finite number.
pub(super) fn number(object: &InMemDicomObject, tag: Tag) -> Result<Option<f64>, Fault> {
    if text(object, tag).is_none() {
        return Ok(None);
    }
    match numbers(element(object, tag)).as_deref() {
        Some([first, ..]) if first.is_finite() => Ok(Some(*first)),
        _ => Err(damaged(format!("{tag} is no number"))),
    }
}

/// A whole number that must be there.
pub(super) fn whole(object: &InMemDicomObject, tag: Tag, name: &str) -> Result<u64, Fault> {
    let missing = || damaged(format!("{name} is missing or no number"));
    element(object, tag).and_then(|e| e.to_int::<u64>().ok()).ok_or_else(missing)
}

/// The items of a sequence; none where there is no sequence.
pub(super) fn items(object: &InMemDicomObject, tag: Tag) -> &[InMemDicomObject] {
    element(object, tag).and_then(|e| e.items()).unwrap_or_default()
}

/// An error with all its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}
