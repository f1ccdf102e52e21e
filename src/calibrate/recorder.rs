//! Measures how long a round of work takes, and passes its progress on; shows nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::campaign::TimeSpent;
use crate::files;
use crate::study::{Ahead, Part, Progress, Stage, Unit};

/// Measures progress and passes it on.
pub(super) struct Recorder {
    listener: Arc<dyn Progress>,
    times: Mutex<Times>,
    /// Is given what was spent, now and then.
    keep: Box<dyn Fn(TimeSpent) + Send + Sync>,
    kept: Mutex<Instant>,
    /// What the process had taken of processors when the round began.
    processor_before: Option<f64>,
}

/// How often what was spent is kept: a process may be killed.
const KEEP: Duration = Duration::from_secs(2);

#[derive(Default)]
struct Times {
    stages: Vec<StageTime>,
    parts: BTreeMap<Part, Duration>,
    units: BTreeMap<Unit, (u64, Duration)>,
    pieces: Vec<(String, f64)>,
}

/// Stages may overlap.
struct StageTime {
    stage: Stage,
    total: u64,
    done: u64,
    /// When its first step was done, or the stages before it were.
    began: Option<Instant>,
    seconds: Option<f64>,
}

impl Times {
    /// The first stage that is not finished has begun.
    fn begin_next(&mut self) {
        if let Some(next) = self.stages.iter_mut().find(|it| it.seconds.is_none()) {
            next.began.get_or_insert_with(Instant::now);
        }
    }
}

impl Recorder {
    pub(super) fn new(
        listener: Arc<dyn Progress>,
        keep: impl Fn(TimeSpent) + Send + Sync + 'static,
    ) -> Self {
        Self {
            listener,
            times: Mutex::default(),
            keep: Box::new(keep),
            kept: Mutex::new(Instant::now()),
            processor_before: files::processor_seconds(),
        }
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    /// What the round took, up to now.
    pub(super) fn spent(&self) -> TimeSpent {
        let times = self.times();
        let stages = times.stages.iter().filter_map(|it| {
            let seconds = it.seconds.or(Some(it.began?.elapsed().as_secs_f64()))?;
            Some((it.stage.name(), seconds))
        });
        let parts = times.parts.iter().map(|(part, time)| (part.name(), time.as_secs_f64()));
        let units = (times.units.iter())
            .map(|(unit, (count, time))| (unit.name(), *count, time.as_secs_f64()));
        TimeSpent {
            stages: stages.collect(),
            parts: parts.collect(),
            units: units.collect(),
            pieces: times.pieces.clone(),
            processor: files::processor_seconds()
                .zip(self.processor_before)
                .map(|(now, before)| now - before),
        }
    }
}

impl Progress for Recorder {
    fn stage(&self, stage: Stage, ahead: Ahead) {
        let mut times = self.times();
        let total = ahead.steps;
        times.stages.push(StageTime { stage, total, done: 0, began: None, seconds: None });
        times.begin_next();
        drop(times);
        self.listener.stage(stage, ahead);
    }

    fn advance(&self, stage: Stage, steps: u64) {
        let mut times = self.times();
        if let Some(it) = times.stages.iter_mut().find(|it| it.stage == stage) {
            let began = *it.began.get_or_insert_with(Instant::now);
            it.done += steps;
            if it.done >= it.total && it.seconds.is_none() {
                it.seconds = Some(began.elapsed().as_secs_f64());
            }
        }
        times.begin_next();
        drop(times);
        self.listener.advance(stage, steps);
    }

    fn note(&self, text: &str) {
        self.listener.note(text);
    }

    fn spent(&self, part: Part, time: Duration) {
        *self.times().parts.entry(part).or_default() += time;
        self.listener.spent(part, time);
    }

    fn finished(&self, unit: Unit, count: u64, time: Duration) {
        let mut times = self.times();
        let (units, spent) = times.units.entry(unit).or_default();
        *units += count;
        *spent += time;
        drop(times);
        self.listener.finished(unit, count, time);
    }

    fn piece(&self, name: &str, time: Duration) {
        self.times().pieces.push((name.to_owned(), time.as_secs_f64()));
        let mut kept = self.kept.lock().unwrap_or_else(|poison| poison.into_inner());
        if kept.elapsed() >= KEEP {
            (self.keep)(Recorder::spent(self));
            *kept = Instant::now();
        }
        drop(kept);
        self.listener.piece(name, time);
    }
}

#[cfg(test)]
mod tests {
    use super::super::job::Silent;
    use super::*;
    use crate::codec::CodecName;
    use crate::record::Regime;

    fn steps(steps: u64) -> Ahead {
        Ahead { steps, units: steps, seconds: 1.0 }
    }

    #[test]
    fn parts_are_summed_in_the_order_of_the_work() {
        let recorder = Recorder::new(Arc::new(Silent), drop);
        recorder.stage(Stage::Prepare, steps(2));
        for (part, seconds) in [
            (Part::Train(Regime::Original), 90),
            (Part::Draw, 5),
            (Part::Encode(CodecName::Jpeg), 3),
            (Part::Draw, 2),
        ] {
            Progress::spent(&recorder, part, Duration::from_secs(seconds));
        }
        let TimeSpent { stages, parts, .. } = Recorder::spent(&recorder);
        assert_eq!(stages.len(), 1);
        let expected = [("draw", 7.0), ("encode jpeg", 3.0), ("train original", 90.0)];
        assert_eq!(parts, expected.map(|(name, seconds)| (name.to_owned(), seconds)));
    }

    #[test]
    fn overlapping_stages_are_measured_apart() {
        let recorder = Recorder::new(Arc::new(Silent), drop);
        let networks = Stage::Train(Regime::Original);
        recorder.stage(Stage::Prepare, steps(2));
        recorder.stage(networks, steps(3));
        recorder.advance(networks, 3);
        recorder.advance(Stage::Prepare, 1);
        let finished: Vec<bool> =
            recorder.times().stages.iter().map(|it| it.seconds.is_some()).collect();
        assert_eq!(finished, [false, true]);
        let names: Vec<String> =
            Recorder::spent(&recorder).stages.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["images", "networks original"]);
    }
}
