//! How the files that a phantom file extends are found.

use super::texts;

/// A file that another one extends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name, for messages and for what it extends itself; the same file has one name.
    pub name: String,
    /// Its text.
    pub source: String,
}

/// Finds what the file named first extends by the word given second, or says why it cannot.
pub type Resolver<'a> = dyn Fn(&str, &str) -> Result<Found, String> + 'a;

/// Finds files of the library only: by path below `phantoms/`, relative to the extending file if
/// that is one of the library, or by identifier.
///
/// # Errors
/// If there is none, in words.
pub fn library_only(_: &str, word: &str) -> Result<Found, String> {
    texts::text(word)
        .map(|(path, source)| Found { name: format!("phantoms/{path}"), source: source.to_owned() })
}
