//! How far a run has come and what is left of it; does no work.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::CampaignError;
use super::run::Run;
use super::time::Host;
use crate::files;
use crate::record::FORMAT;
use crate::study::{PieceKind, PlannedPiece, Standing, agenda, standing};

/// A piece of work as a file lists it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedPiece {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: PieceKind,
    /// Names of those that must be done before.
    pub needs: Vec<String>,
    /// Seconds of one core that it takes, by the operations in it; a guess.
    pub seconds: f64,
}

/// All pieces of work of a frozen plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PieceList {
    /// Version of this form.
    pub format: u32,
    /// SHA-256 of the plan.
    pub plan_sha256: String,
    /// Kernel of the plan.
    pub kernel: String,
    /// Those of all looks, in the order in which one process takes them.
    pub pieces: Vec<ListedPiece>,
}

/// Pieces of work of a kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progression {
    /// What they do.
    pub kind: PieceKind,
    /// How many there are.
    pub pieces: usize,
    /// Done.
    pub done: usize,
    /// That processes say they work on now.
    pub held: usize,
    /// Hours of one core that those take which are not done, by the times of those that are; by
    /// their operations where none is.
    pub core_hours_left: f64,
}

/// How far a run has come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunStatus {
    /// Version of this form.
    pub format: u32,
    /// Kernel of the plan.
    pub kernel: String,
    /// True if results were derived.
    pub concluded: bool,
    /// Looks taken and planned of a study that grows; pieces are those of the look that it is at.
    pub looks: Option<[usize; 2]>,
    /// By kind.
    pub progress: Vec<Progression>,
    /// Those not done.
    pub left: Vec<String>,
    /// Who works on what, as machine, call and kernel.
    pub held: BTreeMap<String, String>,
    /// Machines that worked on it, with the pieces that each did.
    pub hosts: Vec<(Host, usize)>,
    /// Whether locks work here; where they do not, who holds a piece is not certain.
    pub has_locks: bool,
}

impl Run {
    /// Lists all pieces of work of the plan in `pieces.json`.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn list_pieces(&self) -> Result<PieceList, CampaignError> {
        let all = agenda(&self.planned);
        let listed = |piece: &PlannedPiece| ListedPiece {
            name: piece.name.clone(),
            kind: piece.kind,
            needs: piece.needs.iter().map(|&place| all[place].name.clone()).collect(),
            seconds: (piece.seconds * 1000.0).round() / 1000.0,
        };
        let list = PieceList {
            format: FORMAT,
            plan_sha256: self.plan_hash.clone(),
            kernel: self.plan.kernel.clone(),
            pieces: all.iter().map(listed).collect(),
        };
        self.store.write("pieces.json", &files::json(&list))?;
        Ok(list)
    }

    /// What is done of the work of the look that the run is at, and what is left.
    ///
    /// # Errors
    /// If a record is damaged or of another plan.
    pub fn standing(&self) -> Result<Standing, CampaignError> {
        Ok(standing(&self.plan, &self.plan_hash, &self.store)?)
    }

    /// How far the run has come.
    ///
    /// # Errors
    /// If a record is damaged or of another plan.
    pub fn status(&self) -> Result<RunStatus, CampaignError> {
        let standing = self.standing()?;
        let has_locks = self.store.has_locks()?;
        let mut held = BTreeMap::new();
        for piece in standing.left() {
            let holder = self.store.holder(&piece.name);
            // A lock that can be taken is nobody's, whoever signed it.
            let free = || self.store.lock(&piece.name).map(|lock| lock.is_some());
            let abandoned = holder.is_empty() || (has_locks && free()?);
            if !abandoned {
                held.insert(piece.name.clone(), holder);
            }
        }
        let rates = self.rates(&standing);
        let of_kind = |&kind: &PieceKind| {
            let left: Vec<&PlannedPiece> = standing.left().filter(|it| it.kind == kind).collect();
            let pieces = standing.pieces.iter().filter(|piece| piece.kind == kind).count();
            let seconds: f64 = left.iter().map(|piece| piece.seconds).sum();
            (pieces > 0).then(|| Progression {
                kind,
                pieces,
                done: pieces - left.len(),
                held: left.iter().filter(|piece| held.contains_key(&piece.name)).count(),
                // A sum of nothing is −0.
                core_hours_left: (seconds + 0.0) * rates[&kind] / 3600.0,
            })
        };
        let planned = self.planned.looks.len();
        Ok(RunStatus {
            format: FORMAT,
            kernel: self.plan.kernel.clone(),
            concluded: self.store.path("manifest.json").exists(),
            looks: (planned > 0).then_some([self.plan.looks.len(), planned]),
            progress: PieceKind::ALL.iter().filter_map(of_kind).collect(),
            left: standing.left().map(|piece| piece.name.clone()).collect(),
            held,
            hosts: self.hosts().into_iter().collect(),
            has_locks,
        })
    }

    /// Seconds that pieces of each kind took, over those that their operations let expect; that of
    /// all kinds where none of a kind was measured, 1 where none at all.
    pub(super) fn rates(&self, standing: &Standing) -> BTreeMap<PieceKind, f64> {
        let times = self.piece_times();
        let rate = |kinds: &[PieceKind]| {
            let of_kinds = standing.pieces.iter().filter(|piece| kinds.contains(&piece.kind));
            let (mut took, mut expected) = (0.0, 0.0);
            for piece in of_kinds {
                if let Some(time) = times.get(&piece.name) {
                    took += time;
                    expected += piece.seconds;
                }
            }
            (expected > 0.0).then(|| took / expected)
        };
        let all = rate(&PieceKind::ALL).unwrap_or(1.0);
        PieceKind::ALL.into_iter().map(|kind| (kind, rate(&[kind]).unwrap_or(all))).collect()
    }

    /// Fails where a piece of work is missing, naming it.
    fn check_complete(&self) -> Result<(), CampaignError> {
        let standing = self.standing()?;
        let left: Vec<String> = standing.left().map(|piece| piece.name.clone()).collect();
        if left.is_empty() { Ok(()) } else { Err(CampaignError::Left(left)) }
    }

    /// Judges a study that has grown as far as its work is done: its plan becomes that of the look
    /// which its records reach.
    ///
    /// # Errors
    /// With the pieces of work that are missing.
    pub fn grow(&mut self) -> Result<(), CampaignError> {
        loop {
            self.check_complete()?;
            let look = self.look()?;
            if !look.is_some_and(|look| look.goes_on()) {
                return Ok(());
            }
        }
    }

    /// Fails where this program is not the one that the plan is for: equal work would give other
    /// bytes.
    ///
    /// # Errors
    /// With what differs.
    pub fn check_program(&self) -> Result<(), CampaignError> {
        let plan = &self.plan;
        let here = env!("CARGO_PKG_VERSION");
        if plan.version != here {
            return Err(CampaignError::Unfit(format!(
                "the plan of this run is for phantom-limit {}, and this is {here}: work with that \
                 version",
                plan.version
            )));
        }
        for &name in &plan.codecs {
            let here = crate::codec::codec_fitting(name, plan.codec_options()).version();
            let planned = plan.codec_versions.get(name.name());
            if planned.is_some_and(|planned| *planned != here) {
                return Err(CampaignError::Unfit(format!(
                    "the plan of this run is for {} {}, and this program has {here}",
                    name.name(),
                    planned.map_or("", String::as_str)
                )));
            }
        }
        Ok(())
    }
}
