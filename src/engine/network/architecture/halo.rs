//! Keeps the zeros around a region out of what a network sees of it, so that it can be evaluated
//! over a whole matrix at once; knows no weight.

use std::collections::BTreeMap;

use super::error::ArchitectureError;
use super::graph::{Architecture, INPUT};
use super::layer::{Layer, Operation};
use super::shape::Shape;

/// How the regions of a network lie in a matrix over which it is evaluated at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Rows and columns of what a network judges.
    pub side: usize,
    /// Rows and columns around it that it sees in addition, at each edge.
    pub halo: usize,
    /// Distance of neighbouring regions in rows and columns.
    pub step: usize,
}

/// Where the cells of a layer's map lie.
#[derive(Debug, Clone, Copy)]
struct Cells {
    /// Distance of cells in pixels of the region.
    step: usize,
    /// Cells at each edge that the zeros around the region have reached.
    spoilt: usize,
    /// Pixels of the region before the first cell that crops have left.
    left_out: usize,
}

impl Cells {
    /// After a layer that takes these.
    fn after(self, operation: Operation) -> Self {
        let Self { step, spoilt, left_out } = self;
        let strided = |stride: usize, reach: usize| Self {
            step: step * stride,
            spoilt: (spoilt + reach).div_ceil(stride),
            left_out,
        };
        match operation {
            Operation::Convolution { size, stride, .. } => strided(stride, size / 2),
            Operation::MaxPool { size } | Operation::AveragePool { size } => strided(size, 0),
            Operation::Shortcut { stride, .. } => strided(stride, 0),
            Operation::Crop { margin } => {
                let spoilt = spoilt.saturating_sub(margin);
                Self { step, spoilt, left_out: left_out + margin * step }
            }
            _ => self,
        }
    }
}

/// Whether a layer reads the whole map.
fn is_head(operation: Operation) -> bool {
    matches!(operation, Operation::Dense { .. } | Operation::GlobalAveragePool)
}

impl Architecture {
    /// The same network, with the same parameters, for larger regions that give it a halo: maps
    /// lose the cells that zeros around the region have reached, after a pool if nothing else needs
    /// them, and at the latest before they are read as a whole. What it says of the middle of its
    /// region depends on pixels of the region alone, so that it can be evaluated over a whole matrix
    /// at once.
    ///
    /// # Errors
    /// A network that cannot be built, that enlarges maps or gives one, or whose maps do not fit.
    pub fn with_halo(&self) -> Result<Self, ArchitectureError> {
        if self.window().is_ok() {
            return Ok(self.clone());
        }
        self.check()?;
        let start = Cells { step: 1, spoilt: 0, left_out: 0 };
        let mut cells = BTreeMap::from([(INPUT.to_owned(), start)]);
        // What stands for a layer of the old network in the new one.
        let mut names = BTreeMap::from([(INPUT.to_owned(), INPUT.to_owned())]);
        let mut layers: Vec<Layer> = Vec::with_capacity(self.layers.len() + 8);
        let crop = |layers: &mut Vec<Layer>, cells: &mut BTreeMap<_, Cells>, of: &str| {
            let spoilt = cells[of].spoilt;
            if spoilt == 0 {
                return of.to_owned();
            }
            let (name, operation) = (format!("{of}_crop"), Operation::Crop { margin: spoilt });
            cells.insert(name.clone(), cells[of].after(operation));
            layers.push(Layer::new(&name, &[of], operation));
            name
        };
        for (number, layer) in self.layers.iter().enumerate() {
            if matches!(layer.operation, Operation::Upsample { .. }) {
                return Err(unfit(&layer.name, "it enlarges maps, which a halo cannot follow"));
            }
            let mut inputs: Vec<String> =
                layer.inputs.iter().map(|input| names[input].clone()).collect();
            if is_head(layer.operation) {
                inputs = inputs.iter().map(|it| crop(&mut layers, &mut cells, it)).collect();
            }
            let reached = inputs.iter().map(|input| cells[input]).reduce(|a, b| Cells {
                spoilt: a.spoilt.max(b.spoilt),
                left_out: a.left_out.max(b.left_out),
                ..a
            });
            cells.insert(layer.name.clone(), reached.unwrap_or(start).after(layer.operation));
            layers.push(Layer { inputs, ..layer.clone() });
            let pools = matches!(
                layer.operation,
                Operation::MaxPool { .. } | Operation::AveragePool { .. }
            );
            let name = match pools && self.all_pass(number) {
                true => crop(&mut layers, &mut cells, &layer.name),
                false => layer.name.clone(),
            };
            names.insert(layer.name.clone(), name);
        }
        let halo = cells.values().map(|cells| cells.left_out).max().unwrap_or(0);
        let wider = Self { side: self.side + 2 * halo, layers, ..*self };
        let window = wider.window()?;
        let fits = window.side + 2 * window.halo == wider.side;
        if !fits || wider.parameters()? != self.parameters()? {
            let problem = format!(
                "regions of {} pixels do not divide into its steps: take another size",
                self.side
            );
            return Err(ArchitectureError::Layer { layer: INPUT.to_owned(), problem });
        }
        Ok(wider)
    }

    /// Whether all later layers take their inputs from layer `number` or later ones.
    fn all_pass(&self, number: usize) -> bool {
        (number + 1..self.layers.len())
            .flat_map(|later| self.sources(later))
            .all(|source| source.is_some_and(|source| source >= number))
    }

    /// How its regions lie in a matrix over which it is evaluated at once.
    ///
    /// # Errors
    /// A network whose answers depend on zeros around its region ([`Self::with_halo`] gives one that
    /// does not), or that does not classify regions as a whole.
    pub fn window(&self) -> Result<Window, ArchitectureError> {
        self.check_over_images()?;
        let shapes = self.shapes()?;
        let mut cells: Vec<Cells> = Vec::with_capacity(shapes.len());
        let mut window = None;
        for (number, layer) in self.layers.iter().enumerate() {
            let start = Cells { step: 1, spoilt: 0, left_out: 0 };
            let of = |source: Option<usize>| source.map_or(start, |source| cells[source]);
            let sources = self.sources(number);
            let reached = sources
                .iter()
                .map(|&source| of(source))
                .reduce(|a, b| Cells { spoilt: a.spoilt.max(b.spoilt), ..a });
            let reached = reached.unwrap_or(start);
            let region = Shape::Map { rows: self.side, columns: self.side, channels: 1 };
            let input = sources.first().copied().flatten().map_or(region, |it| shapes[it]);
            if let (true, Shape::Map { rows, .. }) = (is_head(layer.operation), input) {
                if reached.spoilt > 0 {
                    return Err(unfit(
                        &layer.name,
                        "it sees zeros around the region, which are not there in a whole image: give it a halo",
                    ));
                }
                let Cells { step, left_out: halo, .. } = reached;
                window = Some(Window { side: rows * step, halo, step });
            }
            cells.push(reached.after(layer.operation));
        }
        let last = self.layers.last().map_or(INPUT, |layer| &layer.name);
        window.ok_or_else(|| unfit(last, "it gives a map, and no class of a region as a whole"))
    }
}

fn unfit(layer: &str, problem: &str) -> ArchitectureError {
    ArchitectureError::Layer { layer: layer.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_sees_28_rows_and_columns_more() {
        let reference = Architecture::reference(32, 6);
        assert!(reference.window().is_err(), "zeros around a region reach its answers");
        let wider = reference.with_halo().unwrap();
        // 60, 30 → 28, 14 → 12, 6 → 4: two convolutions spoil two cells, one after the pool.
        assert_eq!(wider.side, 60);
        assert_eq!(wider.window().unwrap(), Window { side: 32, halo: 14, step: 8 });
        let crops = wider.layers.iter().filter(|it| it.operation == Operation::Crop { margin: 1 });
        assert_eq!(crops.count(), 3);
        // Nothing is left to leave out.
        assert_eq!(wider.with_halo().unwrap(), wider);
        assert!(Architecture::reference(36, 6).with_halo().is_err());
    }

    #[test]
    fn residual_networks_lose_their_edge_before_the_average() {
        // Three convolutions at step 1 spoil 3 cells, ⌈(3 + 1)/2⌉ + 1 = 3 at step 2, and 3 at step 4.
        let wider = Architecture::preset("resnet-8", 32, 6).unwrap().with_halo().unwrap();
        assert_eq!(wider.window().unwrap(), Window { side: 32, halo: 12, step: 4 });
        assert_eq!(wider.side, 56);
        let crops: Vec<_> = (wider.layers.iter())
            .filter(|it| matches!(it.operation, Operation::Crop { .. }))
            .collect();
        assert_eq!(crops.len(), 1);
        assert_eq!(crops[0].operation, Operation::Crop { margin: 3 });
    }

    #[test]
    fn maps_for_each_pixel_have_no_halo() {
        assert!(Architecture::preset("unet", 32, 6).unwrap().with_halo().is_err());
    }
}
