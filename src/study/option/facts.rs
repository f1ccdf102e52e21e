//! What is known of an option: its names, its range and its words; knows no plan.

/// What the values of an option are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Yes or no.
    Truth,
    /// A whole number, not below 0.
    Whole,
    /// A number.
    Number,
    /// One of [`Facts::choices`].
    Name,
    /// A word that is looked up later, such as the path of a file; where there are
    /// [`Facts::choices`], one of them or something of one's own.
    Text,
    /// A number of the score, a share of the dose, or a d_a.
    Margin,
}

/// Which values are possible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// All of its kind.
    Any,
    /// Finite and above a number.
    Above(f64),
    /// Above the first and at most the second.
    AboveUpTo(f64, f64),
    /// Above the first and below the second.
    Between(f64, f64),
    /// Above 0 and below the bits stored of the phantom's samples.
    BelowBitsStored,
    /// From the first to the second.
    FromTo(u32, u32),
}

impl Range {
    /// Whether a value is possible for samples of some bits stored.
    #[must_use]
    pub fn holds(self, value: f64, bits_stored: u8) -> bool {
        match self {
            Self::Any => true,
            Self::Above(low) => value.is_finite() && value > low,
            Self::AboveUpTo(low, high) => value > low && value <= high,
            Self::Between(low, high) => value > low && value < high,
            Self::BelowBitsStored => value > 0.0 && value < f64::from(bits_stored),
            Self::FromTo(low, high) => value >= f64::from(low) && value <= f64::from(high),
        }
    }

    /// In words; empty where everything is possible.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Any => String::new(),
            Self::Above(low) => format!("above {low}"),
            Self::AboveUpTo(low, high) => format!("above {low} and up to {high}"),
            Self::Between(low, high) => format!("above {low} and below {high}"),
            Self::BelowBitsStored => "above 0 and below the bits stored".to_owned(),
            Self::FromTo(low, high) => format!("{low} to {high}"),
        }
    }
}

/// A flag of its own that turns an option on with a usual value; the option's flag then only
/// changes that value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    /// Name on the command line, without dashes.
    pub flag: &'static str,
    /// What it does.
    pub help: &'static str,
    /// The value that it gives.
    pub value: &'static str,
}

/// How options are named in a message: as the user wrote them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// `--ratio`.
    CommandLine,
    /// `ratios`, as in the study file and in code.
    Key,
}

/// What is known of an option.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// Name on the command line, without dashes.
    pub flag: &'static str,
    /// An earlier name on the command line.
    pub flag_alias: Option<&'static str>,
    /// Key in the study file, and field of the changes.
    pub key: &'static str,
    /// An earlier key.
    pub key_alias: Option<&'static str>,
    /// What the value is called on the command line; empty for a flag that has none.
    pub value: &'static str,
    /// What it asks for, without a full stop at the end.
    pub help: &'static str,
    /// What holds if it is not given, in words; empty where that is nothing.
    pub default: &'static str,
    /// What the values are.
    pub kind: Kind,
    /// Whether there can be several.
    pub list: bool,
    /// The names that are possible, with what each means.
    pub choices: &'static [(&'static str, &'static str)],
    /// Which values are possible.
    pub range: Range,
    /// A value in a sentence, at `{}`: `a margin of {}`.
    pub sentence: &'static str,
    /// A usual value, as on the command line.
    pub example: &'static str,
    /// A flag that turns it on.
    pub switch: Option<Switch>,
}

impl Facts {
    /// What most options have: the table states the rest.
    pub(super) const USUAL: Self = Self {
        flag: "",
        flag_alias: None,
        key: "",
        key_alias: None,
        value: "",
        help: "",
        default: "",
        kind: Kind::Truth,
        list: false,
        choices: &[],
        range: Range::Any,
        sentence: "",
        example: "",
        switch: None,
    };

    /// Its name: `--ratio` or `` `ratios` ``.
    #[must_use]
    pub fn name(&self, naming: Naming) -> String {
        match naming {
            Naming::CommandLine => format!("--{}", self.flag),
            Naming::Key => format!("`{}`", self.key),
        }
    }

    /// The name of what turns it on.
    #[must_use]
    pub fn switch_name(&self, naming: Naming) -> String {
        match (naming, self.switch) {
            (Naming::CommandLine, Some(switch)) => format!("--{}", switch.flag),
            _ => self.name(naming),
        }
    }

    /// It with a value, as the user would write it: `--ratio 5,10` or `` `ratios = [5, 10]` ``.
    #[must_use]
    pub fn with(&self, naming: Naming, value: &str) -> String {
        match naming {
            Naming::CommandLine => format!("--{} {value}", self.flag),
            Naming::Key => {
                let quoted = |it: &str| match self.kind {
                    Kind::Name | Kind::Text => format!("\"{it}\""),
                    _ => it.to_owned(),
                };
                let all: Vec<String> = value.split(',').map(quoted).collect();
                let text = all.join(", ");
                let text = if self.list { format!("[{text}]") } else { text };
                format!("`{} = {text}`", self.key)
            }
        }
    }

    /// It with its usual value, as the user would write it.
    #[must_use]
    pub fn usual(&self, naming: Naming) -> String {
        self.with(naming, self.example)
    }
}
