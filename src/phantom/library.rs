//! Owns the phantoms that come with the program: their texts and how one is found; knows no
//! other files.

use super::nearest::nearest;
use super::{Phantom, PhantomError};

/// A phantom file of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded {
    /// Path below `phantoms/`, as `<modality>/<name>.toml`.
    pub path: &'static str,
    /// Text of the file.
    pub source: &'static str,
}

/// The files, by path.
const FILES: &[Embedded] =
    &[Embedded { path: "ct/head.toml", source: include_str!("../../phantoms/ct/head.toml") }];

impl Embedded {
    /// The identifier of the phantom: `ct/head.toml` holds `ct-head`.
    #[must_use]
    pub fn id(self) -> String {
        self.path.trim_end_matches(".toml").replace('/', "-")
    }

    /// The phantom.
    ///
    /// # Errors
    /// None in a released library: a test reads every file.
    pub fn phantom(self) -> Result<Phantom, PhantomError> {
        Phantom::parse(self.source, &format!("phantoms/{}", self.path))
    }
}

/// The files of the library, by path.
pub fn all() -> impl Iterator<Item = &'static Embedded> {
    FILES.iter()
}

/// The phantom with this identifier.
///
/// ```
/// use phantom_limit::phantom::library;
/// assert_eq!(library::find("ct-head")?.formation.matrix.rows, 512);
/// let error = library::find("ct-haed").unwrap_err().to_string();
/// assert!(error.contains("did you mean `ct-head`?"));
/// # Ok::<(), phantom_limit::phantom::PhantomError>(())
/// ```
///
/// # Errors
/// [`PhantomError::NotInLibrary`] with the nearest identifier.
pub fn find(id: &str) -> Result<Phantom, PhantomError> {
    match all().find(|file| file.id() == id) {
        Some(file) => file.phantom(),
        None => {
            let ids: Vec<String> = all().map(|file| file.id()).collect();
            Err(PhantomError::NotInLibrary {
                id: super::nearest::printable(id),
                nearest: nearest(id, ids.iter().map(String::as_str)).map(str::to_owned),
                ids,
            })
        }
    }
}
