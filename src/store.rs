//! Reads and writes the run directory: which file holds what, and that every file read is intact;
//! knows no image formation, training or statistic.
//!
//! ```text
//! plan.json                  frozen before the first job
//! provenance.json            clock, host and timings: the only file that differs between runs
//! provenance/ID.json         the same of one call, until the run is concluded
//! pieces.json                the pieces of work, where a plan was frozen alone
//! submit/                    scripts that give the pieces to a cluster
//! images/NNNN.json           test images: truth and achieved rates
//! networks/NAME.safetensors  one per job
//! start/SHA256.safetensors   networks from elsewhere that others start from
//! ratings/NAME.f32           one per job; NAME-lookN.f32 of the images that a later look adds
//! records/NAME.json          one per file of ratings, written last: the job is done when it is there
//! states/NAME.state          of a training that is not done, after its last epoch
//! looks/N.json               what was decided at each look at a study that grows
//! cache/                     regions cut from images; drawn again when missing; on each node where
//!                            a directory of its own is given
//! locks/                     who works on what; nothing depends on it
//! ceiling.json, leaks.json, linear-observers.json, noise.json
//! figures.json, results.json, results.csv, accuracy.svg, report.html
//! phantom.toml               the phantom, where the library does not have it
//! figures/NAME.svg, .png     the report's plots
//! manifest.json              SHA-256 of every file that the results rest on
//! ```

mod parts;
mod states;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::de::DeserializeOwned;

use crate::dataset::{ImagePart, RegionSet, Windows};
use crate::files::{self, FilesError, Lock, Mismatch};
use crate::image::words;
use crate::record::{ChunkRecord, Figures, Job, JobRecord};
use crate::task::Series;

/// What made the directory, for its marker.
pub const KIND: &str = "calibrate";
/// Lock that all processes working on a run share.
const WORK: &str = "work";
/// Files that hold clock, host or progress and are in no manifest.
const UNHASHED: [&str; 3] = [files::MARKER, files::PROVENANCE, "pieces.json"];
/// Folders that no manifest covers.
const UNHASHED_FOLDERS: [&str; 5] = ["cache/", "post-hoc/", "provenance/", "states/", "submit/"];
/// Folders whose files say what is done.
const FOLDERS: [&str; 4] = ["images", "records", "looks", "cache"];

/// A run directory.
#[derive(Debug, Clone)]
pub struct RunDirectory {
    root: PathBuf,
    /// Where the cache is, if it is not in the run directory.
    scratch: Option<PathBuf>,
}

impl RunDirectory {
    /// Makes the directory, or finds it made for the same purpose.
    ///
    /// # Errors
    /// If it cannot be made or belongs to something else.
    pub fn claim(root: &Path) -> Result<Self, FilesError> {
        files::claim(root, KIND)?;
        Ok(Self { root: root.to_owned(), scratch: None })
    }

    /// Opens a directory that a calibration made.
    ///
    /// # Errors
    /// If it is not the directory of a calibration.
    pub fn open(root: &Path) -> Result<Self, FilesError> {
        files::owned(root, KIND)?;
        Ok(Self { root: root.to_owned(), scratch: None })
    }

    /// The same run with its cache in another directory, which need not outlive the process.
    #[must_use]
    pub fn with_scratch(self, scratch: PathBuf) -> Self {
        Self { scratch: Some(scratch), ..self }
    }

    /// Whether the cache is this node's own.
    #[must_use]
    pub fn has_scratch(&self) -> bool {
        self.scratch.is_some()
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Full path of a file in it.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// Bytes of a file, if it is there.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn bytes(&self, file: &str) -> Result<Option<Vec<u8>>, FilesError> {
        read_if_there(&self.path(file))
    }

    /// Writes a file whole.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write(&self, file: &str, bytes: &[u8]) -> Result<(), FilesError> {
        files::write(&self.path(file), bytes)
    }

    /// Reads a JSON file, if it is there.
    ///
    /// # Errors
    /// If it is damaged; the error holds its path.
    pub fn json<T: DeserializeOwned>(&self, file: &str) -> Result<Option<T>, FilesError> {
        let Some(bytes) = self.bytes(file)? else { return Ok(None) };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| self.damaged(file, error.to_string()))
    }

    /// The error for a file that does not hold what it must.
    #[must_use]
    pub fn damaged(&self, file: &str, detail: impl Into<String>) -> FilesError {
        FilesError::Damaged { path: self.path(file), detail: detail.into() }
    }

    /// Takes the lock of one piece of work, if no other process has it.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn lock(&self, name: &str) -> Result<Option<Lock>, FilesError> {
        Lock::take(&self.lock_path(name))
    }

    /// Takes the lock of one piece of work, waiting while another process has it.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn wait_lock(&self, name: &str) -> Result<Lock, FilesError> {
        Lock::wait(&self.lock_path(name))
    }

    /// As [`RunDirectory::lock`], of a piece of work that is only for the cache.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn cache_lock(&self, name: &str) -> Result<Option<Lock>, FilesError> {
        Lock::take(&self.cached(&format!("locks/{name}.lock")))
    }

    /// Who works on a piece, by what he wrote into its lock; empty where nobody does.
    #[must_use]
    pub fn holder(&self, name: &str) -> String {
        Lock::signature(&self.lock_path(name))
    }

    /// Whether this file system has locks that work.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn has_locks(&self) -> Result<bool, FilesError> {
        Ok(self.enter()?.is_held())
    }

    fn lock_path(&self, name: &str) -> PathBuf {
        self.path(&format!("locks/{name}.lock"))
    }

    /// Path of a file that can be made again.
    fn cached(&self, file: &str) -> PathBuf {
        self.scratch.as_ref().unwrap_or(&self.root).join(file)
    }

    /// Asks a shared file system what other nodes have finished.
    pub fn look_again(&self) {
        FOLDERS.iter().for_each(|folder| files::look_again(&self.path(folder)));
    }

    /// Record of a chunk of test images, if it was made.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn chunk_record(
        &self,
        series: Series,
        chunk: u32,
    ) -> Result<Option<ChunkRecord>, FilesError> {
        self.json(&chunk_file(series, chunk))
    }

    /// Writes the record of a chunk.
    ///
    /// # Errors
    /// If another one is there: the same plan always gives the same record.
    pub fn write_chunk_record(
        &self,
        series: Series,
        chunk: u32,
        record: &ChunkRecord,
    ) -> Result<(), FilesError> {
        let file = chunk_file(series, chunk);
        let bytes = files::json(record);
        match self.bytes(&file)? {
            None => self.write(&file, &bytes),
            Some(before) if before == bytes => Ok(()),
            Some(_) => Err(self.damaged(&file, "the images drawn again differ from the record")),
        }
    }

    /// Record of a job, if it is done; with a later look that of the ratings which it added.
    ///
    /// # Errors
    /// If the record is damaged.
    pub fn job_record(
        &self,
        job: &Job,
        look: Option<u32>,
    ) -> Result<Option<JobRecord>, FilesError> {
        self.json(&record_file(job, look))
    }

    /// Writes the network, ratings and record of a job; the record comes last.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write_job(
        &self,
        record: &JobRecord,
        network: &[u8],
        ratings: &[u8],
    ) -> Result<(), FilesError> {
        self.write(&network_file(&record.job), network)?;
        self.write_ratings(record, ratings)
    }

    /// Writes further ratings of a stored network; the record comes last.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write_ratings(&self, record: &JobRecord, ratings: &[u8]) -> Result<(), FilesError> {
        self.write(&ratings_file(record), ratings)?;
        self.write(&record_file(&record.job, record.look), &files::json(record))
    }

    /// The network of a finished job, checked against its record.
    ///
    /// # Errors
    /// If it is missing or damaged.
    pub fn network(&self, record: &JobRecord) -> Result<Vec<u8>, FilesError> {
        self.checked(&network_file(&record.job), record, &record.network_sha256)
    }

    /// Ratings `[condition, region, class]` of a record, checked against it.
    ///
    /// # Errors
    /// If they are missing or damaged.
    pub fn ratings(&self, record: &JobRecord) -> Result<Vec<f32>, FilesError> {
        let file = ratings_file(record);
        let bytes = self.checked(&file, record, &record.ratings_sha256)?;
        let expected =
            record.conditions.len() as u64 * record.examples * u64::from(record.width) * 4;
        if bytes.len() as u64 != expected {
            let detail = format!("{} bytes instead of {expected}", bytes.len());
            return Err(self.damaged(&file, detail));
        }
        let (words, _) = bytes.as_chunks::<4>();
        Ok(words.iter().map(|&word| f32::from_le_bytes(word)).collect())
    }

    fn checked(&self, file: &str, record: &JobRecord, sha256: &str) -> Result<Vec<u8>, FilesError> {
        let record = record_file(&record.job, record.look);
        let Some(bytes) = self.bytes(file)? else {
            let detail = format!(
                "it is missing, but `{record}` states that it was made: delete that record too"
            );
            return Err(self.damaged(file, detail));
        };
        if files::sha256(&bytes) != sha256 {
            let detail =
                format!("its SHA-256 is not the one in `{record}`: delete that record too");
            return Err(self.damaged(file, detail));
        }
        Ok(bytes)
    }

    /// Named region sets from the cache, if they are there.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn regions(&self, name: &str) -> Result<Option<BTreeMap<String, RegionSet>>, FilesError> {
        let path = self.cached(&cache_file(name));
        let Some(bytes) = read_if_there(&path)? else { return Ok(None) };
        read_regions(&bytes).map(Some).map_err(|detail| FilesError::Damaged { path, detail })
    }

    /// True if these region sets are in the cache.
    #[must_use]
    pub fn has_regions(&self, name: &str) -> bool {
        self.cached(&cache_file(name)).exists()
    }

    /// Puts region sets into the cache.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write_regions(
        &self,
        name: &str,
        sets: &BTreeMap<String, RegionSet>,
    ) -> Result<(), FilesError> {
        files::write(&self.cached(&cache_file(name)), &region_bytes(sets))
    }

    /// The file of a network from elsewhere that others start from, by its SHA-256.
    ///
    /// # Errors
    /// If it is missing or damaged.
    pub fn start(&self, sha256: &str) -> Result<Vec<u8>, FilesError> {
        let file = start_file(sha256);
        let Some(bytes) = self.bytes(&file)? else {
            return Err(self.damaged(&file, "it is missing"));
        };
        if files::sha256(&bytes) != sha256 {
            return Err(self.damaged(&file, "its SHA-256 is not that of the plan"));
        }
        Ok(bytes)
    }

    /// Keeps a network from elsewhere that others start from.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write_start(&self, sha256: &str, bytes: &[u8]) -> Result<(), FilesError> {
        match self.bytes(&start_file(sha256))? {
            Some(before) if before == bytes => Ok(()),
            _ => self.write(&start_file(sha256), bytes),
        }
    }

    /// Parts of an image, each of the same size, from the cache, if they are there.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn parts(&self, name: &str) -> Result<Option<Vec<ImagePart>>, FilesError> {
        let path = self.cached(&parts_file(name));
        let Some(bytes) = read_if_there(&path)? else { return Ok(None) };
        parts::read(&bytes).map(Some).map_err(|detail| FilesError::Damaged { path, detail })
    }

    /// Puts parts of an image into the cache.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write_parts(&self, name: &str, parts: &[ImagePart]) -> Result<(), FilesError> {
        files::write(&self.cached(&parts_file(name)), &parts::bytes(parts))
    }

    /// Marks this process as working on the run: until the lock is dropped no other process removes
    /// the cache.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn enter(&self) -> Result<Lock, FilesError> {
        Lock::share(&self.lock_path(WORK))
    }

    /// Removes what can be drawn again, and half-written files of killed processes. While another
    /// process works on the run nothing is removed: that process does so when it concludes. Without
    /// locks nobody knows: then half-written files stay.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn clear(&self) -> Result<(), FilesError> {
        let Some(alone) = self.lock(WORK)? else { return Ok(()) };
        files::remove_directory(&self.path("cache"))?;
        files::remove_directory(&self.path("states"))?;
        if alone.is_held() { files::remove_partial(&self.root) } else { Ok(()) }
    }

    /// Removes the cache that is this node's own, if no other process of it works there.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn clear_scratch(&self) -> Result<(), FilesError> {
        let Some(scratch) = &self.scratch else { return Ok(()) };
        let alone = self.cache_lock(WORK)?;
        if alone.is_some_and(|lock| lock.is_held()) {
            files::remove_directory(scratch)?;
        }
        Ok(())
    }

    /// Marks this process as using the cache of this node.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn enter_scratch(&self) -> Result<Lock, FilesError> {
        Lock::share(&self.cached(&format!("locks/{WORK}.lock")))
    }

    /// Stored figures, if they were made.
    ///
    /// # Errors
    /// If they are damaged.
    pub fn figures(&self) -> Result<Option<Figures>, FilesError> {
        self.json("figures.json")
    }

    /// Hashes every file into `manifest.json`.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write_manifest(&self) -> Result<(), FilesError> {
        files::write_manifest(&self.root, is_hashed)
    }

    /// True if the run is finished and a file has other bytes than it had then.
    #[must_use]
    pub fn is_changed(&self, file: &str) -> bool {
        let changed = Mismatch::Changed(file.to_owned());
        self.verify().is_ok_and(|mismatches| mismatches.contains(&changed))
    }

    /// Recomputes every hash and lists what differs; empty when nothing does.
    ///
    /// # Errors
    /// If there is no manifest yet or it is damaged.
    pub fn verify(&self) -> Result<Vec<Mismatch>, FilesError> {
        files::verify_manifest(&self.root, is_hashed)
    }
}

fn is_hashed(file: &str) -> bool {
    !UNHASHED.contains(&file) && !UNHASHED_FOLDERS.iter().any(|folder| file.starts_with(folder))
}

/// Bytes of a file, if it is there.
fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, FilesError> {
    if path.exists() { files::read(path).map(Some) } else { Ok(None) }
}

/// Decision at a look, counted from 1.
pub(crate) fn look_file(look: u32) -> String {
    format!("looks/{look}.json")
}

/// Record of a chunk of test images.
pub(crate) fn chunk_file(series: Series, chunk: u32) -> String {
    format!("images/{}{chunk:04}.json", series.prefix())
}

/// Record of a job, or of the ratings that a later look added to it.
pub(crate) fn record_file(job: &Job, look: Option<u32>) -> String {
    format!("records/{}.json", job.record_name(look))
}

fn network_file(job: &Job) -> String {
    format!("networks/{}.safetensors", job.name())
}

fn ratings_file(record: &JobRecord) -> String {
    format!("ratings/{}.f32", record.job.record_name(record.look))
}

fn start_file(sha256: &str) -> String {
    format!("start/{sha256}.safetensors")
}

fn parts_file(name: &str) -> String {
    format!("cache/{name}.parts")
}

fn cache_file(name: &str) -> String {
    format!("cache/{name}.regions")
}

/// Safetensors with `NAME/values` and `NAME/labels`, values in 8 bits where they fit, followed
/// by the SHA-256 of it all.
fn region_bytes(sets: &BTreeMap<String, RegionSet>) -> Vec<u8> {
    let packed: Vec<_> = sets
        .iter()
        .map(|(name, set)| {
            let (dtype, values) = match words::narrowed(&set.values) {
                Some(bytes) => (Dtype::U8, bytes),
                None => (Dtype::U16, words::to_bytes(&set.values)),
            };
            let cell = set.windows.as_ref().map_or(0, |windows| windows.cell as u8);
            (name, set, dtype, values, [cell])
        })
        .collect();
    let views = packed.iter().flat_map(|(name, set, dtype, values, cell)| {
        let view = |dtype, shape, bytes| {
            TensorView::new(dtype, shape, bytes).expect("length is the product of the shape")
        };
        let windows: Vec<_> = set
            .windows
            .iter()
            .flat_map(|Windows { phases, .. }| {
                [
                    (
                        format!("{name}/phases"),
                        view(Dtype::U8, vec![phases.len(), 2], phases.as_flattened()),
                    ),
                    (format!("{name}/cell"), view(Dtype::U8, vec![1], cell)),
                ]
            })
            .collect();
        [
            (format!("{name}/values"), view(*dtype, vec![set.len(), set.side, set.side], values)),
            (format!("{name}/labels"), view(Dtype::U8, vec![set.labels.len()], &set.labels)),
        ]
        .into_iter()
        .chain(windows)
    });
    let mut bytes = safetensors::serialize(views, None).expect("names and views are valid");
    let digest = files::sha256(&bytes);
    bytes.extend_from_slice(digest.as_bytes());
    bytes
}

fn read_regions(bytes: &[u8]) -> Result<BTreeMap<String, RegionSet>, String> {
    let Some((body, digest)) = bytes.split_last_chunk::<64>() else {
        return Err("it is too short".into());
    };
    if files::sha256(body).as_bytes() != digest {
        return Err("its SHA-256 is not the one at its end".into());
    }
    let tensors = SafeTensors::deserialize(body).map_err(|error| error.to_string())?;
    let mut sets = BTreeMap::new();
    for (name, view) in tensors.tensors() {
        let Some(name) = name.strip_suffix("/values") else { continue };
        let labels =
            tensors.tensor(&format!("{name}/labels")).map_err(|error| error.to_string())?;
        let &[_, side, _] = view.shape() else { return Err(format!("`{name}` has a wrong shape")) };
        let values = match view.dtype() {
            Dtype::U8 => words::widened(view.data()),
            _ => words::from_bytes(view.data()),
        };
        let part = |what: &str| tensors.tensor(&format!("{name}/{what}")).ok();
        let windows = part("phases").zip(part("cell")).map(|(phases, cell)| Windows {
            cell: cell.data()[0].into(),
            phases: phases.data().as_chunks().0.to_vec(),
        });
        let labels = labels.data().to_vec();
        sets.insert(name.to_owned(), RegionSet { side, values, labels, windows });
    }
    Ok(sets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_survive_and_damage_is_found() {
        let narrow = RegionSet {
            side: 1,
            values: vec![1, 255],
            labels: vec![0, 5],
            windows: Some(Windows { cell: 4, phases: vec![[0, 8], [3, 0]] }),
        };
        let wide =
            RegionSet { side: 2, values: vec![1, 2, 3, 4095], labels: vec![3], windows: None };
        let sets = BTreeMap::from([("a/x".to_owned(), narrow), ("b".to_owned(), wide)]);
        let bytes = region_bytes(&sets);
        assert_eq!(read_regions(&bytes).unwrap(), sets);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(read_regions(&damaged).is_err(), "byte {at}");
        }
    }
}
