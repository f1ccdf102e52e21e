//! Bilinear interpolation of maps between pixel centres, constant beyond the outermost, and its
//! adjoint; knows no layer. Written without vectors by hand: its bits are those of any processor.

/// Along one axis, the two inputs of an output with the weight of the second.
fn taps(output: usize, factor: usize, extent: usize) -> (usize, usize, f32) {
    let place = ((output as f64 + 0.5) / factor as f64 - 0.5).max(0.0);
    let first = place as usize;
    (first, (first + 1).min(extent - 1), place.fract() as f32)
}

/// From `small [rows, columns, channels]` to `large`, `factor` times as many rows and columns; with
/// `adjoint` the gradient of `large` to that of `small`, which is added to.
pub(super) fn bilinear(
    [rows, columns, channels]: [usize; 3],
    factor: usize,
    small: &mut [f32],
    large: &mut [f32],
    adjoint: bool,
) {
    for row in 0..rows * factor {
        let (top, bottom, down) = taps(row, factor, rows);
        for column in 0..columns * factor {
            let (left, right, across) = taps(column, factor, columns);
            let start = (row * columns * factor + column) * channels;
            let out = &mut large[start..start + channels];
            if !adjoint {
                out.fill(0.0);
            }
            for (y, vertical) in [(top, 1.0 - down), (bottom, down)] {
                for (x, horizontal) in [(left, 1.0 - across), (right, across)] {
                    let weight = vertical * horizontal;
                    let start = (y * columns + x) * channels;
                    let pixel = &mut small[start..start + channels];
                    let (to, from) = if adjoint { (pixel, &*out) } else { (&mut *out, &*pixel) };
                    to.iter_mut().zip(from).for_each(|(to, from)| *to += weight * from);
                }
            }
        }
    }
}
