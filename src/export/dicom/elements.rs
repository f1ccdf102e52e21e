//! Builds DICOM elements; knows no image.

use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

/// Characters of a decimal string (PS3.5 6.2, DS).
const DECIMAL_CHARACTERS: usize = 16;

/// Characters of a long string (PS3.5 6.2, LO).
const LINE_CHARACTERS: usize = 64;

/// Elements of an object or an item.
pub(super) struct Elements(InMemDicomObject);

impl Elements {
    pub(super) fn new() -> Self {
        Self(InMemDicomObject::new_empty())
    }

    pub(super) fn into_object(self) -> InMemDicomObject {
        self.0
    }

    pub(super) fn has(&self, tag: Tag) -> bool {
        self.0.get(tag).is_some()
    }

    pub(super) fn put(&mut self, element: InMemElement) {
        self.0.put(element);
    }

    /// Text unchanged; several values are joined by backslashes.
    pub(super) fn text(&mut self, tag: Tag, vr: VR, text: &str) {
        let value =
            if text.is_empty() { PrimitiveValue::Empty } else { PrimitiveValue::from(text) };
        self.put(DataElement::new(tag, vr, value));
    }

    /// A long string, cut to its length; backslashes would part it into values.
    pub(super) fn line(&mut self, tag: Tag, text: &str) {
        let line: String = text.replace('\\', "/").chars().take(LINE_CHARACTERS).collect();
        self.text(tag, VR::LO, line.trim_end());
    }

    pub(super) fn short(&mut self, tag: Tag, value: u16) {
        self.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
    }

    /// A sequence of these items.
    pub(super) fn sequence(&mut self, tag: Tag, items: impl IntoIterator<Item = Self>) {
        let items: Vec<InMemDicomObject> = items.into_iter().map(|item| item.0).collect();
        self.put(DataElement::new(tag, VR::SQ, DataSetSequence::from(items)));
    }

    /// A sequence of one code: value, designator of the scheme, meaning (PS3.3 8).
    pub(super) fn code(&mut self, tag: Tag, [value, scheme, meaning]: [&str; 3]) {
        let mut item = Self::new();
        item.text(tags::CODE_VALUE, VR::SH, value);
        item.text(tags::CODING_SCHEME_DESIGNATOR, VR::SH, scheme);
        item.text(tags::CODE_MEANING, VR::LO, meaning);
        self.sequence(tag, Some(item));
    }
}

/// A number as a decimal string: exact where 16 characters hold it, else with as many digits as
/// they do.
pub(super) fn decimal(value: f64) -> String {
    let exact = format!("{value}");
    if exact.len() <= DECIMAL_CHARACTERS {
        return exact;
    }
    let fixed = (0..=14).rev().map(|digits| format!("{value:.digits$}"));
    let scientific = (0..=9).rev().map(|digits| format!("{value:.digits$e}"));
    let fits = |text: &String| text.len() <= DECIMAL_CHARACTERS;
    let small = value != 0.0 && value.abs() < 1e-4;
    let (mut first, mut second) = (fixed.clone(), scientific.clone());
    let found =
        if small { second.find(fits) } else { first.find(fits).or_else(|| second.find(fits)) };
    found.unwrap_or_else(|| "0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_at_most_16_characters() {
        let cases = [
            (0.45, "0.45"),
            (-1024.0, "-1024"),
            (1.0 / 3.0, "0.33333333333333"),
            (-20.0 / 3.0, "-6.6666666666667"),
            (1.0 / 3e9, "3.333333333e-10"),
            (-1.0 / 3e9, "-3.333333333e-10"),
            (2e20 / 3.0, "6.666666667e19"),
        ];
        for (value, text) in cases {
            let found = decimal(value);
            assert!(found.len() <= DECIMAL_CHARACTERS, "{found}");
            let read: f64 = found.parse().unwrap();
            assert!((read / value - 1.0).abs() < 1e-8, "{value}: {found}");
            assert_eq!(found, text);
        }
    }
}
