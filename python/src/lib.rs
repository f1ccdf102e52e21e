//! The module `phantom_limit._native`: what Python sees of the library. Takes and gives arrays,
//! bytes and text; computes nothing itself. The interpreter is free while the library works.

mod answers;
mod coding;
mod command;
mod image;
mod measurement;
mod phantom;

use std::fmt::Display;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An error of the library with its own text.
fn refused(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What `name` is among named values, or an error that lists them.
fn named<T: Copy>(
    what: &str,
    all: &[T],
    name_of: impl Fn(T) -> &'static str,
    name: &str,
) -> PyResult<T> {
    all.iter().copied().find(|it| name_of(*it) == name).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|it| name_of(*it)).collect();
        refused(format!("there is no {what} `{name}`; there are {}", names.join(", ")))
    })
}

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::answers::{Answers, judge};
    #[pymodule_export]
    use super::coding::{Encoded, decode, encode, ladder};
    #[pymodule_export]
    use super::command::run;
    #[pymodule_export]
    use super::measurement::{Measurement, measure};
    #[pymodule_export]
    use super::phantom::{Case, Phantom, phantoms};

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "its name in Python")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
