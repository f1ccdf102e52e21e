//! A collection as cases of a study: each is one image, read when it is asked for; images of a patient
//! follow one another.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::Collection;
use super::error::CollectionError;
use super::fitted;
use super::item::{Item, Truth};
use super::presentation::Presentation;
use super::split;
use crate::dataset::{
    CASES_PER_REPLICATE, Form, ImageOrigin, LabelledImage, Outlines, Source, SourceError, Split,
};
use crate::files;
use crate::image::{Image, Window};
use crate::rng::{Purpose, StreamKey};
use crate::scene::{LabelledRegion, RegionKind};

/// Places that are tried for a region without a target.
const TRIES: usize = 200;

/// The cases of a collection.
#[derive(Debug)]
pub struct CollectionSource {
    collection: Collection,
    presentation: Presentation,
    form: Form,
    seed: u64,
    /// Images for tuning, and for testing, in the order of cases.
    fixed: [Vec<usize>; 2],
    /// Images for training of each replicate that was asked for.
    lessons: Mutex<BTreeMap<u64, Arc<Vec<usize>>>>,
}

impl CollectionSource {
    /// The cases of a collection by a study's plan and seed.
    #[must_use]
    pub fn new(collection: Collection, presentation: Presentation, seed: u64) -> Self {
        let form = Form {
            format: presentation.format,
            rescale: presentation.rescale,
            window: presentation.window.unwrap_or_else(|| full_range(&presentation)),
            region_pixels: presentation.region_pixels,
            classes: presentation.classes.clone(),
            detects: presentation.detects(),
        };
        let fixed =
            [Split::Tune, Split::Test].map(|split| in_order(&collection, split, seed, "cases"));
        let lessons = Mutex::default();
        Self { collection, presentation, form, seed, fixed, lessons }
    }

    /// The collection.
    #[must_use]
    pub fn collection(&self) -> &Collection {
        &self.collection
    }

    /// The image of a case. Training images are the same for all replicates, in another order.
    fn item(&self, split: Split, index: u64) -> Option<usize> {
        let at = |items: &[usize], index: u64| items.get(usize::try_from(index).ok()?).copied();
        match split {
            Split::Tune => at(&self.fixed[0], index),
            Split::Test => at(&self.fixed[1], index),
            Split::Train => {
                let items = self.lesson(index / CASES_PER_REPLICATE);
                at(&items, index % CASES_PER_REPLICATE)
            }
        }
    }

    fn lesson(&self, replicate: u64) -> Arc<Vec<usize>> {
        let mut lessons = self.lessons.lock().unwrap_or_else(|poison| poison.into_inner());
        let made = || {
            let order = format!("lesson {replicate}");
            Arc::new(in_order(&self.collection, Split::Train, self.seed, &order))
        };
        Arc::clone(lessons.entry(replicate).or_insert_with(made))
    }

    fn regions(&self, item: &Item, image: &Image) -> Vec<LabelledRegion> {
        let (kinds, classes) = (RegionKind::Identify, &self.presentation.classes);
        let boxes = match &item.truth {
            Truth::Class(class) => {
                let whole = LabelledRegion { row: 0, column: 0, kind: kinds, class: *class };
                let present = self.presentation.present.as_ref();
                let detected = present.map(|name| LabelledRegion {
                    kind: RegionKind::Detect,
                    class: u8::from(&classes[usize::from(*class)] != name),
                    ..whole
                });
                return [Some(whole), detected].into_iter().flatten().collect();
            }
            Truth::Boxes(boxes) => boxes,
        };
        let side = self.presentation.region_pixels;
        let room = [image.rows().max(side) - side, image.columns().max(side) - side];
        let corner = |[row, column, rows, columns]: [f64; 4]| {
            let first = |start: f64, extent: f64, room: usize| {
                let corner = (start + extent / 2.0 - side as f64 / 2.0).round();
                corner.clamp(0.0, room as f64) as usize
            };
            [first(row, rows, room[0]), first(column, columns, room[1])]
        };
        let mut found: Vec<([usize; 2], Option<u8>)> =
            (boxes.iter()).filter_map(|one| Some((corner(one.area), Some(one.class?)))).collect();
        let key = StreamKey {
            seed: self.seed,
            purpose: Purpose::Background,
            case: number_of(&item.name),
            part: 0,
        };
        let mut stream = key.open();
        for _ in 0..found.len().max(1) {
            let free = (0..TRIES).find_map(|_| {
                let corner = room.map(|room| stream.below(room as u64 + 1) as usize);
                let [row, column] = corner.map(|it| it as f64);
                let side = side as f64;
                let apart = boxes.iter().all(|one| {
                    let [top, left, rows, columns] = one.area;
                    row >= top + rows
                        || top >= row + side
                        || column >= left + columns
                        || left >= column + side
                });
                apart.then_some(corner)
            });
            found.extend(free.map(|corner| (corner, None)));
        }
        let absent = classes.len() as u8 - 1;
        let of_kinds = |&([row, column], class): &([usize; 2], Option<u8>)| {
            [
                LabelledRegion { row, column, kind: kinds, class: class.unwrap_or(absent) },
                LabelledRegion {
                    row,
                    column,
                    kind: RegionKind::Detect,
                    class: u8::from(class.is_none()),
                },
            ]
        };
        found.iter().flat_map(of_kinds).collect()
    }
}

impl Source for CollectionSource {
    fn form(&self) -> &Form {
        &self.form
    }

    fn labelled(&self, split: Split, index: u64) -> Result<LabelledImage, SourceError> {
        let refused = |error: CollectionError| SourceError::Read(Box::new(error));
        let number = self.item(split, index).ok_or_else(|| {
            let problem = format!("there is no image {index} of split {}", split.name());
            refused(CollectionError::data(self.collection.data(), problem))
        })?;
        let item = &self.collection.items()[number];
        let image = self.collection.read(item).map_err(refused)?.image;
        if image.format() != self.form.format {
            let problem = format!("image `{}` has other bits than when it was planned", item.name);
            return Err(refused(CollectionError::data(self.collection.data(), problem)));
        }
        let patient = self.collection.patients()[item.patient].name.clone();
        let origin =
            ImageOrigin { name: item.name.clone(), patient, pixels: image.pixels() as u64 };
        let regions = self.regions(item, &image);
        Ok(LabelledImage { image, regions, origin: Some(origin) })
    }

    fn presented<'a>(&self, image: &'a Image) -> Cow<'a, Image> {
        let side = self.presentation.region_pixels;
        if self.presentation.has_boxes {
            fitted::at_least(image, side)
        } else {
            fitted::whole(image, side)
        }
    }

    fn outlines(&self, _: Split, _: u64) -> Result<Outlines, SourceError> {
        let problem = "these images have classes and boxes, no outlines";
        let error = CollectionError::data(self.collection.data(), problem);
        Err(SourceError::Read(Box::new(error)))
    }
}

/// The window that shows every value.
fn full_range(presentation: &Presentation) -> Window {
    let peak = presentation.format.peak();
    let ends = [0, peak].map(|value| presentation.rescale.physical(value));
    let width = (ends[1] - ends[0]).abs() + presentation.rescale.slope.abs();
    Window { center: f64::midpoint(ends[0], ends[1]) + 0.5, width: width.max(2.0) }
}

/// Images of a split in an order that a seed and a purpose decide, those of a patient together.
fn in_order(collection: &Collection, split: Split, seed: u64, purpose: &str) -> Vec<usize> {
    let of_split = collection.patients().iter().filter(|patient| patient.split == split);
    let mut patients: Vec<(f64, &super::Patient)> =
        of_split.map(|patient| (split::share(seed, purpose, &patient.name), patient)).collect();
    patients.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.name.cmp(&b.1.name)));
    patients.into_iter().flat_map(|(_, patient)| patient.items.iter().copied()).collect()
}

/// A number that stands for a name.
fn number_of(name: &str) -> u64 {
    let hash = files::sha256(name.as_bytes());
    u64::from_str_radix(&hash[..16], 16).expect("a hash is hexadecimal")
}
