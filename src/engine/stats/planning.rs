//! How many images and networks a paired non-inferiority study needs; knows no cost.

use super::{MeanSquares, StatsError, check_tail, degrees_of_freedom, normal_quantile, t_quantile};

/// What a study must show: loss below a margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NonInferiority {
    /// Largest loss that is accepted, above the expected one.
    pub margin: f64,
    /// Loss that is expected.
    pub expected_loss: f64,
    /// One-sided error, in (0, 0.5).
    pub alpha: f64,
    /// Probability to show it, in (0.5, 1).
    pub power: f64,
}

impl NonInferiority {
    /// Independent regions of one network that are needed, times the design effect:
    /// (z_{1−α} + z_power)² · discordant · effect / (margin − expected loss)² (Connor, 1987, for
    /// paired proportions). `discordant` is the share of regions whose answer changes, and the
    /// design effect how much more their mean varies than if regions of an image were
    /// independent.
    ///
    /// ```
    /// use phantom_limit_engine::stats::NonInferiority;
    /// let aim = NonInferiority { margin: 0.02, expected_loss: 0.0, alpha: 0.025, power: 0.9 };
    /// assert_eq!(aim.regions(0.05, 1.0).unwrap().ceil(), 1314.0);
    /// ```
    ///
    /// # Errors
    /// If a probability is out of range or nothing is left between expected loss and margin.
    pub fn regions(&self, discordant: f64, design_effect: f64) -> Result<f64, StatsError> {
        let gap = self.gap()?;
        let z = normal_quantile(1.0 - self.alpha)? + normal_quantile(self.power)?;
        Ok(z * z * discordant * design_effect / (gap * gap))
    }

    /// Images that `networks` networks need by the parts of the variance that a pilot found, with
    /// t in place of z: the t of the interval and of the power, on the [`degrees_of_freedom`] that
    /// these parts are expected to give with so many images. `None` where networks differ so much
    /// that no number of images suffices at S − 1 degrees.
    ///
    /// # Errors
    /// If a probability is out of range, there are fewer than 2 networks, or nothing is left
    /// between expected loss and margin.
    pub fn images(&self, pilot: &Components, networks: usize) -> Result<Option<u64>, StatsError> {
        let gap = self.gap()?;
        let s = networks as f64;
        // What the mean squares leave for images at some degrees of freedom.
        let needed = |freedom: f64| {
            let t = t_quantile(1.0 - self.alpha, freedom)? + t_quantile(self.power, freedom)?;
            let left = (gap / t).powi(2) - pilot.networks / s;
            Ok((left > 0.0).then(|| (pilot.images + pilot.rest / s) / left))
        };
        let Some(most) = needed(s - 1.0)? else { return Ok(None) };
        // At S − 1 degrees so many do; with the degrees that fewer images give, fewer may.
        let (mut too_few, mut enough) = (0, most.ceil().max(1.0) as u64);
        while enough - too_few > 1 {
            let images = u64::midpoint(too_few, enough);
            let freedom = degrees_of_freedom(&pilot.expected(networks, images as usize));
            if needed(freedom)?.is_some_and(|needed| needed <= images as f64) {
                enough = images;
            } else {
                too_few = images;
            }
        }
        Ok(Some(enough))
    }

    fn gap(&self) -> Result<f64, StatsError> {
        check_tail(self.alpha)?;
        check_tail(1.0 - self.power)?;
        let gap = self.margin - self.expected_loss;
        if gap > 0.0 {
            Ok(gap)
        } else {
            Err(StatsError::Value { value: self.expected_loss, position: 0 })
        }
    }
}

/// Parts of the variance of one network's loss on one image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Components {
    /// Variance of the networks' own losses.
    pub networks: f64,
    /// Variance of the images' losses that all networks share.
    pub images: f64,
    /// What is left for one network and one image.
    pub rest: f64,
}

impl Components {
    /// The parts from the mean squares of a pilot: E MS_R = rest + I · networks,
    /// E MS_C = rest + S · images, E MS_E = rest; none below 0.
    #[must_use]
    pub fn of(squares: &MeanSquares) -> Self {
        let part = |mean_square: f64, count: usize| {
            ((mean_square - squares.error) / count as f64).max(0.0)
        };
        Self {
            networks: part(squares.rows, squares.column_count),
            images: part(squares.columns, squares.row_count),
            rest: squares.error,
        }
    }

    /// The mean squares that these parts are expected to give, of a table of mean 0.
    fn expected(&self, networks: usize, images: usize) -> MeanSquares {
        MeanSquares {
            row_count: networks,
            column_count: images,
            mean: 0.0,
            rows: self.rest + images as f64 * self.networks,
            columns: self.rest + networks as f64 * self.images,
            error: self.rest,
        }
    }

    /// How much more a mean over all regions of one network varies than if its regions were
    /// independent: variance per image times regions per image, over `discordant`, the share of
    /// regions whose answer changes, less the squared loss.
    #[must_use]
    pub fn design_effect(&self, discordant: f64, loss: f64, regions_per_image: f64) -> f64 {
        (self.images + self.rest) * regions_per_image / (discordant - loss * loss)
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference::close;
    use super::*;

    const AIM: NonInferiority =
        NonInferiority { margin: 0.02, expected_loss: 0.0, alpha: 0.025, power: 0.9 };

    #[test]
    fn regions_are_the_protocols() {
        // scipy 1.17.1: (norm.ppf(.975) + norm.ppf(.9))**2 * .05 / .02**2 = 1313.4, and / .0095**2
        close(AIM.regions(0.05, 1.0).unwrap(), 1313.42789, 1e-4);
        let near = NonInferiority { expected_loss: 0.0105, ..AIM };
        close(near.regions(0.05, 1.0).unwrap(), 5821.28704, 1e-4);
        close(near.regions(0.05, 1.5).unwrap(), 1.5 * 5821.28704, 1e-4);
    }

    #[test]
    fn images_reach_the_variance_that_t_asks_for() {
        // The smallest I with networks/S + (images + rest/S)/I <= (0.02/t)², by a loop over I with
        // scipy 1.17.1: t.ppf(.975, f) + t.ppf(.9, f) is 4.30965 at f = 4 below 20 images, and
        // 3.76866 at the f = 7.1243 of 44 images (S - 1 would ask for 57).
        let pilot = Components { networks: 2e-5, images: 1e-4, rest: 1e-3 };
        assert_eq!(AIM.images(&pilot, 5).unwrap(), Some(18));
        let of_images = Components { networks: 2e-6, images: 1e-3, rest: 1e-3 };
        assert_eq!(AIM.images(&of_images, 5).unwrap(), Some(44));
        let many = Components { networks: 1e-5, images: 2e-3, rest: 2e-3 };
        assert_eq!(AIM.images(&many, 10).unwrap(), Some(68));
        let unlike = Components { networks: 2e-4, ..pilot };
        assert_eq!(AIM.images(&unlike, 5).unwrap(), None);
    }

    #[test]
    fn independent_regions_have_no_design_effect() {
        // One region in 20 changes, all for the worse half the time: variance 0.05 per region,
        // 0.05/50 per image of 50.
        let parts = Components { networks: 0.0, images: 0.0, rest: 0.001 };
        close(parts.design_effect(0.05, 0.0, 50.0), 1.0, 1e-12);
    }

    #[test]
    fn an_expected_loss_at_the_margin_cannot_be_planned() {
        let at = NonInferiority { expected_loss: 0.02, ..AIM };
        assert!(matches!(at.regions(0.05, 1.0), Err(StatsError::Value { .. })));
        let sure = NonInferiority { power: 1.0, ..AIM };
        assert!(matches!(sure.regions(0.05, 1.0), Err(StatsError::Probability { .. })));
    }
}
