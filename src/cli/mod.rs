//! The command line: one file per subcommand. stdout is the result, stderr is progress and
//! messages. A function, so that the program and the command of the Python package are the same.

mod answers;
mod appraise;
mod calibrate;
mod completions;
mod compress;
mod data;
mod decide;
mod decoder;
mod demo;
mod explore;
mod failure;
mod generate;
mod insert;
mod inspect;
mod library;
mod limits;
mod manner;
mod message;
mod model;
mod options;
mod output;
mod plan;
mod progress;
mod remaining;
mod replicate;
mod signals;
mod submit;
mod tune;
mod work;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{ColorChoice, CommandFactory, FromArgMatches as _, Parser, Subcommand};
use clap_complete::CompleteEnv;
use phantom_limit::import;

/// Release and revision.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("PHANTOM_LIMIT_REVISION"), ")");

/// Finds how far medical images can be compressed before a neural network stops seeing what is
/// in them.
///
/// Draws phantoms whose truth is known exactly, images them with the modality's physics,
/// compresses them over a ladder of ratios, trains networks to find the shapes, and derives the
/// compression limit from their accuracy.
///
/// Examples: `phantom-limit explore` opens the artefact page in the browser;
/// `phantom-limit calibrate ct-head --out runs/ct-head` finds the limit of the CT head.
///
/// Exit codes: 0 done, 1 failed, 2 usage or bad input, 3 verification mismatch, 4 done for some
/// phantoms or images but not for all, 5 the leak audit found that a class can be recognised without
/// its shape, 75 work is left, 130 and 143 stopped by a signal (the same command continues).
///
/// Environment: NO_COLOR, set to anything, turns colours off where --color does not ask for them.
#[derive(Debug, Parser)]
#[command(version = VERSION, max_term_width = 100)]
struct Arguments {
    /// When to use colours; auto: on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
    /// Show no progress and no notes; errors are shown.
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show a finished limit: the results of ct-head that come with the program.
    Demo(demo::Demo),
    /// List the phantoms that come with the program.
    List(library::List),
    /// Print the file of a phantom, to be changed, and write a picture of it.
    Show(library::Show),
    /// Print the JSON Schema of phantom or study files.
    Schema(library::Schema),
    /// Write a dataset of phantom images with their truth.
    Generate(generate::Generate),
    /// Draw the targets of a phantom into images of your own.
    Insert(insert::Insert),
    /// Compress images of your own, or phantoms, at every level, and measure what it does.
    Compress(compress::Compress),
    /// Find the compression limit of a phantom: the main job.
    Calibrate(Box<calibrate::Calibrate>),
    /// Ask studies of the literature again on phantoms, and compare.
    Replicate(replicate::Replicate),
    /// Do the work of a frozen plan, beside others that share its directory.
    Work(work::Work),
    /// Show what is done of a run, what is left, and who works on it.
    Status(work::Status),
    /// Derive the results of a run whose work is done.
    Conclude(work::Conclude),
    /// Write scripts that have a cluster do the work of a frozen plan.
    Submit(submit::Submit),
    /// Describe and check networks of your own, for `calibrate --model`.
    Model(model::Model),
    /// Find how many images and networks a study needs, and what it costs.
    Plan(plan::Plan),
    /// Find the contrasts of a phantom that give the asked accuracy on uncompressed images.
    Tune(tune::Tune),
    /// Derive the limit of a finished run again, by the plan's or another criterion.
    Limit(inspect::Limit),
    /// Say what a finished run shows about one setting: a codec at a ratio.
    Decide(decide::Decide),
    /// Render the report of a finished run again.
    Report(inspect::Report),
    /// Recompute every hash of a run or dataset and list what differs.
    Verify(inspect::Verify),
    /// Show what compression does to an image, on a page of this machine.
    Explore(explore::Explore),
    /// Print a completion script for a shell.
    Completions(completions::Completions),
    /// Print a man page.
    Man(completions::Man),
    /// Decode codestreams that come on stdin, for another process of this program.
    #[command(name = decoder::COMMAND, hide = true)]
    Decoder(decoder::Decoder),
}

/// Runs the command that `arguments` name, the first of which is the program's name, and gives the
/// exit code of the process. `program` is the file that starts the program again, for scripts and
/// processes that do.
///
/// SIGINT and SIGTERM are watched while a command runs that can be continued, and from then on.
pub fn run(program: io::Result<PathBuf>, arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let code = match parsed(&arguments) {
        Ok(None) => 0,
        Ok(Some(parsed)) => match dispatch(parsed.command, program) {
            Ok(()) => 0,
            Err(failure) => failure.print(),
        },
        Err(error) => {
            // Where stdout or stderr is closed, there is nobody to tell.
            let _ = error.print();
            error.exit_code() as u8
        }
    };
    // Without a main function of Rust nobody else does.
    let _ = io::stdout().flush();
    code
}

/// What is asked for; `None` where a shell asked what may come next, and was told.
fn parsed(arguments: &[OsString]) -> Result<Option<Arguments>, clap::Error> {
    let completing = CompleteEnv::with_factory(Arguments::command).var(completions::VARIABLE);
    if completing.try_complete(arguments.iter(), std::env::current_dir().ok().as_deref())? {
        return Ok(None);
    }
    let color = manner::color_asked(arguments.iter().cloned());
    let matches = Arguments::command().color(color).try_get_matches_from(arguments)?;
    let parsed = Arguments::from_arg_matches(&matches)?;
    manner::speak(parsed.quiet, parsed.color);
    Ok(Some(parsed))
}

fn dispatch(
    command: Option<Command>,
    program: io::Result<PathBuf>,
) -> Result<(), failure::Failure> {
    let Some(command) = command else { return output::print(demo::START) };
    // A second run in one process goes on with the first one's.
    let restart = program.as_ref().map(Clone::clone).map_err(|error| error.kind().into());
    let _ = import::decode_with(Box::new(decoder::Pool::of(restart)));
    match command {
        Command::Demo(demo) => demo.run(),
        Command::List(list) => list.run(),
        Command::Show(show) => show.run(),
        Command::Schema(schema) => schema.run(),
        Command::Generate(generate) => generate.run(),
        Command::Insert(insert) => insert.run(),
        Command::Compress(compress) => compress.run(),
        Command::Calibrate(calibrate) => calibrate.run(),
        Command::Replicate(replicate) => replicate.run(),
        Command::Work(work) => work.run(),
        Command::Status(status) => status.run(),
        Command::Conclude(conclude) => conclude.run(),
        Command::Submit(submit) => submit.run(program),
        Command::Model(model) => model.run(program),
        Command::Plan(plan) => plan.run(),
        Command::Tune(tune) => tune.run(),
        Command::Limit(limit) => limit.run(),
        Command::Decide(decide) => decide.run(),
        Command::Report(report) => report.run(),
        Command::Verify(verify) => verify.run(),
        Command::Explore(explore) => explore.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(Arguments::command()),
        Command::Decoder(decoder) => decoder.run(),
    }
}
