//! Joins the page's scripts into one; knows no other file of the page.
//!
//! The scripts are ES modules, so that each says what it needs and the type check sees it. Browsers
//! load no module from a file, which the exported copy is. So both the served and the exported page
//! get one classic script, in which every module is a function that returns its exports.

use std::sync::LazyLock;

/// One ES module.
#[derive(Debug, Clone, Copy)]
struct Script {
    name: &'static str,
    text: &'static str,
}

macro_rules! scripts {
    ($($name:literal)*) => {
        &[$(Script { name: $name, text: include_str!(concat!("page/", $name)) }),*]
    };
}

/// All scripts of both pages. Each may import only from those above it, which a test checks.
const SCRIPTS: &[Script] = scripts![
    "errors.js"
    "numbers.js"
    "elements.js"
    "class_names.js"
    "solution.js"
    "download.js"
    "transport.js"
    "segments.js"
    "chart.js"
    "transforms.js"
    "server_source.js"
    "exported_source.js"
    "view.js"
    "layers.js"
    "findings.js"
    "overlays.js"
    "flicker.js"
    "stage.js"
    "gestures.js"
    "stage_keys.js"
    "settings.js"
    "address.js"
    "bench.js"
    "help.js"
    "messages.js"
    "image_controls.js"
    "uploads.js"
    "compression_controls.js"
    "ruler.js"
    "view_controls.js"
    "window_presets.js"
    "histogram.js"
    "take_away.js"
    "profile.js"
    "figures.js"
    "target.js"
    "regimes.js"
    "answers.js"
    "whole_images.js"
    "curve_series.js"
    "curves.js"
    "stories.js"
    "storyteller.js"
    "story_cards.js"
    "quiz_result.js"
    "search_quiz.js"
    "quiz.js"
    "quiz_questions.js"
    "class_panel.js"
    "presenter.js"
    "start.js"
    "class_questions.js"
    "class_start.js"
];

/// Scripts that only the page of a class has, which starts by the last of them.
const OF_CLASS: [&str; 2] = ["class_questions.js", "class_start.js"];

/// Scripts that the page of a class has as well.
const OF_BOTH: [&str; 11] = [
    "errors.js",
    "numbers.js",
    "elements.js",
    "class_names.js",
    "solution.js",
    "download.js",
    "transport.js",
    "chart.js",
    "curve_series.js",
    "quiz_result.js",
    "quiz.js",
];

/// The script of the page.
pub(super) static PAGE: LazyLock<String> =
    LazyLock::new(|| joined(SCRIPTS.iter().filter(|it| !OF_CLASS.contains(&it.name))));

/// The script of the page of a class.
pub(super) static CLASS: LazyLock<String> = LazyLock::new(|| {
    let shown = |name: &str| OF_CLASS.contains(&name) || OF_BOTH.contains(&name);
    joined(SCRIPTS.iter().filter(|it| shown(it.name)))
});

/// The modules in order as one classic script.
fn joined<'a>(scripts: impl Iterator<Item = &'a Script>) -> String {
    let mut text = String::from("\"use strict\";\n(() => {\nconst modules = {};\n");
    for script in scripts {
        let mut exports = Vec::new();
        text.push_str(&format!("modules[\"{}\"] = (() => {{\n", script.name));
        for line in script.text.lines() {
            if let Some((names, file)) = import(line) {
                text.push_str(&format!("const {{ {names} }} = modules[\"{file}\"];\n"));
                continue;
            }
            exports.extend(exported(line));
            text.push_str(line.strip_prefix("export ").unwrap_or(line));
            text.push('\n');
        }
        text.push_str(&format!("return {{ {} }};\n}})();\n", exports.join(", ")));
    }
    text.push_str("})();\n");
    text
}

/// Names and file of a line `import { NAMES } from "./FILE";`.
fn import(line: &str) -> Option<(&str, &str)> {
    let (names, file) = line.strip_prefix("import { ")?.split_once(" } from \"./")?;
    Some((names, file.strip_suffix("\";")?))
}

/// The name that a line exports: of a function, class or constant.
fn exported(line: &str) -> Option<&str> {
    let declared = line.strip_prefix("export ")?;
    let declared = declared.strip_prefix("async ").unwrap_or(declared);
    let kinds = ["function ", "class ", "const "];
    let name = kinds.into_iter().find_map(|kind| declared.strip_prefix(kind))?;
    name.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn modules_become_functions_that_return_their_exports() {
        let scripts = [
            Script { name: "a.js", text: "export const A = 1;\nexport async function f() {}\n" },
            Script { name: "b.js", text: "import { A, f } from \"./a.js\";\nf(A);\n" },
        ];
        let expected = "\"use strict\";\n(() => {\nconst modules = {};\n\
            modules[\"a.js\"] = (() => {\nconst A = 1;\nasync function f() {}\nreturn { A, f };\n})();\n\
            modules[\"b.js\"] = (() => {\nconst { A, f } = modules[\"a.js\"];\nf(A);\nreturn {  };\n})();\n\
            })();\n";
        assert_eq!(joined(scripts.iter()), expected);
    }

    #[test]
    fn scripts_import_only_what_scripts_above_them_export() {
        for (number, script) in SCRIPTS.iter().enumerate() {
            let above = |file: &str| SCRIPTS[..number].iter().find(|it| it.name == file);
            for line in script.text.lines() {
                let place = format!("{}: {line}", script.name);
                // Also the imports of types, which stand in comments.
                if let Some((_, rest)) = line.split_once(" from \"./") {
                    let file = rest.split('"').next().unwrap_or_default();
                    assert!(above(file).is_some(), "{place}");
                }
                if line.starts_with("export") {
                    assert!(exported(line).is_some(), "{place}");
                }
                if !line.starts_with("import") {
                    continue;
                }
                let (names, file) = import(line).unwrap_or_else(|| panic!("{place}"));
                let source = above(file).unwrap_or_else(|| panic!("{place}"));
                for name in names.split(", ") {
                    assert!(
                        source.text.lines().any(|line| exported(line) == Some(name)),
                        "{place}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_page_of_a_class_has_what_its_scripts_import() {
        let has = |name: &str| OF_CLASS.contains(&name) || OF_BOTH.contains(&name);
        for name in OF_CLASS.iter().chain(&OF_BOTH) {
            let script = SCRIPTS.iter().find(|it| it.name == *name).expect(name);
            for (_, file) in script.text.lines().filter_map(import) {
                assert!(has(file), "{name} imports {file}");
            }
        }
    }

    #[test]
    fn every_script_is_listed() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/explore/page");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder of the page")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".js"))
            .collect();
        let mut listed: Vec<String> = SCRIPTS.iter().map(|script| script.name.to_owned()).collect();
        found.sort();
        listed.sort();
        assert_eq!(found, listed);
    }
}
