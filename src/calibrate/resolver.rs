//! Finds phantoms: by identifier in the library, by path among the user's files; plans nothing.

use std::path::Path;

use super::error::CalibrateError;
use crate::files;
use crate::phantom::{Found, Phantom, library, library_only};

/// A phantom by the identifier that the library has it under, or by the path of its file, with a
/// text that needs no other file.
///
/// # Errors
/// If there is no such phantom or file, or the file has a fault.
pub fn resolve(name: &str) -> Result<(Phantom, String), CalibrateError> {
    let path = Path::new(name);
    if name.ends_with(".toml") || path.is_file() {
        let source = files::read_text(path)?;
        return Ok(Phantom::parse_with(&source, name, &extended)?);
    }
    Ok(library::embedded(name).and_then(|file| file.whole())?)
}

/// A phantom as [`resolve`] finds it, with what `changes` say in place of what its file says: tables
/// and keys of a phantom file. Errors call them `changes of NAME`.
///
/// # Errors
/// If there is no such phantom or file, or it has a fault with the changes.
///
/// ```
/// use phantom_limit::calibrate::resolve_changed;
/// let half = toml::from_str("[acquisition.ct]\ndose_percent = 50.0").expect("TOML");
/// let (phantom, text) = resolve_changed("ct-head", &half).expect("a dose in percent");
/// assert!(phantom.id == "ct-head" && text.contains("dose_percent = 50.0"));
/// let wrong = toml::from_str("[acquisition.ct]\ndose_percents = 50.0").expect("TOML");
/// let error = resolve_changed("ct-head", &wrong).expect_err("there is no such key");
/// assert!(error.to_string().contains("unknown key `dose_percents`"), "{error}");
/// ```
pub fn resolve_changed(
    name: &str,
    changes: &toml::Table,
) -> Result<(Phantom, String), CalibrateError> {
    let (_, source) = resolve(name)?;
    let mut changes = changes.clone();
    changes.insert("extends".to_owned(), name.into());
    let text = toml::to_string(&changes).expect("a table of TOML values is TOML");
    let base = |_: &str, _: &str| Ok(Found { name: name.to_owned(), source: source.clone() });
    Ok(Phantom::parse_with(&text, &format!("changes of {name}"), &base)?)
}

/// What a phantom file extends: a file in the same folder, or one of the library.
fn extended(name: &str, word: &str) -> Result<Found, String> {
    let supplement = Path::new(name).parent().unwrap_or_else(|| Path::new("")).join(word);
    if supplement.is_file() {
        let source = files::read_text(&supplement).map_err(|error| error.to_string())?;
        // Another path to the same file must not hide that it extends itself.
        let whole = supplement.canonicalize().unwrap_or_else(|_| supplement.clone());
        let here = std::env::current_dir().unwrap_or_default();
        let short = whole.strip_prefix(&here).unwrap_or(&whole);
        return Ok(Found { name: short.display().to_string(), source });
    }
    library_only(name, word).map_err(|reason| {
        if word.ends_with(".toml") {
            format!("{reason}, neither as `{}` nor in the library", supplement.display())
        } else {
            reason
        }
    })
}
