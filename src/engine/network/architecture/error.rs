//! Why an architecture cannot be built; knows no layer.

/// Why an architecture cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchitectureError {
    /// A number of the whole network is out of range.
    #[error("{what} is {found}, expected {expected}")]
    Number {
        /// Its key.
        what: &'static str,
        /// Its value.
        found: usize,
        /// The possible values, in words.
        expected: &'static str,
    },
    /// One layer is wrong.
    #[error("layer {layer:?}: {problem}")]
    Layer {
        /// Its name.
        layer: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// No preset of that name.
    #[error("there is no architecture {name:?}; there are {known}")]
    Preset {
        /// The name that was asked for.
        name: String,
        /// The names of all presets.
        known: String,
    },
}
