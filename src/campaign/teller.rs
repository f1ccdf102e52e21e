//! Tells what deriving results has come to, to whom a run was given; shows nothing.

use std::fmt;

type Tell = Box<dyn Fn(Option<&str>) + Send + Sync>;

/// Who is told; nobody at first.
#[derive(Default)]
pub(super) struct Teller(Option<Tell>);

impl Teller {
    pub(super) fn new(tell: impl Fn(Option<&str>) + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(tell)))
    }

    /// Something begins that may take a while.
    pub(super) fn tell(&self, what: &str) {
        if let Some(tell) = &self.0 {
            tell(Some(what));
        }
    }

    /// The last of it ended, whether it succeeded or not.
    pub(super) fn end(&self) {
        if let Some(tell) = &self.0 {
            tell(None);
        }
    }
}

impl fmt::Debug for Teller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Teller").field(&self.0.is_some()).finish()
    }
}
