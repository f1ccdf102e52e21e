//! The loss of a batch and its gradient over the logits; knows no layer.

use crate::dataset::IGNORED;
use crate::network::architecture::{ArchitectureError, Shape};
use crate::network::loss::{Dice, cross_entropy};
use crate::network::recipe::Recipe;

/// What a training minimises.
#[derive(Debug, Clone, Copy)]
pub(super) struct Objective {
    classes: usize,
    smoothing: f64,
    /// Whether soft Dice is part of it.
    dice: bool,
}

impl Objective {
    /// Mean cross-entropy with smoothed labels (Szegedy et al. 2016: 1 − smoothing for the label,
    /// and smoothing shared equally by all classes); of a graph that gives a map, over all pixels
    /// and plus 1 less their soft Dice.
    pub(super) fn of(recipe: &Recipe) -> Result<Self, ArchitectureError> {
        let map = matches!(recipe.architecture.shapes()?.last(), Some(Shape::Map { .. }));
        let classes = recipe.architecture.classes;
        Ok(Self { classes, smoothing: recipe.label_smoothing, dice: map })
    }

    /// The loss of `logits [rows, classes]`, which become its gradient: 0 where a pixel is
    /// [`IGNORED`], as which it adds nothing to the loss.
    pub(super) fn slopes(&self, logits: &mut [f32], labels: &[u8]) -> f64 {
        let Self { classes, smoothing, dice } = *self;
        let is_ignored = |label: u8| dice && label == IGNORED;
        let asked = labels.iter().filter(|&&label| !is_ignored(label)).count();
        let n = asked.max(1) as f64;
        let mut softmax = vec![0.0; classes];
        let mut total = 0.0;
        let mut of_dice = Dice::new(classes);
        // Of maps the probabilities, until Dice is known.
        for (row, &label) in logits.chunks_exact_mut(classes).zip(labels) {
            if is_ignored(label) {
                row.fill(0.0);
                continue;
            }
            let label = usize::from(label);
            let mean = row.iter().map(|&logit| f64::from(logit)).sum::<f64>() / classes as f64;
            total += cross_entropy(row, label, &mut softmax)
                + smoothing * (f64::from(row[label]) - mean);
            if dice {
                of_dice.add(&softmax, label);
                row.iter_mut().zip(&softmax).for_each(|(p, &exact)| *p = exact as f32);
                continue;
            }
            softmax[label] -= 1.0 - smoothing;
            let shared = smoothing / classes as f64;
            row.iter_mut().zip(&softmax).for_each(|(z, p)| *z = ((p - shared) / n) as f32);
        }
        if !dice {
            return f64::from((total / n) as f32);
        }
        let slopes = of_dice.slopes();
        let shared = smoothing / classes as f64;
        let asked = |(_, label): &(&mut [f32], &u8)| !is_ignored(**label);
        for (row, &label) in logits.chunks_exact_mut(classes).zip(labels).filter(asked) {
            let label = usize::from(label);
            // −dDice/dz_k = −p_k (s_k − Σ p_j s_j).
            let slope = |class: usize| slopes[class][usize::from(class != label)];
            let mean: f64 =
                row.iter().enumerate().map(|(class, &p)| f64::from(p) * slope(class)).sum();
            for (class, value) in row.iter_mut().enumerate() {
                let p = f64::from(*value);
                let target = if class == label { 1.0 - smoothing } else { 0.0 } + shared;
                *value = ((p - target) / n - p * (slope(class) - mean)) as f32;
            }
        }
        total / n + 1.0 - of_dice.mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gradient of a batch is that of a batch without the ignored pixel.
    #[test]
    fn ignored_pixels_teach_nothing() {
        for smoothing in [0.0, 0.1] {
            let objective = Objective { classes: 3, smoothing, dice: true };
            let logits: Vec<f32> = (0..12).map(|it| libm::sinf(it as f32 * 1.7)).collect();
            let mut all = logits.clone();
            let loss = objective.slopes(&mut all, &[0, IGNORED, 2, 1]);
            let without = |rows: &[f32]| [&rows[..3], &rows[6..]].concat();
            let mut asked = without(&logits);
            assert_eq!(objective.slopes(&mut asked, &[0, 2, 1]), loss);
            assert_eq!((without(&all), &all[3..6]), (asked, &[0.0; 3][..]));
            let nothing = objective.slopes(&mut logits.clone(), &[IGNORED; 4]);
            assert!(nothing.is_finite(), "{nothing}");
        }
    }
}
