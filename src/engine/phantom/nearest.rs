//! Names as people mistype them: similarity, units in keys, lists for messages; knows no
//! phantom.

/// Names longer than this are similar to nothing: similarity costs the product of the lengths.
const LONGEST: usize = 64;

/// Similarity (1 − Damerau-Levenshtein distance over the longer length) from which a name is
/// offered as the one that was meant.
const SIMILAR: f64 = 0.5;

/// Names shown in a list.
const MOST_LISTED: usize = 16;

/// Units that keys end in, longest first, with their names.
const UNITS: [(&str, &str); 13] = [
    ("_db_per_cm", "dB per cm"),
    ("_percent", "percent"),
    ("_per_mm", "1/mm"),
    ("_pixels", "pixels"),
    ("_quanta", "quanta"),
    ("_counts", "counts"),
    ("_deg", "degrees"),
    ("_mm", "mm"),
    ("_hu", "HU"),
    ("_ms", "ms"),
    ("_au", "arbitrary units"),
    ("_db", "dB"),
    ("_t", "tesla"),
];

/// Endings that people write for a unit, longest first.
const FOREIGN_UNITS: [&str; 24] = [
    "_millimetres",
    "_millimeters",
    "_lp_per_cm",
    "_db_per_cm",
    "_degrees",
    "_percent",
    "_per_cm",
    "_per_mm",
    "_quanta",
    "_counts",
    "_pixels",
    "_pixel",
    "_deg",
    "_rad",
    "_mm",
    "_cm",
    "_um",
    "_px",
    "_hu",
    "_ms",
    "_au",
    "_db",
    "_t",
    "_m",
];

/// The unit that a key ends in.
pub(super) fn unit_of(key: &str) -> Option<&'static str> {
    UNITS.iter().find(|(ending, _)| key.ends_with(ending)).map(|&(_, unit)| unit)
}

/// The key without its unit, whatever that is.
fn stem(key: &str) -> &str {
    FOREIGN_UNITS.iter().find_map(|ending| key.strip_suffix(ending)).unwrap_or(key)
}

/// How similar two names are, 0 to 1, without regard to case. The beginning of a name is as good
/// as the name.
fn similarity(one: &str, other: &str) -> f64 {
    if one.len() > LONGEST || other.len() > LONGEST {
        return 0.0;
    }
    if one.len() >= 3 && other.starts_with(one) {
        return 1.0;
    }
    strsim::normalized_damerau_levenshtein(&one.to_lowercase(), &other.to_lowercase())
}

/// The most similar of `names` (the first of equals), if it is similar at all: the one that was
/// probably meant.
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best = None;
    let mut most = SIMILAR;
    for candidate in names {
        let similarity = similarity(name, candidate);
        if similarity > most || (best.is_none() && similarity >= most) {
            (best, most) = (Some(candidate), similarity);
        }
    }
    best
}

/// The key that names the same quantity as `key` but for its unit, and that unit: each word of
/// `key` without its unit is a word of it.
pub(super) fn same_quantity<'a>(
    key: &str,
    keys: impl IntoIterator<Item = &'a str>,
) -> Option<(&'a str, &'static str)> {
    if key.len() > LONGEST {
        return None;
    }
    let key = key.to_lowercase();
    let mut found: Option<(&str, &'static str)> = None;
    for candidate in keys {
        let Some(unit) = unit_of(candidate) else { continue };
        let words: Vec<&str> = stem(candidate).split('_').collect();
        // Of two candidates the shorter one is closer to what was written.
        let closer = found.is_none_or(|(other, _)| candidate.len() < other.len());
        if closer && stem(&key).split('_').all(|word| words.contains(&word)) {
            found = Some((candidate, unit));
        }
    }
    found
}

/// "`a`", or "one of `a`, `b`, `c`", at most [`MOST_LISTED`] of them.
pub(super) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let mut quoted: Vec<String> =
        names.iter().take(MOST_LISTED).map(|name| format!("`{}`", name.as_ref())).collect();
    if names.len() > MOST_LISTED {
        quoted.push(format!("{} more", names.len() - MOST_LISTED));
    }
    match quoted.len() {
        1 => quoted.remove(0),
        _ => format!("one of {}", quoted.join(", ")),
    }
}

/// A text from a file, safe to print: without control characters, at most 60 characters.
pub(super) fn printable(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}

/// A number for people: at most 4 decimals.
pub(super) fn rounded(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_unit_leads_to_the_right_key() {
        let keys = ["equivalent_radius_mm", "contrast_hu", "offset_mm", "shapes"];
        assert_eq!(same_quantity("radius_px", keys), Some(("equivalent_radius_mm", "mm")));
        assert_eq!(same_quantity("contrast", keys), Some(("contrast_hu", "HU")));
        assert_eq!(same_quantity("shape_mm", keys), None);
    }

    #[test]
    fn a_slip_of_the_finger_leads_to_the_right_name() {
        let shapes = ["disk", "square", "triangle", "ring", "cross"];
        assert_eq!(nearest("sqare", shapes), Some("square"));
        assert_eq!(nearest("Disc", shapes), Some("disk"));
        assert_eq!(nearest("hexagon", shapes), None);
    }

    #[test]
    fn numbers_are_shown_without_the_dust_of_binary() {
        assert_eq!(rounded(16.0 * 0.45), "7.2");
        assert_eq!(rounded(-1024.0), "-1024");
        assert_eq!(rounded(-1e-9), "0");
    }
}
