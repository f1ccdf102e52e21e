//! The phantom files that come with the program, as texts, and how one is found; knows no other
//! files and reads none.

use super::PhantomError;
use super::nearest::{nearest, printable};

/// A phantom file of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded {
    /// Path below `phantoms/`, as `<modality>/<name>.toml` or `<name>.toml`.
    pub path: &'static str,
    /// Text of the file.
    pub source: &'static str,
}

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(Embedded { path: $path, source: include_str!(concat!("../../../phantoms/", $path)) }),*]
    };
}

/// The phantoms, by path.
const FILES: &[Embedded] = files![
    "contrast-detail.toml",
    "cr/body.toml",
    "cr/chest.toml",
    "cr/paediatric.toml",
    "cr/skeletal.toml",
    "ct/angiography.toml",
    "ct/body.toml",
    "ct/chest.toml",
    "ct/head.toml",
    "ct/paediatric.toml",
    "ct/skeleton.toml",
    "mammography.toml",
    "mr/body.toml",
    "mr/brain-t2.toml",
    "mr/brain.toml",
    "nm.toml",
    "shapes.toml",
    "us.toml",
    "xa.toml",
];

/// What phantoms extend, no phantoms themselves, by path.
const BASES: &[Embedded] =
    files!["base/ct.toml", "base/mr.toml", "base/targets.toml", "base/xray.toml"];

impl Embedded {
    /// The identifier of the phantom: `ct/head.toml` holds `ct-head`.
    #[must_use]
    pub fn id(self) -> String {
        self.path.trim_end_matches(".toml").replace('/', "-")
    }
}

/// The phantoms of the library, by path.
pub fn all() -> impl Iterator<Item = &'static Embedded> {
    FILES.iter()
}

/// The files that phantoms of the library extend and that are none themselves, by path.
pub fn bases() -> impl Iterator<Item = &'static Embedded> {
    BASES.iter()
}

/// Path and text of a file of the library, by path below `phantoms/` or by identifier.
pub(super) fn text(word: &str) -> Result<(&'static str, &'static str), String> {
    let files = || FILES.iter().chain(BASES);
    if let Some(file) = files().find(|file| file.path == word || file.id() == word) {
        return Ok((file.path, file.source));
    }
    let names: Vec<String> = files().flat_map(|file| [file.path.to_owned(), file.id()]).collect();
    let near = nearest(word, names.iter().map(String::as_str))
        .map(|name| format!(" (did you mean `{name}`?)"))
        .unwrap_or_default();
    Err(format!("there is no file `{}`{near}", printable(word)))
}

/// The embedded file with this identifier.
///
/// ```
/// use phantom_limit_engine::phantom::library;
/// assert_eq!(library::embedded("ct-head")?.path, "ct/head.toml");
/// let error = library::embedded("ct-haed").unwrap_err().to_string();
/// assert!(error.contains("did you mean `ct-head`?"));
/// # Ok::<(), phantom_limit_engine::phantom::PhantomError>(())
/// ```
///
/// # Errors
/// [`PhantomError::NotInLibrary`] with the nearest identifier.
pub fn embedded(id: &str) -> Result<Embedded, PhantomError> {
    all().find(|file| file.id() == id).copied().ok_or_else(|| {
        let ids: Vec<String> = all().map(|file| file.id()).collect();
        PhantomError::NotInLibrary {
            id: printable(id),
            nearest: nearest(id, ids.iter().map(String::as_str)).map(str::to_owned),
            ids,
        }
    })
}
