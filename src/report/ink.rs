//! Colours of text for a terminal, which says the same without them.

/// Whether text for a terminal has colours (ECMA-48, SGR).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ink {
    /// Plain text.
    #[default]
    Plain,
    /// Words of a verdict in its colour.
    Coloured,
}

/// What a word says of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Something is shown safe.
    Safe,
    /// Something is not decided.
    Open,
    /// Something is shown to be lost.
    Lost,
}

impl Ink {
    /// A word in the colour of its tone; its width on a terminal stays.
    pub(super) fn paint(self, tone: Tone, word: &str) -> String {
        match tone {
            Tone::Safe => self.with("32", word),
            Tone::Open => self.with("33", word),
            Tone::Lost => self.with("31", word),
        }
    }

    /// The word that opens a message about a failure.
    #[must_use]
    pub fn error(self, word: &str) -> String {
        self.with("1;31", word)
    }

    /// What switches colours on and off in text of this ink, as far as it has any.
    #[must_use]
    pub fn codes(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &[],
            Self::Coloured => {
                &["\u{1b}[32m", "\u{1b}[33m", "\u{1b}[31m", "\u{1b}[1;31m", "\u{1b}[0m"]
            }
        }
    }

    fn with(self, code: &str, word: &str) -> String {
        match self {
            Self::Plain => word.to_owned(),
            Self::Coloured => format!("\u{1b}[{code}m{word}\u{1b}[0m"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_ink_adds_nothing() {
        assert_eq!(Ink::Plain.paint(Tone::Lost, "LOST"), "LOST");
        assert_eq!(Ink::Coloured.paint(Tone::Lost, "LOST"), "\u{1b}[31mLOST\u{1b}[0m");
        // Every code that is used is listed.
        let ink = Ink::Coloured;
        for text in [
            ink.paint(Tone::Safe, ""),
            ink.paint(Tone::Open, ""),
            ink.paint(Tone::Lost, ""),
            ink.error(""),
        ] {
            let bare = ink.codes().iter().fold(text, |text, code| text.replace(code, ""));
            assert_eq!(bare, "");
        }
    }
}
