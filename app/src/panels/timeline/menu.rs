//! The context menus of the timeline: of clips, transitions, gaps, the empty part, the ruler and markers.

use egui::{Response, Ui};
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::edit::marks::Mark;
use kinora_studio::timeline::edit::transitions::TransitionEdit;
use kinora_studio::timeline::marker::Marker;
use kinora_studio::timeline::{Clip, ClipId, Edit, Frames, Source, Transition, TransitionKind};

use crate::panels::context::PanelContext;
use crate::panels::controls::{command_item, command_items};
use crate::panels::labels::label_item;
use crate::state::action::{Action, EditAction, ShotAction};
use crate::state::command::{Command, Row};
use crate::state::dialog::marker::LABELS;
use crate::state::view::layout::Pane;

/// All transitions, with their names.
pub const TRANSITIONS: [(TransitionKind, &str); 4] = [
    (TransitionKind::Dissolve, "Dissolve"),
    (TransitionKind::DipToBlack, "Dip to black"),
    (TransitionKind::DipToWhite, "Dip to white"),
    (TransitionKind::WipeRight, "Wipe"),
];

pub fn transition_name(kind: TransitionKind) -> &'static str {
    let found = TRANSITIONS.iter().find(|(known, _)| *known == kind);
    found.map_or("Transition", |(_, name)| name)
}

/// The edit that gives the head of a clip this transition.
pub fn transition_edit(clip: ClipId, wanted: Transition) -> Edit {
    Edit::Transition(TransitionEdit::Set {
        clip,
        kind: wanted.kind,
        before: wanted.before,
        after: wanted.after,
    })
}

/// The menu of a clip. A right click selects the clip first, so that the commands act on it.
pub fn clip_menu(cx: &PanelContext, response: &Response, clip: &Clip) {
    if response.secondary_clicked() && !cx.selection.clips.contains(&clip.id) {
        cx.send(Action::Edit(EditAction::SelectClip {
            clip: Some(clip.id),
            adds: false,
            alone: false,
        }));
    }
    response.context_menu(|ui| {
        ui.set_width(260.0);
        command_items(ui, cx, &[Command::Cut, Command::Copy, Command::Paste]);
        command_items(
            ui,
            cx,
            &[
                Command::PasteAttributes,
                Command::RemoveAttributes,
                Command::Duplicate,
            ],
        );
        ui.separator();
        command_items(
            ui,
            cx,
            &[Command::SplitAtPlayhead, Command::Lift, Command::Extract],
        );
        command_items(
            ui,
            cx,
            &[Command::ToggleEnabled, Command::Link, Command::Unlink],
        );
        command_items(ui, cx, &[Command::Group, Command::Ungroup]);
        ui.separator();
        command_items(
            ui,
            cx,
            &[
                Command::Reverse,
                Command::FreezeFrame,
                Command::ExtendEdit,
                Command::MarkSelection,
            ],
        );
        ui.menu_button("Transition in", |ui| transition_menu(ui, cx, clip));
        ui.menu_button("Label", |ui| label_menu(ui, cx, clip.id));
        ui.separator();
        command_items(
            ui,
            cx,
            &[Command::Nest, Command::Unnest, Command::OpenNested],
        );
        if let Source::Shot(shot) = clip.source {
            ui.separator();
            if ui.button("Show shot").clicked() {
                cx.send(Action::Shot(ShotAction::Select(shot)));
                cx.send(Action::Show(Pane::Shot));
            }
            command_items(ui, cx, &[Command::Generate]);
        }
    });
}

/// The kinds of transition at the head of a clip.
pub fn transition_menu(ui: &mut Ui, cx: &PanelContext, clip: &Clip) {
    let now = clip.transition.map(|transition| transition.kind);
    if ui.selectable_label(now.is_none(), "None (cut)").clicked() && now.is_some() {
        let remove = TransitionEdit::Remove { clip: clip.id };
        cx.send(Action::Edit(EditAction::Apply(Edit::Transition(remove))));
    }
    for (kind, name) in TRANSITIONS {
        if ui.selectable_label(now == Some(kind), name).clicked() {
            cx.send(Action::Edit(match clip.transition {
                Some(transition) => {
                    let wanted = Transition { kind, ..transition };
                    EditAction::Apply(transition_edit(clip.id, wanted))
                }
                None => EditAction::AddTransition(clip.id, kind),
            }));
        }
    }
}

/// The colour labels. Sets the label of all selected clips.
fn label_menu(ui: &mut Ui, cx: &PanelContext, clip: ClipId) {
    for (label, name) in LABELS {
        if label_item(ui, cx, label, name).clicked() {
            let clips = match cx.selection.clips.contains(&clip) {
                true => cx.selection.clips.iter().copied().collect(),
                false => vec![clip],
            };
            let edit = Edit::Clip(ClipEdit::Label { clips, label });
            cx.send(Action::Edit(EditAction::Apply(edit)));
        }
    }
}

/// The menu of a gap.
pub fn gap_menu(cx: &PanelContext, response: &Response, new_shot: Option<&dyn Fn()>) {
    response.context_menu(|ui| {
        ui.set_width(240.0);
        if let Some(new_shot) = new_shot
            && ui.button("New shot in the gap").clicked()
        {
            new_shot();
        }
        // The right click has selected the gap, so Ripple delete closes it.
        let close = Row {
            text: "Close gap",
            tooltip: "Close this gap",
            ..*Command::Extract.row()
        };
        if command_item(ui, cx.keys, &close, true).clicked() {
            cx.send(Action::Command(close.command));
            ui.close();
        }
        command_items(ui, cx, &[Command::Paste]);
    });
}

/// The menu of the timeline where nothing lies.
pub fn empty_menu(cx: &PanelContext, response: &Response) {
    response.context_menu(|ui| {
        ui.set_width(240.0);
        command_items(ui, cx, &[Command::Paste, Command::SelectAll]);
        ui.separator();
        command_items(ui, cx, &[Command::AddTitle, Command::Import]);
        command_items(ui, cx, &[Command::AddVideoTrack, Command::AddAudioTrack]);
        ui.separator();
        command_items(ui, cx, &[Command::TimelineFit]);
    });
}

/// The menu of the ruler. A right click moves the playhead there first.
pub fn ruler_menu(cx: &PanelContext, response: &Response, frame: Option<Frames>) {
    if let Some(frame) = frame.filter(|_| response.secondary_clicked()) {
        cx.send(Action::GoTo(frame));
    }
    response.context_menu(|ui| {
        ui.set_width(240.0);
        command_items(
            ui,
            cx,
            &[
                Command::AddMarker,
                Command::PreviousMarker,
                Command::NextMarker,
                Command::MarkerList,
            ],
        );
        ui.separator();
        command_items(
            ui,
            cx,
            &[Command::MarkIn, Command::MarkOut, Command::ClearInOut],
        );
        command_items(ui, cx, &[Command::LiftRange, Command::ExtractRange]);
        ui.separator();
        command_items(
            ui,
            cx,
            &[Command::TimelineFit, Command::TimelineZoomSelection],
        );
    });
}

/// The menu of a marker.
pub fn marker_menu(cx: &PanelContext, response: &Response, marker: &Marker) {
    response.context_menu(|ui| {
        ui.set_width(200.0);
        if ui.button("Edit marker…").clicked() {
            cx.send(Action::GoTo(marker.range.start));
            cx.send(Action::Command(Command::EditMarker));
        }
        ui.menu_button("Colour", |ui| {
            for (label, name) in LABELS {
                if label_item(ui, cx, label, name).clicked() {
                    let changed = Marker {
                        label,
                        ..marker.clone()
                    };
                    let edit = Edit::Mark(Mark::Change(changed));
                    cx.send(Action::Edit(EditAction::Apply(edit)));
                }
            }
        });
        if ui.button("Remove marker").clicked() {
            let edit = Edit::Mark(Mark::Remove(marker.id));
            cx.send(Action::Edit(EditAction::Apply(edit)));
        }
    });
}
