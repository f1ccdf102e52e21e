//! Images with a ring of zeros, as the direct convolution reads them; knows no filter.

/// An image with a ring of zeros, as a convolution reads it:
/// `[rows + 2 margin, columns + 2 margin, channels]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ringed {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) channels: usize,
    /// Rows of zeros above and below, and columns left and right.
    pub(crate) margins: [usize; 2],
}

impl Ringed {
    /// Values, ring included.
    pub(crate) fn len(&self) -> usize {
        (self.rows + 2 * self.margins[0]) * self.stride()
    }

    /// Distance of rows.
    pub(crate) fn stride(&self) -> usize {
        (self.columns + 2 * self.margins[1]) * self.channels
    }

    /// Index of the first pixel inside the ring.
    pub(crate) fn inside(&self) -> usize {
        self.margins[0] * self.stride() + self.margins[1] * self.channels
    }

    /// Copies `[rows, columns, channels]` into the ring, and clears the ring.
    pub(crate) fn fill(&self, image: &[f32], ringed: &mut [f32]) {
        self.clear_ring(ringed);
        let width = self.columns * self.channels;
        let lines = ringed[self.inside()..].chunks_mut(self.stride());
        for (line, row) in lines.zip(image.chunks_exact(width)) {
            line[..width].copy_from_slice(row);
        }
    }

    /// Sets the ring to 0.
    pub(crate) fn clear_ring(&self, ringed: &mut [f32]) {
        let (stride, top) = (self.stride(), self.margins[0]);
        let side = self.margins[1] * self.channels;
        ringed[..top * stride].fill(0.0);
        ringed[(self.rows + top) * stride..self.len()].fill(0.0);
        for line in ringed[top * stride..(self.rows + top) * stride].chunks_exact_mut(stride) {
            line[..side].fill(0.0);
            line[stride - side..].fill(0.0);
        }
    }
}
