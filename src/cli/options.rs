//! The options of a study as arguments of clap, built from the library's table.

use std::path::Path;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use phantom_limit::codec::{CodecName, JpegTables, TablesError};
use phantom_limit::files;
use phantom_limit::study::Changes;
use phantom_limit::study::option::{Definition, Facts, Kind, OPTIONS};

/// What is asked for by options.
#[derive(Debug, Clone)]
pub(super) struct StudyOptions {
    pub(super) changes: Changes,
}

/// Name of the argument that no option of a study may go with.
const STUDY: &str = "study";

/// The arguments of one option: its own, and that of a flag that turns it on.
fn arguments(definition: &'static Definition) -> Vec<Arg> {
    let facts = &definition.facts;
    let mut option = Arg::new(facts.key)
        .long(facts.flag)
        .alias(facts.flag_alias)
        .help(help(facts))
        .conflicts_with(STUDY);
    if facts.value.is_empty() {
        return vec![option.action(ArgAction::SetTrue)];
    }
    option = option.value_name(facts.value).value_parser(parser(definition));
    if facts.list {
        option = option.action(ArgAction::Append).value_delimiter(',');
    }
    let Some(switch) = facts.switch else { return vec![option] };
    let on = Arg::new(switch.flag)
        .long(switch.flag)
        .help(format!("{}.", switch.help))
        .action(ArgAction::SetTrue)
        .conflicts_with(STUDY);
    vec![on, option.requires(switch.flag)]
}

fn help(facts: &Facts) -> String {
    let range = match facts.range.words() {
        words if words.is_empty() => String::new(),
        words => format!(", {words}"),
    };
    let default = match (facts.default, facts.switch) {
        ("", None) => ".".to_owned(),
        ("", Some(switch)) => format!(" [default: {}].", switch.value),
        (default, _) => format!(" [default: {default}]."),
    };
    format!("{}{range}{default}", facts.help)
}

/// What a ratio may be followed by.
const TO_ONE: &str = ":1";

/// The number of a ratio, `8` or `8:1`.
pub(super) fn ratio(word: &str) -> Result<f64, String> {
    let number = word.strip_suffix(TO_ONE).unwrap_or(word);
    number.trim().parse().map_err(|_| "write 8 or 8:1".to_owned())
}

/// Names of codecs, lossless ones too or lossy ones alone.
pub(super) fn codecs(lossless_too: bool) -> impl TypedValueParser<Value = CodecName> {
    let taken = move |codec: &CodecName| lossless_too || *codec != CodecName::Lossless;
    let named = |name: String| CodecName::ALL.into_iter().find(|codec| codec.name() == name);
    PossibleValuesParser::new(CodecName::ALL.into_iter().filter(taken).map(CodecName::name))
        .map(move |name| named(name).unwrap_or(CodecName::Jpeg2000))
}

/// Key of the option whose value may stand in a file.
const TABLES: &str = "jpeg_tables";

/// Largest file of quantisation tables that is read.
const MOST_OF_TABLES: u64 = 64 << 20;

/// Quantisation tables: as they are typed, or those of a file.
pub(super) fn tables(word: &str) -> Result<JpegTables, String> {
    let path = Path::new(word);
    if !path.is_file() {
        return word.parse().map_err(|error| match error {
            TablesError::Name(_) => format!("{error}; nor is it the name of a file"),
            error => error.to_string(),
        });
    }
    if path.metadata().is_ok_and(|file| file.len() > MOST_OF_TABLES) {
        return Err(format!(
            "`{word}` is too large for a file of tables, or of one greyscale image"
        ));
    }
    let bytes = files::read(path).map_err(|error| error.to_string())?;
    JpegTables::of_file(&bytes).map_err(|error| format!("`{word}`: {error}"))
}

/// Words that the option takes, as they are; ratios without what follows their numbers.
fn parser(definition: &'static Definition) -> ValueParser {
    let facts = &definition.facts;
    if facts.key == TABLES {
        return ValueParser::new(|word: &str| tables(word).map(|tables| tables.to_string()));
    }
    if facts.choices.is_empty() {
        let (check, is_ratio) = (definition.check, facts.value.ends_with(TO_ONE));
        return ValueParser::new(move |word: &str| {
            let word = if is_ratio { word.strip_suffix(TO_ONE).unwrap_or(word) } else { word };
            check(word).map(|()| word.to_owned())
        });
    }
    let values = facts.choices.iter().map(|&(name, meaning)| {
        let value = PossibleValue::new(name);
        if facts.kind == Kind::Name { value.help(meaning) } else { value }
    });
    PossibleValuesParser::new(values).into()
}

impl Args for StudyOptions {
    fn augment_args(command: Command) -> Command {
        command.args(OPTIONS.iter().flat_map(arguments))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for StudyOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut options = Self { changes: Changes::default() };
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for definition in OPTIONS {
            let facts = &definition.facts;
            let words: Vec<&str> = if facts.value.is_empty() {
                if matches.get_flag(facts.key) { vec!["true"] } else { continue }
            } else if let Some(words) = matches.get_many::<String>(facts.key) {
                words.map(String::as_str).collect()
            } else {
                match facts.switch {
                    Some(switch) if matches.get_flag(switch.flag) => vec![switch.value],
                    _ => continue,
                }
            };
            (definition.set)(&mut self.changes, &words)
                .map_err(|error| Error::raw(clap::error::ErrorKind::ValueValidation, error))?;
        }
        Ok(())
    }
}
