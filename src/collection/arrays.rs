//! An NPZ file as MedMNIST has them: arrays `SPLIT_images` and `SPLIT_labels` of each split, and
//! `SPLIT_patients` where patients are numbered.

use std::path::Path;

use super::checked::{Label, MOST_IMAGES, Row, Said};
use super::error::CollectionError;
use super::item::{Marks, Place};
use super::split;
use crate::import::Arrays;

pub(super) fn rows(data: &Path) -> Result<(Arrays, Vec<Row>), CollectionError> {
    let arrays = Arrays::open(data)?;
    let said = Said::in_file(data);
    let mut rows = Vec::new();
    let names: Vec<String> = arrays.names().map(str::to_owned).collect();
    let stacks = names.iter().filter_map(|name| {
        let word = name.strip_suffix("_images")?;
        Some((name, word, split::named(word)?))
    });
    for (array, word, split) in stacks {
        let images = arrays.stack(array)?.images;
        if rows.len() as u64 + images > MOST_IMAGES as u64 {
            let problem = format!("more than {MOST_IMAGES} images; take a part of them");
            return Err(CollectionError::data(data, problem));
        }
        let of_images = |name: &str| -> Result<Vec<i64>, CollectionError> {
            let numbers = arrays.numbers(name)?;
            if numbers.columns != 1 {
                let problem = format!(
                    "`{name}` has {} columns: an image has one label; save the column that is asked \
                     about, a[:, 0:1]",
                    numbers.columns
                );
                return Err(CollectionError::data(data, problem));
            }
            if numbers.values.len() as u64 != images {
                let found = numbers.values.len();
                let problem =
                    format!("`{name}` has {found} numbers for {images} images of `{array}`");
                return Err(CollectionError::data(data, problem));
            }
            Ok(numbers.values)
        };
        let labels = of_images(&format!("{word}_labels"))?;
        let named = format!("{word}_patients");
        let patients = names.contains(&named).then(|| of_images(&named)).transpose()?;
        for (index, label) in labels.iter().enumerate() {
            rows.push(Row {
                place: Place::Array { array: array.clone(), index: index as u64 },
                name: format!("{array}[{index}]"),
                label: Label::Class(label.to_string()),
                marks: Marks::Unstated,
                patient: patients.as_ref().map(|all| all[index].to_string()),
                split: Some(split),
                said: said.clone(),
            });
        }
    }
    if rows.is_empty() {
        let names: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
        let problem = format!(
            "no images among its arrays ({}); it must hold train_images, train_labels, test_images \
             and test_labels, as files of MedMNIST do",
            names.join(", ")
        );
        return Err(CollectionError::data(data, problem));
    }
    Ok((arrays, rows))
}
