//! The report is one file that holds everything it shows, asks for nothing, and says what it is.

use crate::report_fixture;
use std::path::Path;

use crate::report_fixture::{LABEL, figures, page, smoke, standard, whole, with_training};
use phantom_limit::record::{EfficiencyResult, Ratios, Regime};
use phantom_limit::report;

/// Leaves the renderings for a look in a browser, outside the source tree.
#[test]
fn renderings_are_left_for_a_look() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    std::fs::create_dir_all(&folder).unwrap();
    let mut post_hoc = standard();
    post_hoc.post_hoc = true;
    for (name, results) in [
        ("standard", standard()),
        ("training", with_training()),
        ("smoke", smoke()),
        ("post-hoc", post_hoc),
    ] {
        let html = whole(&results);
        assert!(html.len() < 5 << 20, "{name} has {} bytes", html.len());
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        std::fs::write(folder.join(format!("{name}.txt")), report::text(&results)).unwrap();
        std::fs::write(folder.join(format!("{name}.csv")), report::csv(&results)).unwrap();
        std::fs::write(folder.join(format!("{name}.svg")), report::accuracy_svg(&results)).unwrap();
    }
}

/// Every attribute value that a browser would load holds a data URI or a fragment, and no style
/// refers to anything outside.
#[test]
fn nothing_is_fetched() {
    let html = whole(&with_training());
    for word in ["http://", "https://", "<script", "<link", "<iframe", "@import", "javascript:"] {
        assert!(!html.contains(word), "{word} in the page");
    }
    for attribute in [" src=\"", " href=\"", " srcset=\"", " data=\"", " action=\""] {
        for value in html.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let inside = value.starts_with("data:image/png;base64,") || value.starts_with('#');
            assert!(inside, "{attribute}{}", &value[..value.len().min(40)]);
        }
    }
    for value in html.split("url(").skip(1) {
        assert!(value.starts_with('#'), "url({}", &value[..20]);
    }
    assert!(
        html.contains("content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"")
    );
}

#[test]
fn every_figure_is_present() {
    let results = with_training();
    let figures = figures(&results);
    let html = page(&results, &figures);
    let plots = report::plots(&results, 6);
    let named = |prefix: &str| plots.iter().filter(|it| it.name.starts_with(prefix)).count();
    // Per path and regime; per lossy arm; per codec and path; per index of quality.
    assert_eq!([named("accuracy-"), named("auc-")], [4, 4]);
    assert_eq!([named("psychometric-"), named("detect-psychometric-")], [6, 6]);
    assert_eq!([named("shift-"), named("matrix-")], [3, 3]);
    assert_eq!([named("quality-"), named("detect-quality-")], [6, 6]);
    assert_eq!(named("detail-"), results.detail.len());
    assert!(!results.detail.is_empty());
    // Per lossy codec and path; per lossy arm.
    assert_eq!([named("observers-"), named("contours-")], [3, 6]);
    // All of them, and the example.
    assert_eq!(html.matches("<svg").count(), plots.len() + 1);
    assert_eq!(html.matches("</svg>").count(), plots.len() + 1);
    // The test image of the first screen; per shape original and circled copy, per strip decoded and
    // difference of three levels.
    let tiles = html.matches("<img").count();
    let maps = figures.attention.as_ref().unwrap().maps.len();
    assert_eq!(tiles, 1 + 5 * 2 + figures.strips.len() * 2 * 3 + maps);
    // 21 of 40.
    assert!(html.contains("style=\"--share:0.53\">0.53<"), "no pointing score");
    assert_eq!(html.matches(" alt=\"").count(), tiles);
    assert_eq!(html.matches("class=\"confusion\"").count(), figures.confusions.len());
    // For each task one table per codec and path, and one in each of the six certificates.
    assert_eq!(html.matches("class=\"levels\"").count(), 2 * (3 + 6));
    for id in [
        "limit",
        "limit-detect",
        "curves",
        "curves-detect",
        "levels",
        "levels-detect",
        "psychometric",
        "psychometric-detect",
        "training",
        "detail",
        "observers",
        "quality",
        "pictures",
        "looks",
        "answers",
        "leaks",
        "meaning",
        "certificates",
        "made",
    ] {
        assert_eq!(html.matches(&format!("id=\"{id}\"")).count(), 1);
    }
}

/// Lines of the class `ceiling` in the drawings of a kind, samples of legends left out.
#[test]
fn the_ceiling_stands_in_every_plot_of_accuracy() {
    let results = with_training();
    for plot in report::plots(&results, 6) {
        let lines = plot.svg.matches("class=\"ceiling\"").count();
        // The ideal observer stands at efficiency 1 where a course is continued to it.
        let course = results.training_sizes.iter().find(|it| {
            let prefix = if it.task == "detect" { "detect-" } else { "" };
            let (codec, path) = (it.codec.name(), it.path.name());
            plot.name == format!("{prefix}efficiency-{codec}-{path}")
        });
        let expected = match (plot.name.split('-').next().unwrap(), course) {
            (_, Some(course)) => usize::from(course.ideal.is_some()),
            // The line and its sample.
            ("accuracy" | "auc", None) => 2,
            ("psychometric" | "quality" | "detect", None) => 1,
            _ => 0,
        };
        assert_eq!(lines, expected, "{}", plot.name);
    }
    let mut without = with_training();
    (without.ceiling, without.detection_ceiling) = (None, None);
    without.training_sizes.clear();
    assert!(report::plots(&without, 6).iter().all(|it| !it.svg.contains("class=\"ceiling\"")));
}

#[test]
fn plots_are_files_of_their_own() {
    let mut results = with_training();
    results.post_hoc = true;
    let plots = report::plots(&results, 6);
    let names: std::collections::BTreeSet<_> = plots.iter().map(|it| &it.name).collect();
    assert_eq!(names.len(), plots.len());
    for plot in &plots {
        let allowed = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
        assert!(plot.name.chars().all(allowed), "{}", plot.name);
        for part in ["<svg class=\"plot\" xmlns=\"http://www.w3.org/2000/svg\"", LABEL, "post hoc"]
        {
            assert!(plot.svg.contains(part), "{part} in {}", plot.name);
        }
        assert!(!plot.svg.contains("NaN") && !plot.svg.contains("inf "), "{}", plot.name);
    }
    // As pixels too: two for each unit.
    let png = report::png(&plots[0].svg).unwrap();
    let image = image::load_from_memory(&png).unwrap().into_rgb8();
    let unit = |name: &str| {
        let (_, rest) = plots[0].svg.split_once(&format!(" {name}=\"")).unwrap();
        rest.split('"').next().unwrap().parse::<f64>().unwrap()
    };
    let expected = ["width", "height"].map(|name| (2.0 * unit(name)).ceil() as u32);
    assert_eq!([image.width(), image.height()], expected);
    let colours: std::collections::BTreeSet<_> = image.pixels().map(|pixel| pixel.0).collect();
    assert!(colours.len() > 20, "{} colours", colours.len());
}

#[test]
fn ids_are_unique_and_references_resolve() {
    let html = whole(&with_training());
    let values = |attribute: &str| -> Vec<String> {
        let parts = html.split(attribute).skip(1);
        parts.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let ids = values(" id=\"");
    let unique: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len());
    let labels = values(" aria-labelledby=\"");
    let named = labels.iter().flat_map(|it| it.split(' ')).map(str::to_owned);
    let fragments = values(" href=\"#");
    for id in named.chain(fragments) {
        assert!(unique.contains(&id), "nothing has the id {id}");
    }
}

#[test]
fn headings_descend_one_step_at_a_time() {
    let html = whole(&with_training());
    let mut last = 0;
    for rest in html.split("<h").skip(1) {
        let Some(step) = rest.chars().next().and_then(|it| it.to_digit(10)) else { continue };
        assert!(step <= last + 1, "h{step} after h{last}");
        last = step;
    }
    assert_eq!(html.matches("<h1").count(), 1);
}

#[test]
fn hostile_text_is_escaped_everywhere() {
    let hostile = "<script>alert(1)</script>\"'&\u{1b}[31m";
    let mut results = standard();
    results.phantom = hostile.to_owned();
    results.preset = hostile.to_owned();
    results.guidelines[0].body = hostile.to_owned();
    results.guidelines[1].source = hostile.to_owned();
    results.guidelines[2].as_quoted_by = Some(hostile.to_owned());
    results.arms[0].method = hostile.to_owned();
    let mut figures = figures(&results);
    figures.classes[0] = hostile.to_owned();
    figures.strips[0].shape = hostile.to_owned();
    let made = vec![(hostile.to_owned(), hostile.to_owned()), ("command".into(), hostile.into())];
    let mut phantom = report_fixture::phantom();
    (phantom.id, phantom.title, phantom.unit) = (hostile, hostile, hostile);
    phantom.contrast_unit = hostile;
    let mut origin = report_fixture::origin();
    origin.phantom_title = hostile.to_owned();
    let certificates = report::certificates(&results, &origin);
    let html = report::html(&report::Report {
        results: &results,
        figures: &figures,
        certificates: &certificates,
        phantom,
        made: &made,
    });
    for text in [html, report::accuracy_svg(&results)] {
        assert!(!text.contains("<script"));
        assert!(text.contains("&lt;script&gt;"));
    }
    let text = report::text(&results);
    assert!(text.bytes().all(|it| matches!(it, b' '..=b'~' | b'\n')), "a terminal gets plain text");
    assert!(text.lines().all(|line| line.len() <= 100));
}

#[test]
fn the_same_report_has_the_same_bytes() {
    assert_eq!(whole(&standard()), whole(&standard()));
    assert_eq!(report::csv(&standard()), report::csv(&standard()));
}

#[test]
fn the_summary_is_plain_and_narrow() {
    for results in [standard(), smoke()] {
        let text = report::text(&results);
        assert!(text.is_ascii() && text.ends_with('\n'));
        for line in text.lines() {
            assert!(line.len() <= 100, "{} columns: {line}", line.len());
        }
    }
}

/// Rows of a table as text by the names of its columns.
fn rows(bytes: &[u8]) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn cells_and_observers_read_back_with_their_errors() {
    let results = with_training();
    let detail = rows(&report::detail_csv(&results));
    // Per arm, originals and 15 levels, 3 sizes, 4 contrasts.
    assert_eq!(detail.len(), 6 * 16 * 12);
    let level = &results.detail[0].levels[5];
    // The second size and third contrast of the sixth level.
    let row = &detail[5 * 12 + 4 + 2];
    let number = |name: &str| row[name].parse::<f64>().unwrap();
    assert_eq!(Some(number("accuracy_lower")), level.accuracy_lower[1][2]);
    assert_eq!(Some(number("accuracy_upper")), level.accuracy_upper[1][2]);
    assert_eq!(Some(number("auc_lower")), level.auc_lower[1][2]);
    assert_eq!(row["auc_upper"], "");
    let linear = results.linear.as_ref().unwrap();
    let found = rows(&report::linear_csv(linear, &results));
    assert_eq!(found.len(), 3 * 2 * 5 * 16);
    assert_eq!((&found[0]["target"][..], &found[0]["ratio_stored"][..]), ("", ""));
    assert_eq!(found[0]["auc_networks_original"], "0.91");
    let ratio = results.arms[0].levels[0].ratio_stored;
    assert_eq!(found[1]["ratio_stored"].parse::<f64>().unwrap(), ratio);
    assert_eq!(found[1]["auc"].parse::<f64>().unwrap(), linear.observers[0].levels[1].auc);
}

#[test]
fn what_trainings_take_stands_in_the_terminal_alone() {
    let results = with_training();
    let time = report::TrainingTime { regime: Regime::Original, seconds: 61.27 };
    let text = report::training_text(&results, &[time]);
    assert!(text.lines().all(|line| line.len() <= 100) && text.is_ascii(), "{text}");
    let line = text.lines().find(|line| line.starts_with("identify native   original")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    // 150 images of 512 × 512 in two bytes.
    assert_eq!(cells, ["identify", "native", "original", "5", "61.3", "129600", "78.6", "78.6"]);
    assert!(text.contains("unknown"), "{text}");
    assert!(whole(&results).contains("What a training reads"));
    assert_eq!(report::training_text(&standard(), &[time]), "");
}

#[test]
fn the_table_keeps_its_columns_and_reads_back() {
    let results = with_training();
    let bytes = report::csv(&results);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(
        header[..35].join(","),
        "phantom,preset,seed,margin,alpha,post_hoc,codec,path,regime,replicates,images,examples,\
         original_score,original_score_lower,original_score_upper,target,ratio_stored,\
         ratio_allocated,ratio_input,bpp,psnr_db,unreached,score,loss,loss_lower,loss_upper,\
         verdict,images_to_decide,limit_kind,limit_blocked_by,limit_ratio_stored,\
         limit_ratio_stored_lower,limit_ratio_stored_upper,limit_ratio_allocated,\
         target_base"
    );
    assert!(header.iter().eq(report::COLUMNS.iter().map(|(name, _)| name)));
    let column = |name: &str| header.iter().position(|it| it == name).unwrap();
    let levels: Vec<_> =
        results.arms.iter().flat_map(|arm| arm.levels.iter().map(move |it| (arm, it))).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), levels.len());
    for (row, (arm, level)) in rows.iter().zip(levels) {
        let number = |name: &str| row[column(name)].parse::<f64>().unwrap();
        for (cell, (name, kind)) in row.iter().zip(report::COLUMNS).filter(|(it, _)| !it.is_empty())
        {
            let fits = match kind {
                report::ColumnKind::Text => cell.parse::<f64>().is_err(),
                report::ColumnKind::Flag => cell.parse::<bool>().is_ok(),
                report::ColumnKind::Count => cell.parse::<u64>().is_ok(),
                report::ColumnKind::Number => cell.parse::<f64>().is_ok(),
            };
            assert!(fits, "{name}: {cell}");
        }
        assert_eq!(&row[column("codec")], arm.codec.name());
        assert_eq!(number("loss"), level.loss);
        assert_eq!(number("ratio_stored"), level.ratio_stored);
        assert_eq!(number("psnr_db"), level.psnr_db.unwrap_or(f64::INFINITY));
        assert_eq!(row[column("target")].parse().ok(), level.target);
        let Some(supplement) = &arm.supplement else {
            assert_eq!(&row[column("family_limit_kind")], "");
            continue;
        };
        assert_eq!(&row[column("task")], arm.task.as_str());
        let ideal = if arm.task == "detect" { "ceiling_auc" } else { "ceiling_accuracy" };
        assert_eq!(number(ideal), if arm.task == "detect" { 0.953 } else { 0.995 });
        assert_eq!(
            number("family_limit_ratio_stored"),
            supplement.family.as_ref().unwrap().limit.safe.unwrap().stored
        );
        let routes = supplement.routes.as_ref().unwrap();
        assert_eq!(number("isotonic_lower"), routes.isotonic.lower.unwrap());
        assert_eq!(
            row[column("midpoint")].parse().ok(),
            routes.curve.as_ref().and_then(|it| it.midpoint.ratio_stored)
        );
        assert_eq!(number("monotone_p"), routes.monotone_p);
        let efficiency = supplement.efficiency;
        assert_eq!(efficiency.is_some(), arm.task == "identify");
        let of = |part: fn(EfficiencyResult) -> Option<f64>| efficiency.and_then(part);
        assert_eq!(row[column("efficiency")].parse().ok(), of(|it| it.efficiency));
        assert_eq!(row[column("efficiency_lower")].parse().ok(), of(|it| it.efficiency_lower));
        let form = routes.curve.as_ref().map_or("", |_| "gumbel");
        assert_eq!(&row[column("psychometric_form")], form);
        let quality = results
            .quality
            .iter()
            .find(|it| (it.codec, it.path, Some(it.target)) == (arm.codec, arm.path, level.target));
        assert_eq!(number("blur"), quality.unwrap().artefacts.blur);
    }
}

#[test]
fn an_empty_study_and_missing_pictures_still_make_a_page() {
    let mut results = standard();
    let mut figures = figures(&results);
    figures.strips.clear();
    figures.confusions.clear();
    figures.classes.clear();
    figures.example.display.clear();
    let html = page(&results, &figures);
    for said in ["no image strips", "no example image", "no confusion tables"] {
        assert!(html.contains(said), "{said}");
    }
    results.arms.truncate(1);
    results.guidelines.clear();
    assert!(whole(&results).contains(LABEL));
    assert!(report::accuracy_svg(&results).contains("<svg"));
    results.arms[0].levels.clear();
    assert!(whole(&results).contains(LABEL));
    results.arms.clear();
    let html = whole(&results);
    assert!(html.contains("No lossy codec was studied"));
    assert_eq!(report::csv(&results).iter().filter(|&&it| it == b'\n').count(), 1);
    assert!(report::text(&results).ends_with('\n'));
}

#[test]
fn broken_pictures_and_numbers_never_crash_or_leak() {
    let mut results = with_training();
    results.shift[0].domain_shift = f64::NAN;
    results.matrix[0].score = f64::INFINITY;
    results.quality[0].ssim = Some(f64::NAN);
    for arm in &mut results.arms {
        arm.original_score = f64::NAN;
        arm.limit.crossing.ratio_stored = Some(f64::NAN);
        arm.limit.safe = Some(Ratios { stored: f64::NAN, allocated: f64::NAN });
        for level in &mut arm.levels {
            level.psnr_db = Some(f64::INFINITY);
            level.ratio_stored = f64::INFINITY;
            level.ratio_allocated = 0.0;
            level.bpp = 0.0;
            level.loss_lower = f64::NEG_INFINITY;
            level.loss_upper = f64::INFINITY;
        }
    }
    results.margin = 0.0.into();
    let mut figures = figures(&results);
    let strip = &mut figures.strips[0];
    (strip.center_column, strip.extent_pixels) = (f64::NAN, f64::INFINITY);
    figures.strips[1].side = 0;
    figures.strips[2].original.display.pop();
    figures.strips[3].levels[0].tile.difference.clear();
    figures.example.regions.push(([u32::MAX, 511], 250));
    figures.confusions[0].counts = vec![vec![0, 0], vec![]];
    let html = page(&results, &figures);
    let svg = report::accuracy_svg(&results);
    for text in [&html, &svg] {
        let paths = text.split(" d=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        for path in paths {
            assert!(!path.contains("NaN") && !path.contains("inf"), "{path}");
        }
    }
    assert!(html.contains("\u{221e}"));
    assert!(!report::text(&results).contains("NaN"));
    assert!(!String::from_utf8(report::csv(&results)).unwrap().contains("NaN"));
}

/// Leaves the file for readers in other languages, outside the source tree.
#[cfg(feature = "parquet")]
#[test]
fn parquet_has_the_values_of_the_table() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    let results = with_training();
    let bytes = report::parquet(&results);
    assert_eq!(bytes, report::parquet(&results));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("results.parquet");
    std::fs::write(&file, &bytes).unwrap();
    std::fs::write(file.with_extension("csv"), report::csv(&results)).unwrap();
    let table = report::csv(&results);
    let mut lines = csv::Reader::from_reader(table.as_slice());
    let reader = SerializedFileReader::new(std::fs::File::open(&file).unwrap()).unwrap();
    let mut rows = 0;
    for (row, line) in reader.get_row_iter(None).unwrap().zip(lines.records()) {
        let (row, line) = (row.unwrap(), line.unwrap());
        assert_eq!(row.len(), report::COLUMNS.len());
        let cells = row.get_column_iter().zip(&line);
        for (((name, field), cell), (expected, kind)) in cells.zip(report::COLUMNS) {
            assert_eq!(name, expected);
            let written = match (field, kind) {
                (Field::Null, _) => String::new(),
                (Field::Str(text), report::ColumnKind::Text) => text.clone(),
                (Field::Bool(flag), report::ColumnKind::Flag) => flag.to_string(),
                (Field::ULong(count), report::ColumnKind::Count) => count.to_string(),
                (Field::Double(number), report::ColumnKind::Number) => number.to_string(),
                (field, kind) => panic!("{name}: {field:?} for {kind:?}"),
            };
            assert_eq!(written, cell, "{name}");
        }
        rows += 1;
    }
    assert_eq!(rows, results.arms.iter().map(|arm| arm.levels.len()).sum::<usize>());
}
