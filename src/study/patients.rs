//! Brings images of one patient together: the patient is the unit of inference; scores nothing.

use crate::metric::outline::asked;
use crate::record::CaseRecord;
use crate::task::{TaskName, Truth};

/// What is true of each case: of each image that was drawn, and of all images of a patient together.
/// Images of a patient follow one another, so that examples keep their order.
#[must_use]
pub fn truths(cases: &[CaseRecord]) -> Vec<Truth> {
    let patient = |case: &CaseRecord| case.origin.as_ref().map(|it| it.patient.clone());
    let same = |a: &CaseRecord, b: &CaseRecord| {
        let (a, b) = (patient(a), patient(b));
        a.is_some() && a == b
    };
    let merged = |cases: &[CaseRecord]| {
        let mut truth = cases[0].truth.clone();
        for case in &cases[1..] {
            truth.classes.extend_from_slice(&case.truth.classes);
            truth.detection.extend_from_slice(&case.truth.detection);
            truth.further.extend(case.truth.outlines.clone());
        }
        truth
    };
    cases.chunk_by(same).map(merged).collect()
}

/// Cases with examples of the rarest kind that a task must tell apart: patients of the rarest class, or
/// of the rarer of present and absent. Of a task that outlines, those with a target.
pub(super) fn of_the_rarest(task: TaskName, classes: usize, truths: &[Truth]) -> usize {
    let with = |has: &dyn Fn(&Truth) -> bool| truths.iter().filter(|it| has(it)).count();
    if task == TaskName::Detect {
        return [true, false]
            .map(|is| with(&|it| it.detection.contains(&is)))
            .into_iter()
            .min()
            .unwrap_or(0);
    }
    if task == TaskName::Outline {
        return with(&|it| it.images().any(|image| asked(image).next().is_some()));
    }
    let of_class = |class: u8| with(&|it| it.classes.contains(&class));
    (0..classes as u8).map(of_class).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::ImageOrigin;

    fn case(index: u64, patient: Option<&str>, classes: &[u8], detection: &[bool]) -> CaseRecord {
        let origin = patient.map(|patient| ImageOrigin {
            name: index.to_string(),
            patient: patient.to_owned(),
            pixels: 1,
        });
        let truth =
            Truth { classes: classes.to_vec(), detection: detection.to_vec(), ..Truth::default() };
        CaseRecord { index, sha256: String::new(), origin, truth, renditions: Vec::new() }
    }

    #[test]
    fn images_of_a_patient_are_one_case() {
        let cases = [
            case(0, Some("a"), &[0, 1], &[true]),
            case(1, Some("a"), &[2], &[false]),
            case(2, Some("b"), &[1], &[false]),
        ];
        let found = truths(&cases);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (&found[0].classes[..], &found[0].detection[..]),
            (&[0, 1, 2][..], &[true, false][..])
        );
        assert_eq!(of_the_rarest(TaskName::Identify, 3, &found), 1);
        assert_eq!(of_the_rarest(TaskName::Identify, 2, &found), 1);
        assert_eq!(of_the_rarest(TaskName::Detect, 2, &found), 1);
        // Drawn images are no patients that share a name.
        assert_eq!(truths(&[case(0, None, &[0], &[]), case(1, None, &[0], &[])]).len(), 2);
    }
}
