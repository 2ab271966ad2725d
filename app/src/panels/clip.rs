//! The clip panel: one grid with all properties of the selected clip, in groups that fold.

mod curve;
mod in_betweens;
mod properties;
mod several;
mod title;

use egui::{CollapsingHeader, RichText, ScrollArea, Ui, vec2};
use kinora_studio::timeline::{Clip, Source, Track, TrackKind};

use crate::panels::context::PanelContext;
use crate::panels::controls::command_button;
use crate::panels::keyframed::Keyframed;
use crate::state::command::Command;
use crate::state::form::title_form::TitleForm;
use kinora_studio::timeline::effect::Part;

pub fn clip_ui(ui: &mut Ui, cx: &PanelContext, form: &mut TitleForm) {
    let found = cx.selection.clips.iter();
    let found = found.filter_map(|clip| cx.project().clip(*clip));
    let mut found: Vec<_> = found.collect();
    // The picture first. Of linked sound only its own properties are shown below it.
    found.sort_by_key(|(_, track, _)| track.kind == TrackKind::Audio);
    let Some((clip, track, range)) = found.first().copied() else {
        return nothing_ui(ui, cx);
    };
    let (clip, kind) = (Clip::clone(clip), track.kind);
    let is_linked = |other: &Clip| clip.group.is_some() && other.group == clip.group;
    let sound = found.iter().find(|(other, track, _)| {
        kind == TrackKind::Video && track.kind == TrackKind::Audio && is_linked(other)
    });
    let sound = sound.map(|(sound, ..)| Clip::clone(sound));
    // The playhead, counted from the clip's first frame. Outside the clip its nearest frame is shown.
    let at = several::frame_at(range, cx.media.player.playhead());
    let is_other =
        |other: &Clip, track: &Track| other.id != clip.id && track.kind == kind && !track.locked;
    let others = found
        .iter()
        .filter(|(other, track, _)| is_other(other, track));
    let others = others.count();
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            if others > 0 {
                let words = format!("{} clips: a change applies to each", others + 1);
                let words = RichText::new(words).small();
                ui.label(words.color(*cx.theme.colours.text_soft));
            }
            if let Source::Title(id) = clip.source
                && let Some(title) = cx.project().title(id)
            {
                title::title_ui(ui, cx, form, title);
            }
            match kind {
                TrackKind::Video => group(ui, "Picture", |ui| {
                    properties::fit_ui(ui, cx, &clip);
                    properties::effects_ui(ui, cx, &clip, (Part::Picture, at));
                }),
                TrackKind::Audio => group(ui, "Sound", |ui| {
                    properties::effects_ui(ui, cx, &clip, (Part::Sound, at));
                }),
            }
            if let Some(sound) = &sound {
                group(ui, "Sound", |ui| {
                    properties::effects_ui(ui, cx, sound, (Part::Sound, at));
                    properties::fade_shapes_ui(ui, cx, sound);
                });
            }
            group(ui, "Fades", |ui| {
                properties::fades_ui(ui, cx, &clip);
                if kind == TrackKind::Audio {
                    properties::fade_shapes_ui(ui, cx, &clip);
                }
            });
            if !matches!(clip.source, Source::Title(_)) {
                group(ui, "Speed", |ui| {
                    properties::keyframed_ui(ui, cx, &clip, Keyframed::Speed, at);
                    if kind == TrackKind::Video {
                        in_betweens::in_betweens_ui(ui, cx, &clip);
                    }
                });
            }
            group(ui, "Transition in", |ui| {
                properties::transition_ui(ui, cx, &clip);
            });
            properties::enabled_ui(ui, cx, &clip);
        });
}

/// What can be added while no clip is selected.
fn nothing_ui(ui: &mut Ui, cx: &PanelContext) {
    let words = "Select a clip on the timeline, or add a title.";
    ui.label(RichText::new(words).color(*cx.theme.colours.text_faint));
    ui.add_space(8.0);
    let width = ui.available_width();
    for command in [Command::AddTitle, Command::Import] {
        if command_button(ui, command.row(), vec2(width, 32.0)).clicked() {
            cx.send(crate::state::action::Action::Command(command));
        }
    }
}

/// A group of properties that folds.
fn group(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    CollapsingHeader::new(RichText::new(name).strong())
        .default_open(true)
        .show_unindented(ui, contents);
    ui.add_space(4.0);
}
