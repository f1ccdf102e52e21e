//! The layout of nnU-Net's raw datasets: `nnunet/Dataset001_PHANTOM/` with training and tuning images in
//! `imagesTr`, test images in `imagesTs`, their labels beside them, and `dataset.json`. Compressions are
//! numbered from 2 on in their order, since nnU-Net tells datasets apart by their numbers.

use serde_json::{Map, Value, json};

use super::Request;
use crate::dataset::Split;

/// Directory of a rendition's dataset below that of the rendition.
pub(super) fn directory(phantom: &str, rendition: usize) -> String {
    format!("nnunet/Dataset{:03}_{phantom}", rendition + 1)
}

/// Paths of an image and its labels below that of its rendition.
pub(super) fn paths((phantom, rendition): (&str, usize), split: Split, index: u64) -> [String; 2] {
    let (directory, name) = (directory(phantom, rendition), split.name());
    let part = if split == Split::Test { "Ts" } else { "Tr" };
    [
        format!("{directory}/images{part}/{name}-{index:06}_0000.nii.gz"),
        format!("{directory}/labels{part}/{name}-{index:06}.nii.gz"),
    ]
}

/// `dataset.json`: the modality as the one channel, the values of the labels, how many images there
/// are for training.
pub(super) fn describe(request: &Request, modality: &str) -> Value {
    let mut labels = Map::new();
    labels.insert("background".into(), 0.into());
    for (index, class) in request.classes.iter().enumerate() {
        labels.insert(class.clone(), (index + 1).into());
    }
    let training: u64 =
        request.splits().filter(|(split, _)| *split != Split::Test).map(|(_, images)| images).sum();
    json!({
        "channel_names": { "0": modality },
        "labels": labels,
        "numTraining": training,
        "file_ending": ".nii.gz",
        "name": request.phantom,
        "description": format!("{}, seed {}: synthetic images", request.title, request.seed),
    })
}
