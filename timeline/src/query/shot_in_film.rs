//! A shot in its film: the shot before it, the playhead on its frames, and the 180-degree rule at its cut.

use std::iter::successors;
use std::sync::Arc;

use crate::camera::line_of_action::LineOfAction;
use crate::clip::{Clip, Source};
use crate::shot::keys::steady_pose;
use crate::shot::{Origin, Shot};
use crate::stage::{Form, StandIn};
use crate::track::TrackKind;
use crate::{FrameRange, Frames, Project, Rounding, ShotId};

/// The most items of a track, clips and gaps, among which the shot before another one is looked for.
const MOST_LOOKED_AT: usize = 16;

impl Project {
    /// The shot that this one continues from; otherwise the one before its first clip on the same video track. Gaps and
    /// other clips between the two are passed over, but only 16 items: this is used in every frame, and there may be
    /// thousands of imports before the clip.
    pub fn shot_cut_before(&self, shot: &Shot) -> Option<&Arc<Shot>> {
        if let Origin::Continues(before) = shot.origin {
            return self.shot(before);
        }
        let clips = self.clips_of(Source::Shot(shot.id));
        let placed = clips.iter().filter_map(|clip| self.placed(*clip));
        let placed = placed.filter(|(track, _)| track.kind == TrackKind::Video);
        let (track, first) = placed.min_by_key(|(_, placed)| placed.range.start)?;
        let earlier = successors(track.before(first.order), |placed| {
            track.before(placed.order)
        });
        earlier
            .take(MOST_LOOKED_AT)
            .find_map(|placed| match placed.clip()?.source {
                Source::Shot(before) if before != shot.id => self.shot(before),
                _ => None,
            })
    }

    /// The frame of a shot that the film shows at the playhead, counted in the model's own frames. `None` if no
    /// clip of the shot is there.
    pub fn shot_frame_at(&self, shot: &Shot, playhead: Frames) -> Option<Frames> {
        let (clip, range) = self.clip_of_shot_at(shot.id, playhead)?;
        Some(self.shot_frame(shot, clip, playhead - range.start))
    }

    /// The place for the playhead that shows this frame of a shot, or the frame nearest to it, in the clip that
    /// is under the playhead now. `None` if no clip of the shot is there.
    pub fn playhead_on(&self, shot: &Shot, frame: Frames, playhead: Frames) -> Option<Frames> {
        let (clip, range) = self.clip_of_shot_at(shot.id, playhead)?;
        let frames = (0..range.length.0).map(Frames);
        // Tried one by one, since a clip may have any speed and direction.
        let off = |at: &Frames| (self.shot_frame(shot, clip, *at) - frame).0.unsigned_abs();
        Some(range.start + frames.min_by_key(off)?)
    }

    /// The topmost clip of a shot at a frame, and its range.
    fn clip_of_shot_at(&self, shot: ShotId, frame: Frames) -> Option<(&Arc<Clip>, FrameRange)> {
        let tracks = self.playing_tracks(TrackKind::Video);
        let clips = tracks.filter_map(|track| {
            let placed = track.at(frame)?;
            Some((placed.clip()?, placed.range))
        });
        let of_shot = clips.filter(|(clip, _)| clip.source == Source::Shot(shot));
        of_shot.last()
    }

    /// The frame of a shot, in the model's own frames, at a position within a clip of it.
    fn shot_frame(&self, shot: &Shot, clip: &Clip, at: Frames) -> Frames {
        let source = clip.source_frame(at).max(Frames::ZERO);
        let own = source.rescaled(self.rate(), shot.length.rate, Rounding::Down);
        own.min(last_frame(shot))
    }

    /// The names of two figures that change sides in the picture at the cut to this shot, because the camera
    /// crosses the line between them. `None` if there is no such pair, or a camera is left to the model.
    pub fn figures_that_change_sides(&self, shot: &Shot) -> Option<[String; 2]> {
        let before: &Shot = self.shot_cut_before(shot)?;
        if before.camera.is_none() || shot.camera.is_none() {
            return None;
        }
        let (stage_before, stage) = (self.stage_of(before), self.stage_of(shot));
        let figures = stage.stand_ins.iter();
        let mut pairs = figures.filter_map(|now| {
            let mut known = stage_before.stand_ins.iter();
            Some((known.find(|before| is_same_figure(before, now))?, now))
        });
        let pairs = [pairs.next()?, pairs.next()?];
        let view = |shot: &Shot, frame: Frames, figures: [&StandIn; 2]| LineOfAction {
            figures: figures.map(|figure| figure.at(frame).0),
            camera: steady_pose(shot, frame).position,
        };
        let old = view(before, last_frame(before), pairs.map(|(before, _)| before));
        let new = view(shot, Frames::ZERO, pairs.map(|(_, now)| now));
        old.is_crossed(&new)
            .then(|| pairs.map(|(_, now)| now.name.clone()))
    }
}

/// The last frame of a shot, in the model's own frames.
pub fn last_frame(shot: &Shot) -> Frames {
    Frames(i64::from(shot.length.frames.max(1)) - 1)
}

/// Whether two stand-ins of two stages are the same figure: the same character, or the same name.
fn is_same_figure(one: &StandIn, other: &StandIn) -> bool {
    match (one.form, other.form) {
        (Form::Mannequin(Some(one)), Form::Mannequin(Some(other))) => one == other,
        (Form::Mannequin(None), Form::Mannequin(None)) => one.name == other.name,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec3;

    use super::*;
    use crate::camera::{CameraKey, CameraPath, Pose};
    use crate::edit::library::Library;
    use crate::edit::place::{Piece, Place};
    use crate::shot::ModelLength;
    use crate::stage::{MANNEQUIN_METRES, Stage};
    use crate::title::{Title, TitleRole};
    use crate::{Edit, FrameRate};

    /// A shot of 17 frames at 16 per second, with two figures and a camera at this z.
    fn shot(name: &str, camera_z: f64) -> Shot {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::new(16, 1).expect("a rate"),
        };
        let figure = |name, x| {
            let form = Form::Mannequin(None);
            StandIn::new(name, form, MANNEQUIN_METRES, DVec3::X * x)
        };
        let pose = Pose {
            position: DVec3::new(0.0, -1.5, camera_z),
            ..Pose::START
        };
        Shot {
            stage: Stage {
                stand_ins: vec![figure("Ada", -0.5), figure("Ben", 0.5)],
                ..Stage::default()
            },
            camera: Some(CameraPath::of_keys(vec![CameraKey::new(
                Frames::ZERO,
                pose,
            )])),
            ..Shot::new(name, "", length)
        }
    }

    /// A film of these shots, one after the other.
    fn film(shots: Vec<Shot>) -> (Project, Vec<Shot>) {
        let mut project = Project::default();
        for shot in shots {
            project = added(&project, Library::AddShot(Box::new(shot)));
        }
        let shots: Vec<Shot> = project.shots().map(|shot| Shot::clone(shot)).collect();
        for shot in &shots {
            let source = Source::Shot(shot.id);
            let length = project.available(source).expect("a length");
            project = with_clip(&project, source, length);
        }
        (project, shots)
    }

    #[test]
    fn the_shot_before_is_the_one_on_the_track_or_the_one_continued() {
        let (project, shots) = film(vec![shot("a", -4.0), shot("b", -4.0), shot("c", -4.0)]);
        let before = |shot: &Shot| project.shot_cut_before(shot).map(|shot| shot.id);
        assert_eq!(before(&shots[0]), None);
        assert_eq!(before(&shots[2]), Some(shots[1].id));
        let continued = Shot {
            origin: Origin::Continues(shots[0].id),
            ..shots[2].clone()
        };
        assert_eq!(before(&continued), Some(shots[0].id));
    }

    fn added(project: &Project, edit: Library) -> Project {
        Edit::Library(edit).apply(project).expect("added")
    }

    /// The project with a clip at the end of its first track.
    fn with_clip(project: &Project, source: Source, length: Frames) -> Project {
        let track = project.tracks()[0].id;
        let clip = Clip::new(source, Frames::ZERO, length);
        let pieces = vec![Piece { track, clip }];
        let place = Edit::Place(Place::Append { pieces });
        place.apply(project).expect("placed")
    }

    #[test]
    fn the_shot_before_is_looked_for_among_the_nearest_items_only() {
        for (titles, is_found) in [
            (0, true),
            (MOST_LOOKED_AT - 1, true),
            (MOST_LOOKED_AT, false),
        ] {
            let (project, shots) = film(vec![shot("a", -4.0)]);
            let title = Title::new("Title", TitleRole::Title);
            let mut project = added(&project, Library::AddTitle(Box::new(title)));
            let title = project.titles().next().expect("the title").id;
            for _ in 0..titles {
                project = with_clip(&project, Source::Title(title), Frames(24));
            }
            project = added(&project, Library::AddShot(Box::new(shot("b", -4.0))));
            let last = project.shots().last().expect("b").clone();
            let source = Source::Shot(last.id);
            let length = project.available(source).expect("a length");
            project = with_clip(&project, source, length);
            let before = project.shot_cut_before(&last).map(|shot| shot.id);
            let expected = is_found.then_some(shots[0].id);
            assert_eq!(before, expected, "{titles} titles between");
        }
    }

    #[test]
    fn the_playhead_finds_each_frame_of_a_shot_again() {
        let (project, shots) = film(vec![shot("a", -4.0), shot("b", -4.0)]);
        let second = &shots[1];
        let start = project.available(Source::Shot(shots[0].id)).expect("there");
        assert_eq!(project.shot_frame_at(second, start), Some(Frames::ZERO));
        assert_eq!(project.shot_frame_at(second, Frames::ZERO), None);
        for frame in (0..17).map(Frames) {
            let playhead = project.playhead_on(second, frame, start);
            let playhead = playhead.expect("a clip is there");
            assert_eq!(project.shot_frame_at(second, playhead), Some(frame));
        }
    }

    #[test]
    fn figures_change_sides_if_the_camera_crosses_their_line() {
        let (project, shots) = film(vec![shot("a", -4.0), shot("b", 3.0), shot("c", 2.0)]);
        let crossed = |shot: &Shot| project.figures_that_change_sides(shot);
        let names = ["Ada".to_owned(), "Ben".to_owned()];
        assert_eq!(crossed(&shots[1]), Some(names));
        assert_eq!(crossed(&shots[2]), None);
        assert_eq!(crossed(&shots[0]), None, "there is no cut before it");
        let free = Shot {
            camera: None,
            ..shots[1].clone()
        };
        assert_eq!(crossed(&free), None);
    }
}
