//! Pooling and upsampling of maps `[batch, channel, row, column]` as candle ops with right
//! gradients, for architectures made of candle's layers; knows no convolution and no network.
//!
//! Candle 0.11.1 cannot be used for these in training: its max-pool quarters the gradient of a
//! window and spreads it, its average pool of an odd size hands gradient to the dropped row, its
//! nearest upsampling forgets what other paths of the graph gave its input, and bilinear
//! upsampling has no gradient. On the processor each op here is a loop with its adjoint written
//! by hand, in f32 or f64; on another device the same values come from candle ops whose
//! gradients are right ([`Resampling::composed`]).

use candle_core::{
    CpuStorage, CustomOp1, DType, Device, Layout, Result, Shape, Storage, Tensor, WithDType, bail,
};

/// Greatest of each `edge`×`edge` window, stride `edge`; rows and columns left over are dropped.
/// The gradient goes to the first greatest value of a window, row by row.
///
/// # Errors
/// No map of four dimensions, an edge of 0 or beyond the map, neither f32 nor f64.
pub fn max_pool(x: &Tensor, edge: usize) -> Result<Tensor> {
    Resampling::MaxPool(edge).apply(x)
}

/// Mean of each `edge`×`edge` window, stride `edge`; rows and columns left over are dropped.
///
/// # Errors
/// As [`max_pool`].
pub fn average_pool(x: &Tensor, edge: usize) -> Result<Tensor> {
    Resampling::AveragePool(edge).apply(x)
}

/// Each pixel as `factor`×`factor` equal ones.
///
/// # Errors
/// No map of four dimensions, a factor of 0, neither f32 nor f64.
pub fn upsample_nearest(x: &Tensor, factor: usize) -> Result<Tensor> {
    Resampling::Nearest(factor).apply(x)
}

/// `factor` times the rows and columns, linear between pixel centres and constant beyond the
/// outermost (PyTorch's `align_corners=False`).
///
/// # Errors
/// As [`upsample_nearest`].
pub fn upsample_bilinear(x: &Tensor, factor: usize) -> Result<Tensor> {
    Resampling::Bilinear(factor).apply(x)
}

/// What happens to each map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resampling {
    MaxPool(usize),
    AveragePool(usize),
    Nearest(usize),
    Bilinear(usize),
}

/// One map: rows and columns.
type Extent = [usize; 2];

impl Resampling {
    fn apply(self, x: &Tensor) -> Result<Tensor> {
        match x.device() {
            Device::Cpu => x.contiguous()?.apply_op1(self),
            _ => self.composed(x),
        }
    }

    /// Rows and columns of the result.
    fn extent_after(self, [rows, columns]: Extent) -> Result<Extent> {
        match self {
            Self::MaxPool(edge) | Self::AveragePool(edge) => {
                if edge == 0 || edge > rows.min(columns) {
                    bail!("a pool of edge {edge} on a map of {rows}×{columns}")
                }
                Ok([rows / edge, columns / edge])
            }
            Self::Nearest(0) | Self::Bilinear(0) => bail!("upsampling by a factor of 0"),
            Self::Nearest(factor) | Self::Bilinear(factor) => Ok([rows * factor, columns * factor]),
        }
    }

    /// All maps of `x` one after another.
    fn forward<T: WithDType>(self, extent: Extent, after: Extent, x: &[T]) -> Vec<T> {
        let mut y = vec![T::zero(); x.len() / (extent[0] * extent[1]) * after[0] * after[1]];
        let maps = x.chunks_exact(extent[0] * extent[1]);
        for (x, y) in maps.zip(y.chunks_exact_mut(after[0] * after[1])) {
            match self {
                Self::MaxPool(edge) => {
                    for (place, y) in y.iter_mut().enumerate() {
                        *y = x[greatest(x, extent[1], after[1], edge, place)];
                    }
                }
                _ => self.each_term(extent, after, |to, from, weight: T| y[to] += weight * x[from]),
            }
        }
        y
    }

    /// The gradient of `x` from that of what `forward` gave.
    fn backward<T: WithDType>(self, extent: Extent, after: Extent, x: &[T], y: &[T]) -> Vec<T> {
        let mut gradient = vec![T::zero(); x.len()];
        let maps = gradient
            .chunks_exact_mut(extent[0] * extent[1])
            .zip(x.chunks_exact(extent[0] * extent[1]));
        for ((gradient, x), y) in maps.zip(y.chunks_exact(after[0] * after[1])) {
            match self {
                Self::MaxPool(edge) => {
                    for (place, &y) in y.iter().enumerate() {
                        gradient[greatest(x, extent[1], after[1], edge, place)] += y;
                    }
                }
                _ => self.each_term(extent, after, |to, from, weight: T| {
                    gradient[from] += weight * y[to];
                }),
            }
        }
        gradient
    }

    /// Calls `term` with each output, each input that it is a sum of, and the weight; for the
    /// linear kinds.
    fn each_term<T: WithDType>(
        self,
        extent: Extent,
        after: Extent,
        mut term: impl FnMut(usize, usize, T),
    ) {
        let [down, across] = [0, 1].map(|axis| self.taps::<T>(extent[axis], after[axis]));
        for (row, down) in down.iter().enumerate() {
            for (column, across) in across.iter().enumerate() {
                for &(from_row, weight) in down {
                    for &(from_column, other) in across {
                        let from = from_row * extent[1] + from_column;
                        term(row * after[1] + column, from, weight * other);
                    }
                }
            }
        }
    }

    /// Along one axis, the inputs of each output with their weights.
    fn taps<T: WithDType>(self, extent: usize, after: usize) -> Vec<Vec<(usize, T)>> {
        let of = |output: usize| match self {
            Self::MaxPool(edge) | Self::AveragePool(edge) => {
                let weight = T::from_f64(1.0 / edge as f64);
                (edge * output..edge * (output + 1)).map(|input| (input, weight)).collect()
            }
            Self::Nearest(factor) => vec![(output / factor, T::one())],
            Self::Bilinear(factor) => {
                let place = ((output as f64 + 0.5) / factor as f64 - 0.5).max(0.0);
                let (first, share) = (place as usize, place.fract());
                let second = (first + 1).min(extent - 1);
                vec![(first, T::from_f64(1.0 - share)), (second, T::from_f64(share))]
            }
        };
        (0..after).map(of).collect()
    }

    /// The same from candle ops whose gradients are right, for any device.
    pub(crate) fn composed(self, x: &Tensor) -> Result<Tensor> {
        let (images, channels, rows, columns) = x.dims4()?;
        let [rows_after, columns_after] = self.extent_after([rows, columns])?;
        match self {
            Self::MaxPool(edge) | Self::AveragePool(edge) => {
                let whole =
                    x.narrow(2, 0, rows_after * edge)?.narrow(3, 0, columns_after * edge)?;
                let shape = (images, channels, rows_after, edge, columns_after, edge);
                let windows = whole.contiguous()?.reshape(shape)?;
                if let Self::AveragePool(_) = self {
                    return windows.mean((3, 5));
                }
                let members: Vec<Tensor> = (0..edge * edge)
                    .map(|place| {
                        windows
                            .narrow(3, place / edge, 1)?
                            .narrow(5, place % edge, 1)?
                            .squeeze(5)?
                            .squeeze(3)
                    })
                    .collect::<Result<_>>()?;
                first_greatest(&members)
            }
            Self::Nearest(factor) => x
                .reshape((images, channels, rows, 1, columns, 1))?
                .broadcast_as((images, channels, rows, factor, columns, factor))?
                .contiguous()?
                .reshape((images, channels, rows_after, columns_after)),
            Self::Bilinear(_) => {
                let matrix = |extent: usize, after: usize| {
                    let mut values = vec![0.0_f64; extent * after];
                    for (output, taps) in self.taps::<f64>(extent, after).iter().enumerate() {
                        taps.iter()
                            .for_each(|&(input, weight)| values[output * extent + input] += weight);
                    }
                    Tensor::from_vec(values, (after, extent), x.device())?.to_dtype(x.dtype())
                };
                let across = matrix(columns, columns_after)?.t()?;
                let down = matrix(rows, rows_after)?;
                let wide = x.contiguous()?.broadcast_matmul(&across.contiguous()?)?;
                down.broadcast_matmul(&wide)
            }
        }
    }
}

/// The greatest of tensors of one shape; the gradient goes to the first of equals.
fn first_greatest(members: &[Tensor]) -> Result<Tensor> {
    let Some((first, others)) = members.split_first() else { bail!("an empty window") };
    let mut best = first.detach();
    for member in others {
        best = best.maximum(&member.detach())?;
    }
    let mut left = best.ones_like()?;
    let mut sum: Option<Tensor> = None;
    for member in members {
        let mine = (member.detach().eq(&best)?.to_dtype(best.dtype())? * &left)?;
        left = (left - &mine)?;
        let term = (member * mine)?;
        sum = Some(match sum {
            Some(sum) => (sum + term)?,
            None => term,
        });
    }
    Ok(sum.unwrap_or(best))
}

/// Where the first greatest value of window `place` lies.
#[inline(always)]
fn greatest<T: WithDType>(
    x: &[T],
    columns: usize,
    columns_after: usize,
    edge: usize,
    place: usize,
) -> usize {
    let start = place / columns_after * edge * columns + place % columns_after * edge;
    let mut best = start;
    for row in 0..edge {
        for at in start + row * columns..start + row * columns + edge {
            if x[at] > x[best] {
                best = at;
            }
        }
    }
    best
}

/// Rows and columns of `[batch, channel, row, column]`.
fn extent(shape: &Shape) -> Result<Extent> {
    let (_, _, rows, columns) = shape.dims4()?;
    Ok([rows, columns])
}

impl CustomOp1 for Resampling {
    fn name(&self) -> &'static str {
        match self {
            Self::MaxPool(_) => "max-pool",
            Self::AveragePool(_) => "average-pool",
            Self::Nearest(_) => "upsample-nearest",
            Self::Bilinear(_) => "upsample-bilinear",
        }
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (images, channels, ..) = layout.shape().dims4()?;
        let extent = extent(layout.shape())?;
        let after = self.extent_after(extent)?;
        let Some((start, end)) = layout.contiguous_offsets() else {
            bail!("resampling needs contiguous maps")
        };
        let y = match x {
            CpuStorage::F32(x) => CpuStorage::F32(self.forward(extent, after, &x[start..end])),
            CpuStorage::F64(x) => CpuStorage::F64(self.forward(extent, after, &x[start..end])),
            _ => bail!("resampling takes f32 or f64"),
        };
        Ok((y, Shape::from((images, channels, after[0], after[1]))))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let extent = extent(x.shape())?;
        let after = self.extent_after(extent)?;
        let (x, gradient) = (x.contiguous()?, gradient.contiguous()?);
        fn of<T: WithDType>(
            work: impl FnOnce(&[T], &[T]) -> Vec<T>,
            x: &Tensor,
            gradient: &Tensor,
        ) -> Result<Tensor> {
            let ((x_storage, x_layout), (g_storage, g_layout)) =
                (x.storage_and_layout(), gradient.storage_and_layout());
            let (Storage::Cpu(x_values), Storage::Cpu(g_values)) = (&*x_storage, &*g_storage)
            else {
                bail!("the op runs on the processor")
            };
            let slice = |values, layout: &Layout| match layout.contiguous_offsets() {
                Some((start, end)) => Ok(&T::cpu_storage_as_slice(values)?[start..end]),
                None => bail!("resampling needs contiguous maps"),
            };
            let values = work(slice(x_values, x_layout)?, slice(g_values, g_layout)?);
            Tensor::from_vec(values, x.shape(), &Device::Cpu)
        }
        let gradient = match x.dtype() {
            DType::F64 => of::<f64>(|x, g| self.backward(extent, after, x, g), &x, &gradient)?,
            _ => of::<f32>(|x, g| self.backward(extent, after, x, g), &x, &gradient)?,
        };
        Ok(Some(gradient))
    }
}
