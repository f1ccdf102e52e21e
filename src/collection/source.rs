//! A collection as cases of a study: each is one image, read when it is asked for; images of a patient
//! follow one another.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::Collection;
use super::error::CollectionError;
use super::fitted;
use super::item::{Item, Outlined, Truth};
use super::presentation::Presentation;
use super::split;
use crate::dataset::{
    CASES_PER_REPLICATE, Form, ImageOrigin, LabelledImage, OutlinedTarget, Outlines, Source,
    SourceError, Split,
};
use crate::files;
use crate::image::{Image, Window};
use crate::rng::{Purpose, StreamKey};
use crate::scene::{LabelledRegion, Pixels, RegionKind};

/// Places that are tried for a region without a target.
const TRIES: usize = 200;

/// Fewest pixels around a target in which what is outlined counts against it.
const LEAST_MARGIN: usize = 8;

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

    fn item_of(&self, split: Split, index: u64) -> Result<&Item, SourceError> {
        let number = self.item(split, index).ok_or_else(|| {
            let problem = format!("there is no image {index} of split {}", split.name());
            refused(CollectionError::data(self.collection.data(), problem))
        })?;
        Ok(&self.collection.items()[number])
    }

    /// Rows and columns of an image as regions are cut out of it: those of a region at the least; where
    /// networks outline, those of their examples, and what they halve three times.
    fn presented_size(&self, size: [usize; 2]) -> [usize; 2] {
        let side = self.presentation.region_pixels;
        if self.presentation.has_outlines {
            size.map(|it| it.max(2 * side).next_multiple_of(8))
        } else {
            size.map(|it| it.max(side))
        }
    }

    fn outlined(&self, item: &Item) -> Result<Outlines, CollectionError> {
        let fault = |problem: String| {
            let problem = format!("image `{}`: {problem}", item.name);
            CollectionError::data(self.collection.data(), problem)
        };
        let image = self.collection.read(item)?;
        let size @ [rows, columns] = [image.image.rows(), image.image.columns()];
        let found = self.collection.outlined(item)?;
        let found = found.ok_or_else(|| fault("there is no mask of it".to_owned()))?;
        if found.len() > usize::from(u16::MAX) {
            return Err(fault(format!("{} targets are more than can be told apart", found.len())));
        }
        let mut targets = Vec::with_capacity(found.len() + 1);
        for Outlined { class, pixels } in found {
            let bounds @ [row, column, high, wide] = pixels.bounds();
            if row + high > rows || column + wide > columns {
                let problem = "its mask is of another size, and marks pixels that are not there";
                return Err(fault(problem.to_owned()));
            }
            let (kind, class) = match class {
                Some(class) => (RegionKind::Identify, class),
                None => (RegionKind::Detect, 0),
            };
            targets.push(OutlinedTarget {
                kind,
                class,
                pixels,
                region: around(bounds, size),
                drawn: None,
            });
        }
        let presented = self.presented_size(size);
        if presented != size {
            let added = Pixels::of([0, 0], presented, |place| {
                place / presented[1] >= rows || place % presented[1] >= columns
            });
            let region = added.bounds();
            let (kind, class) = (RegionKind::Detect, 0);
            targets.push(OutlinedTarget { kind, class, pixels: added, region, drawn: None });
        }
        // Pixels that are not square have no one distance.
        let square = |[down, along]: [f64; 2]| (down == along).then_some(down);
        Ok(Outlines {
            size: presented,
            spacing_mm: image.pixel_spacing_mm.and_then(square),
            targets,
            area: Pixels::of([0, 0], size, |_| true),
        })
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
        let item = self.item_of(split, index)?;
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
        if self.presentation.has_boxes {
            fitted::below(image, self.presented_size([image.rows(), image.columns()]))
        } else {
            fitted::whole(image, self.presentation.region_pixels)
        }
    }

    /// Targets as their masks have them, in the image as it is presented. What is added there and crowds
    /// are of a kind that nobody is asked to outline.
    fn outlines(&self, split: Split, index: u64) -> Result<Outlines, SourceError> {
        let item = self.item_of(split, index)?;
        self.outlined(item).map_err(refused)
    }
}

fn refused(error: CollectionError) -> SourceError {
    SourceError::Read(Box::new(error))
}

/// The region of a target: twice as high and as wide as its box or more, as far as the image goes.
fn around([row, column, rows, columns]: [usize; 4], size: [usize; 2]) -> [usize; 4] {
    let along = |first: usize, length: usize, size: usize| {
        let margin = (length / 2).max(LEAST_MARGIN);
        let start = first.saturating_sub(margin);
        (start, (first + length + margin).min(size) - start)
    };
    let ((row, rows), (column, columns)) =
        (along(row, rows, size[0]), along(column, columns, size[1]));
    [row, column, rows, columns]
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
