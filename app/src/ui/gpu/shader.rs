//! Embedded shaders. Debug builds watch the source files: a changed shader is used if it is valid; if not, the last
//! valid one stays in use and the error is shown.

use std::sync::mpsc::Receiver;

/// A shader: its file name in `shaders/`, and its embedded text.
#[derive(Clone, Copy, Debug)]
pub struct Shader {
    pub name: &'static str,
    pub embedded: &'static str,
}

/// Validates a shader; the error is one line with the position. Release builds do not validate: a test does.
#[cfg(any(debug_assertions, test))]
fn validate(name: &str, text: &str) -> Result<(), String> {
    use naga::valid::{Capabilities, ValidationFlags, Validator};

    let located = |place: Option<naga::SourceLocation>, what: &dyn std::fmt::Display| {
        let (line, column) = place.map_or((1, 1), |place| (place.line_number, place.line_position));
        format!("{name}:{line}:{column}: {what}")
    };
    let module = naga::front::wgsl::parse_str(text)
        .map_err(|error| located(error.location(text), &error.message()))?;
    Validator::new(ValidationFlags::all(), Capabilities::default())
        .validate(&module)
        .map(drop)
        .map_err(|error| located(error.location(text), error.as_inner()))
}

/// Reports changed shader files.
pub struct Watch {
    changed: Receiver<Result<String, String>>,
}

impl Watch {
    /// Watches the file of `shader`, in debug builds only, if the source is there.
    #[cfg(debug_assertions)]
    pub fn start(shader: Shader, ctx: &egui::Context) -> Option<Self> {
        let program = std::env::current_exe().ok()?;
        let mut above = program.ancestors().map(|folder| folder.join("shaders"));
        let path = above.find(|folder| folder.is_dir())?.join(shader.name);
        path.exists().then(|| {
            let (sender, changed) = std::sync::mpsc::channel();
            let ctx = ctx.clone();
            std::thread::spawn(move || watch(shader, &path, &sender, &ctx));
            Self { changed }
        })
    }

    /// Release builds use the embedded shaders.
    #[cfg(not(debug_assertions))]
    pub fn start(_shader: Shader, _ctx: &egui::Context) -> Option<Self> {
        None
    }

    /// The newest text of the shader, or its error. Never waits.
    pub fn changed(&self) -> Option<Result<String, String>> {
        self.changed.try_iter().last()
    }
}

/// Reads the file every 300 ms until the receiver is dropped.
#[cfg(debug_assertions)]
fn watch(
    shader: Shader,
    path: &std::path::Path,
    sender: &std::sync::mpsc::Sender<Result<String, String>>,
    ctx: &egui::Context,
) {
    let mut seen = shader.embedded.to_owned();
    loop {
        #[expect(clippy::disallowed_methods, reason = "a thread of its own")]
        std::thread::sleep(std::time::Duration::from_millis(300));
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        if text == seen {
            continue;
        }
        seen.clone_from(&text);
        let checked = validate(shader.name, &text).map(|()| text);
        if sender.send(checked).is_err() {
            return;
        }
        ctx.request_repaint();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shader_is_valid() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shaders");
        let mut count = 0;
        for entry in std::fs::read_dir(&folder).expect("shaders/").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert_eq!(
                entry.path().extension(),
                Some("wgsl".as_ref()),
                "{name} does not belong into shaders/"
            );
            let text = std::fs::read_to_string(entry.path()).expect("a shader");
            validate(&name, &text).unwrap_or_else(|error| panic!("{error}"));
            count += 1;
        }
        assert!(count > 0, "there are shaders");
    }

    #[test]
    fn a_broken_shader_is_reported_with_its_line() {
        let error =
            validate("broken.wgsl", "@fragment\nfn light() -> nothing {}\n").expect_err("broken");
        assert!(error.contains("broken.wgsl:2"), "{error}");
    }

    #[test]
    #[cfg(debug_assertions)]
    fn a_changed_shader_is_reported_if_valid_and_refused_if_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("test.wgsl");
        let (sender, changed) = std::sync::mpsc::channel();
        let shader = Shader {
            name: "test.wgsl",
            embedded: "",
        };
        std::fs::write(&path, "fn sound() {}").expect("write");
        let watched = path.clone();
        std::thread::spawn(move || watch(shader, &watched, &sender, &egui::Context::default()));
        let next = || {
            changed
                .recv_timeout(std::time::Duration::from_secs(10))
                .expect("reported")
        };
        assert_eq!(next(), Ok("fn sound() {}".to_owned()));
        std::fs::write(&path, "fn unsound(").expect("write");
        assert!(next().is_err());
    }
}
