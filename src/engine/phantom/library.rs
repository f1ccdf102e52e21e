//! The phantoms that come with the program.

use super::resolve::library_only;
use super::{Phantom, PhantomError};

pub use super::texts::{Embedded, all, bases, embedded};

impl Embedded {
    /// The phantom.
    ///
    /// # Errors
    /// None in a released library: a test reads every file.
    pub fn phantom(self) -> Result<Phantom, PhantomError> {
        Phantom::parse(self.source, &format!("phantoms/{}", self.path))
    }

    /// The phantom with a text that is complete by itself: this file, joined with those it
    /// extends.
    ///
    /// # Errors
    /// None in a released library.
    pub fn whole(self) -> Result<(Phantom, String), PhantomError> {
        let name = format!("phantoms/{}", self.path);
        Phantom::parse_with(self.source, &name, &library_only)
    }
}

/// The phantom with this identifier.
///
/// # Errors
/// [`PhantomError::NotInLibrary`] with the nearest identifier.
pub fn find(id: &str) -> Result<Phantom, PhantomError> {
    embedded(id)?.phantom()
}
