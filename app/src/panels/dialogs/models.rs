//! The dialog of models: what is installed and what can be, with size, licence and progress. A licence is shown before
//! anything is fetched.

use std::sync::atomic::Ordering;

use egui::{ProgressBar, RichText, ScrollArea, Ui};
use kinora_studio::install::fetch::{FileProgress, Phase};
use kinora_studio::install::fits::Fit;
use kinora_studio::install::listing::{Entry, Listing};
use kinora_studio::install::state::FileState;

use crate::panels::context::WindowContext;
use crate::panels::controls::{Choice, choice_buttons, close_button, dialog};
use crate::state::action::{Action, DialogAction, ModelsAction};
use crate::state::copy_job::size_text;
use crate::state::dialog::models::{ModelsForm, ModelsPage};
use crate::state::model_jobs::InstallJob;
use crate::ui::fonts::{icon, sign};
use crate::ui::widgets::small_button;

const WIDTH: f32 = 720.0;
/// The height of the window without the list, in points.
const REST_HEIGHT: f32 = 300.0;

pub fn models_ui(ui: &Ui, cx: &WindowContext, form: &ModelsForm) {
    let entry = |id: &String| form.listing.as_ref().and_then(|listing| listing.find(id));
    match &form.page {
        ModelsPage::List => list_page(ui, cx, form),
        ModelsPage::Licence(id) => match entry(id) {
            Some(entry) => licence_page(ui, cx, entry),
            None => list_page(ui, cx, form),
        },
        ModelsPage::Remove(id) => match entry(id) {
            Some(entry) => remove_page(ui, cx, entry),
            None => list_page(ui, cx, form),
        },
    }
}

fn send(cx: &WindowContext, action: ModelsAction) {
    cx.send(Action::Models(action));
}

fn list_page(ui: &Ui, cx: &WindowContext, form: &ModelsForm) {
    dialog(ui, cx, "Models", WIDTH, |ui| {
        let Some(listing) = &form.listing else {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("Looking into the model folder…");
            });
            close_button(ui, cx);
            return;
        };
        head_ui(ui, cx, listing);
        let height = (ui.ctx().content_rect().height() - REST_HEIGHT).max(120.0);
        let list = ScrollArea::vertical().max_height(height);
        let list = list.min_scrolled_height(height); // else it is much lower than the window allows
        list.auto_shrink([false, false]).show(ui, |ui| {
            if listing.entries.is_empty() {
                ui.label("No model can be installed: there is no release card.");
            }
            let mut section = "";
            for entry in &listing.entries {
                if section_of(entry) != section {
                    section = section_of(entry);
                    let heading = RichText::new(section).small();
                    ui.label(heading.color(*cx.theme.colours.accent));
                }
                entry_ui(ui, cx, entry);
                ui.separator();
            }
        });
        close_button(ui, cx);
    });
}

/// The part of the list that a release stands in.
fn section_of(entry: &Entry) -> &'static str {
    match (&entry.state, entry.release.kind) {
        (state, _) if state.is_installed() => "Installed",
        (state, _) if state.is_begun() => "Not finished",
        (_, kind) => kind.heading(),
    }
}

/// Where models come from and go to.
fn head_ui(ui: &mut Ui, cx: &WindowContext, listing: &Listing) {
    let colours = &cx.theme.colours;
    let soft = |text: String| RichText::new(text).small().color(*colours.text_soft);
    let has_any = listing
        .entries
        .iter()
        .any(|entry| entry.state.is_installed());
    if !has_any {
        ui.label("No model is installed in this folder yet. Choose one that fits this machine.");
    }
    let text = format!(
        "Fetched from {} when you click Install, and at no other time.",
        listing.source
    );
    ui.label(soft(text));
    if cx.state.engine.device().is_none() {
        ui.label(soft(
            "Start the engine (menu Engine) to see what fits this machine.".into(),
        ));
    }
    for bad in listing.bad_cards.iter().chain(cx.state.engine.bad_cards()) {
        ui.label(RichText::new(bad.to_string()).small().color(*colours.bad));
    }
    ui.horizontal(|ui| {
        ui.label(soft(format!("Model folder: {}", listing.folder.display())));
        let folder = &listing.folder;
        if small_button(ui, icon::FOLDER, "Show folder", "Show folder").clicked() {
            send(cx, ModelsAction::ShowFolder(folder.clone()));
        }
        let choose = small_button(ui, icon::OPEN, "Choose folder…", "Choose folder…");
        if choose.clicked() {
            let start = folder.clone();
            cx.send(Action::Dialog(DialogAction::BrowseFolder { start }));
        }
    });
    ui.separator();
}

fn entry_ui(ui: &mut Ui, cx: &WindowContext, entry: &Entry) {
    let colours = &cx.theme.colours;
    let release = &entry.release;
    ui.label(RichText::new(&release.name).font(cx.theme.strong_font()));
    let fit = Fit::of(release, cx.state.engine.device());
    let mut facts = vec![
        state_text(cx, entry).to_owned(),
        format!("for a card with {} GB", release.tier_gb),
        match release.about_bytes().max(entry.state.bytes()) {
            0 => "size not known before it is fetched".to_owned(),
            bytes if entry.state.is_installed() => format!("{} on the disk", size_text(bytes)),
            bytes => format!("{} to fetch", size_text(bytes)),
        },
        release.licence.name.clone(),
    ];
    facts.extend(Some(fit.text()).filter(|text| !text.is_empty()));
    ui.label(
        RichText::new(facts.join(", "))
            .small()
            .color(*colours.text_soft),
    );
    ui.label(
        RichText::new(&release.about)
            .small()
            .color(*colours.text_faint),
    );
    let jobs = &cx.state.tasks.models;
    if let Some(job) = jobs.installing.as_ref().filter(|job| job.id == release.id) {
        progress_ui(ui, cx, job);
    }
    if let Some(job) = jobs.verifying.as_ref().filter(|job| job.id == release.id) {
        let done = job.done_bytes.load(Ordering::Relaxed);
        let all = job.all_bytes.load(Ordering::Relaxed);
        let text = format!("Verifying: {} of {}", size_text(done), size_text(all));
        ui.add(ProgressBar::new(share(done, all)));
        ui.label(RichText::new(text).small());
    }
    if let Some(news) = jobs.news.get(&release.id) {
        let colour = if news.is_good {
            colours.good
        } else {
            colours.bad
        };
        ui.label(RichText::new(&news.text).small().color(*colour));
    }
    ui.horizontal(|ui| buttons_ui(ui, cx, entry));
}

fn state_text(cx: &WindowContext, entry: &Entry) -> &'static str {
    let jobs = &cx.state.tasks.models;
    let id = &entry.release.id;
    if jobs.is_running(id) {
        "Installing"
    } else if jobs.is_installing(id) {
        "Waiting"
    } else if entry.state.is_installed() {
        "Installed"
    } else if entry.state.is_begun() {
        "Paused"
    } else if entry.state.files.iter().any(is_other) {
        "Another file has the name of one of its files"
    } else if is_partly_there(entry) {
        "Partly there"
    } else {
        "Available"
    }
}

fn is_other(file: &FileState) -> bool {
    matches!(file, FileState::Other { .. })
}

/// Whether files of a release are there that nothing else uses, as a removal that was interrupted leaves them.
fn is_partly_there(entry: &Entry) -> bool {
    !entry.removal.files.is_empty()
}

fn buttons_ui(ui: &mut Ui, cx: &WindowContext, entry: &Entry) {
    let (id, name) = (&entry.release.id, &entry.release.name);
    let jobs = &cx.state.tasks.models;
    let button = |ui: &mut Ui, sign: &str, text: &str, action: ModelsAction| {
        if small_button(ui, sign, text, &format!("{text} {name}")).clicked() {
            send(cx, action);
        }
    };
    if jobs.is_installing(id) {
        button(ui, icon::PAUSE, "Pause", ModelsAction::Pause(id.clone()));
        button(ui, icon::CLOSE, "Cancel", ModelsAction::Cancel(id.clone()));
        return;
    }
    if jobs.verifying.as_ref().is_some_and(|job| job.id == *id) {
        button(
            ui,
            icon::CLOSE,
            "Stop verifying",
            ModelsAction::CancelVerify,
        );
        return;
    }
    if entry.state.is_installed() {
        button(ui, icon::CHECK, "Verify", ModelsAction::Verify(id.clone()));
        button(
            ui,
            icon::TRASH,
            "Remove",
            ModelsAction::AskRemove(id.clone()),
        );
        return;
    }
    let is_begun = entry.state.is_begun();
    let text = if is_begun { "Resume" } else { "Install" };
    button(ui, icon::PLACE, text, ModelsAction::AskInstall(id.clone()));
    if is_begun {
        button(ui, icon::CLOSE, "Cancel", ModelsAction::Cancel(id.clone()));
    } else if is_partly_there(entry) {
        let ask = ModelsAction::AskRemove(id.clone());
        button(ui, icon::TRASH, "Remove", ask);
    }
}

fn share(done: u64, all: u64) -> f32 {
    (done as f64 / all.max(1) as f64) as f32
}

fn progress_ui(ui: &mut Ui, cx: &WindowContext, job: &InstallJob) {
    let (done, all) = job.progress.bytes();
    ui.add(ProgressBar::new(share(done, all)));
    ui.label(RichText::new(progress_text(job)).small());
    for file in job.progress.files() {
        let colour = match file.phase {
            Phase::Retrying | Phase::Failed => cx.theme.colours.warning,
            _ => cx.theme.colours.text_faint,
        };
        ui.label(RichText::new(file_text(&file)).small().color(*colour));
    }
}

/// "3.2 GB of 14.5 GB, 35.0 MB/s, 5 min left".
fn progress_text(job: &InstallJob) -> String {
    let (done, all) = job.progress.bytes();
    let rate = job.meter.bytes_per_second();
    let left = job.meter.time_left(all.saturating_sub(done));
    let parts = [
        Some(format!("{} of {}", size_text(done), size_text(all))),
        rate.map(|rate| format!(", {}/s", size_text(rate as u64))),
        left.map(|left| match left.as_secs() {
            seconds @ 0..=99 => format!(", {seconds} s left"),
            seconds => format!(", {} min left", seconds.div_ceil(60)),
        }),
    ];
    parts.into_iter().flatten().collect()
}

fn file_text(file: &FileProgress) -> String {
    let phase = match file.phase {
        Phase::Waiting => "waits",
        Phase::Fetching => "is fetched",
        Phase::Retrying => "is asked for again",
        Phase::Checking => "is checked",
        Phase::Done => "is there",
        Phase::Failed => "failed",
    };
    match &file.note {
        Some(note) => format!("{} {phase}: {note}", file.name),
        None => format!("{} {phase}", file.name),
    }
}

fn licence_page(ui: &Ui, cx: &WindowContext, entry: &Entry) {
    let (release, licence) = (&entry.release, &entry.release.licence);
    dialog(ui, cx, "Licence", 560.0, |ui| {
        let colours = &cx.theme.colours;
        ui.label(RichText::new(&release.name).font(cx.theme.strong_font()));
        ui.label(format!("{}. {}", licence.name, licence.permits));
        ui.label(
            RichText::new(&licence.url)
                .small()
                .color(*colours.text_soft),
        );
        if licence.is_gated {
            ui.label("The hub gives these files only to those who have accepted the licence there, with a token.");
        }
        ui.label(match release.about_bytes() {
            0 => "The size of its files is not known before they are fetched.".to_owned(),
            all => {
                let missing = all.saturating_sub(entry.state.bytes());
                format!("{} will be fetched.", size_text(missing))
            }
        });
        let main = (
            "Accept and install",
            "Accept the licence and fetch the files",
        );
        let other = ("Back", "Back to the list; nothing is fetched");
        match choice_buttons(ui, cx, main, other) {
            Some(Choice::Main) => send(cx, ModelsAction::Accept(release.id.clone())),
            Some(Choice::Other) => send(cx, ModelsAction::ShowList),
            None => {}
        }
    });
}

fn remove_page(ui: &Ui, cx: &WindowContext, entry: &Entry) {
    let (release, removal) = (&entry.release, &entry.removal);
    dialog(ui, cx, "Remove model", 560.0, |ui| {
        let colours = &cx.theme.colours;
        ui.label(RichText::new(&release.name).font(cx.theme.strong_font()));
        ui.label(match removal.files.is_empty() {
            true => "Nothing is deleted.".to_owned(),
            false => format!(
                "These files are deleted, {} in all:",
                size_text(removal.bytes)
            ),
        });
        for file in &removal.files {
            let text = RichText::new(file.display().to_string()).small();
            ui.label(text.color(*colours.text_soft));
        }
        if !removal.kept.is_empty() {
            let kept = removal.kept.join(", ");
            ui.label(format!("Kept, since another model uses them: {kept}."));
        }
        if !removal.foreign.is_empty() {
            ui.label(
                "Kept, since Kinora did not fetch them. Delete them yourself if nobody needs them:",
            );
        }
        for file in &removal.foreign {
            let text = RichText::new(file.display().to_string()).small();
            ui.label(text.color(*colours.text_soft));
        }
        if removal.files.is_empty() {
            let back = small_button(ui, sign::ARROW_LEFT, "Back", "Back to the list");
            if back.clicked() {
                send(cx, ModelsAction::ShowList);
            }
            close_button(ui, cx);
            return;
        }
        let main = ("Delete files", "Delete these files from the disk");
        let other = ("Back", "Back to the list; nothing is deleted");
        match choice_buttons(ui, cx, main, other) {
            Some(Choice::Main) => send(cx, ModelsAction::Remove(release.id.clone())),
            Some(Choice::Other) => send(cx, ModelsAction::ShowList),
            None => {}
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_requested_again_has_the_reason() {
        let file = FileProgress {
            name: "vae.safetensors".into(),
            phase: Phase::Retrying,
            note: Some("the hub sent nothing for 30 s".into()),
            ..FileProgress::default()
        };
        let text = file_text(&file);
        assert_eq!(
            text,
            "vae.safetensors is asked for again: the hub sent nothing for 30 s"
        );
    }
}
