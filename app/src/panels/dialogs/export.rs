//! The dialog that exports a video: format, file, size, quality, sound, range and frame rate, and presets of them.

mod preparation;

use std::path::Path;

use egui::{ComboBox, Popup, RichText, ScrollArea, TextEdit, Ui};
use kinora_studio::Project;
use kinora_studio::render::{ExportSize, Format, LoudnessTarget, Quality};
use kinora_studio::timeline::subtitle_file::SubtitleFormat;
use kinora_studio::timeline::{FrameRange, FrameRate};

use crate::panels::context::WindowContext;
use crate::panels::controls::{Choice, choice_buttons, dialog, dialog_buttons, path_row};
use crate::state::action::{Action, DialogAction, ExportAction};
use crate::state::command::Command;
use crate::state::dialog::export::{ExportForm, RangeChoice, rate_effect};
use crate::state::open_project::OpenProject;
use crate::ui::fonts::icon;
use crate::ui::theme::Theme;
use crate::ui::widgets::{cell, choice_cell, consume_enter, icon_button, keep_enter, row_with_end};
use preparation::{cost_words, preparation_of, preparation_ui};

/// The height of the title, the warning, the buttons and the margins of the dialog, in points.
const ROOM_AROUND_FIELDS: f32 = 260.0;
/// The space between two rows of the dialog, and between a control and a note on it, in points.
const ROW_GAP: f32 = 12.0;
const NOTE_GAP: f32 = 4.0;

pub fn export_ui(ui: &Ui, cx: &WindowContext, form: &mut ExportForm) {
    let Some(open) = &cx.state.project else {
        return;
    };
    let project = open.project();
    dialog(ui, cx, "Export video", 520.0, |ui| {
        // An open list takes Enter for its own choice.
        let is_choosing = Popup::is_any_open(ui.ctx());
        let height = (ui.ctx().content_rect().height() - ROOM_AROUND_FIELDS).max(120.0);
        ScrollArea::vertical().max_height(height).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = ROW_GAP;
            file_ui(ui, cx, form);
            settings_ui(ui, cx.theme, form, project);
            range_ui(ui, cx.theme, form, project);
            presets_ui(ui, cx, form);
            if has_picture(form.format)
                && let Ok(range) = form.frames(project)
            {
                preparation_ui(ui, cx, form, (open, range));
            }
        });
        if is_choosing {
            consume_enter(ui);
        }
        let range = form.frames(project);
        let (text, colour) = match &range {
            Ok(range) => {
                let cost = cost_words(form, open, *range);
                let text = format!("{}. {cost}", estimate(form, project, *range));
                (text, cx.theme.colours.text_soft)
            }
            Err(why) => (why.clone(), cx.theme.colours.bad),
        };
        ui.label(RichText::new(text).small().color(*colour));
        match range {
            Ok(range) => export_buttons(ui, cx, form, open, range),
            Err(_) => {
                dialog_buttons(ui, cx, "Export video", false);
            }
        }
    });
}

/// The buttons that start the export. Shots without a take are exported only after a choice.
fn export_buttons(
    ui: &mut Ui,
    cx: &WindowContext,
    form: &ExportForm,
    open: &OpenProject,
    range: FrameRange,
) {
    let start = || {
        let preparation = preparation_of(cx, form, open);
        let start = ExportAction::Start(form.request(range), preparation);
        cx.send(Action::Export(start));
    };
    let missing = open.project().shots_without_take(range).len();
    if missing == 0 {
        if dialog_buttons(ui, cx, "Export video", !form.place.trim().is_empty()) {
            start();
        }
        return;
    }
    let text = match missing {
        1 => "1 shot has no take. It would be exported as an animatic.".to_owned(),
        many => format!("{many} shots have no take. They would be exported as animatics."),
    };
    let text = format!("{}  {text}", icon::WARNING);
    ui.label(RichText::new(text).color(*cx.theme.colours.warning));
    let generate = ("Generate first", "Generate the missing takes instead");
    let export = ("Export animatics", "Export the stages of these shots");
    match choice_buttons(ui, cx, generate, export) {
        Some(Choice::Main) => {
            cx.send(Action::Dialog(DialogAction::Close));
            cx.send(Action::Command(Command::GenerateMissing));
        }
        Some(Choice::Other) => start(),
        None => {}
    }
}

fn file_ui(ui: &mut Ui, cx: &WindowContext, form: &mut ExportForm) {
    let folder = Path::new(form.place.trim()).parent();
    let folder = folder.unwrap_or(Path::new("")).to_owned();
    cell(ui, cx.theme, "File", |ui, label| {
        path_row(ui, cx, label, &mut form.place, (folder, true));
    });
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = NOTE_GAP;
        format_ui(ui, cx, form);
    });
}

/// The list of formats, and below it those that are not offered.
fn format_ui(ui: &mut Ui, cx: &WindowContext, form: &mut ExportForm) {
    let formats = Format::with_missing_encoders().iter();
    let offered = formats.filter(|(_, missing)| missing.is_none());
    let formats = offered.map(|(format, _)| (*format, format.purpose.to_owned()));
    let mut format = form.format;
    let tooltip = "The kind of file: video with sound, sound alone, or pictures";
    choice_cell(ui, cx.theme, "Format", formats, &mut format).on_hover_text(tooltip);
    if format != form.format {
        form.choose(format);
    }
    for (format, missing) in Format::with_missing_encoders() {
        if let Some(why) = missing {
            let words = format!("{} is not offered: {why}", format.name);
            let words = RichText::new(words).small();
            ui.label(words.color(*cx.theme.colours.text_faint));
        }
    }
}

/// Size, quality and sound. What the format does not have cannot be changed.
fn settings_ui(ui: &mut Ui, theme: &Theme, form: &mut ExportForm, project: &Project) {
    let settings = &mut form.settings;
    let format = form.format;
    let has_picture = has_picture(format);
    ui.columns(2, |columns| {
        columns[0].add_enabled_ui(has_picture, |ui| {
            let sizes = ExportSize::OFFERED.map(|size| (size, size_text(size, project)));
            let tooltip = "The size of the exported picture";
            choice_cell(ui, theme, "Size", sizes, &mut settings.size).on_hover_text(tooltip);
        });
        columns[1].add_enabled_ui(format.has_quality(), |ui| {
            let qualities = Quality::ALL.map(|quality| (quality, quality.name().to_owned()));
            let tooltip = "A higher quality makes a larger file";
            let list = choice_cell(ui, theme, "Quality", qualities, &mut settings.quality);
            list.on_hover_text(tooltip);
        });
    });
    let may_be_silent = format.sound.is_some() && has_picture;
    ui.add_enabled_ui(may_be_silent, |ui| {
        let sound = ui.checkbox(&mut settings.has_sound, "Include sound");
        keep_enter(ui, &sound);
        sound.on_hover_text("Export the sound of the timeline with the picture");
    });
    loudness_ui(ui, theme, form);
    subtitles_ui(ui, theme, form, project);
}

/// Loudness and stems.
fn loudness_ui(ui: &mut Ui, theme: &Theme, form: &mut ExportForm) {
    let has_sound = form.settings.includes_sound(form.format);
    let settings = &mut form.settings;
    ui.columns(2, |columns| {
        columns[0].add_enabled_ui(has_sound, |ui| {
            let targets = LoudnessTarget::ALL.map(|target| (target, loudness_text(target)));
            let tooltip =
                "Measure the sound, and bring it to this loudness with peaks below -1 dBTP";
            let list = choice_cell(ui, theme, "Loudness", targets, &mut settings.loudness);
            list.on_hover_text(tooltip);
        });
        cell(&mut columns[1], theme, "Tracks", |ui, _| {
            let stems = ui.checkbox(&mut settings.has_stems, "Write stems");
            keep_enter(ui, &stems);
            stems.on_hover_text("Also write each audio track to a WAV file beside the export");
        });
    });
}

fn loudness_text(target: LoudnessTarget) -> String {
    match target {
        LoudnessTarget::Off => "As mixed".into(),
        LoudnessTarget::Streaming => format!("{target} LUFS (streaming)"),
        LoudnessTarget::Broadcast => format!("{target} LUFS (broadcast)"),
    }
}

/// Subtitles: in files beside the export, and burnt in. Not shown for a project without any.
fn subtitles_ui(ui: &mut Ui, theme: &Theme, form: &mut ExportForm, project: &Project) {
    let tracks = project.subtitle_tracks();
    if tracks.is_empty() {
        return;
    }
    let has_any = tracks
        .iter()
        .any(|track| !track.hidden && !track.is_empty());
    let has_picture = has_picture(form.format);
    let subtitles = &mut form.settings.subtitles;
    ui.columns(2, |columns| {
        columns[0].add_enabled_ui(has_any, |ui| {
            let files = SubtitleFormat::ALL
                .map(|format| (Some(format), format!("{format} (.{})", format.extension())));
            let files = [(None, "None".to_owned())].into_iter().chain(files);
            let tooltip =
                "Also write each subtitle track that is shown to a file beside the export";
            let list = choice_cell(ui, theme, "Subtitle files", files, &mut subtitles.beside);
            list.on_hover_text(tooltip);
        });
        cell(&mut columns[1], theme, "Subtitles", |ui, _| {
            ui.add_enabled_ui(has_any && has_picture, |ui| {
                let burn = ui.checkbox(&mut subtitles.burnt_in, "Burn in subtitles");
                keep_enter(ui, &burn);
                burn.on_hover_text("Draw the subtitles that are shown into the pictures");
            });
        });
    });
}

/// The range beside the frame rate, and what another frame rate does to the frames.
fn range_ui(ui: &mut Ui, theme: &Theme, form: &mut ExportForm, project: &Project) {
    let has_picture = has_picture(form.format);
    ui.columns(2, |columns| {
        let ranges = RangeChoice::ALL.map(|(range, name)| (range, name.to_owned()));
        let tooltip = "The part of the timeline to export";
        choice_cell(&mut columns[0], theme, "Range", ranges, &mut form.range)
            .on_hover_text(tooltip);
        columns[1].add_enabled_ui(has_picture, |ui| {
            let own = project.rate();
            let others = FrameRate::COMMON.into_iter().filter(|rate| *rate != own);
            let others = others.map(|rate| (Some(rate), rate.to_string()));
            let rates = std::iter::once((None, format!("Project rate ({own})"))).chain(others);
            let tooltip = "The frames per second of the exported picture";
            let rate = &mut form.settings.rate;
            choice_cell(ui, theme, "Frame rate", rates, rate).on_hover_text(tooltip);
        });
    });
    let rate = form.settings.rate_of(project.rate());
    let effect = rate_effect(project.rate(), rate);
    if has_picture && !effect.is_empty() {
        let effect = RichText::new(effect).small();
        ui.label(effect.color(*theme.colours.text_soft));
    }
    if form.range == RangeChoice::Custom {
        ui.columns(2, |columns| {
            let fields = [
                (
                    "From",
                    "The first frame, as a number or a timecode",
                    &mut form.from,
                ),
                (
                    "Up to",
                    "The frame after the last one, as a number or a timecode",
                    &mut form.to,
                ),
            ];
            for (ui, (name, tooltip, text)) in columns.iter_mut().zip(fields) {
                cell(ui, theme, name, |ui, label| {
                    let edit = TextEdit::singleline(text).desired_width(f32::INFINITY);
                    ui.add(edit).labelled_by(label).on_hover_text(tooltip);
                });
            }
        });
    }
}

/// The list of presets, and a name for the present settings.
fn presets_ui(ui: &mut Ui, cx: &WindowContext, form: &mut ExportForm) {
    let presets = &cx.state.export_presets;
    let own = form.preset();
    let saved = presets.named(form.preset_name.trim());
    let (is_saved, is_known) = (own.as_ref() == saved, saved.is_some());
    ui.columns(2, |columns| {
        cell(&mut columns[0], cx.theme, "Preset", |ui, label| {
            let current = match is_saved && is_known {
                true => form.preset_name.trim().to_owned(),
                false => "None".to_owned(),
            };
            let list = ComboBox::from_id_salt("preset")
                .selected_text(current)
                .width(ui.available_width());
            let shown = list.show_ui(ui, |ui| {
                for preset in presets.all() {
                    let is_it = is_saved && is_known && preset.name == form.preset_name.trim();
                    if ui.selectable_label(is_it, preset.name.as_str()).clicked() {
                        form.apply(preset);
                    }
                }
            });
            keep_enter(ui, &shown.response);
            let list = shown.response.labelled_by(label);
            list.on_hover_text("Use saved settings");
        });
        cell(&mut columns[1], cx.theme, "Preset name", |ui, label| {
            let edit = |ui: &mut Ui| {
                let edit = TextEdit::singleline(&mut form.preset_name)
                    .hint_text("Name for these settings")
                    .desired_width(f32::INFINITY);
                let edit = ui.add(edit).labelled_by(label);
                // Enter in the field saves the preset; it does not start the export.
                edit.lost_focus() && consume_enter(ui)
            };
            let (entered, [is_saving, is_deleting]) = row_with_end(ui, 32.0, edit, |ui| {
                let save = ui.add_enabled_ui(own.is_some() && !is_saved, |ui| {
                    icon_button(ui, icon::SAVE, "Save preset")
                });
                let delete =
                    ui.add_enabled_ui(is_known, |ui| icon_button(ui, icon::TRASH, "Delete preset"));
                [save.inner, delete.inner].map(|button| {
                    keep_enter(ui, &button);
                    button.clicked()
                })
            });
            if is_deleting {
                let name = form.preset_name.trim().to_owned();
                cx.send(Action::Export(ExportAction::DeletePreset(name)));
            }
            if (entered || is_saving)
                && let Some(preset) = own
            {
                cx.send(Action::Export(ExportAction::SavePreset(preset)));
            }
        });
    });
}

fn size_text(size: ExportSize, project: &Project) -> String {
    let pixels = size.of(project.size());
    match size {
        ExportSize::Project => format!("Project size ({pixels})"),
        ExportSize::Half => format!("Half size ({pixels})"),
        ExportSize::Height(_) => format!("{size} ({pixels})"),
    }
}

/// Whether a format has pictures: all but sound files.
fn has_picture(format: &Format) -> bool {
    format.picture.is_some() || format.sound.is_none()
}

/// The length of the export, and its picture.
fn estimate(form: &ExportForm, project: &Project, range: FrameRange) -> String {
    let seconds = range.length.as_seconds(project.rate());
    let length = format!("{} ({seconds:.1} s)", range.length);
    let size = form.settings.size.of(project.size());
    let name = project.sequence_name(project.open_sequence());
    let name = name.filter(|_| project.sequences().len() > 1);
    let what = name.map_or(String::new(), |name| format!("{name}: "));
    match has_picture(form.format) {
        true => format!(
            "{what}{length}, {size}, {} frames per second",
            form.settings.rate_of(project.rate())
        ),
        false => format!("{what}{length}"),
    }
}
