//! What a phantom draws for images that are searched as a whole.

use super::{Design, Formation};

impl Formation {
    /// What forms images to be searched: in half of them no target, in the others one to three of
    /// those of [`Self::search`], or else of [`Self::detection`], and nothing else to be found.
    /// `None` where there is no detection.
    #[must_use]
    pub fn searched(&self) -> Option<Self> {
        let mut targets =
            self.search.clone().or_else(|| Some(self.detection.as_ref()?.targets.clone()))?;
        targets.design = Design::Sparse;
        Some(Self { targets, detection: None, search: None, ..self.clone() })
    }

    /// The same for images to learn from: every second region with room holds a target.
    #[must_use]
    pub fn search_lessons(&self) -> Option<Self> {
        let mut formation = self.searched()?;
        formation.targets.design = Design::Random;
        Some(formation)
    }
}
