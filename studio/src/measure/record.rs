//! `measures.ron`: the measure of a take, kept beside its clip. It is no part of the recipe, and may be deleted.

use std::collections::HashMap;
use std::fs;

use kinora_measure::{Axes, CameraReport, CourseReport, Fits, FrameReport, Spread, Verdict};
use kinora_timeline::ContentHash;
use kinora_timeline::file::{Disk as _, RealDisk, is_sealed, sealed};
use kinora_wire::Failure;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::appearance::AppearanceMeasure;
use super::{CameraMeasure, motion_record};
use crate::take::take_store::TakeStore;

/// The name of the file in the folder of a take.
pub const MEASURES_FILE: &str = "measures.ron";
/// The version of its form. 2: frames have poses.
const VERSION: u32 = 2;

/// The file.
#[derive(Serialize, Deserialize)]
struct Record {
    version: u32,
    /// Of the camera; 0 without one.
    #[serde(default)]
    solver: u32,
    #[serde(default)]
    is_masked: bool,
    #[serde(default)]
    notes: Vec<String>,
    /// A take without a camera path has none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "write_report",
        deserialize_with = "read_report"
    )]
    report: Option<CameraReport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    appearance: Option<AppearanceMeasure>,
}

/// A report with its verdict as a field of its own: RON cannot read fields that are flattened.
#[derive(Serialize, Deserialize)]
#[serde(remote = "CameraReport")]
struct PlainReport {
    verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    course: Option<CourseReport>,
    rotation_error_degrees: Option<Spread>,
    direction_error_degrees: Option<Spread>,
    path_error_share: Option<Spread>,
    asked: Axes,
    achieved: Option<Axes>,
    travel_seen: bool,
    median_depth: Option<f64>,
    fit: Fits,
    inlier_share: Option<f64>,
    coverage: Option<f64>,
    reprojection_error_pixels: Option<f64>,
    rotation_uncertainty_degrees: Option<f64>,
    frames: Vec<FrameReport>,
}

#[allow(clippy::ref_option, reason = "the form that serde calls")]
fn write_report<S: Serializer>(
    report: &Option<CameraReport>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match report {
        Some(report) => PlainReport::serialize(report, serializer),
        None => serializer.serialize_none(),
    }
}

fn read_report<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<CameraReport>, D::Error> {
    PlainReport::deserialize(deserializer).map(Some)
}

/// The file of a take. `None`: there is none, it is damaged, or a newer Kinora wrote it.
fn record_of(takes: &TakeStore, take: ContentHash) -> Option<Record> {
    let bytes = fs::read(takes.folder(take).join(MEASURES_FILE)).ok()?;
    if !is_sealed(&bytes) {
        return None;
    }
    let record: Record = ron::from_str(&String::from_utf8_lossy(&bytes)).ok()?;
    (record.version <= VERSION).then_some(record)
}

/// The measure of the camera that is kept beside a take, of any solver. `None`: there is none, it is damaged, or a newer
/// Kinora wrote it.
pub fn read(takes: &TakeStore, take: ContentHash) -> Option<CameraMeasure> {
    let record = record_of(takes, take)?;
    Some(CameraMeasure {
        solver: record.solver,
        is_masked: record.is_masked,
        notes: record.notes,
        report: record.report?,
        motion: None,
    })
}

/// The same of the appearance: characters, steadiness and joins.
pub fn read_appearance(takes: &TakeStore, take: ContentHash) -> Option<AppearanceMeasure> {
    record_of(takes, take)?.appearance
}

/// The measures of all takes that have one.
pub fn read_all(takes: &TakeStore) -> HashMap<ContentHash, CameraMeasure> {
    let names = takes.names().into_iter();
    names
        .filter_map(|name| Some((name, read(takes, name)?)))
        .collect()
}

/// The appearances of all takes that have one.
pub fn read_all_appearances(takes: &TakeStore) -> HashMap<ContentHash, AppearanceMeasure> {
    let names = takes.names().into_iter();
    names
        .filter_map(|name| Some((name, read_appearance(takes, name)?)))
        .collect()
}

/// Keeps a measure of the camera beside its take, in place of an earlier one. That of the appearance stays.
///
/// # Errors
/// The take is gone; the disk is full. An earlier measure is kept.
pub fn write(takes: &TakeStore, take: ContentHash, measure: &CameraMeasure) -> Result<(), Failure> {
    if let Some(motion) = &measure.motion {
        motion_record::write(&takes.folder(take), motion)?;
    }
    let record = Record {
        version: VERSION,
        solver: measure.solver,
        is_masked: measure.is_masked,
        notes: measure.notes.clone(),
        report: Some(measure.report.clone()),
        appearance: read_appearance(takes, take),
    };
    keep(takes, take, &record)
}

/// The same of the appearance. That of the camera stays.
///
/// # Errors
/// The take is gone; the disk is full. An earlier measure is kept.
pub fn write_appearance(
    takes: &TakeStore,
    take: ContentHash,
    appearance: &AppearanceMeasure,
) -> Result<(), Failure> {
    let before = record_of(takes, take).unwrap_or(Record {
        version: VERSION,
        solver: 0,
        is_masked: false,
        notes: Vec::new(),
        report: None,
        appearance: None,
    });
    let record = Record {
        version: VERSION,
        appearance: Some(appearance.clone()),
        ..before
    };
    keep(takes, take, &record)
}

fn keep(takes: &TakeStore, take: ContentHash, record: &Record) -> Result<(), Failure> {
    let lines = ron::ser::PrettyConfig::new().depth_limit(3);
    let text = ron::ser::to_string_pretty(record, lines)
        .map_err(|error| Failure::bug(error.to_string()))?;
    let path = takes.folder(take).join(MEASURES_FILE);
    let written = RealDisk.replace(&path, sealed(&text).as_bytes());
    written.map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", path.display()),
            "free some disk space; the take is safe",
        )
    })
}

#[cfg(test)]
mod tests {
    use glam::{DQuat, DVec3};
    use kinora_measure::{
        AchievedPose, Course, DrawnPath, Limits, NotCompared, PathFit, Reason, SOLVER, Similarity,
        SimilarityRange, SimilarityRank, Unseen, Wardrobe, measure_camera,
    };

    use super::super::appearance_words::tests::character;
    use super::*;

    #[test]
    fn a_measure_is_read_as_it_was_written_unless_it_was_changed() {
        let root = tempfile::tempdir().expect("a folder");
        let takes = TakeStore::of(root.path());
        let name = ContentHash::of(b"a take");
        fs::create_dir_all(takes.folder(name)).expect("made");
        assert_eq!(read(&takes, name), None);
        let spread = Some(Spread {
            median: 0.1,
            worst: 1.0 / 3.0,
        });
        let refused = measure_camera(&[], None, &DrawnPath::default(), &Limits::default());
        let reason = Reason::BadPath;
        assert_eq!(refused.verdict, Verdict::NotMeasurable { reason });
        let followed = CameraReport {
            course: Some(CourseReport {
                verdict: Course::Followed,
                share: 0.75,
                margin: 1.0 / 3.0,
            }),
            fit: Fits {
                turned: Some(PathFit::default()),
                points: 40,
                ..Fits::default()
            },
            ..refused.clone()
        };
        let obeyed = CameraReport {
            verdict: Verdict::Obeyed,
            rotation_error_degrees: spread,
            achieved: Some(Axes::default()),
            frames: vec![
                FrameReport {
                    pose: Some(AchievedPose {
                        rotation: DQuat::from_rotation_y(0.1),
                        position: DVec3::new(0.1, 0.0, -1.0 / 3.0),
                    }),
                    ..FrameReport::default()
                };
                3
            ],
            ..refused.clone()
        };
        for report in [refused, followed, obeyed] {
            let measure = CameraMeasure {
                solver: SOLVER,
                is_masked: true,
                notes: vec!["a note".into()],
                report,
                motion: None,
            };
            write(&takes, name, &measure).expect("written");
            assert_eq!(read(&takes, name), Some(measure));
        }
        // The appearance is kept beside the camera, and neither takes the place of the other.
        let appearance = AppearanceMeasure::default();
        write_appearance(&takes, name, &appearance).expect("written");
        assert_eq!(read_appearance(&takes, name), Some(appearance.clone()));
        let camera = read(&takes, name).expect("still there");
        assert_eq!(camera.report.verdict, Verdict::Obeyed);
        write(&takes, name, &camera).expect("written");
        assert_eq!(read_appearance(&takes, name), Some(appearance));
        let path = takes.folder(name).join(MEASURES_FILE);
        let text = fs::read_to_string(&path).expect("text");
        fs::write(&path, text.replace("a note", "another")).expect("written");
        assert_eq!(read(&takes, name), None);
    }

    #[test]
    fn a_take_without_a_camera_keeps_its_appearance_alone() {
        let root = tempfile::tempdir().expect("a folder");
        let takes = TakeStore::of(root.path());
        let name = ContentHash::of(b"a take");
        fs::create_dir_all(takes.folder(name)).expect("made");
        let appearance = AppearanceMeasure::default();
        write_appearance(&takes, name, &appearance).expect("written");
        assert_eq!(read(&takes, name), None);
        assert_eq!(read_appearance(&takes, name), Some(appearance));
    }

    #[test]
    fn an_appearance_is_kept_with_its_similarities_and_written_without_them_as_before() {
        let root = tempfile::tempdir().expect("a folder");
        let takes = TakeStore::of(root.path());
        let name = ContentHash::of(b"a take");
        fs::create_dir_all(takes.folder(name)).expect("made");
        let path = takes.folder(name).join(MEASURES_FILE);
        let mut anna = character("anna", Wardrobe::Kept);
        let mut appearance = AppearanceMeasure {
            identity: vec![anna.clone()],
            ..AppearanceMeasure::default()
        };
        write_appearance(&takes, name, &appearance).expect("written");
        let text = fs::read_to_string(&path).expect("text");
        assert!(!text.contains("similarity"), "{text}");
        let measured = Similarity::Measured(SimilarityRank {
            place: 1,
            of: 5,
            comparisons: 15,
            mean: 1.0 / 3.0,
            range: SimilarityRange::Same,
            same: Some([0.25, 0.75]),
            different: [-0.5, 0.125],
        });
        let reason = NotCompared::TooFewCharacters;
        let few = Similarity::NotMeasurable { reason };
        for similarity in [measured, few, Similarity::unseen(Unseen::BackView)] {
            anna.similarity = None;
            appearance.identity = vec![anna.clone()];
            appearance.add_similarities(&[("anna".to_owned(), similarity)]);
            assert_eq!(appearance.identity[0].similarity, Some(similarity));
            write_appearance(&takes, name, &appearance).expect("written");
            assert_eq!(read_appearance(&takes, name), Some(appearance.clone()));
        }
    }

    #[test]
    fn a_measure_of_the_first_version_is_read_without_poses() {
        let root = tempfile::tempdir().expect("a folder");
        let takes = TakeStore::of(root.path());
        let name = ContentHash::of(b"a take");
        fs::create_dir_all(takes.folder(name)).expect("made");
        let refused = measure_camera(&[], None, &DrawnPath::default(), &Limits::default());
        let report = CameraReport {
            frames: vec![FrameReport::default(); 2],
            ..refused
        };
        let old = Record {
            version: 1,
            solver: SOLVER,
            is_masked: false,
            notes: Vec::new(),
            report: Some(report.clone()),
            appearance: None,
        };
        let text = ron::to_string(&old).expect("text");
        assert!(
            !text.contains("pose:") && !text.contains("appearance"),
            "{text}"
        );
        let path = takes.folder(name).join(MEASURES_FILE);
        fs::write(path, sealed(&text)).expect("written");
        let read = read(&takes, name).expect("readable");
        assert_eq!(read.report, report);
    }
}
