//! Owns manifests: the hash of every file of a directory, and what differs from it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    Draft, FilesError, PROVENANCE, is_sealed, json, listing, read, sha256, write, write_failed,
};

/// Name of the file that holds the hashes of all others.
pub const MANIFEST: &str = "manifest.json";

const FORMAT: u32 = 1;

/// A difference between a directory and its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// A file is gone.
    Missing(String),
    /// A file has other bytes.
    Changed(String),
    /// A file is in no manifest.
    Unknown(String),
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(file) => write!(formatter, "missing  {file}"),
            Self::Changed(file) => write!(formatter, "changed  {file}"),
            Self::Unknown(file) => write!(formatter, "unknown  {file}"),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: u32,
    sha256: BTreeMap<String, String>,
}

/// Hashes every file for which `hashed` is true into the directory's manifest.
///
/// # Errors
/// If the system refuses.
pub fn write_manifest(root: &Path, hashed: impl Fn(&str) -> bool) -> Result<(), FilesError> {
    let mut hashes = BTreeMap::new();
    for file in listing(root)? {
        if file != MANIFEST && hashed(&file) {
            let digest = sha256(&read(&root.join(&file))?);
            hashes.insert(file, digest);
        }
    }
    write(&root.join(MANIFEST), &json(&Manifest { format: FORMAT, sha256: hashes }))
}

/// Recomputes every hash of a directory and names what differs from its manifest; a manifest that
/// cannot be read is the one difference. [`PROVENANCE`] differs between equal directories: where no
/// manifest holds it, it is held against its own seal, and may be missing.
///
/// # Errors
/// If there is no manifest yet, or the system refuses.
pub fn verify_manifest(
    root: &Path,
    hashed: impl Fn(&str) -> bool,
) -> Result<Vec<Mismatch>, FilesError> {
    let path = root.join(MANIFEST);
    if !path.exists() {
        return Err(FilesError::Unfinished { path: root.to_owned() });
    }
    let manifest = serde_json::from_slice::<Manifest>(&read(&path)?).ok();
    let Some(manifest) = manifest.filter(|manifest| manifest.format == FORMAT) else {
        return Ok(vec![Mismatch::Changed(MANIFEST.to_owned())]);
    };
    let mut mismatches = Vec::new();
    for file in listing(root)? {
        if file != MANIFEST && hashed(&file) && !manifest.sha256.contains_key(&file) {
            mismatches.push(Mismatch::Unknown(file));
        }
    }
    for (file, expected) in manifest.sha256 {
        let place = root.join(&file);
        if !place.exists() {
            mismatches.push(Mismatch::Missing(file));
        } else if sha256(&read(&place)?) != expected {
            mismatches.push(Mismatch::Changed(file));
        }
    }
    let provenance = root.join(PROVENANCE);
    if !hashed(PROVENANCE) && provenance.exists() && !is_sealed(&read(&provenance)?) {
        mismatches.push(Mismatch::Changed(PROVENANCE.to_owned()));
    }
    Ok(mismatches)
}

/// A manifest that is written entry by entry, for directories with more files than fit in
/// memory.
#[derive(Debug)]
pub struct ManifestDraft {
    path: PathBuf,
    draft: Draft,
    entries: u64,
}

impl ManifestDraft {
    /// Begins the manifest of a directory.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn create(root: &Path) -> Result<Self, FilesError> {
        let path = root.join(MANIFEST);
        let mut manifest = Self { draft: Draft::create(&path)?, path, entries: 0 };
        manifest.put("{\n  \"format\": 1,\n  \"sha256\": {")?;
        Ok(manifest)
    }

    /// Adds a file, named from the directory with `/`. No file may come twice.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn add(&mut self, file: &str, sha256: &str) -> Result<(), FilesError> {
        let comma = if self.entries == 0 { "" } else { "," };
        self.entries += 1;
        let (file, sha256) = (serde_json::Value::from(file), serde_json::Value::from(sha256));
        self.put(&format!("{comma}\n    {file}: {sha256}"))
    }

    /// Gives the manifest its name, once it has reached the disk.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn finish(mut self) -> Result<(), FilesError> {
        self.put("\n  }\n}\n")?;
        self.draft.finish_durable()
    }

    fn put(&mut self, text: &str) -> Result<(), FilesError> {
        self.draft.write_all(text.as_bytes()).map_err(|source| write_failed(&self.path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_written_entry_by_entry_is_read_like_one_written_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let mut manifest = ManifestDraft::create(root).unwrap();
        for (file, text) in [("b \"c\".txt", "1"), ("a/d", "2")] {
            write(&root.join(file), text.as_bytes()).unwrap();
            manifest.add(file, &sha256(text.as_bytes())).unwrap();
        }
        manifest.finish().unwrap();
        assert_eq!(verify_manifest(root, |_| true).unwrap(), []);
        write(&root.join("a/d"), b"3").unwrap();
        let changed = Mismatch::Changed("a/d".into());
        assert_eq!(verify_manifest(root, |_| true).unwrap(), [changed]);
    }

    #[test]
    fn a_manifest_that_cannot_be_read_differs() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        write(&root.join("a"), b"1").unwrap();
        write_manifest(root, |_| true).unwrap();
        assert_eq!(verify_manifest(root, |_| true).unwrap(), []);
        let whole = std::fs::read_to_string(root.join(MANIFEST)).unwrap();
        let other = whole.replace("\"format\": 1", "\"format\": 2");
        for damaged in [&other, &whole[..30], ""] {
            write(&root.join(MANIFEST), damaged.as_bytes()).unwrap();
            let changed = Mismatch::Changed(MANIFEST.into());
            assert_eq!(verify_manifest(root, |_| true).unwrap(), [changed], "{damaged}");
        }
    }
}
