//! The import graph of the modules within each crate, read from the sources: no import circle, and the layers of `app/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Crates whose modules are checked.
const CRATES: [&str; 10] = [
    "timeline", "wire", "fetch", "measure", "engine", "render", "studio", "app", "trainer", "xtask",
];

/// The layers of `app/`: each may import only these.
const LAYERS: &[(&str, &[&str])] = &[
    ("cli", &[]),
    ("ui", &[]),
    ("background", &[]),
    ("state", &["background", "cli", "ui"]),
    ("panels", &["background", "state", "ui"]),
    ("actions", &["background", "cli", "state"]),
    (
        "window",
        &["actions", "background", "cli", "panels", "state", "ui"],
    ),
];

/// A module by its path in the crate: `["edit", "trim"]`. The root is empty.
type Module = Vec<String>;

/// The modules of a crate, and those that each imports.
struct Graph {
    imports: BTreeMap<Module, BTreeSet<Module>>,
}

impl Graph {
    fn of(crate_folder: &str) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(crate_folder)
            .join("src");
        let mut files = Vec::new();
        collect(&source, &mut files);
        let texts: BTreeMap<Module, String> = files
            .iter()
            .filter(|file| !file.starts_with(source.join("bin")))
            .map(|file| {
                let text = fs::read_to_string(file).expect("a source");
                (module_of(file, &source), code(&text))
            })
            .collect();
        let known: BTreeSet<Module> = texts.keys().cloned().collect();
        let imports = texts.iter().map(|(module, text)| {
            let targets = paths(text).into_iter();
            let targets = targets.filter_map(|path| resolve(module, &path, &known));
            let targets = targets.filter(|target| target != module).collect();
            (module.clone(), targets)
        });
        Self {
            imports: imports.collect(),
        }
    }

    /// Imports between modules of which neither lies within the other.
    fn across(&self) -> BTreeMap<&Module, Vec<&Module>> {
        let is_kin =
            |one: &Module, other: &Module| one.starts_with(other) || other.starts_with(one);
        let edges = self.imports.iter().map(|(module, targets)| {
            let targets = targets.iter().filter(|target| !is_kin(module, target));
            (module, targets.collect())
        });
        edges.collect()
    }

    /// A circle of imports, if there is one.
    fn circle(&self) -> Option<Vec<String>> {
        let edges = self.across();
        let mut done = BTreeSet::new();
        for start in edges.keys() {
            let mut way = Vec::new();
            if let Some(circle) = walk(start, &edges, &mut done, &mut way) {
                return Some(circle.iter().map(|module| name(module)).collect());
            }
        }
        None
    }
}

/// Depth first; `done` has the modules from which no circle can be reached.
fn walk<'g>(
    module: &'g Module,
    edges: &BTreeMap<&'g Module, Vec<&'g Module>>,
    done: &mut BTreeSet<&'g Module>,
    way: &mut Vec<&'g Module>,
) -> Option<Vec<&'g Module>> {
    if let Some(at) = way.iter().position(|passed| *passed == module) {
        return Some(way[at..].to_vec());
    }
    if done.contains(module) {
        return None;
    }
    way.push(module);
    for target in edges.get(module).into_iter().flatten() {
        if let Some(circle) = walk(target, edges, done, way) {
            return Some(circle);
        }
    }
    way.pop();
    done.insert(module);
    None
}

fn name(module: &Module) -> String {
    match module.is_empty() {
        true => "lib".into(),
        false => module.join("::"),
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn module_of(file: &Path, source: &Path) -> Module {
    let relative = file.strip_prefix(source).expect("below the source");
    let parts = relative.with_extension("");
    let parts = parts.iter().map(|part| part.to_string_lossy().into_owned());
    let module: Module = parts.collect();
    match module.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["lib" | "main"] => Vec::new(),
        _ => module,
    }
}

/// The text without comments and without its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths of all `use` declarations, and the `crate::` and `super::` paths in the code.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line = code[..at].rsplit('\n').next().unwrap_or_default().trim();
        let is_declaration = line.is_empty() || line.starts_with("pub");
        if is_declaration && let Some(end) = code[at..].find(';') {
            tree(&code[at + 4..at + end], &[], &mut found);
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let path: String = code[at..]
                .chars()
                .take_while(|sign| sign.is_alphanumeric() || "_:".contains(*sign))
                .collect();
            tree(&path, &[], &mut found);
        }
    }
    found
}

/// `a::{b, c::d}` is `a::b` and `a::c::d`.
fn tree(text: &str, before: &[String], found: &mut Vec<Vec<String>>) {
    let text = text.trim();
    let Some(open) = text.find('{') else {
        let path = text.split(" as ").next().unwrap_or_default();
        let parts = path.split("::").map(|part| part.trim().to_owned());
        let parts = parts.filter(|part| !part.is_empty());
        found.push(before.iter().cloned().chain(parts).collect());
        return;
    };
    let head = text[..open].split("::").map(|part| part.trim().to_owned());
    let head = head.filter(|part| !part.is_empty());
    let before: Vec<String> = before.iter().cloned().chain(head).collect();
    let inner = &text[open + 1..text.rfind('}').unwrap_or(text.len())];
    let (mut depth, mut from) = (0, 0);
    for (at, sign) in inner.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                tree(&inner[from..at], &before, found);
                from = at + 1;
            }
            _ => {}
        }
    }
    if !inner[from..].trim().is_empty() {
        tree(&inner[from..], &before, found);
    }
}

/// The module that a path names, or the module of the item that it names. None: another crate's.
fn resolve(from: &Module, path: &[String], known: &BTreeSet<Module>) -> Option<Module> {
    let mut base = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "self" => from.clone(),
        "super" => from[..from.len().checked_sub(1)?].to_vec(),
        // A child that is named without `self`.
        first => {
            let child = [from.as_slice(), &[first.to_owned()]].concat();
            known.contains(&child).then_some(child)?
        }
    };
    for part in &path[1..] {
        if part == "super" {
            base.pop();
            continue;
        }
        base.push(part.clone());
        if !known.contains(&base) {
            base.pop();
            break;
        }
    }
    Some(base)
}

#[test]
fn no_crate_has_an_import_circle_but_of_a_parent_with_its_own_children() {
    for name in CRATES {
        let graph = Graph::of(name);
        assert!(graph.imports.len() > 5, "the sources of {name} were found");
        if let Some(circle) = graph.circle() {
            panic!("{name}: {}", circle.join(" -> "));
        }
    }
}

#[test]
fn the_layers_of_the_app_import_only_downwards() {
    let graph = Graph::of("app");
    let layers: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let mut seen = BTreeSet::new();
    for (module, targets) in &graph.imports {
        let Some(layer) = module.first() else {
            continue; // lib.rs and main.rs
        };
        let allowed = layers
            .get(layer.as_str())
            .unwrap_or_else(|| panic!("{layer} has no layer yet"));
        seen.insert(layer.as_str());
        for target in targets {
            let target_layer = target.first().map_or("", String::as_str);
            assert!(
                target_layer.is_empty() || target_layer == layer || allowed.contains(&target_layer),
                "{} must not import {}",
                name(module),
                name(target)
            );
        }
    }
    assert_eq!(seen.len(), LAYERS.len(), "every layer is there");
}

#[test]
fn widgets_import_nothing_of_projects() {
    let mut files = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src/ui"),
        &mut files,
    );
    assert!(files.len() > 3, "the widgets were found");
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        assert!(!code(&text).contains("kinora_"), "{}", file.display());
    }
}

#[test]
fn a_path_is_found_however_it_is_written() {
    let code = "use crate::edit::{trim, place::{Piece, Place}};\nlet it = super::splice::run();";
    let joined: Vec<String> = paths(code).iter().map(|path| path.join("::")).collect();
    for path in [
        "crate::edit::trim",
        "crate::edit::place::Piece",
        "crate::edit::place::Place",
        "super::splice::run",
    ] {
        assert!(
            joined.iter().any(|found| found == path),
            "{path}: {joined:?}"
        );
    }
    let known: BTreeSet<Module> = [
        vec![],
        vec!["edit".into()],
        vec!["edit".into(), "place".into()],
    ]
    .into_iter()
    .collect();
    let path: Vec<String> = ["crate", "edit", "place", "Piece"]
        .map(String::from)
        .to_vec();
    assert_eq!(
        resolve(&vec!["splice".into()], &path, &known),
        Some(vec!["edit".into(), "place".into()])
    );
}
