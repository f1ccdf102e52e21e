//! Values that an image does not hold: what to do so that none is lost without a word.

use super::error::{Fault, not_taken};

/// How the user converts a file in Python.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// What reads the samples.
    load: String,
    /// What writes an expression of them, around it.
    save: [&'static str; 2],
}

impl Way {
    /// By NumPy, from an array that `load` gives.
    pub(super) fn numpy(load: &str) -> Self {
        Self { load: load.to_owned(), save: ["numpy.save(\"out.npy\", ", ")"] }
    }

    /// By tifffile: of several pages the one with this number, from 0.
    pub(super) fn tifffile(page: Option<usize>) -> Self {
        let key = page.map_or_else(String::new, |page| format!(", key={page}"));
        let load = format!("tifffile.imread(\"in.tif\"{key})");
        Self { load, save: ["tifffile.imwrite(\"out.tif\", ", ")"] }
    }

    fn save(&self, expression: &str) -> String {
        format!("{}{expression}{}", self.save[0], self.save[1])
    }
}

/// The fault of a file that holds `kind`, with a way that keeps its values.
pub(super) fn refused(kind: &str, values: impl Iterator<Item = f64>, way: &Way) -> Fault {
    let what = format!("the samples are {kind}, not integers of 8 or 16 bits");
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let (mut whole, mut finite) = (true, true);
    for value in values {
        finite &= value.is_finite();
        if value.is_finite() {
            (low, high) = (low.min(value), high.max(value));
            whole &= value == value.trunc();
        }
    }
    let load = format!("a = {}", way.load);
    if low > high {
        return not_taken(what, "none of the values is a number: export the image again");
    }
    let (what, load) = if finite {
        (what, load)
    } else {
        let filled = format!("{load}; a = numpy.where(numpy.isfinite(a), a, {low})");
        (format!("{what}, and some are none (the way out makes them {low})"), filled)
    };
    let within = |least: i32, most: i32| f64::from(least) <= low && high <= f64::from(most);
    let kept = if whole && within(0, 65_535) {
        Some("a.astype(numpy.uint16)".to_owned())
    } else if whole && within(-32_768, 32_767) {
        Some("a.astype(numpy.int16)".to_owned())
    } else if whole && high - low <= 65_535.0 {
        Some(format!("(a.astype(numpy.float64) - {low}).astype(numpy.uint16)"))
    } else {
        None
    };
    if !(high - low).is_finite() || (high > low && (high - low) / 65_535.0 < f64::MIN_POSITIVE) {
        return not_taken(what, "they span more or less than 16 bits can hold: scale them first");
    }
    let remedy = match kept {
        Some(expression) => {
            format!(
                "they are whole numbers from {low} to {high}, and Python keeps every one: {load}; {}",
                way.save(&expression)
            )
        }
        None => {
            let step = if high > low { (high - low) / 65_535.0 } else { 1.0 };
            let expression = format!(
                "numpy.rint((a.astype(numpy.float64) - {low:e}) / {step:e}).astype(numpy.uint16)"
            );
            format!(
                "Python keeps them to half a step of {step:e} from {low:e} on: {load}; {}",
                way.save(&expression)
            )
        }
    };
    not_taken(what, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(values: &[f64]) -> String {
        refused("float32", values.iter().copied(), &Way::numpy("numpy.load(\"in.npy\")"))
            .to_string()
    }

    #[test]
    fn the_way_out_keeps_the_values() {
        assert!(way(&[0.0, 4095.0]).contains("a.astype(numpy.uint16)"));
        assert!(way(&[-1024.0, 3071.0]).contains("a.astype(numpy.int16)"));
        assert!(way(&[-5000.0, 50_000.0]).contains("- -5000).astype(numpy.uint16)"));
        let share = way(&[0.0, 0.25, 1.0]);
        assert!(share.contains("half a step of 1.5259"), "{share}");
        assert!(way(&[0.0, f64::NAN, 5.0]).contains("numpy.isfinite"));
        assert!(way(&[f64::NAN]).contains("none of the values"));
    }
}
