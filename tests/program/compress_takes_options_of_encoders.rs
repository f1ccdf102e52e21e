//! `compress` with options of an encoder: quantisation tables of one's own.

use std::fs;

use crate::compress_measures_users_images::{lines, refused, scan};
use crate::image_files::png;
use crate::runs::{done, text};
use phantom_limit::codec::JpegTables;

#[test]
fn quantisation_tables_come_from_files() {
    let place = tempfile::tempdir().unwrap();
    let (image, _) = scan(place.path());
    let with = |tables: &str| {
        lines(&[&image, "--codec", "jpeg12", "--quality", "50", "--jpeg-tables", tables]).remove(0)
    };
    let rows = ["9 8 7 6 5 4 3 2"; 8].join("  # and so on\n");
    let file = place.path().join("steps.txt");
    fs::write(&file, &rows).unwrap();
    let (typed, read) = (with(&rows), with(text(&file)));
    assert_eq!(typed["sha256"], read["sha256"]);
    assert_ne!(typed["sha256"], with("flat")["sha256"]);
    assert!(read["codec_version"].as_str().unwrap().contains(" · tables 9 8 7 6 5 4 3 2 9 8"));
    // A file of 8-bit JPEG lends its own: quality 50 again is that file.
    let eight = place.path().join("eight.png");
    fs::write(&eight, png(8, &(0..64).map(|it| 3 * it).collect::<Vec<u16>>(), 8)).unwrap();
    let out = place.path().join("kept");
    let keep = ["--codec", "jpeg", "--quality", "80", "--keep", "codestream", "--out", text(&out)];
    lines(&[&[text(&eight)], &keep[..]].concat());
    let mut kept = fs::read_dir(out.join("000000-eight")).unwrap().map(|it| it.unwrap().path());
    let kept = kept.find(|it| it.extension().is_some_and(|it| it == "jpg")).expect("a JPEG file");
    let again = [text(&eight), "--codec", "jpeg", "--quality", "50", "--jpeg-tables", text(&kept)];
    let again = lines(&again).remove(0);
    let same = phantom_limit::files::sha256(&fs::read(&kept).unwrap());
    assert_eq!(again["sha256"], same.as_str());
    let long = place.path().join("long.txt");
    fs::write(&long, "1 ".repeat(65)).unwrap();
    for (tables, phrases) in [
        ("flatt", ["`flatt` names no quantisation table", "nor is it the name of a file"]),
        (text(&long), ["long.txt", "there are 65"]),
    ] {
        refused(
            &[&image, "--codec", "jpeg", "--quality", "50", "--jpeg-tables", tables],
            2,
            &phrases,
        );
    }
}

#[test]
fn a_phantom_lends_tables_for_its_subtle_targets() {
    let place = tempfile::tempdir().unwrap();
    let (image, _) = scan(place.path());
    let printed = done(&["show", "ct-head", "--jpeg-tables"]);
    let file = place.path().join("head.txt");
    fs::write(&file, &printed).unwrap();
    let steps: Vec<u16> = printed
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split_whitespace().map(|step| step.parse().unwrap()))
        .collect();
    assert_eq!(steps.len(), 64);
    // The same geometric mean as the standard's table, within the rounding of steps.
    let mean = steps.iter().map(|&step| libm::log(f64::from(step))).sum::<f64>() / 64.0;
    let usual = JpegTables::AnnexK.steps().map(|step| libm::log(f64::from(step)));
    assert!((mean - usual.iter().sum::<f64>() / 64.0).abs() < 0.02);
    let level = ["--codec", "jpeg12", "--quality", "50", "--jpeg-tables", text(&file)];
    let line = lines(&[&[image.as_str()], &level[..]].concat()).remove(0);
    let words: Vec<String> = steps.iter().map(u16::to_string).collect();
    let version = line["codec_version"].as_str().unwrap();
    assert!(version.contains(&words.join(" ")), "{version}");
}
