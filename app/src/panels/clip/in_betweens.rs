//! The rows of a clip's in-betweens: whether it has some, how far they are, and the button that makes them.

use egui::{ComboBox, RichText, Ui};
use kinora_studio::timeline::clip::InBetweens;
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::{Clip, Edit, Source};

use super::properties::{row, send};
use crate::panels::context::PanelContext;
use crate::state::action::{Action, QueueAction};
use crate::state::in_betweens::{InBetweensState, NO_INTERPOLATOR};

const KINDS: [(InBetweens, &str, &str); 2] = [
    (
        InBetweens::None,
        "Hold frames",
        "Each frame of the source is held until the next one",
    ),
    (
        InBetweens::Smooth,
        "Smooth",
        "Frames between those of the source are made by a frame interpolator: slow motion and other frame rates without judder",
    ),
];

/// The in-betweens of a clip that shows a take or an import.
pub fn in_betweens_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip) {
    if !matches!(clip.source, Source::Shot(_) | Source::Medium(_)) {
        return;
    }
    let now = clip.in_betweens;
    let name = KINDS.iter().find(|(kind, ..)| *kind == now);
    let combo = |ui: &mut Ui, label| {
        let combo = ComboBox::from_id_salt("in-betweens")
            .width(ui.available_width())
            .selected_text(name.map_or("", |(_, name, _)| name));
        let shown = combo.show_ui(ui, |ui| {
            for (kind, name, tooltip) in KINDS {
                let item = ui.selectable_label(kind == now, name);
                if item.on_hover_text(tooltip).clicked() && kind != now {
                    choose(cx, clip, kind);
                }
            }
        });
        let list = shown.response.labelled_by(label);
        list.on_hover_text("What is shown between two frames of the source");
    };
    row(ui, cx, "In-betweens", combo, |_| {});
    let media = (cx.generation, cx.media);
    let folder = cx.document.session.folder();
    if let Some(state) = InBetweensState::of(cx.project(), folder, media, clip) {
        state_ui(ui, cx, clip, state);
    }
}

/// Sets the in-betweens, and has them made.
fn choose(cx: &PanelContext, clip: &Clip, in_betweens: InBetweens) {
    let clips = vec![clip.id];
    send(cx, Edit::Clip(ClipEdit::InBetweens { clips, in_betweens }));
    if in_betweens == InBetweens::Smooth {
        cx.send(Action::Queue(QueueAction::MakeInBetweens(clip.id)));
    }
}

fn state_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip, state: InBetweensState) {
    let colours = &cx.theme.colours;
    let words = match state {
        InBetweensState::Made => return,
        InBetweensState::Making(_) | InBetweensState::Queued => {
            "The clip plays its frames until they are made."
        }
        InBetweensState::Failed => {
            "They could not be made: see the queue. The clip plays its frames."
        }
        InBetweensState::Missing => "They are not made. The clip plays its frames.",
    };
    ui.label(RichText::new(words).small().color(*colours.text_soft));
    let scheduler = &cx.generation.scheduler;
    if scheduler.is_listed() && scheduler.interpolators().is_empty() {
        ui.label(
            RichText::new(NO_INTERPOLATOR)
                .small()
                .color(*colours.warning),
        );
    }
    if matches!(state, InBetweensState::Failed | InBetweensState::Missing) {
        let button = ui.add_enabled(cx.can_edit(), egui::Button::new("Make in-betweens"));
        let button = button.on_hover_text("Put them into the queue");
        if button.clicked() {
            cx.send(Action::Queue(QueueAction::MakeInBetweens(clip.id)));
        }
    }
}
