//! What distinguishes phantoms: the hash of what forms the image, and the summary for lists;
//! knows no files.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Guideline, Modality, Phantom};

/// First bytes that are hashed. A new encoding gets a new number.
const ENCODING: &[u8] = b"phantom-limit formation 2\n";

impl Phantom {
    /// SHA-256 of what forms the image: of a format line, then [`super::Formation`] as JSON with
    /// fields in the order of their declaration and numbers as the shortest text that reads back
    /// the same. Identifier, title, guidelines, comments and the way a number is written do not
    /// count.
    #[must_use]
    pub fn content_hash(&self) -> [u8; 32] {
        let formation = serde_json::to_vec(&self.formation)
            .expect("a formation has text keys and no failing Serialize");
        Sha256::new().chain_update(ENCODING).chain_update(formation).finalize().into()
    }

    /// [`Self::content_hash`] as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn content_hash_hex(&self) -> String {
        self.content_hash().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What lists of phantoms show.
    #[must_use]
    pub fn summary(&self) -> Summary<'_> {
        let matrix = &self.formation.matrix;
        Summary {
            id: &self.id,
            title: &self.title,
            modality: self.modality,
            anatomy: &self.anatomy,
            rows: matrix.rows,
            columns: matrix.columns,
            bits_stored: matrix.format.bits_stored,
            guidelines: &self.guidelines,
        }
    }
}

/// One phantom in a list.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary<'a> {
    /// Identifier.
    pub id: &'a str,
    /// One line for people.
    pub title: &'a str,
    /// Modality.
    pub modality: Modality,
    /// Anatomy.
    pub anatomy: &'a str,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Bits that carry the value of a sample.
    pub bits_stored: u8,
    /// Published limits.
    pub guidelines: &'a [Guideline],
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::phantom::library;

    #[test]
    fn a_summary_has_the_keys_of_the_list() {
        let phantom = library::find("ct-head").expect("the library has a head");
        let summary = serde_json::to_value(phantom.summary()).expect("a summary is JSON");
        let guideline = json!({
            "body": "CAR",
            "ratio": 12.0,
            "year": 2008,
            "source": phantom.guidelines[0].source,
            "as_quoted_by": "Urbaniak 2024, Table 1",
        });
        assert_eq!(summary["guidelines"][0], guideline);
        let keys: Vec<&str> =
            summary.as_object().expect("a table").keys().map(String::as_str).collect();
        let listed =
            ["anatomy", "bits_stored", "columns", "guidelines", "id", "modality", "rows", "title"];
        assert_eq!(keys, listed);
        assert_eq!(summary["modality"], "CT");
    }
}
