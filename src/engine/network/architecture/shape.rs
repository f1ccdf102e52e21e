//! Shapes of what layers give, inferred from what they take; knows no weight.

use std::fmt;

use super::layer::Operation;

/// Greatest edge of a map, and most channels.
pub(super) const GREATEST: usize = 4096;
/// Most values of one vector, or of one map that a dense layer reads.
pub(super) const MOST_FEATURES: usize = 1 << 24;

/// The output of a layer for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `[rows, columns, channels]`.
    Map {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// Channels.
        channels: usize,
    },
    /// This many values.
    Vector(usize),
}

impl Shape {
    /// Number of values.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Map { rows, columns, channels } => rows * columns * channels,
            Self::Vector(count) => count,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map { rows, columns, channels } => {
                write!(formatter, "a map of {rows}×{columns} with {channels} channels")
            }
            Self::Vector(count) => write!(formatter, "{count} values"),
        }
    }
}

/// Rows, columns and channels of a map.
fn map(operation: &Operation, input: Shape) -> Result<[usize; 3], String> {
    match input {
        Shape::Map { rows, columns, channels } => Ok([rows, columns, channels]),
        Shape::Vector(_) => Err(format!(
            "{} needs a map, but gets {input}: put it before the dense layers",
            operation.name()
        )),
    }
}

/// What an operation gives from `inputs`, in a network for `classes` classes. If it cannot: what
/// is wrong and what to do.
pub(super) fn output(
    operation: &Operation,
    inputs: &[Shape],
    classes: usize,
) -> Result<Shape, String> {
    let several = matches!(operation, Operation::Add | Operation::Concat);
    let first = match (inputs, several) {
        ([first], false) | ([first, _, ..], true) => *first,
        (_, false) => {
            let found = inputs.len();
            return Err(format!("{} takes 1 input, but has {found}", operation.name()));
        }
        (_, true) => {
            let found = inputs.len();
            return Err(format!("{} takes 2 inputs or more, but has {found}", operation.name()));
        }
    };
    let shape = match *operation {
        Operation::Convolution { channels, size, stride, .. } => {
            let [rows, columns, _] = map(operation, first)?;
            if size.is_multiple_of(2) || size > 31 {
                return Err(format!("size is {size}, expected an odd number from 1 to 31"));
            }
            if stride == 0 || stride > size.max(2) {
                let most = size.max(2);
                return Err(format!("stride is {stride}, expected 1 to {most}"));
            }
            let (rows, columns) = (rows.div_ceil(stride), columns.div_ceil(stride));
            Shape::Map { rows, columns, channels: channels.number(classes) }
        }
        Operation::BatchNorm => {
            map(operation, first)?;
            first
        }
        Operation::Relu => first,
        Operation::Dropout { share } => {
            if !(0.0..1.0).contains(&share) {
                return Err(format!("share is {share}, expected 0 to below 1"));
            }
            first
        }
        Operation::MaxPool { size } | Operation::AveragePool { size } => {
            let [rows, columns, channels] = map(operation, first)?;
            if size == 0 || size > rows.min(columns) {
                return Err(format!(
                    "a window of {size}×{size} does not fit {first}: leave pools out, or take \
                     larger regions"
                ));
            }
            Shape::Map { rows: rows / size, columns: columns / size, channels }
        }
        Operation::Crop { margin } => {
            let [rows, columns, channels] = map(operation, first)?;
            if 2 * margin >= rows.min(columns) {
                return Err(format!(
                    "nothing of {first} is left without {margin} rows and columns at each edge: \
                     take larger regions"
                ));
            }
            Shape::Map { rows: rows - 2 * margin, columns: columns - 2 * margin, channels }
        }
        Operation::GlobalAveragePool => Shape::Vector(map(operation, first)?[2]),
        Operation::Add => match inputs.iter().find(|&&other| other != first) {
            None => first,
            Some(other) => {
                return Err(format!("add needs inputs of one shape, but gets {first} and {other}"));
            }
        },
        Operation::Concat => concatenated(inputs)?,
        Operation::Upsample { factor, .. } => {
            let [rows, columns, channels] = map(operation, first)?;
            if !(1..=GREATEST).contains(&factor) {
                return Err(format!("factor is {factor}, expected 1 to {GREATEST}"));
            }
            Shape::Map { rows: rows * factor, columns: columns * factor, channels }
        }
        Operation::Shortcut { stride, channels } => {
            let [rows, columns, before] = map(operation, first)?;
            if stride == 0 {
                return Err("stride is 0, expected 1 or more".to_owned());
            }
            if channels < before {
                return Err(format!("channels is {channels}, expected {before} or more"));
            }
            let (rows, columns) = (rows.div_ceil(stride), columns.div_ceil(stride));
            Shape::Map { rows, columns, channels }
        }
        Operation::InverseDct => {
            return Err("inverse_dct makes regions, and no whole image".to_owned());
        }
        Operation::Dense { outputs } => {
            if first.count() > MOST_FEATURES {
                return Err(format!(
                    "a dense layer reads at most {MOST_FEATURES} values, but gets {first}: pool \
                     before it"
                ));
            }
            Shape::Vector(outputs.number(classes))
        }
    };
    let extents = match shape {
        Shape::Map { rows, columns, channels } => [rows, columns, channels],
        Shape::Vector(count) if *operation == Operation::Concat => [1, 1, count.min(GREATEST)],
        Shape::Vector(count) => [1, 1, count],
    };
    if extents.iter().any(|extent| !(1..=GREATEST).contains(extent)) {
        return Err(format!("it gives {shape}, but each number must be 1 to {GREATEST}"));
    }
    Ok(shape)
}

/// Maps one after another along the channels, or vectors.
fn concatenated(inputs: &[Shape]) -> Result<Shape, String> {
    let add = |sum: Result<Shape, String>, &next: &Shape| match (sum?, next) {
        (
            Shape::Map { rows, columns, channels },
            Shape::Map { rows: other_rows, columns: other_columns, channels: more },
        ) if (rows, columns) == (other_rows, other_columns) => {
            Ok(Shape::Map { rows, columns, channels: channels + more })
        }
        (Shape::Vector(count), Shape::Vector(more)) if count + more <= MOST_FEATURES => {
            Ok(Shape::Vector(count + more))
        }
        (sum, next) => Err(format!(
            "concat needs maps of one extent, or vectors, but gets {sum} and {next}: pool or \
             upsample one of them"
        )),
    };
    match inputs.split_first() {
        Some((&first, others)) => others.iter().fold(Ok(first), add),
        None => Err("concat has no input".to_owned()),
    }
}
