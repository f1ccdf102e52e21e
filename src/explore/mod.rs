//! Owns the artefact page: drawing, compressing and comparing one image for a browser on the same
//! machine, and the static copy of the page; derives no limit and trains nothing.
//!
//! The server takes values in the query and bytes in the body; no text of a request ever becomes
//! a path. Pixels travel as 16-bit little-endian words and are windowed, subtracted and
//! transformed by the page itself, so that dragging asks nothing of the server.

mod assets;
mod export;
mod frame;
mod guard;
mod memory;
mod reading;
mod rendition;
mod script;
mod server;
mod studio;
mod subject;
mod visitor;

use thiserror::Error;

use crate::campaign::CampaignError;
use crate::codec::CodecError;
use crate::files::FilesError;
use crate::metric::MetricError;
use crate::network::NetworkError;
use crate::phantom::PhantomError;
use crate::scene::SceneError;

pub use export::{Exported, KIND, export};
pub use guard::Limits;
pub use reading::Trained;
pub use server::{Server, router};
pub use studio::Studio;

/// Why the page, or one answer of its server, could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExploreError {
    /// A query that cannot be read: unknown or repeated key, wrong type.
    #[error("the query cannot be read: {0}")]
    Query(String),
    /// A value outside its range.
    #[error("`{key}` is {found}; {expected}")]
    Value {
        /// Key of the query.
        key: &'static str,
        /// What was asked for.
        found: String,
        /// What is possible.
        expected: String,
    },
    /// No such phantom, image or page.
    #[error("there is no {0}")]
    Missing(String),
    /// The request comes from another site or asks another host.
    #[error("{0}")]
    Foreign(String),
    /// The path has no such method.
    #[error("this method is not served here")]
    Method,
    /// The query or the body is too long.
    #[error("{what} is longer than {most} bytes")]
    Large {
        /// Which part.
        what: &'static str,
        /// Its largest length.
        most: usize,
    },
    /// The body did not arrive in time.
    #[error("the image did not arrive within {0} seconds")]
    Slow(u64),
    /// More requests than a page makes.
    #[error("too many requests; slow down")]
    Rate,
    /// All workers and the queue before them are taken.
    #[error("busy; ask again")]
    Busy,
    /// Bytes that are no image that is read here.
    #[error("{0}")]
    Picture(String),
    /// The codec cannot do it.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The images cannot be compared.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// The scene cannot be drawn.
    #[error(transparent)]
    Scene(#[from] SceneError),
    /// The phantom cannot be read.
    #[error(transparent)]
    Phantom(#[from] PhantomError),
    /// A network cannot be used.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The run cannot be read.
    #[error(transparent)]
    Run(#[from] CampaignError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The server cannot listen.
    #[error("cannot listen on 127.0.0.1:{port}: {source}; choose another --port")]
    Listen {
        /// Port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// A fault of this program.
    #[error("a fault of phantom-limit: {0}")]
    Fault(String),
}
