//! The artefact page: draws, compresses and compares one image for a browser on the same machine,
//! writes the exported copy of the page, and lets a class answer its quiz; derives no limit and trains
//! nothing.
//!
//! Two sockets: the page's, on the loopback address, and on request that of a class, with routes of
//! its own. The server takes values in the query and bytes in the body; no text of a request becomes a
//! path. Pixels are sent as 16-bit little-endian words. The page itself windows, subtracts and
//! transforms them, so that dragging sends no request.

mod assets;
mod cache;
mod class;
mod connections;
mod contours;
mod export;
mod frame;
mod guard;
mod marks;
mod networks;
mod qr;
mod query;
mod question;
mod reading;
mod rendition;
mod response;
mod script;
mod server;
mod share;
mod studio;
mod subject;
mod upload;
mod workers;

use thiserror::Error;

use crate::campaign::CampaignError;
use crate::codec::CodecError;
use crate::files::FilesError;
use crate::metric::MetricError;
use crate::observer::ObserverError;
use crate::phantom::PhantomError;
use crate::scene::SceneError;

pub use export::{Exported, KIND, export};
pub use guard::Limits;
pub use reading::Trained;
pub use server::{Server, router, routers};
pub use studio::Studio;

/// Why the page or a response of its server could not be made.
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
        /// The value of the query.
        found: String,
        /// What is possible.
        expected: String,
    },
    /// No such phantom, image or page.
    #[error("there is no {0}")]
    Missing(String),
    /// The request comes from another site or is addressed to another host.
    #[error("{0}")]
    Foreign(String),
    /// The path has no such method.
    #[error("the server does not accept this method for this path")]
    Method,
    /// The query or the body is too long.
    #[error("{what} is longer than {most} bytes")]
    Large {
        /// Which part.
        what: &'static str,
        /// The longest that is accepted.
        most: usize,
    },
    /// The body did not arrive in time.
    #[error("the body did not arrive within {0} seconds")]
    Slow(u64),
    /// More requests than a page sends.
    #[error("too many requests: send fewer per second")]
    Rate,
    /// All workers are busy and their queue is full.
    #[error("the server is busy: try again")]
    Busy,
    /// The uploaded bytes are not an image that can be shown.
    #[error("{0}")]
    Unreadable(String),
    /// The codec cannot compress or decompress the image.
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
    Network(#[from] ObserverError),
    /// The run cannot be read.
    #[error(transparent)]
    Run(#[from] CampaignError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The server cannot listen.
    #[error("cannot listen on {address}: {source}; choose another --port or address")]
    Listen {
        /// Address and port.
        address: std::net::SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A defect of this program.
    #[error("internal error of phantom-limit, please report it: {0}")]
    Internal(String),
}
