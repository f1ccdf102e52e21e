//! Every file under `phantoms/` is embedded, can be read and holds the phantom that its path
//! names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use phantom_limit::phantom::library;

fn is_valid(path: &str) {
    let file = library::all().find(|file| file.path == path).expect("the file is embedded");
    let phantom = file.phantom().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(phantom.id, path.trim_end_matches(".toml").replace('/', "-"));
    assert_eq!(library::find(&phantom.id), Ok(phantom));
}

macro_rules! phantoms {
    ($($name:ident: $path:literal,)*) => {
        $(
            #[test]
            fn $name() {
                is_valid($path);
            }
        )*

        const TESTED: &[&str] = &[$($path),*];
    };
}

phantoms! {
    ct_head: "ct/head.toml",
}

#[test]
fn every_file_is_embedded_and_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("phantoms");
    let mut on_disk = BTreeSet::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("phantoms/ can be read") {
            let path = entry.expect("phantoms/ can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                let below = path.strip_prefix(&root).expect("the walk stays below phantoms/");
                let words: Vec<_> = below.iter().map(|word| word.to_string_lossy()).collect();
                on_disk.insert(words.join("/"));
            }
        }
    }
    let embedded: BTreeSet<String> = library::all().map(|file| file.path.to_owned()).collect();
    let tested: BTreeSet<String> = TESTED.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(embedded, on_disk, "embedded in src/phantom/library.rs, and on disk");
    assert_eq!(tested, on_disk, "tested here, and on disk");
}

#[test]
fn an_unknown_phantom_is_answered_with_the_nearest() {
    let error = library::find("ct-hed").expect_err("no such phantom").to_string();
    assert_eq!(
        error,
        "no phantom is called `ct-hed` (did you mean `ct-head`?); the library has `ct-head`; \
         for a file of your own, give its path ending in .toml"
    );
    let error = library::find("\u{1b}[31m").expect_err("no such phantom").to_string();
    assert!(!error.contains('\u{1b}'), "control characters reach the terminal: {error:?}");
}
