//! The content hash of a phantom changes with everything that forms the image and with nothing
//! else.

use std::collections::BTreeSet;

use phantom_limit_engine::phantom::Phantom;

const HEAD: &str = include_str!("../phantom/head.toml");

fn hash(edits: &[(&str, &str)]) -> String {
    let mut source = HEAD.to_owned();
    for (text, by) in edits {
        assert!(source.contains(text), "{text} is not in the file");
        source = source.replacen(text, by, 1);
    }
    Phantom::parse(&source, "head.toml")
        .unwrap_or_else(|error| panic!("{error}"))
        .content_hash_hex()
}

#[test]
fn words_do_not_count() {
    let original = hash(&[]);
    assert_eq!(original.len(), 64);
    for edit in [
        ("ct-head", "ct-other"),
        ("CT head, 5 mm slice", "A corrected title"),
        ("anatomy = \"head\"", "anatomy = \"skull\""),
        ("ratio = 12", "ratio = 15"),
        ("year = 2008", "year = 2011"),
        ("format = 1", "# A comment.\nformat = 1"),
        ("[matrix]\nrows = 512\ncolumns = 512", "[matrix]\ncolumns = 512\nrows = 512"),
        // The same numbers, written otherwise.
        ("sigma_hu = 4.0", "sigma_hu = 4"),
        ("sigma_hu = 4.0", "sigma_hu = 0.4e1"),
        ("semi_axes_mm = [78.0", "center_mm = [0.0, -0.0]\nsemi_axes_mm = [78.0"),
    ] {
        assert_eq!(hash(&[edit]), original, "{edit:?}");
    }
}

#[test]
fn everything_that_forms_the_image_counts() {
    let edits = [
        ("rows = 512", "rows = 1024"),
        ("columns = 512", "columns = 1024"),
        ("pixel_spacing_mm = 0.45", "pixel_spacing_mm = 0.46"),
        ("bits_stored = 12", "bits_stored = 13"),
        ("bits_stored = 12", "bits_stored = 16"),
        ("slope = 1.0", "slope = 0.75"),
        ("intercept = -1024.0", "intercept = -1025.0"),
        ("center_hu = 40.0", "center_hu = 41.0"),
        ("width_hu = 120.0", "width_hu = 121.0"),
        ("surround_hu = -1000.0", "surround_hu = -999.0"),
        ("semi_axes_mm = [78.0", "center_mm = [0.0, 1.0]\nsemi_axes_mm = [78.0"),
        ("semi_axes_mm = [78.0", "semi_axes_mm = [78.1"),
        ("semi_axes_mm = [78.0", "angle_deg = 1\nsemi_axes_mm = [78.0"),
        ("amplitude_mm = 5.0", "amplitude_mm = 5.1"),
        ("cycles = 14", "cycles = 15"),
        ("value_hu = 10.0", "value_hu = 11.0"),
        ("\"disk\", \"square\"", "\"square\", \"disk\""),
        ("absent_fraction = 0.1667", "absent_fraction = 0.2"),
        ("[1.35,", "[1.36,"),
        ("2.7]", "2.71]"),
        ("40.0]", "41.0]"),
        ("\"either\"", "\"positive\""),
        ("inside = \"brain\"", "inside = \"white matter\""),
        ("region_pixels = 32", "region_pixels = 36"),
        ("offset_mm = 2.25", "offset_mm = 2.24"),
        ("mtf50_per_mm = 0.40", "mtf50_per_mm = 0.41"),
        ("sigma_hu = 4.0", "sigma_hu = 4.000000000000001"),
        ("\"soft\"", "\"bone\""),
        ("kernel = ", "dose_percent = 50.0\nkernel = "),
        ("kernel = ", "slice_thickness_mm = 2.0\nkernel = "),
        ("offset_mm", "grid_phase_pixels = [1.0, 2.0]\noffset_mm"),
        ("offset_mm", "regions_at_most = 9\noffset_mm"),
        ("offset_mm", "design = \"paired\"\noffset_mm"),
        ("value_hu = 10.0", "mirror = true\nvalue_hu = 10.0"),
    ];
    let mut hashes: BTreeSet<String> = edits.iter().map(|&edit| hash(&[edit])).collect();
    hashes.insert(hash(&[]));
    assert_eq!(hashes.len(), edits.len() + 1);
}
