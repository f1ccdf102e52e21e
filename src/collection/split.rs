//! To which split a patient belongs: as stated, or dealt by a hash of its name, so that no order of
//! images and no other patient decides it.

use crate::dataset::Split;
use crate::files;

/// Shares of the patients that are dealt to train and to tune; the others are for testing.
const SHARES: [f64; 2] = [0.5, 0.1];
/// Share of the patients for training on which epochs are chosen, where the data state none for it.
const TUNE_OF_TRAIN: f64 = 0.15;

/// The split of a name as data sets write it.
pub(super) fn named(text: &str) -> Option<Split> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["train", "training"]) {
        Some(Split::Train)
    } else if is(&["val", "valid", "validation", "tune", "tuning", "dev"]) {
        Some(Split::Tune)
    } else if is(&["test", "testing"]) {
        Some(Split::Test)
    } else {
        None
    }
}

/// The names that are understood, for messages.
pub(super) const NAMES: &str = "train, val or test";

/// A number from 0 to below 1 that a seed, a purpose and a name decide.
pub(super) fn share(seed: u64, purpose: &str, name: &str) -> f64 {
    let hash = files::sha256(format!("{seed}\0{purpose}\0{name}").as_bytes());
    let bits = u64::from_str_radix(&hash[..13], 16).expect("a hash is hexadecimal");
    bits as f64 / (1_u64 << 52) as f64
}

/// The split that a patient is dealt to.
pub(super) fn dealt(seed: u64, patient: &str) -> Split {
    let share = share(seed, "split", patient);
    if share < SHARES[0] {
        Split::Train
    } else if share < SHARES[0] + SHARES[1] {
        Split::Tune
    } else {
        Split::Test
    }
}

/// Whether a patient for training serves for tuning, where no patient is stated to.
pub(super) fn tunes(seed: u64, patient: &str) -> bool {
    share(seed, "tune", patient) < TUNE_OF_TRAIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_patient_is_dealt_to_never_changes() {
        // Python: h = hashlib.sha256(b"1\0split\0p1").hexdigest(); int(h[:13], 16) / 2**52.
        assert!((share(1, "split", "p1") - SHARE_OF_P1).abs() < 1e-12);
        let count = |split| (0..10_000).filter(|it| dealt(1, &it.to_string()) == split).count();
        // Three standard deviations of 10 000 draws with chance p: 3 √(10 000 p (1 − p)).
        assert!(count(Split::Train).abs_diff(5000) < 150);
        assert!(count(Split::Tune).abs_diff(1000) < 90);
        let tuning = (0..10_000).filter(|it| tunes(1, &it.to_string())).count();
        assert!(tuning.abs_diff(1500) < 108);
    }

    const SHARE_OF_P1: f64 = 0.17367278863826563;
}
