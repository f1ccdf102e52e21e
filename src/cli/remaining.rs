//! How much of a long piece of work is done, and how long the rest takes, from the units of it that
//! were finished; shows nothing and reads no clock.

use std::time::Duration;

/// Nothing is said of the rest before so much of the work is done, as a share.
const LEAST_SHARE: f64 = 0.03;
/// And not before it took so many seconds.
const LEAST_SECONDS: f64 = 5.0;

/// A stage of the work: steps that are counted, and units whose time is measured.
#[derive(Debug, Clone, Default)]
pub(super) struct Portion {
    /// Steps of it.
    pub(super) steps: u64,
    /// Steps that are done.
    pub(super) done: u64,
    /// Units of it.
    pub(super) units: u64,
    /// What all units were expected to take, in seconds of a core: proportions of stages count.
    pub(super) expected: f64,
    /// Finished units.
    finished: u64,
    /// What these took.
    took: Duration,
}

impl Portion {
    /// A stage of which nothing is done.
    pub(super) fn new(steps: u64, units: u64, expected: f64) -> Self {
        Self { steps, units, expected, ..Self::default() }
    }

    /// Units were finished.
    pub(super) fn finish(&mut self, units: u64, took: Duration) {
        self.finished += units;
        self.took += took;
    }

    fn share(&self) -> f64 {
        if self.steps == 0 { 1.0 } else { self.done.min(self.steps) as f64 / self.steps as f64 }
    }

    /// What all units take, by those that are finished.
    fn measured(&self) -> Option<f64> {
        let each = self.took.as_secs_f64() / self.finished as f64;
        (self.finished > 0).then_some(each * self.units as f64)
    }
}

/// The share of all work that is done. Stages without a finished unit count as they were expected
/// to, by the stages that have one.
pub(super) fn share(portions: &[Portion]) -> f64 {
    let known = portions.iter().filter_map(|it| Some((it.measured()?, it.expected)));
    let (measured, expected) = known.fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    let scale = if expected > 0.0 { measured / expected } else { 1.0 };
    let whole = |it: &Portion| it.measured().unwrap_or(it.expected * scale);
    let all: f64 = portions.iter().map(whole).sum();
    let done: f64 = portions.iter().map(|it| whole(it) * it.share()).sum();
    if all > 0.0 { done / all } else { 0.0 }
}

/// Seconds that are left, after `elapsed` seconds; `None` where too little is done to know.
pub(super) fn left(portions: &[Portion], elapsed: f64) -> Option<f64> {
    let done = share(portions);
    (done >= LEAST_SHARE && elapsed >= LEAST_SECONDS).then(|| elapsed * (1.0 - done) / done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_before_it_is_known() {
        let mut images = Portion::new(100, 100, 100.0);
        assert_eq!(left(&[images.clone()], 60.0), None);
        images.done = 50;
        assert_eq!(left(&[images.clone()], 2.0), None);
        assert_eq!(left(&[images], 60.0), Some(60.0));
        assert_eq!(left(&[], 60.0), None);
    }

    /// Images were expected to take as long as networks, 100 s each. Half of the images took 10 s,
    /// so that all are expected to take 20 s, and networks 20 s too: a quarter is done. One of two
    /// networks then takes 90 s, so that they take 180 s: 10 + 90 of 200 s are done.
    #[test]
    fn the_rest_is_learned_from_units_that_are_finished() {
        let mut portions = [Portion::new(100, 100, 100.0), Portion::new(20, 2, 100.0)];
        portions[0].done = 50;
        portions[0].finish(50, Duration::from_secs(10));
        assert_eq!(left(&portions, 10.0), Some(30.0));
        portions[1].done = 10;
        portions[1].finish(1, Duration::from_secs(90));
        assert_eq!(share(&portions), 0.5);
        assert_eq!(left(&portions, 50.0), Some(50.0));
    }
}
