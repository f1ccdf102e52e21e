//! A wrong phantom file is refused with the place of the fault, what was expected and the
//! nearest valid name.

use phantom_limit_engine::phantom::{Phantom, PhantomError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A copy of a library phantom that stays as it is when that one is tuned.
const HEAD: &str = include_str!("../phantom/head.toml");

/// An edit of the file: the first occurrence of a text from a marker on is replaced.
struct Wrong {
    /// The marker; empty for the beginning of the file.
    after: &'static str,
    text: &'static str,
    by: &'static str,
    /// What follows, in the edited file, the place at which the first error points: its first
    /// occurrence from the marker on.
    at: &'static str,
    phrases: &'static [&'static str],
}

const fn wrong(
    after: &'static str,
    text: &'static str,
    by: &'static str,
    at: &'static str,
    phrases: &'static [&'static str],
) -> Wrong {
    Wrong { after, text, by, at, phrases }
}

const WRONG: &[Wrong] = &[
    // TOML itself.
    wrong("[matrix]", "rows = 512", "rows = ", "\ncolumns", &["not TOML"]),
    wrong(
        "[matrix]",
        "rows = 512",
        "rows = 512\nrows = 512",
        "rows = 512\ncol",
        &["duplicate key"],
    ),
    wrong("", "[matrix]", "[matrix", "\nrows", &["not TOML"]),
    // Version.
    wrong("", "format = 1", "format = 2", "2", &["format 2 is not known", "reads format 1"]),
    wrong("", "format = 1\n", "", "id", &["missing key `format` at the top level"]),
    // Keys.
    wrong("", "modality", "modalty", "modalty", &["unknown key `modalty`", "`modality`"]),
    wrong("", "[matrix]", "[matrx]", "matrx", &["unknown key `matrx`", "did you mean `matrix`?"]),
    wrong("[targets]", "inside", "insde", "insde", &["in [targets]", "did you mean `inside`?"]),
    wrong(
        "[targets]",
        "equivalent_radius_mm",
        "radius_px",
        "radius_px",
        &["unknown key `radius_px` in [targets]", "write `equivalent_radius_mm`, in mm"],
    ),
    wrong("[targets]", "contrast_hu", "contrast", "contrast =", &["`contrast_hu`, in HU"]),
    wrong("[acquisition", "sigma_hu", "sigma", "sigma", &["[acquisition.ct]", "`sigma_hu`, in HU"]),
    wrong(
        "[acquisition",
        "mtf50_per_mm",
        "mtf50_lp_per_cm",
        "mtf50_lp",
        &["write `mtf50_per_mm`, in 1/mm"],
    ),
    wrong("[matrix]", "window", "title = 3\nwindow", "title = 3", &["belongs at the top level"]),
    wrong("", "[acquisition.ct]", "[acquisition.mr]", "mr]", &["unknown key `mr`", "`ct`"]),
    wrong(
        "[[background]]",
        "semi_axes_mm = [78.0, 98.0]\n",
        "",
        "[[background]]\nname = \"scalp\"",
        &["missing key `semi_axes_mm` in [[background]]", "a list of 2, each a number in mm"],
    ),
    wrong("", "offset_mm = 2.25\n", "", "[targets]", &["missing key `offset_mm`", "in mm"]),
    wrong("[targets]", "uniform =", "unifrom =", "unifrom", &["did you mean `uniform`?"]),
    // `shape` is a key of [[background]], but `shapes` is missing here.
    wrong("[targets]", "shapes", "shape", "shape =", &["did you mean `shapes`?"]),
    // Kinds.
    wrong("[matrix]", "512", "\"512\"", "\"512\"", &["`rows` is \"512\"", "`1024`"]),
    wrong("[targets]", "2.25", "true", "true", &["`offset_mm` is true", "a number in mm"]),
    wrong(
        "[targets]",
        "{ uniform = [1.35, 2.7] }",
        "2.0",
        "2.0",
        &["a table such as { uniform = [1.35, 2.7] }"],
    ),
    wrong("[[background]]", "[78.0, 98.0]", "[78.0]", "[78.0]", &["a list of 1", "a list of 2"]),
    wrong("[targets]", "region_pixels = 32", "region_pixels = 32.0", "32.0", &["a whole number"]),
    // Choices.
    wrong("[targets]", "square", "sqaure", "\"sqaure\"", &["did you mean `square`?", "`disk`"]),
    wrong("[targets]", "either", "postive", "\"postive\"", &["`sign`", "`positive`"]),
    wrong("", "\"CT\"", "\"ct\"", "\"ct\"", &["`modality` is \"ct\"", "did you mean `CT`?"]),
    wrong("", "\"CT\"", "\"MR\"", "center_hu", &["`center_hu`", "write `center_au`"]),
    wrong("[acquisition", "soft", "sofd", "\"sofd\"", &["`kernel`", "did you mean `soft`?"]),
    wrong("", "\"ellipse\"", "\"elipse\"", "\"elipse\"", &["did you mean `ellipse`?"]),
    wrong("[matrix]", "columns = 512", "columns = 500", "500", &["`columns` is 500", "`512`"]),
    wrong(
        "[matrix]",
        "allocated = 16",
        "allocated = 12",
        "12\nres",
        &["expected one of `8`, `16`"],
    ),
    // Ranges of single values.
    wrong("", "ct-head", "ct/head", "\"ct/head\"", &["`id`", "lower-case letters and digits"]),
    wrong("", "CT head, 5 mm", "CT\\nhead", "\"CT\\nhead", &["`title`", "one line of text"]),
    wrong("[matrix]", "0.45", "-0.45", "-0.45", &["`pixel_spacing_mm` is -0.45", "in mm"]),
    wrong("[matrix]", "0.45", "nan", "nan", &["`pixel_spacing_mm` is nan", "a number in mm"]),
    wrong(
        "[matrix]",
        "slope = 1.0",
        "slope = 0.0",
        "0.0",
        &["`slope` is 0.0", "at least 0.000001"],
    ),
    wrong("[matrix]", "120.0", "1.0", "1.0 }", &["`width_hu` is 1.0", "in HU, above 1"]),
    wrong("[targets]", "0.1667", "1.0", "1.0", &["`absent_fraction`", "below 1"]),
    wrong("[targets]", "[20.0,", "[0.0,", "0.0,", &["a number in HU, above 0"]),
    wrong("[targets]", "= 32", "= 34", "34", &["`region_pixels` is 34", "a multiple of 4"]),
    wrong("[targets]", "\"ring\"", "\"disk\"", "\"disk\", \"cross\"", &["\"disk\" twice"]),
    wrong("[acquisition", "4.0", "-4.0", "-4.0", &["`sigma_hu` is -4.0", "in HU, at least 0"]),
    wrong("[acquisition", "4.0", "inf", "inf", &["`sigma_hu` is inf"]),
    wrong("\"white", "cycles = 14", "cycles = 65", "65", &["`cycles` is 65", "at most 64"]),
    wrong("[[guideline]]", "12", "1.0", "1.0", &["`ratio` is 1.0", "above 1"]),
    wrong("[[guideline]]", "2008", "208", "208", &["`year` is 208", "at least 1980"]),
    // Keys of another physics or shape.
    wrong(
        "\"scalp\"",
        "value_hu = 10.0",
        "t1_ms = 900.0",
        "t1_ms",
        &["unknown key `t1_ms` in [[background]]", "the physics `mr`; expected `value_hu`"],
    ),
    wrong(
        "\"scalp\"",
        "semi_axes_mm",
        "vertices_mm = [[0, 0], [1, 0], [0, 1]]\nsemi_axes_mm",
        "vertices_mm",
        &["it goes with `shape` `polygon`"],
    ),
    wrong(
        "[targets]",
        "offset_mm = 2.25",
        "offset_mm = 2.25\ndesign = \"factorial\"",
        "[targets]",
        &["missing key `levels` in [targets]", "a table such as { angles = 4"],
    ),
    // Doses and sizes that do not exist.
    wrong(
        "[acquisition",
        "sigma_hu = 4.0",
        "sigma_hu = 4.0\ndose_percent = -1",
        "-1",
        &["`dose_percent` is -1", "a number in percent, at least 0.1"],
    ),
    wrong(
        "[matrix]",
        "rows = 512\ncolumns = 512",
        "rows = 8192\ncolumns = 16384",
        "8192",
        &["8192 × 16384 pixels are 128 megapixels, above the limit of 64", "`detector_pixels`"],
    ),
    wrong(
        "[matrix]",
        "rows = 512",
        "rows = 512\ndetector_pixels = [512, 256]",
        "256]",
        &["`detector_pixels` is 256", "at least 512, the matrix's `columns`"],
    ),
    wrong("", "ct-head", "../head", "\"../head\"", &["`id`", "lower-case letters and digits"]),
    // Values that depend on others.
    wrong(
        "[targets]",
        "\"disk\", \"square\"",
        "\"disk\", \"stenosis\"",
        "\"brain\"\nregion",
        &["a stenosis lies in a vessel, but the layer \"brain\" is no tube"],
    ),
    wrong(
        "[targets]",
        "offset_mm = 2.25",
        "offset_mm = 2.25\ngrid_phase_pixels = [8.0, 0]",
        "8.0",
        &["`grid_phase_pixels` is 8.0", "below 8"],
    ),
    wrong("[targets]", "\"brain\"", "\"Brian\"", "\"Brian\"", &["no layer", "mean `brain`?"]),
    wrong(
        "\"skull\"",
        "skull",
        "scalp",
        "\"scalp\"\nshape = \"ellipse\"\nsemi_axes_mm = [74",
        &["`name` has \"scalp\" twice"],
    ),
    wrong(
        "[matrix]",
        "bits_stored = 12",
        "bits_stored = 10",
        "10.0\n",
        &["`value_hu` is 10", "-1024 to -1 HU"],
    ),
    wrong(
        "[matrix]",
        "allocated = 16",
        "allocated = 8",
        "12\nbits_a",
        &["`bits_stored` is 12", "8"],
    ),
    wrong("[matrix]", "-1000.0", "-1025.0", "-1025", &["`surround_hu`", "-1024 to 3071 HU"]),
    wrong("\"skull\"", "1000.0", "4000.0", "4000.0", &["`value_hu` is 4000", "12 stored bits"]),
    wrong("\"white", "amplitude_mm = 5.0", "amplitude_mm = 28.0", "28.0", &["below 28 mm"]),
    wrong("[targets]", "[1.35, 2.7]", "[2.7, 1.35]", "2.7, 1", &["`uniform` is 2.7", "1.35"]),
    // 2.25 + 1.5551 · 4 + 0.45 = 8.9205 mm; 8.9205 · 2 / 0.45 = 39.6 pixels.
    wrong(
        "[targets]",
        "2.7]",
        "4.0]",
        "32\n",
        &["a triangle", "8.9205 mm", "`region_pixels` to 40"],
    ),
    wrong(
        "[targets]",
        "\"brain\"",
        "\"left ventricle\"",
        "\"left ventricle\"\nregion",
        &["holds no region of 32 pixels (14.4 mm)"],
    ),
    wrong(
        "[matrix]",
        "center_hu = 40.0",
        "center_hu = 400.0",
        "400.0",
        &["shows 340 to 459 HU", "\"brain\"", "38 HU"],
    ),
    // 38 + 3040 = 3078 > 3071.
    wrong("[targets]", "40.0]", "3040.0]", "3040.0", &["\"brain\"", "3078 HU", "-1024 to 3071 HU"]),
    // 1/(2 · 0.45) = 1.1111.
    wrong("[acquisition", "0.40", "1.12", "1.12", &["`mtf50_per_mm` is 1.12", "1.1111 1/mm"]),
];

fn edited(wrong: &Wrong) -> (String, usize) {
    let from = HEAD.find(wrong.after).expect("the marker is in the file");
    let at = from + HEAD[from..].find(wrong.text).expect("the text is in the file");
    let source = [&HEAD[..at], wrong.by, &HEAD[at + wrong.text.len()..]].concat();
    let place = from + source[from..].find(wrong.at).expect("the place is in the file");
    (source, place)
}

#[test]
fn the_first_error_is_at_the_edit_and_helps() {
    let mut failures = Vec::new();
    for wrong in WRONG {
        let (source, place) = edited(wrong);
        let head = &source[..place];
        let line = head.matches('\n').count() + 1;
        let column = head.chars().rev().take_while(|&character| character != '\n').count() + 1;
        let error = Phantom::parse(&source, "head.toml").expect_err(wrong.by).to_string();
        let expected = format!("head.toml:{line}:{column}: ");
        if !error.starts_with(&expected) || !wrong.phrases.iter().all(|part| error.contains(part)) {
            failures.push(format!("{expected}{:?}, but got\n{error}", wrong.phrases));
        }
    }
    assert!(failures.is_empty(), "expected {}", failures.join("\n\nexpected "));
}

#[test]
fn lines_and_columns_are_counted_from_one_in_characters() {
    // Line 5 of the file; `ö` is one column and two bytes.
    let source = HEAD.replace("anatomy = \"head\"", "\"anatömy\" = 1");
    let error = Phantom::parse(&source, "a/b.toml").expect_err("no such key").to_string();
    assert!(error.starts_with("a/b.toml:5:1: unknown key `anatömy`"), "{error}");
    let source = HEAD.replace("\"disk\", \"square\"", "\"dïsk\", \"squäre\"");
    let Err(PhantomError::Invalid(faults)) = Phantom::parse(&source, "b.toml") else {
        panic!("two shapes do not exist")
    };
    let places: Vec<_> = faults.iter().map(|fault| fault.place.to_string()).collect();
    assert_eq!(places, ["b.toml:59:11", "b.toml:59:19"]);
}

#[test]
fn the_line_is_shown_with_a_caret() {
    let source = HEAD.replace("region_pixels = 32", "region_pixels = 34");
    let error = Phantom::parse(&source, "head.toml").expect_err("34 is no multiple of 4");
    assert_eq!(
        error.to_string(),
        "head.toml:64:17: `region_pixels` is 34; expected a whole number in pixels, at least 16, \
         at most 128, a multiple of 4\n  \
         64 | region_pixels = 34\n     |                 ^^"
    );
}

#[test]
fn independent_errors_are_reported_together_in_order() {
    let source = HEAD
        .replace("sigma_hu = 4.0", "sigma_hu = -1")
        .replace("modality = \"CT\"", "modality = \"CAT\"")
        .replace("\"triangle\"", "\"trigon\"")
        .replace("ratio = 12", "ratio = 0.5");
    let Err(PhantomError::Invalid(faults)) = Phantom::parse(&source, "head.toml") else {
        panic!("four values are wrong")
    };
    let lines: Vec<_> = faults.iter().map(|fault| fault.place.line).collect();
    assert_eq!(lines, [4, 59, 70, 75]);
}

#[test]
fn an_empty_file_is_told_what_is_missing() {
    let error = Phantom::parse("", "empty.toml").expect_err("nothing is there").to_string();
    for line in [
        "empty.toml:1:1: missing key `format` at the top level: expected `1`",
        "missing key `matrix` at the top level: expected a table [matrix]",
        "missing key `background` at the top level: expected tables [[background]], up to 256",
    ] {
        assert!(error.contains(line), "expected {line:?} in\n{error}");
    }
    assert_eq!(error.lines().count(), 9, "{error}");
}

#[test]
fn a_file_above_the_limit_is_refused() {
    let source = format!("{HEAD}#{}", " ".repeat(phantom_limit_engine::phantom::MAX_BYTES));
    let error = Phantom::parse(&source, "head.toml").expect_err("too large").to_string();
    assert!(error.starts_with("head.toml:1:1: the file has "), "{error}");
}

#[test]
fn hostile_files_are_refused_quickly_and_briefly() {
    let many = phantom_limit_engine::phantom::MAX_BYTES / 16;
    let keys: String = (0..many).map(|number| format!("k{number:06}=1\n")).collect();
    for source in [
        String::new(),
        "\0".to_owned(),
        "\u{feff}".to_owned(),
        "a = ".to_owned() + &"[".repeat(many),
        "a = ".to_owned() + &"{a=".repeat(many),
        "a.".repeat(many) + "a = 1",
        "[".to_owned() + &"a.".repeat(many) + "a]",
        "[[background]]\n".repeat(many),
        format!("id = \"{}\"", "x".repeat(15 * many)),
        format!("{} = 1", "x".repeat(15 * many)),
        format!("format = 1{}", "0".repeat(many)),
        HEAD.replace("sigma_hu = 4.0", &format!("sigma_hu = 1{}", "0".repeat(many))),
        HEAD.replace("sigma_hu = 4.0", &format!("sigma_hu = {}\nx = 1", " ".repeat(many))),
        HEAD.replace("sigma_hu = 4.0", "\"\\u001b[31m\" = 1"),
        keys,
    ] {
        let error = Phantom::parse(&source, "hostile.toml").expect_err("no phantom").to_string();
        assert!(error.starts_with("hostile.toml:"), "{error}");
        assert!(error.len() < 10_000, "an error of {} bytes", error.len());
        assert!(!error.contains('\u{1b}'), "control characters reach the terminal: {error:?}");
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_accepted() {
    let windows = HEAD.replace('\n', "\r\n");
    assert_eq!(Phantom::parse(&windows, "head.toml"), Phantom::parse(HEAD, "head.toml"));
    let marked = format!("\u{feff}{HEAD}");
    assert_eq!(Phantom::parse(&marked, "head.toml"), Phantom::parse(HEAD, "head.toml"));
    let error = Phantom::parse(&marked.replace("format = 1", "format = 2"), "head.toml");
    assert!(error.expect_err("format 2").to_string().starts_with("head.toml:1:10: "));
    let error = Phantom::parse(&windows.replace("= 4.0", "= x"), "head.toml").expect_err("x");
    assert!(error.to_string().starts_with("head.toml:70:12: "), "{error}");
    assert!(!error.to_string().contains('\r'));
}

#[test]
fn no_mutation_of_a_file_panics() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut refused = 0;
    for round in 0..4000 {
        let mut bytes = HEAD.as_bytes().to_vec();
        for _ in 0..=random.random_range(0..4) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..5) {
                0 => bytes[at] = random.random(),
                // Characters that TOML gives a meaning.
                1 => bytes[at] = b"[]{}=\"'.,#\n\\-0e_"[random.random_range(0..16)],
                2 => drop(bytes.remove(at)),
                3 => bytes.insert(at, bytes[random.random_range(0..bytes.len())]),
                _ if round % 8 == 0 => bytes.truncate(at.max(1)),
                _ => bytes[at] = b'9',
            }
        }
        let source = String::from_utf8_lossy(&bytes);
        if let Err(error) = Phantom::parse(&source, "mutated.toml") {
            assert!(error.to_string().starts_with("mutated.toml:"));
            refused += 1;
        }
    }
    // Most mutations hit a key, a bracket or a reference; the others hit titles and citations.
    assert!(refused > 1000, "only {refused} of 4000 mutations were noticed");
}

#[test]
fn no_number_panics() {
    const NUMBERS: [&str; 20] = [
        "0",
        "1",
        "-1",
        "4",
        "16",
        "128",
        "64",
        "4096",
        "0.001",
        "100",
        "1e-6",
        "1e5",
        "-1e5",
        "1e300",
        "1e-300",
        "5e-324",
        "-0.0",
        "nan",
        "inf",
        "9223372036854775807",
    ];
    // The file as pieces that are numbers or not.
    let is_number = |character: char| character.is_ascii_digit() || "-.".contains(character);
    let mut pieces: Vec<String> = Vec::new();
    let mut last = None;
    for character in HEAD.chars() {
        match pieces.last_mut() {
            Some(piece) if last == Some(is_number(character)) => piece.push(character),
            _ => pieces.push(character.to_string()),
        }
        last = Some(is_number(character));
    }
    let numbers: Vec<usize> =
        (0..pieces.len()).filter(|&at| pieces[at].parse::<f64>().is_ok()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut accepted = 0;
    for _ in 0..2000 {
        let mut pieces = pieces.clone();
        for _ in 0..random.random_range(1..4) {
            let at = numbers[random.random_range(0..numbers.len())];
            pieces[at] = NUMBERS[random.random_range(0..NUMBERS.len())].to_owned();
        }
        if let Ok(phantom) = Phantom::parse(&pieces.concat(), "mutated.toml") {
            assert_eq!(phantom.content_hash_hex().len(), 64);
            accepted += 1;
        }
    }
    // Both outcomes were reached.
    assert!((20..1900).contains(&accepted), "{accepted} of 2000 files were accepted");
}
