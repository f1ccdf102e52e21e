//! Puts users' own models to the test on their own labelled images: every image is compressed to
//! every level, restored, and answered by every model; trains nothing.
//!
//! ```text
//! plan.json                  what decides the answers; written before the first image
//! images/NNNNNN.json         one image: rates and answers at every level; done when it is there
//! answers.csv                the same as the table that `limit --answers` takes
//! results.json, results.csv, operating.csv, accuracy.svg, certificates/, report.html
//! provenance.json            where the time went: the only file that differs between runs
//! manifest.json              SHA-256 of all others
//! ```
//!
//! Images are independent of one another and are worked on in parallel, one at a time on each thread.

mod clock;
mod conclusion;
mod entrant;
mod error;
mod plan;
mod record;
mod run;
mod truth;

pub use clock::TimeSpent;
pub use conclusion::{Appraised, is_hashed};
pub use entrant::{Entrant, check_file};
pub use error::AppraisalError;
pub use plan::Request;
pub use run::{Appraisal, KIND};
