//! Compares networks with the ceiling: efficiency, share and leak, with their errors; rates
//! nothing.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

use super::ceiling::{Ceiling, total};
use crate::stats::{Crossing, Interval, MonotoneCurve, StatsError, normal_cdf, t_of_tail};

/// Networks against the ideal observer, on the regions that it rated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgainstCeiling {
    /// Mean accuracy of the networks there.
    pub accuracy: f64,
    /// That accuracy over the ideal observer's.
    pub share: f64,
    /// See [`Ceiling::efficiency`].
    pub efficiency: Option<f64>,
    /// Its two-sided 1 − 2α interval.
    pub interval: Option<Interval>,
    /// Whether the networks lie above the ceiling by more than three standard errors and the
    /// numerical error: then something leaks.
    pub leaks: bool,
}

impl Ceiling {
    /// Efficiency of networks. `correct` counts their right answers to the same regions,
    /// `[network][image]`; images beyond the ceiling's are ignored. Efficiency is the squared share
    /// of the contrast at which the ideal observer classifies as many correctly (Tanner and
    /// Birdsall, 1958), read off the isotonic log odds of its accuracies, linear over the logarithm
    /// of the contrast. The same regions are as hard for both, so that chance in drawing them
    /// cancels. `None` where the ideal observer classifies as many correctly at none or at all of
    /// the contrasts.
    #[must_use]
    pub fn efficiency(&self, correct: &[Vec<u32>]) -> Option<f64> {
        self.matching(correct, None, None).map(|position| (2.0 * position).exp())
    }

    /// ln of the contrast at which the ideal observer classifies as many regions correctly, one
    /// image or one network left out.
    fn matching(
        &self,
        correct: &[Vec<u32>],
        image: Option<usize>,
        network: Option<usize>,
    ) -> Option<f64> {
        let kept = |counts: &[u32]| self.sum_without(counts, image);
        let all = kept(&self.regions);
        // Half an answer more of each kind, so that all right has odds too.
        let log_odds = |right: f64| ((right + 0.5) / (all - right + 0.5)).ln();
        let positions: Vec<f64> = self.contrasts.iter().map(|share| share.ln()).collect();
        let values: Vec<f64> = self.correct.iter().map(|right| log_odds(kept(right))).collect();
        let named = self.mean_correct(correct, image, network);
        match MonotoneCurve::fit(&positions, &values).ok()?.crossing(log_odds(named)) {
            Crossing::At(position) => Some(position),
            Crossing::Before | Crossing::After => None,
        }
    }

    /// Regions that a network classifies correctly in the mean, one image or one network left out.
    fn mean_correct(
        &self,
        correct: &[Vec<u32>],
        image: Option<usize>,
        network: Option<usize>,
    ) -> f64 {
        let of = correct.iter().enumerate().filter(|&(number, _)| network != Some(number));
        let right: Vec<f64> = of.map(|(_, right)| self.sum_without(right, image)).collect();
        right.iter().sum::<f64>() / right.len() as f64
    }

    /// Sum over the ceiling's images, one left out.
    fn sum_without(&self, counts: &[u32], image: Option<usize>) -> f64 {
        let counts = counts.iter().take(self.regions.len()).enumerate();
        counts
            .filter(|&(number, _)| image != Some(number))
            .map(|(_, &count)| f64::from(count))
            .sum()
    }

    /// Networks against the ceiling; `correct` as in [`Ceiling::efficiency`]. Standard errors are
    /// jackknifed, one image and one network left out in turn, with Student's t at Satterthwaite's
    /// degrees of freedom; for one network alone they hold for that network.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 0.5).
    pub fn against(&self, correct: &[Vec<u32>], alpha: f64) -> Result<AgainstCeiling, StatsError> {
        let regions = total(&self.regions);
        let accuracy = self.mean_correct(correct, None, None) / regions;
        let ideal = &self.correct[self.correct.len() - 1];
        let above = |image, network| {
            let all = self.sum_without(&self.regions, image);
            Some(
                (self.mean_correct(correct, image, network) - self.sum_without(ideal, image)) / all,
            )
        };
        let error = self.jackknife(correct.len(), above);
        // As improbable as three standard errors of a normal number.
        let far = error.map(|it| it.half_width(normal_cdf(-3.0))).transpose()?.unwrap_or(0.0);
        let excess = accuracy - self.accuracy() - 2.0 * self.grid_error.max(0.0);

        let matching = |image, network| self.matching(correct, image, network);
        let position = matching(None, None);
        let error = self.jackknife(correct.len(), matching);
        let half = error.map(|it| it.half_width(alpha)).transpose()?;
        Ok(AgainstCeiling {
            accuracy,
            share: accuracy / self.accuracy(),
            efficiency: position.map(|position| (2.0 * position).exp()),
            interval: position.zip(half).map(|(position, half)| Interval {
                lower: (2.0 * (position - half)).exp(),
                upper: (2.0 * (position + half)).exp(),
            }),
            leaks: excess > far.max(0.5 / regions),
        })
    }

    /// Error of a statistic by leaving out one image or one network; `None` where the statistic
    /// is undefined without one of them.
    fn jackknife(
        &self,
        networks: usize,
        statistic: impl Fn(Option<usize>, Option<usize>) -> Option<f64>,
    ) -> Option<Jackknifed> {
        let part = |count: usize, without: &dyn Fn(usize) -> Option<f64>| {
            if count < 2 {
                return Some((0.0, 1.0));
            }
            let values: Vec<f64> = (0..count).map(without).collect::<Option<_>>()?;
            let mean = values.iter().sum::<f64>() / count as f64;
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            let degrees = (count - 1) as f64;
            Some((squares * degrees / count as f64, degrees))
        };
        let images = part(self.regions.len(), &|image| statistic(Some(image), None))?;
        let networks = part(networks, &|network| statistic(None, Some(network)))?;
        let variance = images.0 + networks.0;
        let spread = images.0.powi(2) / images.1 + networks.0.powi(2) / networks.1;
        let degrees = if spread > 0.0 { variance.powi(2) / spread } else { images.1 };
        Some(Jackknifed { standard_error: variance.sqrt(), degrees })
    }
}

/// A standard error with its degrees of freedom.
#[derive(Debug, Clone, Copy)]
struct Jackknifed {
    standard_error: f64,
    degrees: f64,
}

impl Jackknifed {
    /// Half the width of the two-sided 1 − 2α interval.
    fn half_width(self, alpha: f64) -> Result<f64, StatsError> {
        Ok(t_of_tail(alpha, self.degrees)? * self.standard_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream, StreamKey};

    fn ceiling(correct: Vec<Vec<u32>>) -> Ceiling {
        Ceiling {
            regions: vec![500, 500],
            contrasts: vec![0.25, 0.5, 1.0],
            correct,
            standard_error: 0.003,
            grid_error: 0.0,
        }
    }

    #[test]
    fn efficiency_is_the_squared_share_of_the_contrast() {
        let ceiling = ceiling(vec![vec![260, 240], vec![450, 450], vec![495, 495]]);
        let efficiency = |right: [u32; 2]| ceiling.efficiency(&[right.to_vec()]);
        assert!((efficiency([440, 460]).unwrap() - 0.25).abs() < 1e-12);
        assert!((efficiency([495, 495]).unwrap() - 1.0).abs() < 1e-12);
        // Half of the log odds between 0.5 and 0.9: √(0.25 · 0.5)² = 0.125, but for the half
        // answers of 1000.
        let odds = |right: f64| ((right + 0.5) / (1000.5 - right)).ln();
        let share = (odds(750.0) - odds(500.0)) / (odds(900.0) - odds(500.0));
        let expected = (2.0 * (0.25_f64.ln() + share * 2.0_f64.ln())).exp();
        assert!((efficiency([370, 380]).unwrap() - expected).abs() < 1e-12);
        assert_eq!(efficiency([500, 499]), None);
        assert_eq!(efficiency([200, 200]), None);
    }

    #[test]
    fn what_lies_above_the_ceiling_leaks() {
        let mut ceiling = ceiling(vec![vec![250, 250], vec![440, 440], vec![470, 470]]);
        let leaks = |ceiling: &Ceiling, right: [u32; 2]| {
            ceiling.against(&[right.to_vec()], 0.025).unwrap().leaks
        };
        assert!(!leaks(&ceiling, [470, 470]));
        assert!(leaks(&ceiling, [495, 495]));
        // Images that differ leave it open.
        assert!(!leaks(&ceiling, [480, 475]));
        ceiling.grid_error = 0.03;
        assert!(!leaks(&ceiling, [495, 495]));
    }

    /// Fakes: the difficulty of a region is a logistic number, half of which is the same for ideal
    /// observer and networks; the ideal observer is right when the contrast is large enough.
    fn fake(efficiency: f64, networks: usize, stream: &mut Stream) -> (Ceiling, Vec<Vec<u32>>) {
        const IMAGES: usize = 10;
        const REGIONS: u32 = 72;
        let contrasts = vec![0.3, 0.55, 0.75, 1.0];
        let mut correct = vec![vec![0; IMAGES]; contrasts.len()];
        let mut named = vec![vec![0; IMAGES]; networks];
        // Log odds of being right rise by 3 for each e-fold contrast, up to 4.
        let odds = |contrast: f64| 4.0 + 3.0 * contrast.ln();
        let own = odds(efficiency.sqrt());
        for image in 0..IMAGES {
            for _ in 0..REGIONS {
                let logistic = |u: f64| (u / (1.0 - u)).ln();
                let hard = logistic(stream.uniform());
                for (correct, &contrast) in correct.iter_mut().zip(&contrasts) {
                    correct[image] += u32::from(hard < odds(contrast));
                }
                for named in &mut named {
                    let again =
                        if stream.uniform() < 0.5 { hard } else { logistic(stream.uniform()) };
                    named[image] += u32::from(again < own);
                }
            }
        }
        let regions = vec![REGIONS; IMAGES];
        let ceiling = Ceiling { regions, contrasts, correct, standard_error: 0.0, grid_error: 0.0 };
        (ceiling, named)
    }

    #[test]
    fn the_interval_covers_a_planted_efficiency() {
        const STUDIES: u64 = 2000;
        for networks in [1, 5] {
            let (mut covered, mut defined, mut sum) = (0, 0, 0.0);
            for case in 0..STUDIES {
                let key = StreamKey { seed: 3, purpose: Purpose::Verification, case, part: 0 };
                let (ceiling, named) = fake(0.5, networks, &mut key.open());
                let found = ceiling.against(&named, 0.025).unwrap();
                let (Some(efficiency), Some(it)) = (found.efficiency, found.interval) else {
                    continue;
                };
                defined += 1;
                sum += efficiency.ln();
                covered += u64::from((it.lower..=it.upper).contains(&0.5));
            }
            let (coverage, bias) =
                (covered as f64 / defined as f64, sum / defined as f64 - 0.5_f64.ln());
            println!(
                "{networks} networks: covered {coverage:.4}, off {bias:+.4}, defined {defined}"
            );
            assert!(defined > 99 * STUDIES / 100, "{defined}");
            assert!((0.93..0.985).contains(&coverage), "{coverage}");
            assert!(bias.abs() < 0.02, "{bias}");
        }
    }
}
