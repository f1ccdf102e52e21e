//! A user's labelled images run from study to report, with the patient as the unit of inference, and
//! are judged as a table of the same answers is.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use phantom_limit::answers::{Reading, judge};
use phantom_limit::calibrate::{Calibration, DataRequest, PlannedData};
use phantom_limit::campaign::{CampaignError, Run};
use phantom_limit::codec::CodecName;
use phantom_limit::collection::Asked;
use phantom_limit::dataset::{Source, Split};
use phantom_limit::image::{SampleFormat, Window};
use phantom_limit::limit::Criterion;
use phantom_limit::record::{Cue, Finding, Gate, InputPath, Job, Margin, Regime, Results};
use phantom_limit::report;
use phantom_limit::scene::RegionKind;
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{self, Changes, PlanError, Preset};
use phantom_limit::task::{TaskName, presence};

use crate::labelled::{NpyArray, dicom, grey, npz, put};
use crate::study_fakes::{HashTrainer, codecs};

pub(crate) fn changes() -> Changes {
    Changes {
        preset: Some(Preset::Quick),
        ratios: Some(vec![4.0, 16.0]),
        regimes: Some(vec![Regime::Original, Regime::Mixed]),
        replicates: Some(5),
        epochs: Some(2),
        ..Changes::default()
    }
}

/// A textured image of 8 bits, like no other.
pub(crate) fn texture(side: usize, number: usize) -> Vec<u8> {
    let mut state = (number as u32).wrapping_mul(2_654_435_761) + 1;
    let of_pixel = |at: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (64 + at % side + (state >> 27) as usize) as u8
    };
    (0..side * side).map(of_pixel).collect()
}

/// An NPZ file as MedMNIST has it, of so many images for training, tuning and testing; every third is
/// of class 1.
fn medical(folder: &Path, images: [usize; 3], side: usize, deflated: bool) -> DataRequest {
    let mut arrays = Vec::new();
    let names = [
        ("train_images", "train_labels"),
        ("val_images", "val_labels"),
        ("test_images", "test_labels"),
    ];
    let mut number = 0;
    for ((images_name, labels_name), count) in names.into_iter().zip(images) {
        let values: Vec<u8> = (number..number + count).flat_map(|it| texture(side, it)).collect();
        let labels = (0..count).map(|it| u8::from(it % 3 == 0)).collect();
        arrays.push((images_name, NpyArray::bytes(&[count, side, side], values)));
        arrays.push((labels_name, NpyArray::bytes(&[count, 1], labels)));
        number += count;
    }
    let name = format!("medical{side}.npz");
    put(folder, &name, npz(&arrays, deflated));
    DataRequest { changes: changes(), ..DataRequest::of(&folder.join(name), None) }
}

fn calibration(planned: PlannedData, out: &Path, workers: usize) -> Calibration {
    let PlannedData { plan, location, .. } = planned;
    Calibration {
        codecs: Arc::new(codecs),
        workers,
        location: Some(location),
        ..Calibration::new(plan, out, Arc::new(HashTrainer))
    }
}

fn run(request: &DataRequest, out: &Path) -> Results {
    calibration(request.plan("fake").unwrap(), out, 2).run().unwrap().results
}

pub(crate) fn html(out: &Path) -> String {
    fs::read_to_string(out.join("report.html")).unwrap()
}

#[test]
fn arrays_of_28_and_64_pixels_run_whole() {
    for (side, region_pixels, deflated) in [(28, 32, false), (64, 64, true)] {
        let folder = Folder::new();
        let asked = Asked { present: Some("1".to_owned()), ..Asked::default() };
        let request = DataRequest { asked, ..medical(folder.path(), [30, 6, 66], side, deflated) };
        let planned = request.plan("fake").unwrap();
        let shown = planned.plan.collection.clone().unwrap();
        assert_eq!((shown.region_pixels, shown.images), (region_pixels, [30, 6, 66]));
        assert_eq!(planned.plan.paths, [InputPath::Native]);
        assert_eq!(planned.plan.tasks, [TaskName::Identify, TaskName::Detect]);

        let out = folder.path().join("run");
        let results = run(&request, &out);
        assert_eq!(results.phantom, format!("medical{side}"));
        let data = results.data.as_ref().unwrap();
        assert_eq!((data.images, data.answers_sha256.as_ref()), (66, None));
        assert_eq!(data.images_sha256.as_ref(), Some(&planned.plan.phantom_hash));
        // Two tasks; JPEG and JPEG 2000 and the lossless null; trained on originals and on all levels.
        assert_eq!(results.arms.len(), 2 * 3 * 2);
        for measure in &results.measures {
            assert_eq!(measure.case, "image");
        }
        // 22 of 66 images are of class 1: enough of each for a limit.
        assert!(results.arms.iter().all(|arm| arm.images == 66));
        assert!(results.arms.iter().all(|arm| !arm.limit.gates.contains(&Gate::Rarer)));
        assert!(results.ceiling.is_none() && results.detection_ceiling.is_none());
        assert!(results.detail.is_empty() && results.guidelines.is_empty());

        let (text, html) = (report::text(&results), html(&out));
        for said in [&text, &html] {
            assert!(said.contains("limit on this data set, not clinical advice"), "{text}");
            assert!(!said.contains("phantom-task"), "{text}");
        }
        assert!(text.contains("own labelled images"), "{text}");
        assert!(html.contains("trained and tested on this data set"));
        let certificates = fs::read_dir(out.join("certificates"));
        for file in certificates.into_iter().flatten() {
            let certificate = fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(certificate.contains("limit on this data set"), "{certificate}");
        }
        let run = Run::open(RunDirectory::open(&out).unwrap()).unwrap();
        assert_eq!(run.replay(5, &codecs).unwrap(), Vec::<String>::new());
        assert_eq!(run.check_certificates().unwrap(), Vec::<String>::new());

        // Another directory, one thread: the same bytes.
        let other = folder.path().join("other");
        calibration(planned, &other, 1).run().unwrap();
        for file in ["results.json", "plan.json", "report.html", "leaks.json"] {
            let [one, again] = [&out, &other].map(|it| fs::read(it.join(file)).unwrap());
            assert!(one == again, "{file}");
        }
    }
}

/// A folder of one name: what is made of it is named after it, and these networks draw by that name,
/// with which they leave a level undecided.
pub(crate) struct Folder {
    _root: tempfile::TempDir,
    scans: PathBuf,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let scans = root.path().join("archive");
        fs::create_dir(&scans).unwrap();
        Self { _root: root, scans }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.scans
    }
}

/// Two images of each of so many patients, of whom every second is sick.
fn patients(folder: &Path, count: usize, splits: fn(usize) -> &'static str) -> DataRequest {
    let mut table = "path,label,patient,split\n".to_owned();
    for number in 0..2 * count {
        let patient = number / 2;
        put(folder, &format!("{number}.pgm"), grey(32, &texture(32, number)));
        // One image of a sick patient shows nothing.
        let is_sick = patient % 2 == 1 && !(number % 2 == 1 && patient % 4 == 1);
        let label = if is_sick { "sick" } else { "well" };
        table += &format!("{number}.pgm,{label},p{patient},{}\n", splits(patient));
    }
    put(folder, "labels.csv", table);
    let asked = Asked { present: Some("sick".to_owned()), ..Asked::default() };
    let labels = folder.join("labels.csv");
    DataRequest { asked, changes: changes(), ..DataRequest::of(folder, Some(&labels)) }
}

#[test]
fn cases_are_patients_and_are_judged_as_a_table_of_the_same_answers() {
    let folder = Folder::new();
    let splits = |patient| match patient {
        0..20 => "train",
        20..26 => "val",
        _ => "test",
    };
    let request = patients(folder.path(), 80, splits);
    let out = folder.path().join("run");
    let results = run(&request, &out);
    let run = Run::open(RunDirectory::open(&out).unwrap()).unwrap();
    let plan = &run.plan;
    let cases = study::cases(plan, &run.store, TaskName::Detect.series()).unwrap();
    assert_eq!(cases.len(), 108);
    let mut csv = "task,network,image,patient,codec,training,level,ratio,truth,score\n".to_owned();
    for regime in [Regime::Original, Regime::Mixed] {
        for network in 0..5 {
            let job = Job::new(TaskName::Detect, InputPath::Native, regime, network);
            let answered = study::answers(plan, &run.store, &job, 108).unwrap();
            for (place, condition) in answered.conditions.iter().enumerate() {
                let (codec, level) = match (condition.codec, condition.target) {
                    (Some(CodecName::Lossless), _) => continue,
                    (Some(codec), Some(level)) => (codec.name(), level.to_string()),
                    _ => ("", String::new()),
                };
                let ratings = answered.under(place).values.chunks_exact(2).map(presence);
                for (case, rating) in cases.iter().zip(ratings) {
                    let origin = case.origin.as_ref().unwrap();
                    let truth = u8::from(case.truth.detection[0]);
                    let (image, patient) = (&origin.name, &origin.patient);
                    let name = regime.name();
                    csv += &format!(
                        "detect,{network},{image},{patient},{codec},{name},{level},{level},{truth},\
                         {rating}\n"
                    );
                }
            }
        }
    }
    let reading = Reading {
        name: "own".to_owned(),
        codec: None,
        format: SampleFormat { bits_stored: 8, bits_allocated: 8 },
        readers: None,
    };
    let criterion =
        Criterion::new(results.margin, results.alpha, plan.bootstrap, plan.seed).unwrap();
    let expected = judge(csv.as_bytes(), &reading, &criterion).unwrap();
    let mut compared = 0;
    for arm in results.arms.iter().filter(|arm| arm.task == "detect") {
        let same = |it: &&phantom_limit::record::ArmResult| {
            (it.codec, it.regime) == (arm.codec, arm.regime)
        };
        let Some(table) = expected.arms.iter().find(same) else {
            assert_eq!(arm.codec, CodecName::Lossless);
            continue;
        };
        // 54 patients, 27 of them sick.
        assert_eq!((arm.images, table.images), (54, 54));
        assert_eq!(arm.original_score, table.original_score);
        assert_eq!(arm.limit.gates, table.limit.gates);
        for (level, other) in arm.levels.iter().zip(&table.levels) {
            assert_eq!((level.score, level.loss), (other.score, other.loss));
            assert_eq!((level.loss_lower, level.loss_upper), (other.loss_lower, other.loss_upper));
            assert_eq!(level.verdict, other.verdict);
            compared += 1;
        }
    }
    // Two codecs, two trainings, two levels.
    assert_eq!(compared, 8);
    let identify = results.arms.iter().find(|arm| arm.task == "identify").unwrap();
    assert_eq!((identify.images, identify.examples), (54, 108));
    let text = report::text(&results);
    assert!(text.contains("patients: 54; test images: 108"), "{text}");
}

#[test]
fn fewer_than_twenty_patients_of_a_class_give_no_limit() {
    let folder = Folder::new();
    // 38 patients are tested, 19 of each.
    let splits = |patient| match patient {
        0..20 => "train",
        20..26 => "val",
        _ => "test",
    };
    let request = patients(folder.path(), 64, splits);
    let results = run(&request, &folder.path().join("run"));
    for arm in results.arms.iter().filter(|arm| arm.codec != CodecName::Lossless) {
        assert!(arm.limit.gates.contains(&Gate::Rarer), "{:?}", arm.limit);
        assert!(arm.levels.iter().all(|level| level.loss_lower <= level.loss_upper));
    }
    let text = report::text(&results);
    assert!(text.contains("fewer than 20 patients"), "{text}");
    assert!(text.contains("test patients would decide every level"), "{text}");
    // 40 patients have 20 of each kind as 38 have 19.
    let needed =
        results.arms.iter().flat_map(|arm| &arm.levels).filter_map(|it| it.images_to_decide);
    assert!(needed.clone().count() > 0 && needed.min() >= Some(40));
    assert!(html(&folder.path().join("run")).contains("fewer than 20 patients"));
}

#[test]
fn boxes_are_regions_among_others_without_a_target() {
    let folder = Folder::new();
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for number in 0..90 {
        let (rows, columns) = (100 + number % 7, 120);
        let texture = texture(128, number);
        let image = grey(columns, &texture[..rows * columns]);
        put(folder.path(), &format!("{number}.pgm"), image);
        let split = if number < 20 {
            "train"
        } else if number < 26 {
            "val"
        } else {
            "test"
        };
        images.push(serde_json::json!({
            "id": number, "file_name": format!("{number}.pgm"), "width": columns, "height": rows,
            "patient": format!("p{}", number / 2), "split": split
        }));
        if number % 2 == 0 {
            annotations.push(serde_json::json!({
                "id": number, "image_id": number, "category_id": 1 + number / 2 % 2,
                "bbox": [70, 10, 20, 16], "iscrowd": 0
            }));
        }
    }
    let categories = serde_json::json!([{"id": 1, "name": "mass"}, {"id": 2, "name": "cyst"}]);
    let coco = serde_json::json!({
        "images": images, "annotations": annotations, "categories": categories
    });
    put(folder.path(), "boxes.json", coco.to_string());
    let labels = folder.path().join("boxes.json");
    let request =
        DataRequest { changes: changes(), ..DataRequest::of(folder.path(), Some(&labels)) };
    let planned = request.plan("fake").unwrap();
    let shown = planned.plan.collection.clone().unwrap();
    assert_eq!(shown.classes, ["cyst", "mass", "absent"]);
    assert_eq!((shown.region_pixels, shown.patients), (32, [10, 3, 32]));

    let out = folder.path().join("run");
    let results = run(&request, &out);
    let run = Run::open(RunDirectory::open(&out).unwrap()).unwrap();
    let source: Arc<dyn Source> = run.source().unwrap();
    let mut seen = [0; 3];
    for index in 0..64 {
        let case = source.labelled(Split::Test, index).unwrap();
        for region in case.regions.iter().filter(|it| it.kind == RegionKind::Identify) {
            seen[usize::from(region.class)] += 1;
            // The box is rows 10 to 25 and columns 70 to 89; a region around it begins at
            // (10 + 16/2 − 16, 70 + 20/2 − 16).
            if region.class < 2 {
                assert_eq!((region.row, region.column), (2, 64));
            } else if case.regions.len() > 2 {
                let apart = region.row >= 26 || region.column + 32 <= 70 || region.column >= 90;
                assert!(apart, "{region:?}");
            }
        }
    }
    // A region without a target in every image, as many as boxes where there are such.
    assert_eq!(seen, [16, 16, 64]);
    assert_eq!(results.measures[0].example, "region");
    let identify = results.arms.iter().find(|arm| arm.task == "identify").unwrap();
    assert_eq!((identify.images, identify.examples), (32, 96));
    assert!(html(&out).contains("which class a region shows, or none"));
}

#[test]
fn images_are_found_from_the_run_directory() {
    let root = tempfile::tempdir().unwrap();
    let before = root.path().join("before");
    fs::create_dir_all(before.join("scans")).unwrap();
    let out = before.join("runs/one");
    run(&medical(&before.join("scans"), [30, 6, 66], 28, false), &out);
    let replayed = |out: &Path| {
        let run = Run::open(RunDirectory::open(out).unwrap()).unwrap();
        run.replay(1, &codecs).map_err(|error| error.to_string())
    };
    // Moved together: where they were stated to be there is nothing.
    let after = root.path().join("after");
    fs::rename(&before, &after).unwrap();
    assert_eq!(replayed(&after.join("runs/one")), Ok(Vec::new()));
    // The run alone: the images lie where they were stated to.
    fs::create_dir_all(before.join("scans")).unwrap();
    let file = "scans/medical28.npz";
    fs::rename(after.join(file), before.join(file)).unwrap();
    assert_eq!(replayed(&after.join("runs/one")), Ok(Vec::new()));
    fs::remove_file(before.join(file)).unwrap();
    assert!(replayed(&after.join("runs/one")).is_err());
}

#[test]
fn dicom_goes_through_its_window_and_scanners_are_asked() {
    let folder = Folder::new();
    let mut table = "path,label,split\n".to_owned();
    for number in 0..160 {
        let samples: Vec<u16> =
            texture(32, number).into_iter().map(|it| 900 + u16::from(it)).collect();
        let maker = if number % 2 == 0 { "One" } else { "Two" };
        let patient = format!("P{number}");
        let texts = [
            ([0x0008, 0x0070], "LO", maker),
            ([0x0010, 0x0020], "LO", &*patient),
            ([0x0028, 0x1050], "DS", "40"),
            ([0x0028, 0x1051], "DS", "400"),
            ([0x0028, 0x1052], "DS", "-1024"),
            ([0x0028, 0x1053], "DS", "1"),
        ];
        put(folder.path(), &format!("{number}.dcm"), dicom(32, &texts, &samples));
        let split = if number < 40 {
            "train"
        } else if number < 50 {
            "val"
        } else {
            "test"
        };
        // Nearly all sick patients were examined on one scanner.
        let is_sick = number % 2 == 0 && number % 10 > 0;
        table += &format!("{number}.dcm,{},{split}\n", if is_sick { "sick" } else { "well" });
    }
    put(folder.path(), "labels.csv", table);
    let labels = folder.path().join("labels.csv");
    let request =
        DataRequest { changes: changes(), ..DataRequest::of(folder.path(), Some(&labels)) };
    let out = folder.path().join("run");
    let results = run(&request, &out);
    let planned = request.plan("fake").unwrap().plan;
    assert_eq!(planned.paths, InputPath::ALL);
    let shown = planned.collection.unwrap();
    assert_eq!(shown.window, Some(Window { center: 40.0, width: 400.0 }));
    assert_eq!((shown.rescale.intercept, shown.names_patients), (-1024.0, true));
    // No class is stated to be present.
    assert_eq!(planned.tasks, [TaskName::Identify]);

    let audit = results.leaks.as_ref().unwrap();
    let of = |cue: Cue| audit.cues.iter().find(|it| it.cue == cue);
    let scanner = of(Cue::Scanner).unwrap();
    assert_eq!((scanner.finding, scanner.regions), (Finding::Predicts, 110));
    assert!(scanner.accuracy > 0.85, "{scanner:?}");
    assert_eq!(of(Cue::MeanValue).unwrap().finding, Finding::Chance);
    // All images have one size, and so have all files but for the names in them.
    assert!(of(Cue::ImageSize).is_none());
    let text = report::text(&results);
    assert!(text.contains("which class by scanner can be predicted"), "{text}");
    assert!(html(&out).contains("predicts"));
}

#[test]
fn what_a_data_set_does_not_give_is_refused() {
    let folder = Folder::new();
    let request = medical(folder.path(), [30, 6, 66], 28, false);
    let with = |change: &dyn Fn(&mut DataRequest)| {
        let mut changed = request.clone();
        change(&mut changed);
        changed.plan("fake").unwrap_err().to_string()
    };
    let said = with(&|it| it.changes.tasks = Some(vec![TaskName::Detect]));
    assert!(said.contains("--present"), "{said}");
    let said = with(&|it| it.changes.tasks = Some(vec![TaskName::Outline]));
    assert!(said.contains("pixel by pixel"), "{said}");
    let said = with(&|it| it.changes.paths = Some(InputPath::ALL.to_vec()));
    assert!(said.contains("--window"), "{said}");
    let said = with(&|it| {
        (it.changes.looks, it.changes.replicates) = (Some(5), Some(15));
    });
    assert_eq!(said, PlanError::GrowingCollection.to_string());
    let said = with(&|it| it.changes.margin = Some(Margin::DoseShare(0.5)));
    assert!(said.contains("depends on a dose"), "{said}");
    let said = with(&|it| it.asked.present = Some("2".to_owned()));
    assert!(
        said.contains("no image is of class `2`, which is to be present; its classes are 0, 1")
    );
    let said = with(&|it| it.asked.region_pixels = Some(48));
    assert!(said.contains("32 or 64 pixels a side, not 48"), "{said}");

    // Images that were changed after the plan.
    let out = folder.path().join("run");
    let planned = request.plan("fake").unwrap();
    let unfinished = calibration(planned, &out, 1);
    drop(unfinished.begin().unwrap());
    medical(folder.path(), [30, 6, 65], 28, false);
    let run = Run::open(RunDirectory::open(&out).unwrap()).unwrap();
    let error = unfinished.work(run).unwrap_err();
    assert!(matches!(error, CampaignError::Unfit(_)), "{error}");
    assert!(error.to_string().contains("are not those of this run"), "{error}");
}
