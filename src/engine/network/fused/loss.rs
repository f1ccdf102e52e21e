//! Mean cross-entropy of softmax, with smoothed labels, as a single candle op; knows no network.

use std::sync::Mutex;

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};

use super::workspace::{lock, values};
use crate::network::loss::cross_entropy;

/// The op for one batch: logits `[n, classes]` give a scalar.
#[derive(Debug)]
pub(super) struct CrossEntropy {
    labels: Vec<u8>,
    smoothing: f64,
    /// Softmax less the targets, over n.
    gradient: Mutex<Vec<f32>>,
}

impl CrossEntropy {
    /// Targets are 1 − `smoothing` for the label, and `smoothing` shared equally by all classes
    /// (Szegedy et al. 2016).
    pub(super) fn new(labels: Vec<u8>, smoothing: f64) -> Self {
        Self { labels, smoothing, gradient: Mutex::default() }
    }

    /// Applies the loss.
    pub(super) fn apply(self, logits: &Tensor) -> Result<Tensor> {
        logits.apply_op1(self)
    }
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n, classes) = layout.shape().dims2()?;
        if n != self.labels.len() || self.labels.iter().any(|&l| usize::from(l) >= classes) {
            bail!("{} labels for {n} rows of {classes} logits", self.labels.len());
        }
        let mut gradient = Vec::with_capacity(n * classes);
        let mut softmax = vec![0.0; classes];
        let mut total = 0.0;
        for (row, &label) in values(logits, layout)?.chunks_exact(classes).zip(&self.labels) {
            let label = usize::from(label);
            let mean = row.iter().map(|&logit| f64::from(logit)).sum::<f64>() / classes as f64;
            total += cross_entropy(row, label, &mut softmax)
                + self.smoothing * (f64::from(row[label]) - mean);
            softmax[label] -= 1.0 - self.smoothing;
            let shared = self.smoothing / classes as f64;
            gradient.extend(softmax.iter().map(|p| ((p - shared) / n as f64) as f32));
        }
        *lock(&self.gradient) = gradient;
        Ok((CpuStorage::F32(vec![(total / n as f64) as f32]), Shape::from(())))
    }

    fn bwd(&self, logits: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let factor = gradient.to_scalar::<f32>()?;
        let slopes = lock(&self.gradient).iter().map(|slope| slope * factor).collect();
        Ok(Some(Tensor::from_vec::<_, f32>(slopes, logits.shape(), &Device::Cpu)?))
    }
}
