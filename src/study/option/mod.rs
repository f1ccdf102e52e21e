//! What a study can be asked: each option is defined once, in `table`, and the command line,
//! the study file with its schema, the changes to a preset, the command that repeats a run and the
//! table of the book follow from it; plans nothing.

mod document;
mod facts;
mod table;
mod value;

pub use document::{documentation, schema};
pub use facts::{Facts, Kind, Naming, Range, Switch};
pub use table::{Changes, Definition, OPTIONS};

use super::plan::Plan;
use crate::record::{LevelBase, Margin};

/// The option of a key of the study file, also by an earlier name.
#[must_use]
pub fn by_key(key: &str) -> Option<&'static Definition> {
    OPTIONS.iter().find(|it| it.facts.key == key || it.facts.key_alias == Some(key))
}

/// The facts of a key that is in the table.
pub(super) fn facts(key: &str) -> &'static Facts {
    &by_key(key).expect("the key is in the table").facts
}

/// The option that states levels of a base.
pub(super) fn of_base(base: LevelBase) -> &'static Facts {
    let of_base = |it: &&Definition| it.facts.flag == base.name();
    &OPTIONS.iter().find(of_base).expect("every base is in the table").facts
}

/// All that a plan could have been asked, whether it differs from the preset or not.
#[must_use]
pub fn asked(plan: &Plan) -> Changes {
    let mut changes = Changes::default();
    for option in OPTIONS {
        (option.take)(plan, &mut changes);
    }
    changes
}

impl Changes {
    /// These with the table's default of every option that is not set and has one by itself, such
    /// as the margin. Those of the others follow from preset and phantom.
    #[must_use]
    pub fn with_defaults(&self) -> Self {
        let mut all = self.clone();
        // The strictest of the tasks that are asked.
        let own = self.tasks.iter().flatten().map(|task| task.usual_margin());
        if let (None, Some(least)) = (all.margin, own.reduce(f64::min)) {
            all.margin = Some(Margin::Score(least));
        }
        for option in OPTIONS {
            if (option.word)(&all).is_none() {
                let words: Vec<&str> = option.facts.default.split(',').collect();
                // Words that describe a default, as `the preset's`, set nothing.
                let _described = (option.set)(&mut all, &words);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::MOST_LOOKS;
    use crate::study::Preset;

    #[test]
    fn defaults_are_those_of_the_table() {
        let found = Changes::default().with_defaults();
        assert_eq!((found.preset, found.seed), (Some(Preset::Standard), Some(1)));
        assert_eq!((found.margin, found.alpha), (Some(Margin::Score(0.02)), Some(0.025)));
        // The words of these describe what preset and phantom give.
        assert_eq!((found.regimes, found.codecs), (None, None));
        assert_eq!((found.ratios, found.replicates), (None, None));
        let own = Changes { margin: Some(Margin::Score(0.05)), ..Changes::default() };
        assert_eq!(own.with_defaults().margin, Some(Margin::Score(0.05)));
        let looks = by_key("looks").expect("known").facts;
        assert_eq!(looks.switch.expect("it has one").value, MOST_LOOKS.to_string());
    }

    #[test]
    fn names_are_given_once_and_in_their_form() {
        let mut names = Vec::new();
        for Definition { facts, .. } in OPTIONS {
            let switch = facts.switch.as_ref().map(|it| it.flag);
            names.extend([facts.flag].into_iter().chain(facts.flag_alias).chain(switch));
            let key = facts.key;
            assert!(key.bytes().all(|it| it.is_ascii_lowercase() || it == b'_'), "{key}");
            assert!(facts.help.len() > 4 && !facts.help.ends_with('.'), "{key}: {}", facts.help);
        }
        assert!(names.iter().all(|it| it.bytes().all(|it| it.is_ascii_lowercase() || it == b'-')));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn words_set_what_they_say() {
        for (key, words, said) in [
            ("ratios", &["5", "10.5"][..], "--ratio 5,10.5"),
            ("regimes", &["mixed", "original"], "--regime mixed,original"),
            ("warm_start", &["true"], "--warm-start"),
            ("replicates", &["7"], "--replicates 7"),
            ("linear_observers", &["false"], "--linear-observers false"),
            ("looks", &["5"], "--until-decided"),
            ("looks", &["3"], "--until-decided --max-looks 3"),
            ("preset", &["smoke"], "--preset smoke"),
            ("margin", &["dose-share=0.9"], "--margin dose-share=0.9"),
            ("margin", &["d_a=0.1"], "--margin d_a=0.1"),
        ] {
            let (mut changes, option) = (Changes::default(), by_key(key).expect("known"));
            assert_eq!(option.words(&changes), None);
            (option.set)(&mut changes, words).expect("possible");
            assert_eq!(option.words(&changes).as_deref(), Some(said));
            (option.clear)(&mut changes);
            assert_eq!(changes, Changes::default());
        }
        let replicates = by_key("replicates").expect("known");
        assert!((replicates.set)(&mut Changes::default(), &["many"]).is_err());
    }

    #[test]
    fn the_book_has_the_table() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/options.md");
        let found = std::fs::read_to_string(file).unwrap_or_default();
        let expected = documentation();
        assert!(found == expected, "docs/options.md must be:\n{expected}");
    }
}
