//! The camera, the stage and the colours of its cast in the bytes that are hashed for the name of a take. Every field
//! is named: a field that is added and forgotten here does not compile.

use glam::DAffine3;
use kinora_timeline::stage::{FigureKind, Form, Motion, Scenery, Stage, StandIn, StandInKey};
use kinora_wire::{Camera, View};

use super::values::{Record, boolean, float, list, signed, text, unsigned, vector};
use crate::stage::{CastColours, StageShown};

pub(super) fn camera_used(camera: &Camera) -> Vec<u8> {
    let Camera { views } = camera;
    list(views.iter().map(|view| {
        let View {
            world_from_camera:
                DAffine3 {
                    matrix3,
                    translation,
                },
            focal,
            centre,
            aspect,
        } = view;
        let columns = [matrix3.x_axis, matrix3.y_axis, matrix3.z_axis, *translation];
        Record::new()
            .with_some("aspect", aspect.map(float))
            .with("centre", list(centre.iter().map(|at| float(*at))))
            .with("focal", list(focal.iter().map(|at| float(*at))))
            .with("world_from_camera", list(columns.into_iter().map(vector)))
            .value()
    }))
}

pub(super) fn stage_used(stage: &Stage) -> Vec<u8> {
    let Stage {
        ground,
        stand_ins,
        strength,
    } = stage;
    Record::new()
        .with("ground", boolean(*ground))
        .with("stand_ins", list(stand_ins.iter().map(stand_in_used)))
        .with("strength", float(f64::from(*strength)))
        .value()
}

fn stand_in_used(stand_in: &StandIn) -> Vec<u8> {
    let StandIn {
        name,
        form,
        size,
        keys,
        colours,
        figure,
        motion,
    } = stand_in;
    let form = match form {
        Form::Mannequin(character) => {
            let character = character.map(|character| unsigned(character.number()));
            Record::of("mannequin").with_some("character", character)
        }
        Form::Box => Record::of("box"),
        Form::Column => Record::of("column"),
        Form::Sphere => Record::of("sphere"),
        Form::Scenery(thing) => Record::of(match thing {
            Scenery::Cactus => "cactus",
            Scenery::Tree => "tree",
            Scenery::Pine => "pine",
            Scenery::Bush => "bush",
            Scenery::Rock => "rock",
            Scenery::House => "house",
            Scenery::Lamp => "lamp",
            Scenery::Crate => "crate",
        }),
    };
    let keys = keys.iter().map(|key| {
        let StandInKey {
            frame,
            position,
            turn_degrees,
        } = key;
        Record::new()
            .with("frame", signed(frame.0))
            .with("position", vector(*position))
            .with("turn_degrees", float(*turn_degrees))
            .value()
    });
    let colours = colours.map(|colours| list(colours.map(colour_used)));
    // The plain mannequin has nothing that moves, and recipes of earlier versions know no other.
    let figure = figure.filter(|figure| figure.has_limbs());
    Record::new()
        .with("form", form.value())
        .with("keys", list(keys))
        .with("name", text(name))
        .with("size", vector(*size))
        .with_some("colours", colours)
        .with_some("figure", figure.map(|figure| text(figure_used(figure))))
        .with_some("motion", figure.and_then(|_| motion_used(*motion)))
        .value()
}

/// The names are part of what is hashed: those of the window may change, these do not.
fn figure_used(figure: FigureKind) -> &'static str {
    match figure {
        FigureKind::Plain => "plain",
        FigureKind::Person => "person",
        FigureKind::Robot => "robot",
        FigureKind::Astronaut => "astronaut",
        FigureKind::Cat => "cat",
        FigureKind::Rabbit => "rabbit",
        FigureKind::Bear => "bear",
        FigureKind::Dinosaur => "dinosaur",
    }
}

fn motion_used(motion: Motion) -> Option<Vec<u8>> {
    let record = match motion {
        Motion::Walk => return None,
        Motion::Jump => Record::of("jump"),
        Motion::Wave { swing_frames } => {
            Record::of("wave").with_some("swing_frames", Some(float(swing_frames)))
        }
        Motion::Still => Record::of("still"),
    };
    Some(record.value())
}

fn colour_used((red, green, blue): (u8, u8, u8)) -> Vec<u8> {
    list([red, green, blue].map(unsigned))
}

/// Nothing for depth, which is how every model was shown its stage at first.
pub(super) fn stage_colours_used(shown: &StageShown) -> Option<Vec<u8>> {
    match shown {
        StageShown::Depth => None,
        StageShown::Picture(cast) => Some(cast_colours_used(cast)),
    }
}

/// The colours of characters on a stage.
pub(super) fn cast_colours_used(cast: &[CastColours]) -> Vec<u8> {
    let colour = |colour: &[u8; 3]| list(colour.iter().map(|byte| unsigned(*byte)));
    list(cast.iter().map(|colours| {
        let CastColours {
            character,
            body,
            limbs,
        } = colours;
        Record::new()
            .with("body", colour(body))
            .with("character", unsigned(character.number()))
            .with("limbs", colour(limbs))
            .value()
    }))
}
