//! Every file under `phantoms/` is embedded, can be read and holds the phantom that its path
//! names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use phantom_limit_engine::phantom::{Phantom, library};

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
    contrast_detail: "contrast-detail.toml",
    cr_body: "cr/body.toml",
    cr_chest: "cr/chest.toml",
    cr_paediatric: "cr/paediatric.toml",
    cr_skeletal: "cr/skeletal.toml",
    ct_angiography: "ct/angiography.toml",
    ct_body: "ct/body.toml",
    ct_chest: "ct/chest.toml",
    ct_head: "ct/head.toml",
    ct_paediatric: "ct/paediatric.toml",
    ct_skeleton: "ct/skeleton.toml",
    mammography: "mammography.toml",
    mr_body: "mr/body.toml",
    mr_brain: "mr/brain.toml",
    mr_brain_t2: "mr/brain-t2.toml",
    nm: "nm.toml",
    shapes: "shapes.toml",
    us: "us.toml",
    xa: "xa.toml",
}

#[test]
fn every_file_is_embedded_and_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../phantoms");
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
    let path = |file: &library::Embedded| file.path.to_owned();
    let phantoms: BTreeSet<String> = library::all().map(path).collect();
    let embedded: BTreeSet<String> = library::all().chain(library::bases()).map(path).collect();
    let tested: BTreeSet<String> = TESTED.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(embedded, on_disk, "embedded in src/phantom/library.rs, and on disk");
    assert_eq!(tested, phantoms, "tested here, and in the library");
}

#[test]
fn a_joined_text_stands_for_the_files_it_came_from() {
    for file in library::all() {
        let (phantom, text) = file.whole().unwrap_or_else(|error| panic!("{error}"));
        let again = Phantom::parse(&text, "joined.toml").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again, phantom, "{}", file.path);
        assert_eq!(again.content_hash(), phantom.content_hash(), "{}", file.path);
    }
}

#[test]
fn an_unknown_phantom_is_answered_with_the_nearest() {
    let error = library::find("ct-hed").expect_err("no such phantom").to_string();
    for part in [
        "no phantom is called `ct-hed` (did you mean `ct-head`?); the library has one of ",
        "`mr-brain`",
        "; for a file of your own, give its path ending in .toml",
    ] {
        assert!(error.contains(part), "no {part:?} in {error}");
    }
    let error = library::find("\u{1b}[31m").expect_err("no such phantom").to_string();
    assert!(!error.contains('\u{1b}'), "control characters reach the terminal: {error:?}");
}
