//! The command in a report makes the run again, byte for byte, of a user's own phantom too.

use std::fs;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use phantom_limit::files;

#[test]
fn the_command_in_the_report_makes_the_run_again() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("base.toml"), include_str!("../phantom/small.toml")).unwrap();
    let mine = "extends = \"base.toml\"\nid = \"mine\"\n";
    fs::write(place.path().join("mine.toml"), mine).unwrap();
    let calibrate = |line: &str, directory: &std::path::Path| {
        let words = line.split(' ').skip(1);
        let mut command = Command::new(cargo_bin!("phantom-limit"));
        let output = command.args(words).current_dir(directory).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let asked = "phantom-limit calibrate mine.toml --preset smoke --codec jpeg2000 --path native \
                 --regime original --ratio 30 --train-images 3 --test-images 2 --epochs 4 --seed 3 \
                 --out run";
    calibrate(asked, place.path());

    // Nothing but the run directory is left to a reader of the report.
    let run = place.path().join("run");
    fs::remove_file(place.path().join("mine.toml")).unwrap();
    fs::remove_file(place.path().join("base.toml")).unwrap();
    let report = fs::read_to_string(run.join("report.html")).unwrap();
    let (_, told) = report.split_once("<pre tabindex=\"0\"><code>").unwrap();
    let (told, _) = told.split_once("</code>").unwrap();
    assert!(told.starts_with("phantom-limit calibrate phantom.toml "), "{told}");
    let elsewhere = tempfile::tempdir().unwrap();
    fs::copy(run.join("phantom.toml"), elsewhere.path().join("phantom.toml")).unwrap();
    calibrate(told, elsewhere.path());

    let again = elsewhere.path().join("again/mine");
    let all = files::listing(&run).unwrap();
    assert_eq!(files::listing(&again).unwrap(), all);
    assert!(all.iter().any(|file| file.starts_with("records/")));
    for file in all.iter().filter(|file| *file != "provenance.json") {
        let [a, b] = [&run, &again].map(|run| fs::read(run.join(file)).unwrap());
        assert!(a == b, "{file} differs");
    }
}
