//! The main job: from what is asked for to the conclusion of a run, owned, so that it can be
//! called from any thread or language; knows no terminal and no option's name.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use phantom_limit::calibrate::{Calibration, Request, network_trainer};
//!
//! let trainer = Arc::new(network_trainer(None, 1)?);
//! for planned in Request::of("ct-head").plans(trainer.kernel.name())? {
//!     let done = Calibration::new(planned.plan, "runs/ct-head", trainer.clone()).run()?;
//!     println!("{}", phantom_limit::report::text(&done.results));
//! }
//! # Ok::<(), phantom_limit::calibrate::CalibrateError>(())
//! ```

mod data;
mod error;
mod job;
mod recorder;
mod request;
mod resolver;

pub use data::{DataRequest, PlannedData};
pub use error::CalibrateError;
pub use job::{Calibrated, Calibration, Progress, Silent, network_trainer};
pub use request::{Planned, Request};
pub use resolver::{resolve, resolve_changed};
