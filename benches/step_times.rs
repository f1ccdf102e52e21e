//! When the steps of a training began.

use std::cell::RefCell;
use std::time::Instant;

use phantom_limit::network::Watch;

/// Notes when each batch begins.
#[derive(Default)]
pub(crate) struct StepTimes(RefCell<Vec<Instant>>);

impl StepTimes {
    /// Seconds of so many steps after the first, which warms up: the last poll but those of the tune
    /// set ends the last step.
    pub(crate) fn seconds(self, steps: usize) -> f64 {
        let times = self.0.into_inner();
        (times[steps + 1] - times[1]).as_secs_f64()
    }
}

impl Watch for StepTimes {
    fn stopped(&self) -> bool {
        self.0.borrow_mut().push(Instant::now());
        false
    }

    fn epoch(&mut self, _: usize, _: usize, _: f64, _: f64) {}
}
