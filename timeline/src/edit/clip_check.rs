//! Whether a clip can lie where it is put: its source, its frames, its track, its look.

use crate::clip::{Clip, Edge, Handles, Look, Source};
use crate::curve::PropertyKey;
use crate::effect::EFFECTS;
use crate::refusal::Refusal;
use crate::track::TrackKind;
use crate::{Frames, Project, SpeedRamp, TrackId};

/// Fails if a clip shows frames that its source does not have.
pub(crate) fn check_clip(project: &Project, clip: &Clip) -> Result<(), Refusal> {
    if !project.has_source(clip.source) {
        let what = match clip.source {
            Source::Shot(_) => "shot",
            Source::Medium(_) => "medium",
            Source::Title(_) => "title",
            Source::Sequence(_) => "sequence",
        };
        return Err(Refusal::NoSuch { what });
    }
    if let Source::Sequence(id) = clip.source
        && project.shows_sequence(id, project.open)
    {
        let what = "a sequence cannot show itself, not even through another one";
        return Err(Refusal::InvalidValue(what.into()));
    }
    if clip.length < Frames::ONE {
        return Err(Refusal::NothingLeft);
    }
    check_ramp(&clip.ramp)?;
    if clip.phase >= clip.parts() {
        return Err(Refusal::InvalidValue(
            "the clip's phase is not within one frame".into(),
        ));
    }
    check_handles(project, clip)?;
    check_look(&clip.look, clip.length)
}

pub(crate) fn check_ramp(ramp: &SpeedRamp) -> Result<(), Refusal> {
    let fault = ramp
        .fault()
        .map(|fault| Refusal::InvalidValue(fault.into()));
    fault.map_or(Ok(()), Err)
}

/// Fails if a clip's source lacks the frames it shows. A source without end has no start either: a title can run
/// backwards for any length.
pub(crate) fn check_handles(project: &Project, clip: &Clip) -> Result<(), Refusal> {
    let available = project.available(clip.source);
    let Handles { left, right } = clip.handles(available);
    let Some(available) = available else {
        return Ok(());
    };
    if left < Frames::ZERO || clip.source_start < Frames::ZERO {
        return Err(Refusal::NoHandle {
            missing: (-left).max(Frames::ONE),
            edge: Edge::Head,
        });
    }
    if right < Frames::ZERO || clip.source_start >= available {
        return Err(Refusal::NoHandle {
            missing: (-right).max(Frames::ONE),
            edge: Edge::Tail,
        });
    }
    Ok(())
}

/// Fails if a source cannot lie on a track of this kind.
pub(crate) fn check_kind(project: &Project, track: TrackId, source: Source) -> Result<(), Refusal> {
    let track = project.track(track).ok_or(Refusal::NoSuchTrack)?;
    let (picture, sound) = match source {
        Source::Shot(id) => {
            let shot = project.shot(id);
            (!shot.is_some_and(|shot| shot.kind.is_sound()), true)
        }
        Source::Sequence(_) => (true, true),
        Source::Title(_) => (true, false),
        Source::Medium(id) => project.medium(id).map_or((false, false), |medium| {
            (medium.has_picture, medium.has_sound)
        }),
    };
    let (fits, what) = match track.kind {
        TrackKind::Video => (picture, "sound"),
        TrackKind::Audio => (sound, "a picture"),
    };
    if fits {
        Ok(())
    } else {
        Err(Refusal::WrongTrack {
            what,
            track: track.name.clone(),
        })
    }
}

/// Fails if a look cannot be composed and mixed on a clip of this length.
pub(crate) fn check_look(look: &Look, length: Frames) -> Result<(), Refusal> {
    let invalid = |what: &str| Err(Refusal::InvalidValue(what.into()));
    for effect in &EFFECTS {
        if !effect.limits.contains(&(effect.get)(look)) {
            return invalid(effect.refusal);
        }
    }
    let Look {
        opacity: _,
        transform,
        exposure_stops: _,
        gain_db: _,
        pan: _,
        fade_in,
        fade_out,
        fade_in_shape: _,
        fade_out_shape: _,
        curves,
    } = look;
    let (left, top, right, bottom) = transform.crop;
    let sides = [left, top, right, bottom];
    if !sides.iter().all(|side| (0.0..=1.0).contains(side))
        || left + right >= 1.0
        || top + bottom >= 1.0
    {
        return invalid("a crop must leave something of the picture");
    }
    for curve in curves {
        let effect = curve.property.effect();
        let is_allowed = |key: &PropertyKey| effect.limits.contains(&key.value);
        if !curve.keys.iter().all(is_allowed) {
            return invalid(effect.refusal);
        }
        if !curve.is_sound() {
            return invalid("keyframes have an order, one on a frame");
        }
    }
    let mut properties = curves.windows(2);
    if !properties.all(|pair| pair[0].property < pair[1].property) {
        return invalid("each property has one curve");
    }
    if *fade_in < Frames::ZERO || *fade_out < Frames::ZERO || *fade_in + *fade_out > length {
        return invalid("both fades must fit into the clip");
    }
    Ok(())
}
