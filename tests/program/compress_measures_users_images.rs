//! `compress` as a user meets it: the fields promised, ratios in the base that is asked for, files
//! kept, warnings, and mistakes explained.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::image_files::{Dicom, npy, one_of_each, pgm, png};
use crate::runs::{done, ended, run, text};
use crate::synthetic::{TWELVE, ellipses};
use assert_cmd::cargo::cargo_bin;
use phantom_limit::codec::{CodecName, codec};
use phantom_limit::image::{Image, Rescale, SampleFormat, WINDOWED, Window};
use phantom_limit::metric::{SsimWindow, psnr_db, ssim};
use serde_json::Value;

/// Promised to users, in this order.
const FIELDS: [&str; 20] = [
    "input",
    "codec",
    "codec_version",
    "target",
    "target_base",
    "quality",
    "bytes",
    "header_bytes",
    "bpp",
    "ratio_stored",
    "ratio_allocated",
    "ratio_input",
    "psnr_db",
    "ssim",
    "ms_ssim",
    "max_error",
    "blocking",
    "ringing",
    "blur",
    "sha256",
];

fn compress(arguments: &[&str]) -> Output {
    run(&[&["compress"], arguments].concat())
}

/// Runs with `--json`, expects success, and gives the lines.
pub(crate) fn lines(arguments: &[&str]) -> Vec<Value> {
    let text = done(&[&["compress"], arguments, &["--json"]].concat());
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Images before the one that is refused may have been measured.
pub(crate) fn refused(arguments: &[&str], code: i32, phrases: &[&str]) {
    ended(&[&["compress"], arguments].concat(), code, phrases);
}

fn number(line: &Value, key: &str) -> f64 {
    line[key].as_f64().unwrap_or_else(|| panic!("{key} is {}", line[key]))
}

/// A 12-bit image of 256×256 pixels in a graymap, which says its bits.
pub(crate) fn scan(place: &Path) -> (String, Image) {
    let image = ellipses(256, 8.0, 1);
    let path = place.join("scan.pgm");
    fs::write(&path, pgm(256, image.samples(), 4095)).unwrap();
    (text(&path).to_owned(), image)
}

#[test]
fn every_field_is_there_in_its_order() {
    let place = tempfile::tempdir().unwrap();
    let (scan, _) = scan(place.path());
    let output = compress(&[&scan, "--ratio", "10", "--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let places: Vec<usize> =
        FIELDS.iter().map(|field| text.find(&format!("\"{field}\":")).expect(field)).collect();
    assert!(places.is_sorted(), "{text}");
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["input"], scan.as_str());
    assert_eq!(line["codec"], "jpeg2000");
    assert_eq!((&line["target"], &line["target_base"]), (&10.0.into(), &"stored".into()));
    assert_eq!((&line["path"], &line["step"]), (&"native".into(), &1.into()));
    assert_eq!(line["sha256"].as_str().unwrap().len(), 64);
    assert!(number(&line, "ms_ssim") > 0.9 && number(&line, "ripple") > 0.0);
}

#[test]
fn ratios_are_on_the_bits_that_are_asked_for() {
    let place = tempfile::tempdir().unwrap();
    let (scan, _) = scan(place.path());
    let pixels = 256.0 * 256.0;
    for base in ["stored", "allocated", "input"] {
        for line in lines(&[&scan, "--ratio", "8,16", "--base", base]) {
            assert_eq!(line["target_base"], base);
            let bits = 8.0 * number(&line, "bytes");
            // The definitions: bits of the pixels over bits of the file, whole.
            assert_eq!(number(&line, "bpp"), bits / pixels);
            assert_eq!(number(&line, "ratio_stored"), 12.0 / (bits / pixels));
            assert_eq!(number(&line, "ratio_allocated"), 16.0 / (bits / pixels));
            let factor = number(&line, "ratio_allocated") / number(&line, "ratio_stored");
            assert!((factor - 4.0 / 3.0).abs() < 1e-12, "{factor}");
            // On the native path the codec is given the bits stored.
            assert_eq!(number(&line, "ratio_input"), number(&line, "ratio_stored"));
            let asked = number(&line, "target");
            let reached = number(&line, &format!("ratio_{base}"));
            assert!(reached >= asked && reached < 1.08 * asked, "{base} {asked}: {reached}");
        }
    }
    // Behind a window the codec is given 8 bits: the same file is 12/8 of that on bits stored.
    let window = ["--path", "windowed", "--window", "40,400", "--codec", "jpeg,jpeg2000"];
    for line in lines(&[&[scan.as_str(), "--ratio", "6", "--base", "input"][..], &window].concat())
    {
        let factor = number(&line, "ratio_stored") / number(&line, "ratio_input");
        assert!((factor - 1.5).abs() < 1e-12, "{factor}");
        assert!(number(&line, "ratio_input") >= 6.0);
    }
}

#[test]
fn kept_files_are_what_was_measured() {
    let place = tempfile::tempdir().unwrap();
    let (scan, image) = scan(place.path());
    let out = place.path().join("out");
    let arguments =
        [&scan, "--ratio", "10,20", "--keep", "codestream,decoded,difference", "--out", text(&out)];
    let found = lines(&arguments);
    let folder = out.join("000000-scan");
    for line in &found {
        let stem = format!("jpeg2000-native-{}-stored", number(line, "target"));
        let bytes = fs::read(folder.join(format!("{stem}.j2k"))).unwrap();
        assert_eq!(bytes.len() as f64, number(line, "bytes"));
        assert_eq!(phantom_limit::files::sha256(&bytes), line["sha256"].as_str().unwrap());
        let decoded = codec(CodecName::Jpeg2000).decode(&bytes, TWELVE).unwrap();
        let picture = image::open(folder.join(format!("{stem}.png"))).unwrap().into_luma16();
        assert_eq!(picture.as_raw(), decoded.samples());
        assert_eq!(number(line, "psnr_db"), psnr_db(&image, &decoded).unwrap());
        assert_eq!(number(line, "ssim"), ssim(&image, &decoded, SsimWindow::Gaussian).unwrap());
        // A header of 128 bytes, then <i4.
        let npy = fs::read(folder.join(format!("{stem}.diff.npy"))).unwrap();
        let differences: Vec<i32> =
            npy[128..].chunks_exact(4).map(|w| i32::from_le_bytes(w.try_into().unwrap())).collect();
        let expected = decoded.samples().iter().zip(image.samples());
        assert!(expected.map(|(&a, &b)| i32::from(a) - i32::from(b)).eq(differences));
    }
    let kept = fs::read_to_string(out.join("results.jsonl")).unwrap();
    let kept: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(kept, found);
    let verify = |out: &Path| {
        let mut command = Command::new(cargo_bin!("phantom-limit"));
        command.args(["verify", text(out)]).output().unwrap().status.code()
    };
    assert_eq!(verify(&out), Some(0));
    // A table of answers to fill in names what was kept, and is read once it is filled.
    let answers = fs::read_to_string(out.join("answers.csv")).unwrap();
    let rows: Vec<Vec<&str>> = answers.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0].join(","), "file,image,patient,path,codec,level,ratio,truth,score");
    assert_eq!((rows.len(), rows[1][0], rows[1][4]), (4, &*scan, ""));
    for (row, line) in rows[2..].iter().zip(&found) {
        assert!(out.join(row[0]).is_file(), "{row:?}");
        assert_eq!(row[6].parse(), Ok(number(line, "ratio_stored")));
    }
    let filled = answers.replace(",,\n", ",1,0.5\n");
    fs::write(out.join("answers.csv"), &filled).unwrap();
    let table = out.join("answers.csv");
    let limit = ["limit", "--answers", text(&table), "--bits-stored", "12"];
    let said = Command::new(cargo_bin!("phantom-limit")).args(limit).output().unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    // Of one image there is no area; every column was read.
    assert!(said.contains("images of both truths"), "{said}");
    assert_eq!(verify(&out), Some(0));
    // The same again takes what is there; anything else is another compression.
    assert_eq!(lines(&arguments), found);
    refused(&[&scan, "--ratio", "10,30", "--out", text(&out)], 2, &["another compression"]);
    assert_eq!(fs::read_to_string(out.join("answers.csv")).unwrap(), filled);
    fs::write(folder.join("jpeg2000-native-10-stored.j2k"), "x").unwrap();
    assert_eq!(verify(&out), Some(3));
    // A directory of somebody else's.
    fs::write(place.path().join("thesis.tex"), "years of work").unwrap();
    refused(&[&scan, "--ratio", "10", "--out", text(place.path())], 2, &["another --out"]);
}

#[test]
fn generations_and_chains_go_on_from_what_is_left() {
    let place = tempfile::tempdir().unwrap();
    let (scan, image) = scan(place.path());
    let out = place.path().join("out");
    let chain = lines(&[
        &scan,
        "--chain",
        "jpeg2000@10,jpeg2000@45dB",
        "--keep",
        "codestream,decoded",
        "--out",
        text(&out),
    ]);
    assert_eq!(chain.len(), 2);
    let first = fs::read(out.join("000000-scan/jpeg2000-native-10-stored-step1.j2k")).unwrap();
    let first = codec(CodecName::Jpeg2000).decode(&first, TWELVE).unwrap();
    let second = fs::read(out.join("000000-scan/jpeg2000-native-45dB-step2.j2k")).unwrap();
    let second = codec(CodecName::Jpeg2000).decode(&second, TWELVE).unwrap();
    // Always against the image before the first step; the target is against what was given.
    assert_eq!(number(&chain[1], "psnr_db"), psnr_db(&image, &second).unwrap());
    assert!(psnr_db(&first, &second).unwrap() >= 45.0);
    assert_eq!(chain[1]["chain"], "jpeg2000@10,jpeg2000@45dB");
    assert_eq!((&chain[1]["step"], &chain[1]["steps"]), (&2.into(), &2.into()));

    let generations = lines(&[&scan, "--ratio", "10", "--generations", "3"]);
    let psnr: Vec<f64> = generations.iter().map(|line| number(line, "psnr_db")).collect();
    assert_eq!(psnr.len(), 3);
    assert_eq!(psnr[0], number(&chain[0], "psnr_db"));
    // Nothing comes back, but for rounding.
    assert!(psnr.windows(2).all(|pair| pair[1] <= pair[0] + 0.01), "{psnr:?}");
}

#[test]
fn rescaling_is_measured_alone_and_after_compression() {
    let place = tempfile::tempdir().unwrap();
    let (scan, image) = scan(place.path());
    let found =
        lines(&[&scan, "--codec", "lossless", "--rescale", "nearest@0.5,bilinear@0.5,lanczos@2"]);
    assert_eq!(found[0]["psnr_db"], Value::Null, "lossless is equal");
    for (line, name) in found[1..].iter().zip(["nearest@0.5", "bilinear@0.5", "lanczos@2"]) {
        assert_eq!(line["rescale"], name);
        let resampling: phantom_limit::resampling::Resampling = name.parse().unwrap();
        let back = resampling.there_and_back(&image).unwrap();
        assert_eq!(number(line, "psnr_db"), psnr_db(&image, &back).unwrap());
        assert_eq!(line["sha256"], found[0]["sha256"]);
    }
}

#[test]
fn the_window_of_a_file_is_used_and_what_it_clips_is_said() {
    let place = tempfile::tempdir().unwrap();
    let image = ellipses(128, 8.0, 1);
    let dicom = Dicom::new(128, 128)
        .pixels(image.samples())
        .text(0x0028, 0x1050, "DS", "40")
        .text(0x0028, 0x1051, "DS", "120")
        .text(0x0028, 0x1052, "DS", "-1024")
        .text(0x0028, 0x1053, "DS", "1");
    let path = place.path().join("scan.dcm");
    let out = place.path().join("out");
    let measure = |dicom: &Dicom, out: &Path| {
        fs::write(&path, dicom.file()).unwrap();
        let keep = ["--keep", "codestream", "--out", text(out)];
        let arguments = [&[text(&path), "--codec", "jpeg", "--quality", "90"][..], &keep].concat();
        let found = lines(&arguments).remove(0);
        let file = out.join("000000-scan/jpeg-windowed-q90.jpg");
        (found, codec(CodecName::Jpeg).decode(&fs::read(file).unwrap(), WINDOWED).unwrap())
    };
    let (line, decoded) = measure(&dicom, &out);
    assert_eq!(line["path"], "windowed");
    let window = Window { center: 40.0, width: 120.0 };
    let rescale = Rescale { slope: 1.0, intercept: -1024.0 };
    let shown = window.apply(&image, rescale);
    assert_eq!(number(&line, "psnr_db"), psnr_db(&shown, &decoded).unwrap());
    let share = window.clipped_share(&image, rescale);
    let clipped = line["warnings"].as_array().unwrap().iter().find(|w| w["doubt"] == "clipped");
    assert_eq!(number(clipped.expect("the background is outside"), "share"), share);
    // What is shown white at its smallest is compressed as shown.
    let inverted = dicom.text(0x0028, 0x0004, "CS", "MONOCHROME1");
    let (line, decoded) = measure(&inverted, &place.path().join("inverted"));
    let samples = shown.samples().iter().map(|value| 255 - value).collect();
    let shown = Image::new(128, 128, WINDOWED, samples).unwrap();
    assert_eq!(number(&line, "psnr_db"), psnr_db(&shown, &decoded).unwrap());

    // Without a window the codec shifts: the original's bits count, 4 are dropped.
    let (scan, _) = scan(place.path());
    let line = lines(&[&scan, "--codec", "jpeg", "--ratio", "10"]).remove(0);
    assert_eq!((&line["path"], &line["dropped_bits"]), (&"native".into(), &4.into()));
}

#[test]
fn doubtful_numbers_come_with_a_warning() {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = place.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let warned = |path: &Path, more: &[&str], doubt: &str, phrase: &str| {
        let arguments = [&[text(path)], more].concat();
        let line = lines(&arguments).remove(0);
        let warnings = line["warnings"].as_array().unwrap();
        assert!(warnings.iter().any(|w| w["doubt"] == doubt), "{doubt}: {warnings:?}");
        let message = String::from_utf8(compress(&arguments).stderr).unwrap();
        assert!(message.contains("warning: ") && message.contains(phrase), "{message}");
    };
    let image = ellipses(128, 8.0, 1);
    let ratio = ["--ratio", "5"];
    // Samples up to 2048 + noise in a file that does not say so.
    let deep: Vec<u16> = image.samples().iter().map(|value| value + 1024).collect();
    let deep = write("deep.png", &png(128, &deep, 16));
    warned(&deep, &ratio, "unused_top_bits", "top 4 of 16 bits");
    let scaled: Vec<u16> = image.samples().iter().map(|value| value << 4).collect();
    let scaled = write("scaled.npy", &npy(128, &scaled, 16));
    warned(&scaled, &ratio, "unused_low_bits", "low 4 of 16 bits");
    // 64×64 pixels at 30:1 are 205 bytes.
    let mut tile = Vec::new();
    image.copy_region(32, 32, 64, &mut tile);
    let tile = write("tile.pgm", &pgm(64, &tile, 4095));
    warned(&tile, &["--ratio", "30"], "header_share", "headers are");
    let dicom = Dicom::new(128, 128).pixels(image.samples()).text(0x0028, 0x2110, "CS", "01");
    let lossy = write("lossy.dcm", &dicom.text(0x0028, 0x2112, "DS", "7.5").file());
    warned(&lossy, &ratio, "lossy_before", "irreversibly before (7.5:1)");
    // A PNG made from a JPEG.
    let eight = crate::synthetic::windowed(&ellipses(256, 2.0, 1));
    let jpeg = codec(CodecName::Jpeg);
    let target = phantom_limit::codec::Target::Quality(20.0);
    let level = jpeg.encode_ladder(&eight, WINDOWED, &[target]).unwrap().remove(0);
    let decoded = jpeg.decode(&level.bytes, WINDOWED).unwrap();
    let past = write("past.png", &png(256, decoded.samples(), 8));
    warned(&past, &ratio, "block_grid", "grid of 8×8 blocks (from row 0, column 0)");
    // A good image has none.
    let (scan, _) = scan(place.path());
    assert_eq!(lines(&[&scan, "--ratio", "5"])[0]["warnings"], Value::Array(Vec::new()));
}

#[test]
fn the_order_is_that_of_the_images_for_any_number_of_jobs() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("slices");
    fs::create_dir(&folder).unwrap();
    for (number, side) in [256, 32, 128, 48, 64].into_iter().enumerate() {
        let image = ellipses(side, 8.0, number as u64);
        fs::write(folder.join(format!("{number}.npy")), npy(side, image.samples(), 16)).unwrap();
    }
    let with = |jobs: &str| {
        lines(&[text(&folder), "--bits-stored", "12", "--ratio", "4,9", "--jobs", jobs])
    };
    let one = with("1");
    assert_eq!(one.len(), 10);
    assert!(one.windows(2).all(|pair| pair[0]["input"].as_str() <= pair[1]["input"].as_str()));
    assert_eq!(with("4"), one);
    // MS-SSIM needs 161 pixels on a side.
    assert!(one[0]["ms_ssim"].is_number() && one[9]["ms_ssim"].is_null());
}

#[test]
fn a_directory_of_every_kind_is_one_ladder() {
    let place = tempfile::tempdir().unwrap();
    let files = one_of_each();
    for (name, bytes) in &files {
        fs::write(place.path().join(name.replace(' ', "-")), bytes).unwrap();
    }
    fs::write(place.path().join("readme.txt"), "no image").unwrap();
    let found = lines(&[text(place.path()), "--codec", "lossless"]);
    assert_eq!(found.len(), files.len());
    assert!(found.iter().all(|line| line["max_error"] == 0 && line["psnr_db"].is_null()));
    // The same samples, counted on the bits that each file states.
    let of = |name: &str| {
        let line = found.iter().find(|line| line["input"].as_str().unwrap().ends_with(name));
        number(line.unwrap(), "ratio_stored") * number(line.unwrap(), "bpp")
    };
    assert!((of("pgm") - 12.0).abs() < 1e-12 && (of("npy") - 16.0).abs() < 1e-12);
}

#[test]
fn a_bad_image_among_good_ones_ends_as_partial() {
    let place = tempfile::tempdir().unwrap();
    let (scan, _) = scan(place.path());
    let broken = place.path().join("broken.png");
    fs::write(&broken, &png(4, &[1; 16], 8)[..40]).unwrap();
    let out = place.path().join("out");
    let arguments = [&scan, text(&broken), "--ratio", "10", "--out", text(&out), "--quiet"];
    refused(&arguments, 4, &["broken.png", "export it again", "1 of 2 images"]);
    assert!(!out.join("manifest.json").exists(), "not finished");
    refused(&[text(&broken), "--ratio", "10"], 2, &["broken.png"]);
    // Repaired, the same command goes on.
    fs::write(&broken, png(64, &[1; 64 * 64], 8)).unwrap();
    assert!(compress(&arguments).status.success());
    assert!(out.join("manifest.json").exists());
}

#[test]
fn phantoms_are_compressed_as_they_are_tested() {
    let place = tempfile::tempdir().unwrap();
    let phantom = place.path().join("small.toml");
    fs::write(&phantom, include_str!("../phantom/small.toml")).unwrap();
    let ladder = ["--bpp", "1.5", "--ssim", "0.95", "--count", "2", "--seed", "4"];
    let found = lines(&[&[text(&phantom)], &ladder[..]].concat());
    assert_eq!(found.len(), 4);
    assert!(number(&found[0], "bpp") <= 1.5);
    assert!(number(&found[1], "ssim") >= 0.95);
    assert_eq!(found[0]["target_kind"], "bpp");
    assert!(found[2]["input"].as_str().unwrap().ends_with("/1"));
    let table = String::from_utf8(compress(&[text(&phantom), "--ratio", "5"]).stdout).unwrap();
    assert!(table.starts_with("INPUT") && table.lines().count() == 2, "{table}");
}

#[test]
fn mistakes_are_explained_and_leave_nothing() {
    let place = tempfile::tempdir().unwrap();
    let (scan, _) = scan(place.path());
    let out = place.path().join("out");
    let scan = scan.as_str();
    let wrong = |arguments: &[&str], phrases: &[&str]| {
        refused(&[arguments, &["--out", text(&out)]].concat(), 2, phrases);
        assert!(!out.exists(), "{arguments:?} left a directory");
    };
    wrong(&[scan], &["no level is given", "--ratio"]);
    wrong(&[scan, "--ratio", "0"], &["--ratio 0", "above 0"]);
    wrong(&[scan, "--ratio", "ten"], &["ten"]);
    wrong(&[scan, "--bpp", "NaN"], &["--bpp NaN"]);
    wrong(&[scan, "--codec", "jpeg", "--quality", "101"], &["--quality 101", "1 to 100"]);
    wrong(&[scan, "--quality", "50"], &["jpeg2000 has no scale of qualities"]);
    wrong(&[scan, "--ssim", "1"], &["--ssim 1", "below 1"]);
    wrong(&[scan, "--codec", "lossless", "--ratio", "5"], &["lossless takes no level"]);
    wrong(&[scan, "--codec", "jpegxl", "--ratio", "5"], &["jpegxl", "jpeg2000"]);
    wrong(&[scan, "--ratio", "5", "--base", "bits"], &["bits", "allocated"]);
    wrong(&[scan, "--ratio", "5", "--window", "40"], &["40,120"]);
    wrong(&[scan, "--ratio", "5", "--window", "40,1"], &["above 1"]);
    wrong(&[scan, "--ratio", "5", "--window", "40,80", "--path", "native"], &["--window"]);
    wrong(&[scan, "--ratio", "5", "--bits-stored", "17"], &["17"]);
    wrong(&[scan, "--ratio", "5", "--rescale", "cubic@0.5"], &["bicubic"]);
    wrong(&[scan, "--ratio", "5", "--rescale", "nearest@1"], &["0.05 to 8"]);
    wrong(&[scan, "--chain", "jpeg"], &["`jpeg` is no step of a chain", "jpeg@10"]);
    wrong(&[scan, "--chain", "jpeg@10", "--ratio", "5"], &["--chain", "--ratio"]);
    wrong(&[scan, "--ratio", "5", "--code-block", "48"], &["4, 8, 16, 32 or 64"]);
    wrong(&["ct-haed", "--ratio", "5"], &["did you mean `ct-head`"]);
    wrong(&["missing.dcm", "--ratio", "5"], &["missing.dcm", "no such file"]);
    refused(&[scan, "--ratio", "5", "--keep", "decoded"], 2, &["--out"]);
    refused(&[scan, "--ratio", "5", "--path", "windowed"], 2, &["no display window", "--window"]);
    let format = SampleFormat { bits_stored: 16, bits_allocated: 16 };
    let deep = Image::new(16, 16, format, (0..256).map(|v| v * 256).collect()).unwrap();
    let path = place.path().join("deep.npy");
    fs::write(&path, npy(16, deep.samples(), 16)).unwrap();
    refused(&[text(&path), "--codec", "jpeg12", "--ratio", "5"], 2, &["jpeg12", "another codec"]);
}

#[test]
fn frames_are_images_of_one_object() {
    let place = tempfile::tempdir().unwrap();
    let image = ellipses(64, 8.0, 1);
    let both: Vec<u16> =
        image.samples().iter().copied().chain(image.samples().iter().map(|s| s / 2)).collect();
    let path = place.path().join("cine.dcm");
    let object = Dicom::new(64, 64).text(0x0028, 0x0008, "IS", "2").pixels(&both);
    fs::write(&path, object.file()).unwrap();
    let path = text(&path);
    let found = lines(&[path, "--codec", "lossless", "--frame", "all"]);
    let names: Vec<&str> = found.iter().map(|line| line["input"].as_str().unwrap()).collect();
    assert_eq!(names, [format!("{path}#1"), format!("{path}#2")]);
    assert!(found.iter().all(|line| line["object"] == path));
    assert_ne!(found[0]["input_sha256"], found[1]["input_sha256"]);
    assert_eq!(lines(&[path, "--codec", "lossless", "--frame", "2"])[0], found[1]);
    assert_eq!(found[1]["frame"], 2);
    refused(&[path, "--codec", "lossless"], 2, &["2 frames", "--frame all"]);
    refused(&[path, "--codec", "lossless", "--frame", "3"], 2, &["2 frames, not 3"]);
    refused(&[path, "--codec", "lossless", "--frame", "0"], 2, &["a number from 1, or all"]);
}

#[test]
fn nothing_in_a_directory_is_skipped_without_a_word() {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(place.path().join(name), bytes).unwrap();
    let image = ellipses(64, 8.0, 1);
    let scan = Dicom::new(64, 64).pixels(image.samples());
    write("scan.dcm", &scan.file());
    let report = scan.text(0x0008, 0x0060, "CS", "SR").without(0x7FE0, 0x0010).file();
    write("report.dcm", &report);
    write("notes.txt", b"no image");
    let folder = text(place.path());
    let output = compress(&[folder, "--codec", "lossless", "--json"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
    let others = "no image, a copy of one, or hidden: 1 (";
    assert!(said.contains(others) && said.contains("notes.txt"), "{said}");
    let passed_over = "objects without pixels: 1 (";
    assert!(said.contains(passed_over) && said.contains("modality SR"), "{said}");
    // Named by the user, it is an error.
    let report = place.path().join("report.dcm");
    refused(&[text(&report), "--codec", "lossless"], 2, &["modality SR has no pixel data"]);
}

#[test]
fn a_codec_that_does_not_take_an_image_costs_only_its_rows() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("deep.npy");
    let samples: Vec<u16> = (0..64 * 64).map(|at: u32| (at * 977 % 65_536) as u16).collect();
    fs::write(&path, npy(64, &samples, 16)).unwrap();
    let out = place.path().join("out");
    let asked = ["--codec", "jpeg12,jpeg2000", "--ratio", "5", "--json", "--out", text(&out)];
    let arguments = [&[text(&path)], &asked[..]].concat();
    // The first call measures, the second takes what is there.
    for _ in 0..2 {
        let output = compress(&arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{said}");
        assert!(said.contains("jpeg12 does not take 16 bits"), "{said}");
        assert!(said.contains("1 of 2 runs of a codec failed"), "{said}");
        let line: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(line["codec"], "jpeg2000");
        assert!(out.join("manifest.json").exists());
    }
}

#[test]
fn offset_windows_and_padding_are_said() {
    let place = tempfile::tempdir().unwrap();
    let image = ellipses(128, 8.0, 1);
    // Signed, with two rows of padding and two windows.
    let mut words: Vec<u16> =
        image.samples().iter().map(|&s| (i32::from(s) - 1024) as u16).collect();
    words[..256].fill(-2000_i16 as u16);
    let object = Dicom::new(128, 128)
        .short(0x0103, 1)
        .pixels(&words)
        .with(0x0028, 0x0120, "SS", &(-2000_i16).to_le_bytes())
        .text(0x0028, 0x1050, "DS", "40\\500")
        .text(0x0028, 0x1051, "DS", "400\\2000");
    let path = place.path().join("scan.dcm");
    fs::write(&path, object.file()).unwrap();
    let path = text(&path);
    let windowed = [path, "--codec", "jpeg2000", "--ratio", "4", "--path", "windowed"];
    let line = lines(&windowed).remove(0);
    assert_eq!((&line["offset"], &line["bits_stored"]), (&2048.into(), &12.into()));
    assert_eq!(line["padding_pixels"], 256);
    assert!(line["ms_ssim"].is_null());
    let doubts = |line: &Value| -> Vec<String> {
        let warnings = line["warnings"].as_array().unwrap();
        warnings.iter().map(|w| w["doubt"].as_str().unwrap().to_owned()).collect()
    };
    let first = doubts(&line);
    assert!(first.contains(&"padding".into()) && first.contains(&"several_windows".into()));
    let second = [&windowed[..], &["--window-index", "2"]].concat();
    let second_line = lines(&second).remove(0);
    assert!(!doubts(&second_line).contains(&"several_windows".into()));
    // The wider window clips less.
    assert_ne!(line["sha256"], second_line["sha256"]);
    refused(&[&windowed[..], &["--window-index", "3"]].concat(), 2, &["2 windows, not 3"]);
    let table = String::from_utf8(compress(&[path, "--codec", "lossless"]).stdout).unwrap();
    assert!(table.lines().nth(1).unwrap().ends_with("  offset +2048"), "{table}");
}

#[test]
fn processes_that_share_a_directory_leave_it_whole() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let arguments =
        ["compress", "shapes", "--count", "4", "--ratio", "10", "--keep", "decoded", "--out"];
    let begin = || {
        Command::new(cargo_bin!("phantom-limit"))
            .args(arguments)
            .arg(&out)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let processes: Vec<Child> = (0..8).map(|_| begin()).collect();
    let mut done = 0;
    for process in processes {
        let ended = process.wait_with_output().unwrap();
        let message = String::from_utf8(ended.stderr).unwrap();
        match ended.status.code() {
            Some(0) => done += 1,
            code => {
                assert_eq!(code, Some(1), "{message}");
                assert!(message.contains("another process writes to"), "{message}");
            }
        }
    }
    assert!(done > 0);
    let verified = run(&["verify", out.to_str().unwrap()]);
    assert!(verified.status.success(), "{verified:?}");
    assert!(!out.join("writer.lock").exists());
}
