//! What a calibration is asked for, and the plans that follow; trains nothing.

use std::path::Path;

use super::error::CalibrateError;
use super::resolver::resolve;
use crate::campaign::Run;
use crate::files;
use crate::phantom::{Phantom, library};
use crate::record::{Job, Regime};
use crate::store::RunDirectory;
use crate::study::{Changes, Plan, StartChoice, StartNetwork, StudyFile};

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// Phantoms: identifiers of the library, or paths of .toml files.
    pub phantoms: Vec<String>,
    /// What is asked for, and differs from preset `standard`.
    pub changes: Changes,
}

/// A phantom with the plan of its study.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The phantom.
    pub phantom: Phantom,
    /// The plan.
    pub plan: Plan,
    /// The networks that those of regime `transferred` start from.
    pub start: Option<StartChoice>,
}

/// Reads the files of layers among the networks that are asked for, from a folder.
pub(super) fn read_networks(changes: &mut Changes, folder: &Path) -> Result<(), CalibrateError> {
    for network in changes.networks.iter_mut().flatten() {
        let Some(file) = network.file() else { continue };
        let text = files::read_text(&folder.join(file))?;
        network.read(&text).map_err(CalibrateError::Network)?;
    }
    Ok(())
}

/// Reads the networks that others are to start from, from a folder.
pub(super) fn read_start(changes: &mut Changes, folder: &Path) -> Result<(), CalibrateError> {
    let Some(start) = changes.start.as_mut().filter(|start| !start.is_read()) else {
        return Ok(());
    };
    let place = folder.join(start.word());
    let file = |job: Option<Job>, bytes: Vec<u8>| StartNetwork {
        job,
        sha256: files::sha256(&bytes),
        bytes,
    };
    let mut networks = Vec::new();
    if place.is_dir() {
        let run = Run::open(RunDirectory::open(&place)?)?;
        let usual = |job: &Job| {
            job.regime == Regime::Original && job.training_share.is_none() && job.network.is_none()
        };
        for job in run.plan.jobs().into_iter().filter(usual) {
            let Some(record) = run.store.job_record(&job, None)? else { continue };
            networks.push(file(Some(job), run.store.network(&record)?));
        }
    } else {
        networks.push(file(None, files::read(&place)?));
    }
    start.read(networks);
    Ok(())
}

impl Request {
    /// One phantom, preset `standard`, seed 1.
    #[must_use]
    pub fn of(phantom: &str) -> Self {
        Self { phantoms: vec![phantom.to_owned()], changes: Changes::default() }
    }

    /// Identifiers of every phantom of the library.
    #[must_use]
    pub fn library() -> Vec<String> {
        library::all().map(|file| file.id()).collect()
    }

    /// What a study file asks for. Paths in it start from its folder.
    ///
    /// # Errors
    /// If the file cannot be read, or with the place of its first fault.
    pub fn read(path: &Path) -> Result<Self, CalibrateError> {
        let study = StudyFile::parse(&files::read_text(path)?, &path.display().to_string())?;
        let mut phantoms = Vec::new();
        for name in &study.phantoms {
            if name == "all" {
                phantoms.extend(Self::library());
            } else if name.ends_with(".toml") {
                let file = path.parent().unwrap_or(Path::new("")).join(name);
                phantoms.push(file.to_string_lossy().into_owned());
            } else {
                phantoms.push(name.clone());
            }
        }
        let mut changes = study.changes;
        let folder = path.parent().unwrap_or(Path::new(""));
        read_networks(&mut changes, folder)?;
        read_start(&mut changes, folder)?;
        Ok(Self { phantoms, changes })
    }

    /// The plan of every phantom, for networks of a compute kernel. Nothing is written.
    ///
    /// # Errors
    /// If a phantom is unknown or given twice, or a change is out of range.
    pub fn plans(&self, kernel: &str) -> Result<Vec<Planned>, CalibrateError> {
        let mut planned: Vec<Planned> = Vec::new();
        for name in &self.phantoms {
            let one = self.planned(name, kernel)?;
            if planned.iter().any(|other| other.phantom.id == one.phantom.id) {
                return Err(CalibrateError::Twice(one.phantom.id));
            }
            planned.push(one);
        }
        Ok(planned)
    }

    /// The plan of the first phantom.
    ///
    /// # Errors
    /// As [`Request::plans`].
    pub fn plan(&self, kernel: &str) -> Result<Planned, CalibrateError> {
        self.planned(self.phantoms.first().map_or("", String::as_str), kernel)
    }

    fn planned(&self, name: &str, kernel: &str) -> Result<Planned, CalibrateError> {
        let (phantom, source) = resolve(name)?;
        let mut changes = self.changes.clone();
        read_networks(&mut changes, Path::new(""))?;
        read_start(&mut changes, Path::new(""))?;
        let plan = Plan::new(&phantom, &source, &changes, kernel)?;
        Ok(Planned { phantom, plan, start: changes.start })
    }
}
