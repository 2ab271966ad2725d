//! Start-up: the time to the first frame, and screenshots requested on the command line.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{ColorImage, Context, ViewportCommand};

use crate::cli::WindowArguments;

/// The time after the start of the program at which a screenshot may be taken.
const SETTLED: Duration = Duration::from_millis(400);

/// The time at which the program started.
#[derive(Clone, Copy, Debug)]
pub struct Started(Instant);

impl Started {
    /// Called first in `main`.
    pub fn now() -> Self {
        Self(Instant::now())
    }
}

/// Counts frames until the report and the screenshot are done.
pub struct Startup {
    started: Started,
    frames: u32,
    report: bool,
    screenshot: Option<PathBuf>,
}

impl Startup {
    pub fn new(arguments: WindowArguments, started: Started) -> Self {
        Self {
            started,
            frames: 0,
            report: arguments.report_startup,
            screenshot: arguments.screenshot,
        }
    }

    /// Called at the start of each frame; `busy` while a project is being opened.
    pub fn frame(&mut self, ctx: &Context, busy: bool) {
        self.frames += 1;
        if self.frames == 2 {
            fit_into_screen(ctx);
        }
        if self.report {
            ctx.request_repaint();
            if self.frames == 2 {
                // The second frame starts when the first is on the screen.
                self.print_report();
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
        }
        if self.screenshot.is_some() {
            ctx.request_repaint_after(SETTLED / 4);
            if self.frames > 4
                && !busy
                && self.started.0.elapsed() > SETTLED
                && let Some(path) = self.screenshot.take()
            {
                take_screenshot(ctx, path);
            }
        }
    }

    #[expect(clippy::print_stdout, reason = "requested on the command line")]
    fn print_report(&self) {
        let wall_secs = self.started.0.elapsed().as_secs_f64();
        let cpu_secs = cpu_secs().unwrap_or(f64::NAN);
        println!("cpu_secs={cpu_secs:.2} wall_secs={wall_secs:.2}");
    }
}

/// Maximizes a window that is as large as the screen or larger: its lower edge would be below the screen.
fn fit_into_screen(ctx: &Context) {
    let (window, screen) = ctx.input(|input| {
        let viewport = input.viewport();
        (viewport.outer_rect, viewport.monitor_size)
    });
    if let Some((window, screen)) = window.zip(screen)
        && (window.height() > screen.y || window.width() > screen.x)
    {
        ctx.send_viewport_cmd(ViewportCommand::Maximized(true));
    }
}

/// The CPU time of all threads of this process since its start, in seconds.
fn cpu_secs() -> Option<f64> {
    const TICKS_PER_SEC: f64 = 100.0; // USER_HZ, the same on every Linux
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace().skip(11); // utime and stime are fields 14 and 15
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(ticks as f64 / TICKS_PER_SEC)
}

fn take_screenshot(ctx: &Context, path: PathBuf) {
    let end = ctx.clone();
    ctx.request_screenshot(move |picture: Arc<ColorImage>| {
        if let Err(error) = save(&picture, &path) {
            eprintln!(
                "error: the screenshot was not saved: {}: {error}",
                path.display()
            );
        }
        end.send_viewport_cmd(ViewportCommand::Close);
        end.request_repaint();
    });
}

fn save(picture: &ColorImage, path: &Path) -> image::ImageResult<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let [width, height] = picture.size;
    image::save_buffer(
        path,
        picture.as_raw(),
        width as u32,
        height as u32,
        image::ColorType::Rgba8,
    )
}
