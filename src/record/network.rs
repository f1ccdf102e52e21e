//! Names of the kinds of networks of a study; trains nothing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Most characters of a name.
const MOST: usize = 32;

/// Name of a kind of network in a study, part of the names of its files: lower-case letters, digits
/// and hyphens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NetworkName {
    length: u8,
    bytes: [u8; MOST],
}

/// Why a text is no name of a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a network: use 1 to {MOST} lower-case letters, digits and hyphens, the first \
     a letter"
)]
pub struct NetworkNameError(String);

impl NetworkName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl FromStr for NetworkName {
    type Err = NetworkNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
        let first = text.bytes().next().is_some_and(|it| it.is_ascii_lowercase());
        if !first || text.len() > MOST || !text.bytes().all(known) {
            return Err(NetworkNameError(text.to_owned()));
        }
        let mut bytes = [0; MOST];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { length: text.len() as u8, bytes })
    }
}

impl TryFrom<String> for NetworkName {
    type Error = NetworkNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<NetworkName> for String {
    fn from(name: NetworkName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for NetworkName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for NetworkName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_into_the_names_of_files() {
        for name in ["reference", "resnet-20", "a"] {
            let parsed: NetworkName = name.parse().unwrap();
            assert_eq!((parsed.as_str(), parsed.to_string()), (name, name.to_owned()));
            let text = serde_json::to_string(&parsed).unwrap();
            assert_eq!(text, format!("\"{name}\""));
            assert_eq!(serde_json::from_str::<NetworkName>(&text).unwrap(), parsed);
        }
        for name in ["", "ResNet", "8-layers", "a/b", "a b", &"a".repeat(33)] {
            assert!(name.parse::<NetworkName>().is_err(), "{name}");
        }
    }
}
