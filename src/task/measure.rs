//! Defines what a score is called, what it counts and which direction is better; scores nothing.

use serde::{Deserialize, Serialize};

/// The direction in which a score is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Larger scores are better: accuracy, area under a curve, Dice.
    Higher,
    /// Smaller scores are better: a distance, an error.
    Lower,
}

impl Direction {
    /// What is lost from `before` to `after`, above 0 where `after` is worse.
    ///
    /// ```
    /// use phantom_limit::task::Direction;
    /// assert_eq!(Direction::Higher.loss(9.0, 7.0), 2.0);
    /// assert_eq!(Direction::Lower.loss(1.5, 2.0), 0.5);
    /// ```
    #[must_use]
    pub fn loss(self, before: f64, after: f64) -> f64 {
        match self {
            Self::Higher => before - after,
            Self::Lower => after - before,
        }
    }
}

/// A task's score, as `limit` and `report` need to know it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Name of the task: `identify`, `detect`.
    pub task: String,
    /// What the score is called: `accuracy`.
    pub score: String,
    /// The same where there is little room: `AUC`.
    pub short: String,
    /// What the score is a share or a mean of, in words.
    pub unit: String,
    /// What the score counts one by one, singular: `region`, or `image` where each case has one.
    pub example: String,
    /// What is random beside networks, singular: `image`, of which each shows another patient, or
    /// `patient` where there are several images of one.
    #[serde(default = "image")]
    pub case: String,
    /// Smallest and largest score.
    pub range: [f64; 2],
    /// Scores on originals from and up to which a loss can be judged: above, a better score would
    /// have nothing to show for it, and below, little but guessing is lost.
    pub usable: [f64; 2],
    /// The score of guessing; `None` where nothing can be guessed.
    pub chance: Option<f64>,
    /// The direction in which the score is better.
    pub direction: Direction,
}

fn image() -> String {
    "image".to_owned()
}

/// What the score is called that is an area under the ROC curve.
pub(crate) const AREA: &str = "area under the ROC curve";

impl Measure {
    /// Whether the score is an area under the ROC curve, which a d_a corresponds to.
    #[must_use]
    pub fn is_area(&self) -> bool {
        self.score == AREA && self.range == [0.0, 1.0] && self.direction == Direction::Higher
    }

    /// Smallest and largest loss.
    #[must_use]
    pub fn loss_range(&self) -> (f64, f64) {
        let width = self.range[1] - self.range[0];
        (-width, width)
    }
}
