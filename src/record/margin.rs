//! Defines the margin: how much of a loss is accepted, and in what it is counted; judges nothing.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The loss up to which a level is accepted.
///
/// In files a number of the score, or a table of one key; on the command line the same with `=`.
///
/// ```
/// use phantom_limit::record::Margin;
/// for (word, text, margin) in [
///     ("0.02", "0.02", Margin::Score(0.02)),
///     ("dose-share=0.9", "{\"dose_share\":0.9}", Margin::DoseShare(0.9)),
///     ("d_a=0.1", "{\"d_a\":0.1}", Margin::DA(0.1)),
/// ] {
///     assert_eq!(word.parse(), Ok(margin));
///     assert_eq!(margin.to_string(), word);
///     assert_eq!(serde_json::to_string(&margin).unwrap(), text);
///     assert_eq!(serde_json::from_str::<Margin>(text).unwrap(), margin);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Margin {
    /// Less of the score than this, in (0, 1): 0.02 of an accuracy are two points.
    Score(f64),
    /// Less than originals lose at this share of the dose, in (0, 1).
    DoseShare(f64),
    /// Less than this of d_a = √2 Φ⁻¹(area), in (0, 5]; for areas under the ROC curve.
    DA(f64),
}

impl Margin {
    /// The key of a margin that is no number of the score, in files.
    const KEYS: [&str; 2] = ["dose_share", "d_a"];

    /// Largest d_a that a margin may be: more than a score that can be judged has.
    pub const MOST_D_A: f64 = 5.0;

    /// What may stand in a file or on a command line, in words.
    pub const WORDS: &str = "a share of the score above 0 and below 1, such as 0.02; dose_share \
                             above 0 and below 1, such as 0.9; or d_a above 0 and up to 5, such as \
                             0.1";

    /// What it is of the score; `None` where it is counted in something else.
    #[must_use]
    pub fn points(self) -> Option<f64> {
        match self {
            Self::Score(points) => Some(points),
            Self::DoseShare(_) | Self::DA(_) => None,
        }
    }

    /// The share of the dose; `None` where it is counted in something else.
    #[must_use]
    pub fn dose_share(self) -> Option<f64> {
        match self {
            Self::DoseShare(share) => Some(share),
            Self::Score(_) | Self::DA(_) => None,
        }
    }

    /// Its number.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Score(value) | Self::DoseShare(value) | Self::DA(value) => value,
        }
    }

    /// What it is counted in, as in files: `score`, `dose_share` or `d_a`.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Score(_) => "score",
            Self::DoseShare(_) => Self::KEYS[0],
            Self::DA(_) => Self::KEYS[1],
        }
    }

    /// Whether its number is in its range.
    #[must_use]
    pub fn is_possible(self) -> bool {
        match self {
            Self::Score(value) | Self::DoseShare(value) => value > 0.0 && value < 1.0,
            Self::DA(value) => value > 0.0 && value <= Self::MOST_D_A,
        }
    }

    fn of_key(key: &str, value: f64) -> Option<Self> {
        match key {
            "dose_share" | "dose-share" => Some(Self::DoseShare(value)),
            "d_a" => Some(Self::DA(value)),
            _ => None,
        }
    }
}

impl From<f64> for Margin {
    fn from(points: f64) -> Self {
        Self::Score(points)
    }
}

impl fmt::Display for Margin {
    /// As on the command line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Score(value) => write!(formatter, "{value}"),
            Self::DoseShare(value) => write!(formatter, "dose-share={value}"),
            Self::DA(value) => write!(formatter, "d_a={value}"),
        }
    }
}

impl FromStr for Margin {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let number = |text: &str| {
            text.parse::<f64>().map_err(|_| {
                format!("expected a number such as 0.02, dose-share=0.9 or d_a=0.1, not `{word}`")
            })
        };
        let Some((key, value)) = word.split_once('=') else { return number(word).map(Self::Score) };
        Self::of_key(key, number(value)?)
            .ok_or_else(|| format!("`{key}` is no kind of margin: dose-share or d_a"))
    }
}

impl Serialize for Margin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(points) = self.points() {
            return serializer.serialize_f64(points);
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.kind(), &self.value())?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Margin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Form)
    }
}

/// Reads a number, or a table of one key.
struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = Margin;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number, { dose_share = 0.9 } or { d_a = 0.1 }")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Margin, E> {
        Ok(Margin::Score(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Margin, E> {
        Ok(Margin::Score(value as f64))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Margin, E> {
        Ok(Margin::Score(value as f64))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Margin, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            let unknown = || de::Error::unknown_field(&key, &Margin::KEYS);
            if !Margin::KEYS.contains(&key.as_str()) {
                return Err(unknown());
            }
            if found.is_some() {
                return Err(de::Error::custom("a margin has one key"));
            }
            found = Some(Margin::of_key(&key, map.next_value()?).ok_or_else(unknown)?);
        }
        found.ok_or_else(|| de::Error::missing_field("dose_share` or `d_a"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_margin_is_refused() {
        for word in ["2 points", "dose=0.9", "d_a=", "dose-share=much", ""] {
            assert!(word.parse::<Margin>().is_err(), "{word}");
        }
        for text in ["\"0.02\"", "{}", "{\"dose\":0.9}", "{\"d_a\":0.1,\"dose_share\":0.9}"] {
            assert!(serde_json::from_str::<Margin>(text).is_err(), "{text}");
        }
        let written: Margin = toml::from_str::<std::collections::BTreeMap<String, Margin>>(
            "margin = { dose_share = 0.9 }",
        )
        .unwrap()["margin"];
        assert_eq!(written, Margin::DoseShare(0.9));
    }

    #[test]
    fn each_kind_has_its_range() {
        for (margin, possible) in [
            (Margin::Score(0.02), true),
            (Margin::Score(1.0), false),
            (Margin::DoseShare(0.9), true),
            (Margin::DoseShare(1.0), false),
            (Margin::DoseShare(0.0), false),
            (Margin::DA(5.0), true),
            (Margin::DA(5.1), false),
            (Margin::DA(f64::NAN), false),
        ] {
            assert_eq!(margin.is_possible(), possible, "{margin:?}");
        }
    }
}
