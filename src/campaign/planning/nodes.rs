//! How long a study takes on a number of nodes, and where their time goes, by a simulation with the
//! times that a pilot's pieces of work took; runs nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use serde::Serialize;

use crate::campaign::{CampaignError, Run};
use crate::study::{PieceKind, Plan, PlannedPiece, agenda};

/// Seconds in which a worker reads one record at its start, on a busy shared file system: two round
/// trips of a millisecond.
const LOOK_SECONDS: f64 = 0.002;

/// What a study is on a number of nodes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeCost {
    /// Nodes.
    pub nodes: u32,
    /// Pieces of work at the same time on each.
    pub jobs: usize,
    /// Seconds from the first start to the last piece; without waiting for nodes and without the
    /// conclusion.
    pub seconds: f64,
    /// Core seconds of each kind of work.
    pub work: BTreeMap<PieceKind, f64>,
    /// Core seconds in which workers read what is done.
    pub start_seconds: f64,
    /// Core seconds in which all that was left needed what others were doing.
    pub needs_seconds: f64,
    /// Core seconds in which nothing was left to begin.
    pub end_seconds: f64,
    /// Seconds of the longest chain of pieces that need one another: no number of nodes is faster.
    pub chain_seconds: f64,
}

impl NodeCost {
    /// Core seconds from start to end, whatever the cores did.
    #[must_use]
    pub fn core_seconds(&self) -> f64 {
        self.seconds * (self.nodes as usize * self.jobs) as f64
    }
}

/// A plan on numbers of nodes, each with `jobs` pieces at the same time; `None` where the pilot's
/// provenance has no times.
pub(super) fn nodes(
    pilot: &Run,
    plan: &Plan,
    counts: &[u32],
    jobs: usize,
) -> Result<Option<Vec<NodeCost>>, CampaignError> {
    let standing = pilot.standing()?;
    let times = pilot.piece_times();
    if !standing.pieces.iter().any(|piece| times.contains_key(&piece.name)) {
        return Ok(None);
    }
    let rates = pilot.rates(&standing);
    let mut pieces = agenda(plan);
    for piece in &mut pieces {
        piece.seconds *= rates[&piece.kind];
    }
    Ok(Some(counts.iter().map(|&count| simulate(&pieces, count, jobs.max(1))).collect()))
}

/// Times in a heap: finite and positive, so their bits have their order.
fn bits(seconds: f64) -> u64 {
    seconds.to_bits()
}

/// Free cores take the first piece, in their order, whose needs are done.
fn simulate(pieces: &[PlannedPiece], nodes: u32, jobs: usize) -> NodeCost {
    let cores = nodes as usize * jobs;
    let start = pieces.len() as f64 * LOOK_SECONDS;
    let mut missing: Vec<usize> = pieces.iter().map(|piece| piece.needs.len()).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); pieces.len()];
    let mut chains: Vec<f64> = Vec::with_capacity(pieces.len());
    for (place, piece) in pieces.iter().enumerate() {
        piece.needs.iter().for_each(|&need| needed_by[need].push(place));
        let before = piece.needs.iter().map(|&need| chains[need]).fold(0.0, f64::max);
        chains.push(before + piece.seconds);
    }
    let mut ready: BTreeSet<usize> = (0..pieces.len()).filter(|&it| missing[it] == 0).collect();
    let mut running: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let (mut now, mut begun) = (start, 0);
    let (mut needs_seconds, mut end_seconds) = (0.0, 0.0);
    loop {
        while running.len() < cores {
            let Some(place) = ready.pop_first() else { break };
            running.push(Reverse((bits(now + pieces[place].seconds), place)));
            begun += 1;
        }
        let Some(Reverse((ends, place))) = running.pop() else { break };
        let ends = f64::from_bits(ends);
        let idle = (cores - running.len() - 1) as f64 * (ends - now);
        if begun < pieces.len() {
            needs_seconds += idle;
        } else {
            end_seconds += idle;
        }
        now = ends;
        for &next in &needed_by[place] {
            missing[next] -= 1;
            if missing[next] == 0 {
                ready.insert(next);
            }
        }
    }
    let mut work: BTreeMap<PieceKind, f64> = BTreeMap::new();
    for piece in pieces {
        *work.entry(piece.kind).or_default() += piece.seconds;
    }
    NodeCost {
        nodes,
        jobs,
        seconds: now,
        work,
        start_seconds: start * cores as f64,
        needs_seconds,
        end_seconds,
        chain_seconds: chains.into_iter().fold(0.0, f64::max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(kind: PieceKind, needs: &[usize], seconds: f64) -> PlannedPiece {
        PlannedPiece { name: String::new(), kind, needs: needs.to_vec(), seconds }
    }

    /// Four groups of images of 10 s, and two trainings of 30 s that need two groups each.
    fn study() -> Vec<PlannedPiece> {
        let images = |_| piece(PieceKind::Images, &[], 10.0);
        let mut pieces: Vec<PlannedPiece> = (0..4).map(images).collect();
        pieces.push(piece(PieceKind::Training, &[0, 1], 30.0));
        pieces.push(piece(PieceKind::Training, &[2, 3], 30.0));
        pieces
    }

    /// Counted by hand, beside 6 looks of 2 ms at the start.
    #[test]
    fn small_studies_are_as_counted_by_hand() {
        for (cores, seconds, needs, end) in [
            (1, 100.0, 0.0, 0.0),
            (2, 50.0, 0.0, 0.0),
            (3, 50.0, 10.0, 40.0),
            (8, 40.0, 40.0, 180.0),
        ] {
            let cost = simulate(&study(), cores, 1);
            assert!((cost.seconds - 0.012 - seconds).abs() < 1e-9, "{cost:?}");
            assert!((cost.needs_seconds - needs).abs() < 1e-9, "{cost:?}");
            assert!((cost.end_seconds - end).abs() < 1e-9, "{cost:?}");
            assert_eq!(cost.chain_seconds, 40.0);
            // Every core second goes somewhere.
            let spent = cost.work.values().sum::<f64>()
                + cost.start_seconds
                + cost.needs_seconds
                + cost.end_seconds;
            assert!((spent - cost.core_seconds()).abs() < 1e-9, "{cost:?}");
        }
        assert_eq!(simulate(&study(), 1, 8).seconds, simulate(&study(), 8, 1).seconds);
    }
}
