//! The import graph of the crates. An import may only follow an arrow of ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Each crate, and the crates it may import.
const ARROWS: &[(&str, &[&str])] = &[
    ("kinora-timeline", &[]),
    ("kinora-wire", &[]),
    ("kinora-fetch", &[]),
    ("kinora-measure", &[]),
    ("kinora-engine", &["kinora-wire"]),
    ("kinora-render", &["kinora-timeline"]),
    (
        "kinora-studio",
        &[
            "kinora-timeline",
            "kinora-wire",
            "kinora-render",
            "kinora-fetch",
            "kinora-measure",
        ],
    ),
    ("kinora", &["kinora-studio"]),
    (
        "kinora-trainer",
        &[
            "kinora-timeline",
            "kinora-wire",
            "kinora-measure",
            "kinora-engine",
        ],
    ),
    // Its programs act as studios that tests kill; its library drives the window.
    (
        "kinora-tests",
        &[
            "kinora",
            "kinora-timeline",
            "kinora-wire",
            "kinora-render",
            "kinora-studio",
            "xtask",
        ],
    ),
    ("xtask", &[]),
];

/// Dependencies a crate must not have, even indirectly.
const ABSENT: &[(&str, &[&str])] = &[
    (
        "kinora-timeline",
        &["egui", "eframe", "wgpu", "tch", "rodio", "tokio"],
    ),
    (
        "kinora-wire",
        &["egui", "eframe", "wgpu", "tch", "rodio", "ureq"],
    ),
    (
        "kinora-fetch",
        &["egui", "eframe", "wgpu", "tch", "rodio", "tokio"],
    ),
    (
        "kinora-measure",
        &["egui", "eframe", "wgpu", "tch", "rodio", "ffmpeg-the-third"],
    ),
    (
        "kinora-engine",
        &[
            "egui",
            "eframe",
            "wgpu",
            "winit",
            "rodio",
            "ffmpeg-the-third",
            "ureq",
        ],
    ),
    (
        "kinora-studio",
        &["egui", "eframe", "winit", "tch", "torch-sys"],
    ),
    ("kinora", &["tch", "torch-sys"]),
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path("../Cargo.toml")
        .exec()
        .expect("cargo metadata")
}

/// The direct imports of each crate, without those of its tests and build scripts.
fn imports(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let name = |id| metadata[id].name.to_string();
    let resolve = metadata.resolve.as_ref().expect("resolved");
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in &resolve.nodes {
        let normal = node.deps.iter().filter(|dep| {
            dep.dep_kinds
                .iter()
                .any(|kind| kind.kind == DependencyKind::Normal)
        });
        imports
            .entry(name(&node.id))
            .or_default()
            .extend(normal.map(|dep| name(&dep.pkg)));
    }
    imports
}

#[test]
fn our_crates_import_one_another_only_along_the_arrows() {
    let metadata = metadata();
    let imports = imports(&metadata);
    let ours: BTreeSet<String> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for crate_name in &ours {
        let allowed = arrows
            .get(crate_name.as_str())
            .unwrap_or_else(|| panic!("{crate_name} has no arrows yet"));
        for import in imports[crate_name].intersection(&ours) {
            assert!(
                allowed.contains(&import.as_str()),
                "{crate_name} must not import {import}"
            );
        }
    }
}

#[test]
fn no_program_links_what_it_must_do_without() {
    let metadata = metadata();
    let imports = imports(&metadata);
    for (crate_name, absent) in ABSENT {
        let mut tree = BTreeSet::new();
        let mut open = vec![(*crate_name).to_owned()];
        while let Some(next) = open.pop() {
            if tree.insert(next.clone()) {
                open.extend(imports.get(&next).into_iter().flatten().cloned());
            }
        }
        for name in *absent {
            assert!(!tree.contains(*name), "{crate_name} must do without {name}");
        }
    }
}

#[test]
fn the_chores_need_nothing_but_rust() {
    assert_eq!(imports(&metadata())["xtask"], BTreeSet::new());
}
