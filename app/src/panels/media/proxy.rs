//! The proxy of an imported video: the submenu that has it made, cancelled or removed.

use egui::Ui;
use kinora_studio::render::proxy::ProxySize;
use kinora_studio::timeline::media::Medium;

use super::item::item_ui;
use crate::panels::context::PanelContext;
use crate::state::action::{Action, MediaAction};
use crate::state::proxy_jobs::{ProxyState, ProxyWork, is_video};
use crate::ui::fonts::icon;

const MENU_WIDTH: f32 = 220.0;

#[rustfmt::skip] // a table
const SIZES: [(ProxySize, [&str; 2]); 2] = [
    (ProxySize::Half, ["Make half-size proxy", "Half of the width and height: for most videos"]),
    (ProxySize::Quarter, ["Make quarter-size proxy", "A quarter of the width and height: for slow machines"]),
];

/// The submenu, for videos.
pub fn proxy_menu(ui: &mut Ui, cx: &PanelContext, medium: &Medium, is_readable: bool) {
    if !is_video(medium) {
        return;
    }
    let state = state_of(cx, medium);
    let menu = ui.menu_button("Proxy", |ui| {
        ui.set_width(MENU_WIDTH);
        let is_in_work = matches!(state, Some(ProxyState::Making(_) | ProxyState::Queued));
        for (size, words) in SIZES {
            let is_made = state == Some(ProxyState::Made(size));
            let is_enabled = is_readable && !is_in_work && !is_made;
            if item_ui(ui, icon::FILM, words, is_enabled) {
                let make = MediaAction::Proxy(medium.id, ProxyWork::Make(size));
                cx.send(Action::Media(make));
            }
        }
        let cancel = ["Cancel proxy", "Stop making it; nothing is left behind"];
        if is_in_work && item_ui(ui, icon::CLOSE, cancel, true) {
            cx.send(Action::Media(MediaAction::CancelProxy(medium.id)));
        }
        let remove = ["Remove proxy", "The viewer plays the video itself again"];
        let is_made = matches!(state, Some(ProxyState::Made(_)));
        if is_made && item_ui(ui, icon::TRASH, remove, true) {
            let remove = MediaAction::Proxy(medium.id, ProxyWork::Remove);
            cx.send(Action::Media(remove));
        }
    });
    let tooltip = "A small copy that the viewer plays; exports use the video itself";
    menu.response.on_hover_text(tooltip);
}

/// How far the proxy of a medium is.
pub fn state_of(cx: &PanelContext, medium: &Medium) -> Option<ProxyState> {
    let folder = cx.document.session.folder();
    ProxyState::of(medium, folder, (cx.proxies, &cx.media.proxy_files))
}
