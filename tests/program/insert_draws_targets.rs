//! `insert` as a user meets it: pairs that differ in nothing but the targets, truth beside them, the
//! same bytes however it is run, and images refused with a reason.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::image_files::{Dicom, npy, png};
use crate::runs::{self, text};
use crate::synthetic::ellipses;
use serde_json::Value;

const SIDE: u16 = 192;

fn done(arguments: &[&str]) -> String {
    runs::done(&[&["insert"], arguments].concat())
}

fn refused(arguments: &[&str], code: i32, phrases: &[&str]) {
    runs::ended(&[&["insert"], arguments].concat(), code, phrases);
}

/// A CT object of a noisy head of 36 HU.
fn ct(case: u64) -> Dicom {
    Dicom::new(SIDE, SIDE)
        .text(0x0008, 0x0060, "CS", "CT")
        .text(0x0010, 0x0020, "LO", &format!("MRN-{}", 4711 + case / 2))
        .text(0x0028, 0x0030, "DS", "0.5\\0.5")
        .text(0x0028, 0x1052, "DS", "-1024")
        .text(0x0028, 0x1053, "DS", "1")
        .pixels(ellipses(SIDE.into(), 6.0, case).samples())
}

fn scans(place: &Path, count: u64) -> String {
    let directory = place.join("scans");
    fs::create_dir_all(&directory).unwrap();
    for case in 0..count {
        fs::write(directory.join(format!("{case:02}.dcm")), ct(case).file()).unwrap();
    }
    text(&directory).to_owned()
}

fn lines(path: &Path) -> Vec<Value> {
    let lines = fs::read_to_string(path).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The values of a 16-bit array file.
fn array(path: &Path) -> Vec<u16> {
    let bytes = fs::read(path).unwrap();
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[start..].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
}

fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    phantom_limit::files::listing(directory)
        .unwrap()
        .into_iter()
        .map(|file| (file.clone(), fs::read(directory.join(file)).unwrap()))
        .collect()
}

const CT: [&str; 6] = ["--targets", "ct-head", "--mtf50", "0.4", "--range", "0..80"];

#[test]
fn pairs_differ_in_nothing_but_the_targets() {
    let place = tempfile::tempdir().unwrap();
    let (scans, out) = (scans(place.path(), 4), place.path().join("out"));
    let said = done(&[&[&scans, "--out", text(&out), "--per-image", "3"], &CT[..]].concat());
    assert!(said.contains("12 targets in 4 images of 2 patients"), "{said}");
    assert!(said.contains("2 patients are too few"), "{said}");
    let present = lines(&out.join("present/metadata.jsonl"));
    let absent = lines(&out.join("absent/metadata.jsonl"));
    for (index, (with, without)) in present.iter().zip(&absent).enumerate() {
        let original = ellipses(SIDE.into(), 6.0, index as u64);
        let before = array(&out.join(format!("absent/{index:06}.npy")));
        let after = array(&out.join(format!("present/{index:06}.npy")));
        assert_eq!(before, original.samples());
        assert_eq!((&with["label"], &without["label"]), (&"present".into(), &"absent".into()));
        assert_eq!(with["patient"], format!("patient-{:04}", index / 2 + 1));
        assert_eq!(with["inverted"], false);
        let targets = with["targets"].as_array().unwrap();
        let centers: Vec<[f64; 3]> = (targets.iter())
            .map(|target| {
                let center = &target["center_pixels"];
                let radius = target["equivalent_radius_mm"].as_f64().unwrap() / 0.5;
                [center[0].as_f64().unwrap(), center[1].as_f64().unwrap(), radius]
            })
            .collect();
        // Beyond the widest shape (a triangle, 1.56 radii) by 5 σ of the blur (4.7 pixels of 0.5 mm), a
        // contrast of 52 HU has fallen below half a unit.
        for (at, (before, after)) in before.iter().zip(&after).enumerate() {
            let (y, x) = ((at / 192) as f64 + 0.5, (at % 192) as f64 + 0.5);
            let near = |[row, column, radius]: &[f64; 3]| {
                ((y - row).powi(2) + (x - column).powi(2)).sqrt() < 1.56 * radius + 4.7
            };
            assert!(before == after || centers.iter().any(near), "{index}: {y} {x}");
        }
        for (target, local) in targets.iter().zip(with["local"].as_array().unwrap()) {
            let contrast = target["contrast"].as_f64().unwrap();
            assert!((30.0..=52.0).contains(&contrast.abs()), "{contrast}");
            assert_eq!(target["contrast_unit"], "HU");
            assert!(target["detectability"].as_f64().unwrap() > 1.0, "{target}");
            // The noise of the head is 6 HU, rounded, with ellipses in it.
            assert!(local["noise_sd"].as_f64().unwrap() > 5.5, "{local}");
            // In the middle of its shape: the difference is the contrast, but for rounding and blur. A
            // ring has a hole there.
            let center = &target["center_pixels"];
            let at =
                center[0].as_f64().unwrap() as usize * 192 + center[1].as_f64().unwrap() as usize;
            let difference = f64::from(after[at]) - f64::from(before[at]);
            if target["class"] != "ring" {
                assert!((difference / contrast - 1.0).abs() < 0.35, "{difference} {target}");
            }
        }
        for target in without["targets"].as_array().unwrap() {
            assert_eq!((&target["class"], &target["contrast"]), (&"absent".into(), &Value::Null));
        }
    }
    let labels = fs::read_to_string(out.join("labels.csv")).unwrap();
    let first = "path,label,patient,split\npresent/000000.png,present,patient-0001,\n";
    assert!(labels.starts_with(first), "{labels}");
    assert_eq!(labels.lines().count(), 9);
    assert_eq!(labels.matches("patient-0002").count(), 4);
    // No file says who it is, nor a hash of it.
    let hash = phantom_limit::files::sha256(b"MRN-4711");
    for (name, bytes) in files(&out) {
        for secret in ["MRN-", &hash[..12]] {
            let is_there = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!is_there, "{name}: {secret}");
        }
    }
    let verified = runs::run(&["verify", text(&out)]);
    assert!(verified.status.success());
}

#[test]
fn bytes_depend_on_the_images_and_the_seed_alone() {
    let place = tempfile::tempdir().unwrap();
    let scans = scans(place.path(), 3);
    let run = |name: &str, inputs: &[&str], more: &[&str]| {
        let out = place.path().join(name);
        let more = [more, &["--out", text(&out), "--format", "npy,npz,png,tiff,imagefolder,coco"]];
        done(&[inputs, &more.concat(), &CT[..]].concat());
        out
    };
    let first = run("first", &[&scans], &["--jobs", "1"]);
    let again = run("again", &[&scans], &["--jobs", "4"]);
    assert_eq!(files(&first), files(&again));
    // The same once more writes nothing and says the same.
    let time = fs::metadata(first.join("manifest.json")).unwrap().modified().unwrap();
    run("first", &[&scans], &["--jobs", "1"]);
    assert_eq!(fs::metadata(first.join("manifest.json")).unwrap().modified().unwrap(), time);
    // Other names in another order: the same targets.
    let renamed = place.path().join("other");
    fs::create_dir(&renamed).unwrap();
    for case in 0..3 {
        let to = renamed.join(format!("x{}.dcm", 9 - case));
        fs::copy(Path::new(&scans).join(format!("{case:02}.dcm")), to).unwrap();
    }
    let other = run("renamed", &[text(&renamed)], &[]);
    for case in 0..3 {
        let of = |out: &Path, index: u64| array(&out.join(format!("present/{index:06}.npy")));
        assert_eq!(of(&first, case), of(&other, 2 - case));
    }
    let seeded = run("seeded", &[&scans], &["--seed", "2"]);
    assert_ne!(files(&first)["present/000000.npy"], files(&seeded)["present/000000.npy"]);
    refused(
        &[&[&scans, "--out", text(&first), "--seed", "3"], &CT[..]].concat(),
        2,
        &["other images or options"],
    );
}

#[test]
fn masks_are_those_of_the_same_path_and_what_goes_with_an_image_is_none() {
    let place = tempfile::tempdir().unwrap();
    let side = usize::from(SIDE);
    let (scans, masks) = (place.path().join("scans"), place.path().join("masks"));
    for (patient, is_left) in [("p1", true), ("p2", false)] {
        for directory in [&scans, &masks] {
            fs::create_dir_all(directory.join(patient)).unwrap();
        }
        let half = |at: usize| u16::from((at % side < side / 2) == is_left);
        let mask: Vec<u16> = (0..side * side).map(half).collect();
        fs::write(masks.join(patient).join("0.npy"), npy(SIDE.into(), &mask, 16)).unwrap();
        fs::write(scans.join(patient).join("0.dcm"), ct(3).file()).unwrap();
        // As `generate` leaves it beside an image.
        fs::write(scans.join(patient).join("0.mask.npy"), npy(SIDE.into(), &mask, 16)).unwrap();
    }
    let out = place.path().join("out");
    let common = [&[text(&scans), "--mask", text(&masks), "--format", "npy"], &CT[..]].concat();
    done(&[&common[..], &["--out", text(&out)]].concat());
    let middle = |index: u64| {
        let [with, without] =
            ["present", "absent"].map(|kind| array(&out.join(format!("{kind}/{index:06}.npy"))));
        let changed: Vec<usize> =
            (0..with.len()).filter(|&at| with[at] != without[at]).map(|at| at % side).collect();
        changed.iter().sum::<usize>() / changed.len()
    };
    assert!(middle(0) < side / 2 && middle(1) >= side / 2, "{} {}", middle(0), middle(1));
    // Two images alone were taken.
    assert!(!out.join("present/000002.npy").exists());
    // Masks of other paths with one name are nobody's.
    fs::rename(masks.join("p1"), masks.join("q1")).unwrap();
    let other = place.path().join("other");
    refused(&[&common[..], &["--out", text(&other)]].concat(), 2, &["both named as"]);
}

#[test]
fn every_annotation_is_of_its_own_target() {
    let place = tempfile::tempdir().unwrap();
    let scans = scans(place.path(), 2);
    let out = place.path().join("out");
    let many = ["--per-image", "12", "--format", "coco,npy", "--margin-mm", "0.5"];
    done(&[&[&scans[..], "--out", text(&out)], &many[..], &CT[..]].concat());
    let coco: Value =
        serde_json::from_slice(&fs::read(out.join("annotations/instances_present.json")).unwrap())
            .unwrap();
    let annotations = coco["annotations"].as_array().unwrap();
    for line in lines(&out.join("present/metadata.jsonl")) {
        let targets = line["targets"].as_array().unwrap();
        // Some regions share pixels.
        let corner = |it: &Value| [0, 1].map(|axis| it["region"][axis].as_i64().unwrap());
        let near = |a: [i64; 2], b: [i64; 2]| (0..2).all(|axis| (a[axis] - b[axis]).abs() < 32);
        let shared = targets
            .iter()
            .enumerate()
            .any(|(at, one)| targets[..at].iter().any(|other| near(corner(one), corner(other))));
        assert!(targets.len() > 4 && shared, "{targets:?}");
        let of_image = annotations.iter().filter(|it| it["image_id"] == line["index"]);
        let areas: Vec<u64> = of_image.map(|it| it["area"].as_u64().unwrap()).collect();
        assert_eq!(areas.len(), targets.len());
        // All together are the mask: no pixel is counted twice.
        let mask = out.join("present").join(line["mask_file_name"].as_str().unwrap());
        let mask = phantom_limit::import::read(&mask, Default::default()).unwrap().image;
        let painted = mask.samples().iter().filter(|&&value| value > 0).count() as u64;
        assert_eq!(areas.iter().sum::<u64>(), painted);
    }
}

#[test]
fn what_an_image_was_shown_as_and_what_else_a_region_holds_are_recorded() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("head.dcm");
    fs::write(&path, ct(1).text(0x0028, 0x0004, "CS", "MONOCHROME1").file()).unwrap();
    let (head, out) = (text(&path), place.path().join("out"));
    done(
        &[&[head, "--out", text(&out), "--per-image", "40", "--margin-mm", "0"], &CT[..]].concat(),
    );
    let [with, without] = ["present", "absent"].map(|kind| {
        let mut lines = lines(&out.join(format!("{kind}/metadata.jsonl")));
        lines.remove(0)
    });
    assert_eq!((&with["inverted"], &without["inverted"]), (&true.into(), &true.into()));
    // As counted from the boxes and regions that stand beside.
    let targets = with["targets"].as_array().unwrap();
    let whole = |value: &Value| -> Vec<u64> {
        value.as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).collect()
    };
    let mut crowded = 0;
    for (number, target) in targets.iter().enumerate() {
        let region = whole(&target["region"]);
        let (rows, columns) = (region[0]..region[0] + region[2], region[1]..region[1] + region[2]);
        let reaches = |other: &&Value| {
            let at = whole(&other["box"]);
            (at[0]..at[0] + at[2]).any(|row| rows.contains(&row))
                && (at[1]..at[1] + at[3]).any(|column| columns.contains(&column))
        };
        let others = targets.iter().enumerate().filter(|(other, _)| *other != number);
        let expected = others.map(|(_, other)| other).filter(reaches).count() as u64;
        assert_eq!(target["others_in_region"].as_u64().unwrap_or(0), expected, "{number}");
        crowded += u64::from(expected > 0);
    }
    assert!(crowded > 0, "{} targets lie apart", targets.len());
    let alone = |target: &Value| target["others_in_region"].is_null();
    assert!(without["targets"].as_array().unwrap().iter().all(alone));
}

#[test]
fn a_blur_beyond_the_image_and_a_gain_against_the_file_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let scans = scans(place.path(), 1);
    let out = place.path().join("out");
    let far = ["--targets", "ct-head", "--mtf50", "0.0001", "--range", "0..80"];
    refused(&[&[&scans[..], "--out", text(&out)], &far[..]].concat(), 2, &["is the MTF in 1/mm?"]);

    // A projection whose values fall with attenuation: its sign is 1.
    let chest = Dicom::new(SIDE, SIDE)
        .text(0x0008, 0x0060, "CS", "DX")
        .text(0x0018, 0x1164, "DS", "0.4\\0.4")
        .text(0x0028, 0x0030, "DS", "0.4\\0.4")
        .text(0x0028, 0x1040, "CS", "LOG")
        .with(0x0028, 0x1041, "SS", &1_i16.to_le_bytes())
        .pixels(ellipses(SIDE.into(), 6.0, 5).samples());
    let path = place.path().join("chest.dcm");
    fs::write(&path, chest.file()).unwrap();
    let out = place.path().join("chest");
    let common = [text(&path), "--targets", "cr-chest", "--mtf50", "1.5", "--out", text(&out)];
    refused(&[&common[..], &["--gain", "400"]].concat(), 2, &["fall with attenuation", "below 0"]);
    done(&[&common[..], &["--gain", "-400"]].concat());
}

#[test]
fn a_stopped_run_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let (scans, out) = (scans(place.path(), 3), place.path().join("out"));
    let arguments = [&[&*scans, "--out", text(&out), "--jobs", "1"], &CT[..]].concat();
    done(&arguments);
    let whole = files(&out);
    // As a run leaves it that was stopped before the end: without manifest and with the records, of
    // which the file of one is lost; and among the images, of which it is none.
    let stopped = Path::new(&scans).join("stopped");
    let again = [&[&*scans, "--out", text(&stopped), "--jobs", "1"], &CT[..]].concat();
    done(&again);
    fs::remove_file(stopped.join("manifest.json")).unwrap();
    fs::remove_file(stopped.join("present/000001.npy")).unwrap();
    done(&again);
    assert_eq!(files(&stopped), whole);
}

#[test]
fn images_that_went_through_compression_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let lossy = place.path().join("lossy.dcm");
    let stated = ct(0).text(0x0028, 0x2110, "CS", "01").text(0x0028, 0x2112, "DS", "10");
    fs::write(&lossy, stated.file()).unwrap();
    let arguments = [&[text(&lossy), "--out", text(&out)], &CT[..]].concat();
    refused(&arguments, 2, &["compressed irreversibly before", "--accept-lossy"]);
    let accepted = place.path().join("accepted");
    done(&[&[text(&lossy), "--out", text(&accepted), "--accept-lossy"], &CT[..]].concat());
    // One of two: the other is done, and the exit code says so.
    let good = place.path().join("good.dcm");
    fs::write(&good, ct(1).file()).unwrap();
    let both = place.path().join("both");
    let arguments = [&[text(&lossy), text(&good), "--out", text(&both)], &CT[..]].concat();
    refused(&arguments, 4, &["lossy.dcm", "1 of 2 images failed"]);
    refused(&arguments, 4, &["lossy.dcm", "1 of 2 images failed"]);
}

#[test]
fn what_values_mean_must_be_known() {
    let place = tempfile::tempdir().unwrap();
    let image = ellipses(192, 6.0, 3);
    let path = place.path().join("head.npy");
    fs::write(&path, npy(192, image.samples(), 16)).unwrap();
    let out = place.path().join("out");
    let head = text(&path);
    let arguments = |more: &[&str]| -> Vec<String> {
        let all = [&[head, "--out", text(&out)], &CT[..], more].concat();
        all.into_iter().map(str::to_owned).collect()
    };
    let refuse = |more: &[&str], phrase: &str| {
        let all = arguments(more);
        refused(&all.iter().map(String::as_str).collect::<Vec<_>>(), 2, &[phrase]);
    };
    refuse(&[], "--rescale");
    refuse(&["--rescale", "1,-1024"], "--pixel-mm");
    refuse(&["--rescale", "1,-1024", "--pixel-mm", "0"], "--pixel-mm");
    refuse(&["--rescale", "1,-1024", "--pixel-mm", "0.5", "--margin-mm", "60"], "room");
    // Regions of 32 pixels hold targets of the head at pixels of half a millimetre.
    refuse(&["--rescale", "1,-1024", "--pixel-mm", "0.1"], "pixels of 0.1 mm are too fine");
    // The bits that a file does not state are those of its samples: of 16, the head uses 12.
    let done_with = |more: &[&str]| done(&[&[head], more].concat());
    let out = place.path().join("array");
    let common = ["--rescale", "1,-1024", "--pixel-mm", "0.5", "--mtf50", "0.4"];
    done_with(
        &[&common[..], &["--targets", "ct-head", "--range", "0..80", "--out", text(&out)]].concat(),
    );
    // Ultrasound in dB on 8 bits, at the place of a mask's label.
    let (grey, mask) = (place.path().join("us.png"), place.path().join("mask.png"));
    let eight: Vec<u16> = image.samples().iter().map(|value| (value / 10).min(220)).collect();
    fs::write(&grey, png(192, &eight, 8)).unwrap();
    let labels: Vec<u16> = (0..192 * 192)
        .map(|at| u16::from((40..150).contains(&(at % 192)) && (60..140).contains(&(at / 192))) * 3)
        .collect();
    fs::write(&mask, png(192, &labels, 8)).unwrap();
    let out = place.path().join("us");
    let us = ["--targets", "us", "--task", "detect", "--rescale", "0.2353,0", "--pixel-mm", "0.2"];
    let where_to =
        ["--mask", text(&mask), "--label", "3", "--mtf50", "1", "--detectability", "2..2"];
    let said = done(&[&[text(&grey), "--out", text(&out)], &us[..], &where_to[..]].concat());
    assert!(said.contains("d′ 2.00 to 2.00"), "{said}");
    let line = &lines(&out.join("present/metadata.jsonl"))[0];
    let center = &line["targets"][0]["center_pixels"];
    assert!((60.0..140.0).contains(&center[0].as_f64().unwrap()), "{center}");
    assert!((40.0..150.0).contains(&center[1].as_f64().unwrap()), "{center}");
    refused(
        &[
            &[text(&grey), "--out", text(&out), "--label", "4"],
            &us[..],
            &where_to[..2],
            &["--mtf50", "1"],
        ]
        .concat(),
        2,
        &["other images or options"],
    );
    refused(
        &[text(&grey), "--targets", "nm", "--mtf50", "1", "--out", "nowhere"],
        2,
        &["would change the counts"],
    );
}

#[test]
fn the_mtf_is_measured_on_an_edge() {
    let place = tempfile::tempdir().unwrap();
    // A Gaussian edge of σ = 0.5 mm that leans by 0.1.
    let values: Vec<u16> = (0..128 * 128)
        .map(|at| {
            let (y, x) = ((at / 128) as f64 - 64.0, (at % 128) as f64 - 64.0);
            let distance = (x - 0.1 * y) / 1.01_f64.sqrt();
            (1000.0 + 400.0 * libm::erf(distance / std::f64::consts::SQRT_2)).round() as u16
        })
        .collect();
    let edge = place.path().join("edge.npy");
    fs::write(&edge, npy(128, &values, 16)).unwrap();
    let scan = place.path().join("scan.dcm");
    fs::write(&scan, ct(0).file()).unwrap();
    let out = place.path().join("out");
    let at = |corners: &str| format!("{}@{corners}", text(&edge));
    let common =
        ["--targets", "ct-head", "--range", "0..80", "--pixel-mm", "0.5", "--out", text(&out)];
    let part = at("30,30,95,95");
    done(&[&[text(&scan), "--mtf-edge", &part], &common[..]].concat());
    let request: Value =
        serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap();
    let curve = &request["mtf"]["measured"];
    let step = curve["step_per_mm"].as_f64().unwrap();
    for (k, value) in curve["values"].as_array().unwrap().iter().enumerate() {
        let frequency = step * k as f64;
        let expected = libm::exp(-2.0 * (std::f64::consts::PI * 0.5 * frequency).powi(2));
        assert!(
            (value.as_f64().unwrap() - expected).abs() < 0.02,
            "{frequency}: {value} {expected}"
        );
    }
    let card = fs::read_to_string(out.join("README.md")).unwrap();
    // √(2 ln 2)/(2π · 0.5 mm) = 0.375 /mm.
    assert!(card.contains("an MTF measured on an edge, one half at 0.37"), "{card}");
    let part = at("0,0,20,20");
    refused(&[&[text(&scan), "--mtf-edge", &part], &common[..]].concat(), 2, &["edge"]);
}
