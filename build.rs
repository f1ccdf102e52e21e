//! Gives the program its revision: that of the git checkout it is built from, or the release.

use std::env;
use std::path::Path;
use std::process::Command;

/// What packagers set where there is no checkout; also the name under which the program gets it.
const NAME: &str = "PHANTOM_LIMIT_REVISION";

fn main() {
    println!("cargo::rerun-if-env-changed={NAME}");
    println!("cargo::rerun-if-changed=build.rs");
    let given = env::var(NAME).ok().filter(|given| !given.is_empty());
    let revision = given.or_else(of_checkout).unwrap_or_else(|| env!("CARGO_PKG_VERSION").into());
    println!("cargo::rustc-env={NAME}={revision}");
}

/// Twelve digits of the commit, with `-dirty` where tracked files differ from it; `None` where the
/// source is no checkout of its own, or there is no git.
fn of_checkout() -> Option<String> {
    let root = git(&["rev-parse", "--show-toplevel"])?;
    // A copy within another project's checkout has not that project's revision.
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().ok()?;
    if Path::new(&root).canonicalize().ok()? != here {
        return None;
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    // Without the files of a commit the answer stays as it is; with them it follows each.
    let reference = git(&["symbolic-ref", "-q", "HEAD"]).unwrap_or_default();
    for name in ["HEAD", "packed-refs", &reference] {
        let file = git(&["rev-parse", "--git-path", name]).unwrap_or_default();
        if Path::new(&file).is_file() {
            println!("cargo::rerun-if-changed={file}");
        }
    }
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let differs = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if differs.is_empty() { commit } else { format!("{commit}-dirty") })
}

/// What git says; `None` where it fails or is not there.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
