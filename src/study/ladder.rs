//! The levels of a study: their base, their order, and at which of them networks are trained; knows
//! no codec.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::record::LevelBase;

/// The levels that a study tests, of one base.
///
/// In files the base is the name of the key: `ratios`, `qualities`, `psnr_db`, `bpp` or `max_errors`, and the
/// same after `matched_` for the levels that networks are trained at.
#[derive(Debug, Clone, PartialEq)]
pub struct Ladder {
    /// What the numbers are.
    pub base: LevelBase,
    /// The levels, mildest first.
    pub targets: Vec<f64>,
    /// Those at which networks of regimes `matched` and `matrix` are trained, mildest first; empty
    /// without these regimes.
    pub trained: Vec<f64>,
}

/// Keys of a base: of the levels, and of those that networks are trained at.
fn keys(base: LevelBase) -> [&'static str; 2] {
    match base {
        LevelBase::Ratio => ["ratios", "matched_ratios"],
        LevelBase::Quality => ["qualities", "matched_qualities"],
        LevelBase::Psnr => ["psnr_db", "matched_psnr_db"],
        LevelBase::Bpp => ["bpp", "matched_bpp"],
        LevelBase::MaxError => ["max_errors", "matched_max_errors"],
    }
}

/// Levels near which networks are trained by default: about what ratios of 5, 10, 20, 50 and 120
/// are on 12 bits.
fn usual(base: LevelBase) -> [f64; 5] {
    match base {
        LevelBase::Ratio => [5.0, 10.0, 20.0, 50.0, 120.0],
        LevelBase::Quality => [95.0, 80.0, 50.0, 20.0, 5.0],
        LevelBase::Psnr => [52.0, 47.0, 42.0, 37.0, 32.0],
        LevelBase::Bpp => [2.4, 1.2, 0.6, 0.24, 0.1],
        LevelBase::MaxError => [2.0, 7.0, 14.0, 30.0, 60.0],
    }
}

/// Levels that figures show.
fn shown(base: LevelBase) -> [f64; 3] {
    match base {
        LevelBase::Ratio => [10.0, 30.0, 80.0],
        LevelBase::Quality => [80.0, 30.0, 10.0],
        LevelBase::Psnr => [47.0, 40.0, 35.0],
        LevelBase::Bpp => [1.2, 0.4, 0.15],
        LevelBase::MaxError => [7.0, 20.0, 45.0],
    }
}

impl Ladder {
    /// Levels of a base, at which no network is trained.
    pub(super) fn new(base: LevelBase, targets: &[f64]) -> Self {
        Self { base, targets: sorted(base, targets.to_vec()), trained: Vec::new() }
    }

    /// Has networks trained at levels: those chosen, or the usual ones.
    ///
    /// # Errors
    /// The first chosen level that is none of the ladder's.
    pub(super) fn train_at(&mut self, chosen: Option<&[f64]>) -> Result<(), f64> {
        let trained = match chosen {
            Some(chosen) => chosen.to_vec(),
            None => usual(self.base).map(|wanted| self.nearest(wanted)).to_vec(),
        };
        if let Some(&value) = trained.iter().find(|value| !self.targets.contains(value)) {
            return Err(value);
        }
        self.trained = sorted(self.base, trained);
        Ok(())
    }

    /// Levels that figures show, mildest first.
    pub(super) fn shown(&self) -> Vec<f64> {
        sorted(self.base, shown(self.base).map(|wanted| self.nearest(wanted)).to_vec())
    }

    /// The level that is nearest to `wanted` on a logarithmic scale.
    fn nearest(&self, wanted: f64) -> f64 {
        let distance = |value: &f64| libm::fabs(libm::log(value / wanted));
        let levels = self.targets.iter().copied();
        levels.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(wanted)
    }
}

/// Mildest first, each once.
fn sorted(base: LevelBase, mut levels: Vec<f64>) -> Vec<f64> {
    levels.sort_by(|a, b| base.harshness(*a).total_cmp(&base.harshness(*b)));
    levels.dedup();
    levels
}

impl Serialize for Ladder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [targets, trained] = keys(self.base);
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(targets, &self.targets)?;
        map.serialize_entry(trained, &self.trained)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Ladder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Keys)
    }
}

/// Reads the two keys of one base, and no others.
struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Ladder;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the levels of one base")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ladder, A::Error> {
        const KNOWN: &[&str] = &["ratios", "qualities", "psnr_db", "bpp", "max_errors"];
        let (mut targets, mut trained) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            let found = LevelBase::ALL.into_iter().find_map(|base| {
                let place = keys(base).into_iter().position(|known| known == key)?;
                Some((base, place))
            });
            let Some((base, place)) = found else {
                return Err(de::Error::unknown_field(&key, KNOWN));
            };
            let slot = if place == 0 { &mut targets } else { &mut trained };
            if slot.replace((base, map.next_value::<Vec<f64>>()?)).is_some() {
                return Err(de::Error::custom(format!("levels are stated again by `{key}`")));
            }
        }
        let (Some((base, targets)), Some((other, trained))) = (targets, trained) else {
            return Err(de::Error::missing_field("ratios"));
        };
        if base != other {
            return Err(de::Error::custom("tested and trained levels are of two bases"));
        }
        Ok(Ladder { base, targets, trained })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder(base: LevelBase, targets: &[f64]) -> Ladder {
        let mut ladder = Ladder::new(base, targets);
        ladder.train_at(None).unwrap();
        ladder
    }

    #[test]
    fn every_base_runs_from_mild_to_harsh() {
        let targets = |base| ladder(base, &[40.0, 1.5, 80.0, 40.0]).targets;
        assert_eq!(targets(LevelBase::Ratio), [1.5, 40.0, 80.0]);
        assert_eq!(targets(LevelBase::Quality), [80.0, 40.0, 1.5]);
        assert_eq!(targets(LevelBase::Psnr), [80.0, 40.0, 1.5]);
        assert_eq!(ladder(LevelBase::Bpp, &[0.5, 2.0]).targets, [2.0, 0.5]);
    }

    #[test]
    fn files_name_the_base_by_the_key() {
        for (base, levels, text) in [
            (
                LevelBase::Ratio,
                &[5.0, 30.0][..],
                r#"{"ratios":[5.0,30.0],"matched_ratios":[5.0,30.0]}"#,
            ),
            (LevelBase::Psnr, &[40.0], r#"{"psnr_db":[40.0],"matched_psnr_db":[40.0]}"#),
        ] {
            let ladder = ladder(base, levels);
            assert_eq!(serde_json::to_string(&ladder).unwrap(), text);
            assert_eq!(serde_json::from_str::<Ladder>(text).unwrap(), ladder);
        }
        for wrong in [
            r#"{"ratios":[5.0],"matched_bpp":[]}"#,
            r#"{"ratios":[5.0],"qualities":[5.0],"matched_ratios":[]}"#,
            r#"{"ratios":[5.0],"matched_ratios":[],"rations":1}"#,
            r#"{"ratios":[5.0]}"#,
        ] {
            assert!(serde_json::from_str::<Ladder>(wrong).is_err(), "{wrong}");
        }
    }
}
