//! Numbers the trainings of a study, so that each has random streams of its own; trains nothing.

use crate::record::Job;

/// Every network of a study draws its weights and batches from streams of its own.
pub(super) fn lesson_number(job: Job) -> u64 {
    let asked = (job.task as u64) << 6 | (job.path as u64) << 4;
    let recipe = u64::from(job.replicate) << 8 | asked | job.regime as u64;
    if let Some(share) = job.training_share {
        // In millionths, in the place of a level's target: no level is of codec 0.
        return ((share * 1e6).round() as u64) << 24 | recipe;
    }
    let Some(level) = job.trained_at else { return recipe };
    // Codec and level themselves, not their place in the plan: another ladder changes no network.
    let codec = level.codec.map_or(0, |codec| codec as u64 + 1);
    let target = (level.target.unwrap_or(0.0) * 1000.0).round() as u64;
    codec << 60 | target.min((1 << 30) - 1) << 24 | recipe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::CodecName;
    use crate::record::{Condition, InputPath, LevelBase, Regime};
    use crate::task::TaskName;

    #[test]
    fn lesson_numbers_never_change() {
        let job = Job::new(TaskName::Detect, InputPath::Windowed, Regime::Original, 3);
        assert_eq!(lesson_number(job), 3 << 8 | 1 << 6 | 1 << 4);
        let share = |training_share| Job { training_share: Some(training_share), ..job };
        assert_eq!(lesson_number(share(0.25)), 250_000 << 24 | lesson_number(job));
        let level = |codec, target| Job {
            regime: Regime::Matched,
            trained_at: Some(Condition {
                codec: Some(codec),
                target: Some(target),
                base: LevelBase::Ratio,
            }),
            ..job
        };
        // 250:1 has the same number in this place, but not codec 0.
        let matched = lesson_number(level(CodecName::Jpeg, 250.0));
        assert_eq!(matched & ((1 << 60) - 1), lesson_number(share(0.25)) | Regime::Matched as u64);
        assert_ne!(matched >> 60, 0);
        let names = [job, share(0.25), level(CodecName::Jpeg, 250.0)].map(|job| job.name());
        let expected = ["original-3", "original-share-0.25-3", "matched-jpeg-250-3"];
        assert_eq!(names, expected.map(|it| format!("detect-windowed-{it}")));
    }
}
