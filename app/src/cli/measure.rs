//! `kinora measure`: whether a clip follows its drawn camera path; of a project, each take, with its cast, its steadiness
//! and its joins.

mod cast;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use kinora_studio::measure::{
    self, AppearanceMeasure, CameraMeasure, ClipOnPath, EmbeddingEngine, EmbeddingWanted, FilmJoin,
    ProjectTake, SimilarityMeter, Verdict, axes_words, course_line, degrees_words, reason_words,
    report_words, verdict_words,
};
use kinora_studio::take::take_store::TakeStore;
use kinora_studio::timeline::ContentHash;
use kinora_studio::timeline::file::PROJECT_FILE;
use kinora_studio::wire::{Failure, FailureKind, exit_code};
use kinora_studio::{FrameRate, Project, engine};
use serde_json::{Value, json};

use super::generate::cancelled_by_ctrl_c;
use super::progress_bar::ProgressBar;
use super::project::failure_of;
use report::ReportOptions;

/// The focal lengths that a person may name, in millimetres.
const FOCAL_MM: std::ops::RangeInclusive<f64> = 1.0..=2000.0;
/// The letters of a take's name in the table.
const NAME_LETTERS: usize = 8;

/// `measure`.
#[derive(Debug, Args)]
pub struct MeasureArguments {
    /// A video or a folder of pictures, with --camera; or a project folder.
    #[arg(value_name = "CLIP|FOLDER|PROJECT")]
    path: PathBuf,
    /// The camera path of the clip: RealEstate10K text, glTF, or a camera path of Kinora (.ron).
    #[arg(long, value_name = "PATH")]
    camera: Option<PathBuf>,
    /// A focal length for film 36 mm wide, in place of that of the camera path.
    #[arg(
        long,
        value_name = "MM",
        requires = "camera",
        value_parser = focal_mm,
        allow_negative_numbers = true
    )]
    focal: Option<f64>,
    /// The frame rate of a folder of pictures, for camera paths that are given in seconds.
    #[arg(
        long,
        value_name = "FPS",
        default_value_t = 24,
        value_parser = clap::value_parser!(u32).range(1..=1000),
        allow_negative_numbers = true
    )]
    rate: u32,
    /// Keep the measures beside the takes of the project, in place of earlier ones.
    #[arg(long, conflicts_with = "camera")]
    save: bool,
    /// Measure nothing: use the measures that are kept beside the takes of the project.
    #[arg(long, conflicts_with_all = ["camera", "save"])]
    kept: bool,
    /// Also compare how the characters of the takes look with the reference pictures of all characters, by the image
    /// encoder of this model: its id, its folder, or the path of the file.
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["camera", "kept"])]
    appearance: Option<String>,
    #[command(flatten)]
    report: ReportOptions,
    /// Print the measures as JSON.
    #[arg(long)]
    json: bool,
}

fn focal_mm(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    number
        .filter(|number| FOCAL_MM.contains(number))
        .ok_or_else(|| {
            format!(
                "a focal length lies between {} and {} mm",
                FOCAL_MM.start(),
                FOCAL_MM.end()
            )
        })
}

/// Measures a clip or the takes of a project; exit status 0 if all of them were measured or refused with a reason.
pub fn measure(arguments: MeasureArguments) -> ExitCode {
    let is_cancelled = cancelled_by_ctrl_c();
    match &arguments.camera {
        Some(camera) => exit_code(measure_clip(&arguments, camera, &is_cancelled)),
        None => measure_project(&arguments, &is_cancelled),
    }
}

fn measure_clip(
    arguments: &MeasureArguments,
    camera: &Path,
    is_cancelled: &AtomicBool,
) -> Result<(), Failure> {
    let asked = ClipOnPath {
        clip: &arguments.path,
        camera,
        focal_mm: arguments.focal,
        rate: FrameRate::new(arguments.rate, 1).unwrap_or(FrameRate::FPS_24),
    };
    let measured = with_progress(is_cancelled, &mut |on_progress| {
        measure::measure_file(asked, on_progress)
    })?;
    for note in measured.notes.iter().filter(|_| !arguments.json) {
        eprintln!("note: {note}");
    }
    match arguments.json {
        true => print(&json_of(&measured)?.to_string()),
        false => print(&clip_text(&measured)),
    }
    Ok(())
}

/// The work of a measure, which calls back with its progress.
type Work<'w, T> = dyn FnMut(&mut measure::OnProgress) -> Result<Option<T>, Failure> + 'w;

/// Runs a measure with its progress on stderr. Ctrl+C is a failure of its kind.
fn with_progress<T>(is_cancelled: &AtomicBool, work: &mut Work<T>) -> Result<T, Failure> {
    let mut bar = ProgressBar::new("frame", false); // on stderr: stdout has the measure
    let measured = work(&mut |done, of| {
        bar.update(done as u64, of as u64);
        !is_cancelled.load(Ordering::Relaxed)
    });
    let measured = measured.and_then(|measured| measured.ok_or_else(Failure::cancelled));
    bar.end(match &measured {
        Ok(_) => "measured",
        Err(failure) if failure.kind == FailureKind::Cancelled => "cancelled",
        Err(_) => "failed",
    });
    measured
}

fn measure_project(arguments: &MeasureArguments, is_cancelled: &AtomicBool) -> ExitCode {
    let folder = &arguments.path;
    if !folder.join(PROJECT_FILE).exists() {
        return exit_code(Err(Failure::refused(
            format!("{} is not a project folder", folder.display()),
            "name the camera path of a clip with --camera",
        )));
    }
    if let Err(failure) = arguments.report.check(folder) {
        return exit_code(Err(failure));
    }
    let (project, takes) = match measure::project_takes(folder) {
        Ok(found) => found,
        Err(error) => return exit_code(Err(failure_of(error))),
    };
    let files = takes.iter().map(report::named);
    if let Err(failure) = arguments.report.check_takes(files) {
        return exit_code(Err(failure));
    }
    let store = TakeStore::of(folder);
    let mut similarity = arguments.appearance.as_ref().map(|model| {
        let meter = SimilarityMeter::of(folder, &project);
        (meter, EmbeddingEngine::of(wanted(model)))
    });
    if let Some((_, engine)) = &mut similarity {
        // Without pictures: a model that has no image encoder is refused before any work.
        let is_cancelled = || is_cancelled.load(Ordering::Relaxed);
        if let Err(failure) = engine.embed(&[], &is_cancelled) {
            return exit_code(Err(failure));
        }
    }
    let mut rows = Vec::with_capacity(takes.len());
    let mut unmeasured = 0;
    for take in takes {
        let measured = match arguments.kept {
            true => kept(&store, take.name).map(Ok),
            false => Some(measure_one(
                arguments,
                &project,
                &take,
                similarity.as_mut(),
                is_cancelled,
            )),
        };
        if is_cancelled.load(Ordering::Relaxed) {
            return ExitCode::FAILURE;
        }
        match measured {
            Some(measured) => rows.push((take, measured)),
            None => unmeasured += 1,
        }
    }
    match unmeasured {
        0 => {}
        _ if arguments.json => {}
        1 => eprintln!("note: 1 take has no kept measure"),
        many => eprintln!("note: {many} takes have no kept measure"),
    }
    let joins = measure::film_joins(&store, &project);
    let printed = if arguments.json {
        print_json(&rows, &joins)
    } else {
        print(&report_text(&rows, &joins));
        Ok(())
    };
    let written = printed.and_then(|()| arguments.report.write(folder, &project, &rows));
    match written {
        Ok(()) if rows.iter().all(|(_, measured)| measured.is_ok()) => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(failure) => exit_code(Err(failure)),
    }
}

/// The image encoder of a model.
fn wanted(model: &str) -> EmbeddingWanted {
    EmbeddingWanted {
        program: engine::program(),
        model: Some(model.to_owned()),
        device: None,
        is_beside_window: false,
    }
}

/// Measures a take: its camera, if it has a path, and its appearance, with the similarity of its characters if that was
/// asked for.
fn measure_one(
    arguments: &MeasureArguments,
    project: &Project,
    take: &ProjectTake,
    similarity: Option<&mut (SimilarityMeter, EmbeddingEngine)>,
    is_cancelled: &AtomicBool,
) -> Result<Measured, Failure> {
    let folder = &arguments.path;
    let store = TakeStore::of(folder);
    let camera = match take.recipe.inputs.camera {
        Some(_) => Some(with_progress(is_cancelled, &mut |on_progress| {
            measure::measure_take(&store, take.name, &take.recipe, on_progress)
        })?),
        None => None,
    };
    let mut appearance = with_progress(is_cancelled, &mut |on_progress| {
        let project = Some(project);
        measure::measure_appearance(folder, project, take.name, &take.recipe, on_progress)
    })?;
    if let Some((meter, engine)) = similarity {
        let is_cancelled = || is_cancelled.load(Ordering::Relaxed);
        let found = meter.measure_by(engine, (take.name, &take.recipe), &is_cancelled)?;
        appearance.add_similarities(&found);
    }
    if arguments.save {
        if let Some(camera) = &camera {
            measure::write(&store, take.name, camera)?;
        }
        measure::write_appearance(&store, take.name, &appearance)?;
    }
    Ok(Measured { camera, appearance })
}

/// The measures that are kept beside a take. `None`: there are none.
fn kept(store: &TakeStore, take: ContentHash) -> Option<Measured> {
    let camera = measure::read(store, take);
    let appearance = measure::read_appearance(store, take);
    (camera.is_some() || appearance.is_some()).then(|| Measured {
        camera,
        appearance: appearance.unwrap_or_default(),
    })
}

/// What was measured of a take.
struct Measured {
    camera: Option<CameraMeasure>,
    appearance: AppearanceMeasure,
}

type Row = (ProjectTake, Result<Measured, Failure>);

fn print_json(rows: &[Row], joins: &[FilmJoin]) -> Result<(), Failure> {
    let mut takes = Vec::with_capacity(rows.len());
    for (take, measured) in rows {
        let mut value = match measured {
            Ok(measured) => {
                let camera = measured.camera.as_ref().map(json_of).transpose()?;
                let mut value = camera.unwrap_or_else(|| json!({}));
                cast::add_to_json(&mut value, &measured.appearance)?;
                value
            }
            Err(failure) => json!({"error": failure.cause, "remedy": failure.remedy}),
        };
        value["take"] = json!(take.name.to_string());
        value["shot"] = json!(take.shot);
        takes.push(value);
    }
    let reported = json!({
        "takes": takes,
        "characters": cast::over_takes_json(rows),
        "joins": cast::joins_json(joins),
    });
    print(&reported.to_string());
    Ok(())
}

/// The tables of a project, one below the other.
fn report_text(rows: &[Row], joins: &[FilmJoin]) -> String {
    if rows.is_empty() {
        return "no take can be measured".to_owned();
    }
    let tables = [
        table(rows),
        cast::characters_text(rows),
        cast::pictures_text(rows),
        cast::joins_text(joins),
    ];
    let tables: Vec<String> = tables.into_iter().flatten().collect();
    tables.join("\n\n")
}

/// The numbers, with the solver's version and what people should know.
fn json_of(measured: &CameraMeasure) -> Result<Value, Failure> {
    let mut value =
        serde_json::to_value(&measured.report).map_err(|error| Failure::bug(error.to_string()))?;
    // What the points show is the verdict on a clip whose poses are refused; the errors stay absent.
    if let Some(course) = &measured.report.course {
        value["verdict"] = json!(course.verdict);
    }
    value["solver"] = json!(measured.solver);
    value["masked"] = json!(measured.is_masked);
    value["notes"] = json!(measured.notes);
    Ok(value)
}

/// The measure of one clip, a fact a line.
fn clip_text(measured: &CameraMeasure) -> String {
    let report = &measured.report;
    let asked = format!("asked            {}", axes_words(&report.asked));
    if let Verdict::NotMeasurable { reason } = report.verdict {
        let reason = reason_words(reason);
        let Some(course) = &report.course else {
            return format!("not measurable   {reason}\n{asked}");
        };
        let lines = [
            format!("verdict          {}, by its points", report_words(report)),
            format!("points           {}", course_line(course)),
            format!("poses            not measurable: {reason}"),
            asked,
            format!("solver           {}", measured.solver),
        ];
        return lines.join("\n");
    }
    let achieved = report.achieved.as_ref().map(axes_words);
    let lines = [
        format!("verdict          {}", verdict_words(report.verdict)),
        format!(
            "rotation error   {} (median / worst)",
            degrees_words(report.rotation_error_degrees)
        ),
        format!(
            "direction error  {} (median / worst)",
            degrees_words(report.direction_error_degrees)
        ),
        asked,
        format!("achieved         {}", achieved.unwrap_or_default()),
        format!("solver           {}", measured.solver),
    ];
    lines.join("\n")
}

/// The cameras of the takes, a row each. `None`: no take has a camera path.
fn table(rows: &[Row]) -> Option<String> {
    let heading = [
        "take",
        "shot",
        "verdict",
        "rotation error",
        "direction error",
        "asked -> achieved",
    ];
    let cells = rows
        .iter()
        .filter_map(|(take, measured)| cells(take, measured));
    aligned(heading, cells.collect())
}

/// Rows of cells under the names of the columns. `None` without rows.
fn aligned<const N: usize>(heading: [&str; N], rows: Vec<[String; N]>) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let mut lines = vec![heading.map(str::to_owned)];
    lines.extend(rows);
    let width = |column: usize| {
        let widths = lines.iter().map(|line| line[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let texts = lines.iter().map(|line| {
        let padded = line.iter().zip(widths);
        let padded = padded.map(|(cell, width)| format!("{cell:width$}"));
        let text = padded.collect::<Vec<_>>().join("  ");
        text.trim_end().to_owned()
    });
    Some(texts.collect::<Vec<_>>().join("\n"))
}

fn short_name(take: ContentHash) -> String {
    take.to_string().chars().take(NAME_LETTERS).collect()
}

/// The row of a take. `None`: it has no camera path.
fn cells(take: &ProjectTake, measured: &Result<Measured, Failure>) -> Option<[String; 6]> {
    let [verdict, rotation, direction, axes] = match measured {
        Err(failure) => {
            let none = || "-".to_owned();
            ["error".to_owned(), none(), none(), failure.to_string()]
        }
        Ok(measured) => {
            let report = &measured.camera.as_ref()?.report;
            let asked = axes_words(&report.asked);
            let axes = match (report.verdict, &report.achieved) {
                (Verdict::NotMeasurable { reason }, _) => reason_words(reason).to_owned(),
                (_, Some(achieved)) => format!("{asked} -> {}", axes_words(achieved)),
                (_, None) => asked,
            };
            [
                report_words(report).to_owned(),
                degrees_words(report.rotation_error_degrees),
                degrees_words(report.direction_error_degrees),
                axes,
            ]
        }
    };
    let name = short_name(take.name);
    Some([name, take.shot.clone(), verdict, rotation, direction, axes])
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn print(text: &str) {
    println!("{text}");
}
