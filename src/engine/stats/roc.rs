//! The area under the receiver operating characteristic and its variance; knows no class,
//! image or network.

use super::{StatsError, normal_quantile};

/// d_a = √2 Φ⁻¹(area): the distance of two normal distributions of equal variance whose area under
/// the ROC curve is the same (Simpson and Fitter, 1973); `None` for an area of 0 or 1.
///
/// ```
/// use phantom_limit_engine::stats::d_a;
/// // scipy 1.17.1: 2**.5 * norm.ppf(.9)
/// assert!((d_a(0.9).unwrap() - 1.812_387_604_873_646).abs() < 1e-9);
/// assert_eq!((d_a(0.5), d_a(1.0)), (Some(0.0), None));
/// ```
#[must_use]
pub fn d_a(area: f64) -> Option<f64> {
    let z = normal_quantile(area).ok().filter(|it| it.is_finite())?;
    Some(std::f64::consts::SQRT_2 * z)
}

/// How fast [`d_a`] changes with the area: √2/φ(Φ⁻¹(area)), φ the standard normal density; `None`
/// for an area of 0 or 1.
///
/// ```
/// use phantom_limit_engine::stats::d_a_rate;
/// // 2 √π at an area of one half.
/// assert!((d_a_rate(0.5).unwrap() - 3.544_907_701_811_032).abs() < 1e-9);
/// ```
#[must_use]
pub fn d_a_rate(area: f64) -> Option<f64> {
    let z = d_a(area)? / std::f64::consts::SQRT_2;
    Some(2.0 * std::f64::consts::PI.sqrt() * libm::exp(z * z / 2.0))
}

/// Ratings against those of the other kind: the parts of an area under the curve.
///
/// The area is Mann and Whitney's statistic (1947; Bamber, 1975): P(present > absent) +
/// ½ P(present = absent). The placement of a present rating is the share of absent ratings below
/// it, ties counted half, and of an absent one the share of present ratings above it; both have
/// the area as their mean (DeLong, DeLong and Clarke-Pearson, 1988).
///
/// ```
/// let found = phantom_limit_engine::stats::Placements::of(&[3.0, 2.0], &[1.0, 2.0]).unwrap();
/// assert_eq!((found.area, &found.present[..]), (0.875, &[1.0, 0.75][..]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Placements {
    /// Area under the curve.
    pub area: f64,
    /// Placement of each present rating, in their order.
    pub present: Vec<f64>,
    /// Placement of each absent rating, in their order.
    pub absent: Vec<f64>,
}

impl Placements {
    /// Places every rating.
    ///
    /// # Errors
    /// If either slice is empty or holds what is not a finite number.
    pub fn of(present: &[f64], absent: &[f64]) -> Result<Self, StatsError> {
        check_ratings(present, absent)?;
        let below = |others: &[f64]| {
            let mut sorted = others.to_vec();
            sorted.sort_by(f64::total_cmp);
            move |rating: f64| {
                let less = sorted.partition_point(|&other| other < rating);
                let not_more = sorted.partition_point(|&other| other <= rating);
                (less + not_more) as f64 / (2.0 * sorted.len() as f64)
            }
        };
        let (below_absent, below_present) = (below(absent), below(present));
        let of_present: Vec<f64> = present.iter().map(|&rating| below_absent(rating)).collect();
        let of_absent = absent.iter().map(|&rating| 1.0 - below_present(rating)).collect();
        let area = of_present.iter().sum::<f64>() / present.len() as f64;
        Ok(Self { area, present: of_present, absent: of_absent })
    }

    /// The area as the mean of one number per group of cases: area + groups · Σ (placement −
    /// area) / cases of its kind, over the cases of the group. Its spread over groups is that of
    /// the area where groups, such as images, are independent and their cases are not (Obuchowski,
    /// 1997).
    ///
    /// `present` and `absent` name the group of each case, below `groups`.
    ///
    /// # Errors
    /// If the names are not as many as the cases, or one is not below `groups`.
    pub fn by_group(
        &self,
        present: &[usize],
        absent: &[usize],
        groups: usize,
    ) -> Result<Vec<f64>, StatsError> {
        let mut cells = vec![self.area; groups];
        for (placements, names) in [(&self.present, present), (&self.absent, absent)] {
            if placements.len() != names.len() {
                return Err(StatsError::Lengths { first: placements.len(), second: names.len() });
            }
            let share = groups as f64 / placements.len() as f64;
            for (position, (placement, &group)) in placements.iter().zip(names).enumerate() {
                let Some(cell) = cells.get_mut(group) else {
                    return Err(StatsError::Value { value: group as f64, position });
                };
                *cell += share * (placement - self.area);
            }
        }
        Ok(cells)
    }
}

/// The threshold at which sensitivity, the share of present ratings at or above it, and specificity,
/// the share of absent ones below it, are nearest to each other: half-way between two neighbouring
/// ratings, so that no rating lies on it; of equals the lowest.
///
/// ```
/// use phantom_limit_engine::stats::balanced_threshold;
/// // Between 2 and 2.5, 2 of 3 present are called so, and 2 of 3 absent are not.
/// assert_eq!(balanced_threshold(&[2.0, 3.0, 4.0], &[0.0, 1.0, 2.5]), Ok(2.25));
/// ```
///
/// # Errors
/// If either slice is empty or holds what is not a finite number.
pub fn balanced_threshold(present: &[f64], absent: &[f64]) -> Result<f64, StatsError> {
    check_ratings(present, absent)?;
    let sorted = |ratings: &[f64]| {
        let mut ratings = ratings.to_vec();
        ratings.sort_by(f64::total_cmp);
        ratings
    };
    let (present, absent) = (sorted(present), sorted(absent));
    let below = |ratings: &[f64], rating: f64| ratings.partition_point(|&it| it < rating) as i128;
    let (p, a) = (present.len() as i128, absent.len() as i128);
    // |sensitivity − specificity| times both numbers, exactly.
    let gap = |rating: f64| ((p - below(&present, rating)) * a - below(&absent, rating) * p).abs();
    let mut all = sorted(&[&present[..], &absent[..]].concat());
    all.dedup();
    let mut best = (gap(all[0]), all[0]);
    for pair in all.windows(2) {
        let gap = gap(pair[1]);
        if gap < best.0 {
            best = (gap, f64::midpoint(pair[0], pair[1]));
        }
    }
    Ok(best.1)
}

fn check_ratings(present: &[f64], absent: &[f64]) -> Result<(), StatsError> {
    if present.is_empty() || absent.is_empty() {
        return Err(StatsError::Lengths { first: present.len(), second: absent.len() });
    }
    for ratings in [present, absent] {
        if let Some(position) = ratings.iter().position(|rating| !rating.is_finite()) {
            return Err(StatsError::Value { value: ratings[position], position });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::reference::{close, numbers, section};
    use super::*;

    /// Sums of some hundred shares in f64.
    const TOLERANCE: f64 = 1e-10;

    /// DeLong's covariance of two areas over the same cases: that of the mean placements of the
    /// present plus that of the absent, Σ (a − ā)(b − b̄) / (n (n − 1)) each.
    fn covariance(first: &Placements, second: &Placements) -> f64 {
        let of_kind = |a: &[f64], b: &[f64]| {
            let n = a.len() as f64;
            let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
            let (mean_a, mean_b) = (mean(a), mean(b));
            let sum: f64 = a.iter().zip(b).map(|(x, y)| (x - mean_a) * (y - mean_b)).sum();
            sum / (n * (n - 1.0))
        };
        of_kind(&first.present, &second.present) + of_kind(&first.absent, &second.absent)
    }

    #[test]
    fn placements_have_the_areas_and_covariances_of_proc() {
        // scripts/stats_reference.py: R's pROC `auc`, `var` and `cov`, DeLong.
        let known = section("delong");
        let of = |key: &str| numbers(&known[key]);
        let a = Placements::of(&of("present_a"), &of("absent_a")).unwrap();
        let b = Placements::of(&of("present_b"), &of("absent_b")).unwrap();
        close(a.area, known["area_a"].as_f64().unwrap(), TOLERANCE);
        close(b.area, known["area_b"].as_f64().unwrap(), TOLERANCE);
        close(covariance(&a, &a), known["variance_a"].as_f64().unwrap(), TOLERANCE);
        close(covariance(&a, &b), known["covariance"].as_f64().unwrap(), TOLERANCE);
    }

    #[test]
    fn one_case_per_group_gives_delongs_variance() {
        // With every case its own group the spread over groups is DeLong's with N in place of
        // N − 1 within each kind: (N/(N − 1)) Σ_kind Σ (V − A)²/n² exactly.
        let known = section("delong");
        let (present, absent) = (numbers(&known["present_a"]), numbers(&known["absent_a"]));
        let placements = Placements::of(&present, &absent).unwrap();
        let (m, n) = (present.len(), absent.len());
        let groups = m + n;
        let cells = placements
            .by_group(&(0..m).collect::<Vec<_>>(), &(m..groups).collect::<Vec<_>>(), groups)
            .unwrap();
        let total = groups as f64;
        let mean = cells.iter().sum::<f64>() / total;
        close(mean, placements.area, TOLERANCE);
        let variance =
            cells.iter().map(|cell| (cell - mean).powi(2)).sum::<f64>() / (total * (total - 1.0));
        let square = |values: &[f64]| {
            values.iter().map(|v| (v - placements.area).powi(2)).sum::<f64>()
                / (values.len() as f64).powi(2)
        };
        let expected =
            (square(&placements.present) + square(&placements.absent)) * total / (total - 1.0);
        close(variance, expected, TOLERANCE);
    }

    #[test]
    fn what_has_no_area_is_refused() {
        assert!(matches!(Placements::of(&[], &[1.0]), Err(StatsError::Lengths { .. })));
        assert!(matches!(Placements::of(&[f64::NAN], &[1.0]), Err(StatsError::Value { .. })));
        let one = Placements::of(&[1.0], &[0.0]).unwrap();
        assert!(matches!(one.by_group(&[0], &[2], 2), Err(StatsError::Value { .. })));
    }
}
