//! `submit`: scripts that have a cluster do the work of a frozen plan. Every engine is given the same:
//! some long workers, and a conclusion after them.

mod hyperqueue;
mod kubernetes;
mod order;
mod slurm;
mod snakemake;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::{Args, ValueEnum};
use phantom_limit::campaign::Run;
use phantom_limit::store::RunDirectory;

use self::order::{FOLDER, Order, word};
use super::completions;
use super::failure::Failure;
use super::output::print;
use super::work::duration;

/// What runs the scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// An array of workers and a conclusion that depends on it.
    Slurm,
    /// A Snakefile; its own executors and profiles choose the cluster.
    Snakemake,
    /// An Indexed Job and a conclusion that waits for it.
    Kubernetes,
    /// A task array, and a conclusion after it.
    Hyperqueue,
}

/// Arguments of `submit`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit submit runs/ct-head --workers 20 --cpus 8 --time 4h --submit\n  \
    phantom-limit submit runs/ct-head --engine kubernetes --image registry/phantom-limit:0.2\n\n\
    Files go to submit/ in the run directory. Few long workers do better than many short ones: sites \
    limit array sizes and starts a minute.")]
pub(super) struct Submit {
    /// Run directory, frozen by `calibrate --plan-only`.
    #[arg(add = completions::run_directory())]
    directory: PathBuf,
    /// What runs the workers.
    #[arg(long, value_enum, default_value_t = Engine::Slurm)]
    engine: Engine,
    /// Workers.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    workers: u32,
    /// Cores of each, and pieces of work that it does at the same time.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    cpus: u32,
    /// Memory of each, in gigabytes.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    memory: u32,
    /// Longest time of a worker, after which it is queued again if work is left.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1h")]
    time: Duration,
    /// Container image with the program, for kubernetes.
    #[arg(long, default_value = "phantom-limit")]
    image: String,
    /// Claim of the volume that holds the run directory, for kubernetes.
    #[arg(long, default_value = "phantom-limit")]
    claim: String,
    /// Submit too, for slurm: run sbatch.
    #[arg(long)]
    submit: bool,
}

impl Submit {
    pub(super) fn run(&self, program: io::Result<PathBuf>) -> Result<(), Failure> {
        if self.submit && self.engine != Engine::Slurm {
            return Err(Failure::usage(anyhow::anyhow!(
                "--submit runs sbatch, which only --engine slurm needs: the files of the others are \
                 given to their own programs"
            )));
        }
        let run = Run::open(RunDirectory::open(&self.directory)?)?;
        let program = program.map_err(Failure::failed)?;
        let order = Order {
            program: word(&program.display().to_string()),
            run: self.directory.canonicalize().map_err(Failure::failed)?,
            workers: self.workers,
            cpus: self.cpus,
            memory: self.memory,
            minutes: self.time.as_secs().div_ceil(60),
            image: self.image.clone(),
            claim: self.claim.clone(),
        };
        let (scripts, next) = match self.engine {
            Engine::Slurm => (slurm::scripts(&order), "sh"),
            Engine::Snakemake => (snakemake::scripts(&order), "snakemake --cores all -s"),
            Engine::Kubernetes => (kubernetes::scripts(&order), "kubectl apply -f"),
            Engine::Hyperqueue => (hyperqueue::scripts(&order), "sh"),
        };
        for script in &scripts {
            run.store.write(&format!("{FOLDER}/{}", script.name), script.text.as_bytes())?;
        }
        // The last is the one that begins all.
        let begin = scripts.last().map(|script| order.file(script.name)).unwrap_or_default();
        if !self.submit {
            return print(&format!("written; next: {next} {}\n", word(&begin)));
        }
        submit(Path::new(&begin))
    }
}

fn submit(script: &Path) -> Result<(), Failure> {
    let output = Command::new("sh").arg(script).output().map_err(Failure::failed)?;
    print(&String::from_utf8_lossy(&output.stdout))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Failure::failed(anyhow::anyhow!("`{}` was not submitted: {said}", script.display())))
}

#[cfg(test)]
mod tests {
    use super::order::Script;
    use super::*;

    fn order() -> Order {
        Order {
            program: word("/opt/phantom limit"),
            run: PathBuf::from("/lustre/a b's/run"),
            workers: 20,
            cpus: 8,
            memory: 16,
            minutes: 240,
            image: "registry/phantom-limit:0.2".to_owned(),
            claim: "studies".to_owned(),
        }
    }

    /// The shells themselves read the scripts.
    #[test]
    fn scripts_are_read_by_a_shell() {
        for script in slurm::scripts(&order()).into_iter().chain(hyperqueue::scripts(&order())) {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(script.name);
            std::fs::write(&path, &script.text).unwrap();
            let status = Command::new("bash").arg("-n").arg(&path).status().unwrap();
            assert!(status.success(), "{}: {}", script.name, script.text);
        }
    }

    #[test]
    fn every_engine_has_the_same_workers_and_a_conclusion() {
        type Make = fn(&Order) -> Vec<Script>;
        let engines: [(Make, &str); 4] = [
            (slurm::scripts, "--array=1-20"),
            (snakemake::scripts, "range(20)"),
            (kubernetes::scripts, "completions: 20"),
            (hyperqueue::scripts, "--array 1-20"),
        ];
        for (scripts, workers) in engines {
            let text: String = scripts(&order()).iter().map(|script| script.text.clone()).collect();
            for part in [workers, " work ", " conclude ", "a b"] {
                assert!(text.contains(part), "no {part}: {text}");
            }
        }
    }
}
