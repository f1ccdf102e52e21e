//! Networks of ours outline the targets in a user's labelled images, as masks in a COCO file mark them.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use phantom_limit::calibrate::{Calibration, DataRequest, PlannedData};
use phantom_limit::campaign::Run;
use phantom_limit::collection::{CollectionSource, Options};
use phantom_limit::dataset::{Source, Split};
use phantom_limit::network::Kernel;
use phantom_limit::observer::NetworkTrainer;
use phantom_limit::record::{Gate, Regime};
use phantom_limit::scene::RegionKind;
use phantom_limit::store::RunDirectory;
use phantom_limit::study::Changes;
use phantom_limit::task::TaskName;

use crate::labelled::{grey, put};
use crate::own_images_are_judged::{Folder, changes, html, texture};
use crate::study_fakes::codecs;

/// Rows and columns of images with outlines: no network takes such sides, and none is given them.
const OUTLINED: [usize; 2] = [61, 70];

/// First row, first column, rows and columns of the bright targets of an image; of every fourth none.
fn bright(number: usize) -> Vec<[usize; 4]> {
    let one = [3 + number % 7, 4 + number % 11, 14 + number % 5, 16];
    // At the lower right corner.
    let other = [44, 52, 17, 18];
    match number % 4 {
        3 => Vec::new(),
        2 => vec![one, other],
        _ => vec![one],
    }
}

/// Two images of each of so many patients, with masks of their targets in a COCO file: polygons, and run
/// lengths by turns. The first image has a crowd as well.
fn outlined(folder: &Path, patients: usize, splits: fn(usize) -> &'static str) -> DataRequest {
    let [rows, columns] = OUTLINED;
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for number in 0..2 * patients {
        let mut samples: Vec<u8> = texture(70, number)[..rows * columns].to_vec();
        let mut masks: Vec<serde_json::Value> = Vec::new();
        for [row, column, high, wide] in bright(number) {
            let (bottom, right) = (row + high, column + wide);
            let of_pixel = |at: usize| {
                (row..bottom).contains(&(at / columns)) && (column..right).contains(&(at % columns))
            };
            for (at, sample) in samples.iter_mut().enumerate().filter(|(at, _)| of_pixel(*at)) {
                *sample = 150 + (at % 60) as u8;
            }
            masks.push(if masks.is_empty() {
                let corners =
                    [column, row, right, row, right, bottom, column, bottom].map(|it| it as f64);
                serde_json::json!([corners])
            } else {
                // Down the columns: outside, inside by turns.
                let mut counts = vec![column * rows + row];
                for _ in 0..wide {
                    counts.extend([high, rows - high]);
                }
                *counts.last_mut().unwrap() = (columns - right) * rows + rows - bottom;
                serde_json::json!({"size": [rows, columns], "counts": counts})
            });
        }
        let mut add = |mask: serde_json::Value, crowd: u8| {
            annotations.push(serde_json::json!({
                "id": annotations.len(), "image_id": number, "category_id": 1,
                "segmentation": mask, "iscrowd": crowd
            }));
        };
        masks.into_iter().for_each(|mask| add(mask, 0));
        if number == 0 {
            add(serde_json::json!([[50.0, 2.0, 56.0, 2.0, 56.0, 7.0, 50.0, 7.0]]), 1);
        }
        put(folder, &format!("{number}.pgm"), grey(columns, &samples));
        images.push(serde_json::json!({
            "id": number, "file_name": format!("{number}.pgm"), "width": columns, "height": rows,
            "patient": format!("p{}", number / 2), "split": splits(number / 2)
        }));
    }
    let coco = serde_json::json!({
        "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "mass"}]
    });
    put(folder, "masks.json", coco.to_string());
    let changes = Changes {
        tasks: Some(vec![TaskName::Outline]),
        regimes: Some(vec![Regime::Original]),
        replicates: Some(2),
        epochs: Some(20),
        ..changes()
    };
    DataRequest { changes, ..DataRequest::of(folder, Some(&folder.join("masks.json"))) }
}

#[test]
fn our_networks_outline_what_masks_mark() {
    let folder = Folder::new();
    let splits = |patient| match patient {
        0..12 => "train",
        12..15 => "val",
        _ => "test",
    };
    let request = outlined(folder.path(), 36, splits);
    let learnt = |out: &Path| {
        let trainer = NetworkTrainer { kernel: Kernel::detect(), threads: 1 };
        let PlannedData { plan, location, .. } = request.plan(Kernel::detect().name()).unwrap();
        let calibration = Calibration {
            codecs: Arc::new(codecs),
            workers: 2,
            location: Some(location),
            ..Calibration::new(plan, out, Arc::new(trainer))
        };
        calibration.run().unwrap().results
    };
    let out = folder.path().join("run");
    let results = learnt(&out);
    let measure = results.measure();
    assert_eq!((&*measure.case, &*measure.example, &*measure.short), ("patient", "target", "Dice"));
    let run = Run::open(RunDirectory::open(&out).unwrap()).unwrap();
    let shown = run.plan.collection.clone().unwrap();
    assert!(shown.has_outlines && shown.region_pixels == 32);

    // Every test image is outlined, and its targets are those that were drawn.
    let source = run.source().unwrap();
    let mut targets = 0;
    for index in 0..42 {
        let case = source.labelled(Split::Test, index).unwrap();
        let number: usize = case.origin.unwrap().name[..].trim_end_matches(".pgm").parse().unwrap();
        let outlines = source.outlines(Split::Test, index).unwrap();
        assert_eq!((outlines.size, outlines.spacing_mm), ([64, 72], None));
        let asked = outlines.targets.iter().filter(|it| it.kind == RegionKind::Identify);
        let bounds: Vec<[usize; 4]> = asked.clone().map(|it| it.pixels.bounds()).collect();
        assert_eq!(bounds, bright(number));
        let areas = asked.map(|it| it.pixels.count());
        assert!(areas.eq(bright(number).iter().map(|it| it[2] * it[3])));
        targets += bounds.len();
    }
    let [one] = &results.outlining[..] else { panic!("one path") };
    assert_eq!((one.images, one.targets), (42, targets as u32));
    let original = &one.levels[0];
    assert!(original.dice > 0.8 && original.recall > 0.9, "{original:?}");
    assert!(original.surface_dice > 0.2 && one.levels.len() == 5, "{original:?}");
    // The files state no distance of pixels.
    assert_eq!((original.average_mm, original.hausdorff_95_mm), (None, None));
    for arm in &results.arms {
        // Patients are cases; two networks are too few for a limit, and 21 patients are enough.
        assert_eq!((arm.images, arm.examples), (21, targets as u32));
        assert!(!arm.limit.gates.contains(&Gate::Rarer), "{:?}", arm.limit.gates);
    }
    assert!((original.dice - results.arms[0].original_score).abs() < 1e-12);
    assert_eq!(one.recall[0].images, 21);
    let page = html(&out);
    assert!(page.contains("id=\"outlines\"") && !page.contains("NaN"), "{page}");
    assert_eq!(run.replay(3, &codecs).unwrap(), Vec::<String>::new());
}

#[test]
fn crowds_and_what_is_added_are_asked_of_nobody() {
    let folder = Folder::new();
    let splits = |patient| ["train", "val", "test"][patient % 3];
    let planned = outlined(folder.path(), 6, splits).plan("fake").unwrap();
    let location = planned.location.clone();
    let collection = location.open(&Options::default()).unwrap();
    let shown = planned.plan.collection.unwrap();
    let source = CollectionSource::new(collection, shown, 1);
    let crowd = (0..4).map(|index| source.outlines(Split::Train, index).unwrap()).find(|it| {
        let unasked = it.targets.iter().filter(|it| it.kind == RegionKind::Detect);
        unasked.count() == 2
    });
    let crowd = crowd.unwrap();
    let unasked = crowd.targets.iter().filter(|it| it.kind == RegionKind::Detect);
    let bounds: Vec<[usize; 4]> = unasked.map(|it| it.pixels.bounds()).collect();
    // Columns 50 to 55 of rows 2 to 6; two columns and three rows are added.
    assert_eq!(bounds, [[2, 50, 5, 6], [0, 0, 64, 72]]);
    assert_eq!(crowd.targets.last().unwrap().pixels.count(), 64 * 72 - 61 * 70);
    assert_eq!(crowd.area.count(), 61 * 70);

    // Files without a mask for every annotation say where targets are, not which pixels are theirs.
    let text = fs::read_to_string(folder.path().join("masks.json")).unwrap();
    let mut coco: serde_json::Value = serde_json::from_str(&text).unwrap();
    coco["annotations"][1]["bbox"] = serde_json::json!([3, 3, 5, 5]);
    coco["annotations"][1]["segmentation"] = serde_json::json!([]);
    put(folder.path(), "masks.json", coco.to_string());
    let request = DataRequest {
        changes: Changes { tasks: Some(vec![TaskName::Outline]), ..changes() },
        ..DataRequest::of(folder.path(), Some(&folder.path().join("masks.json")))
    };
    let said = request.plan("fake").unwrap_err().to_string();
    assert!(said.contains("all have a sound `segmentation`"), "{said}");
}
