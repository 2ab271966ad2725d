//! The pictures of an imported video: what its file says about them, in words, and the submenu of their settings.

use egui::{Align2, Response, RichText, Role, TextStyle, Ui, WidgetInfo, vec2};
use kinora_studio::render::media::Fields;
use kinora_studio::timeline::media::{
    ColourChoice, Deinterlacing, Extent, Medium, PictureSettings, ToneCurve,
};

use crate::background::video_details::VideoDetails;
use crate::panels::context::PanelContext;
use crate::state::action::{Action, MediaAction};
use crate::ui::fonts::icon;

const MENU_WIDTH: f32 = 240.0;

/// A choice, its words and its tooltip.
type Choice<T> = (T, [&'static str; 2]);

#[rustfmt::skip] // a table
const DEINTERLACING: [Choice<Deinterlacing>; 3] = [
    (Deinterlacing::Auto, ["Automatic", "The frames that the file marks as interlaced"]),
    (Deinterlacing::On, ["On", "Every frame: for a file that does not say that it is interlaced"]),
    (Deinterlacing::Off, ["Off", "No frame: for a file that is marked as interlaced and is not"]),
];

#[rustfmt::skip] // a table
const TONE_CURVES: [Choice<ToneCurve>; 3] = [
    (ToneCurve::Auto, ["Automatic", "Soft for a high dynamic range, clipped for a wide gamut alone"]),
    (ToneCurve::Soft, ["Soft", "Highlights keep their drawing; white becomes a little darker"]),
    (ToneCurve::Clip, ["Clipped", "All up to white is exact; what is brighter becomes white"]),
];

#[rustfmt::skip] // a table
const COLOURS: [Choice<ColourChoice>; 7] = [
    (ColourChoice::AsFile, ["As the file says", "Or as its size suggests, if it says nothing"]),
    (ColourChoice::Bt601, ["BT.601", "Standard definition"]),
    (ColourChoice::Bt709, ["BT.709", "High definition"]),
    (ColourChoice::Bt2020, ["BT.2020", "Ultra-high definition, standard dynamic range"]),
    (ColourChoice::Bt2020Pq, ["BT.2020 PQ", "High dynamic range: HDR10"]),
    (ColourChoice::Bt2020Hlg, ["BT.2020 HLG", "High dynamic range: hybrid log-gamma"]),
    (ColourChoice::DisplayP3, ["Display P3", "Phones and displays"]),
];

/// "25 fps, constant · h264 · BT.709, limited range · progressive".
pub fn video_text(video: &VideoDetails) -> String {
    let is_constant = match video.is_constant {
        true => "constant",
        false => "variable",
    };
    let fields = match video.fields {
        Fields::Unknown => None,
        Fields::Progressive => Some("progressive"),
        Fields::TopFirst => Some("interlaced, top field first"),
        Fields::BottomFirst => Some("interlaced, bottom field first"),
    };
    let mut parts = vec![
        format!("{} fps, {is_constant}", video.rate),
        video.codec.clone(),
        video.colours.to_string(),
    ];
    parts.extend(fields.map(str::to_owned));
    parts.join(" · ")
}

/// "Deinterlacing: Off · Colours: BT.2020 PQ". `None`: all settings are as usual.
pub fn settings_text(picture: PictureSettings) -> Option<String> {
    let parts = [
        setting_text("Deinterlacing", &DEINTERLACING, picture.deinterlacing),
        setting_text("Tone curve", &TONE_CURVES, picture.tone_curve),
        setting_text("Colours", &COLOURS, picture.colours),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// A setting in words, unless it is as usual.
fn setting_text<T>(title: &str, choices: &[Choice<T>], now: T) -> Option<String>
where
    T: Default + PartialEq,
{
    let found = choices.iter().find(|(choice, _)| *choice == now);
    let (_, [words, _]) = found.filter(|_| now != T::default())?;
    Some(format!("{title}: {words}"))
}

/// The submenu of the picture settings, for videos.
pub fn picture_menu(ui: &mut Ui, cx: &PanelContext, medium: &Medium) {
    let is_video = matches!(medium.extent, Extent::Video { .. });
    if !is_video || !medium.has_picture {
        return;
    }
    ui.menu_button("Picture", |ui| {
        ui.set_width(MENU_WIDTH);
        ui.add_enabled_ui(cx.can_edit(), |ui| {
            if let Some(picture) = settings_ui(ui, cx, medium) {
                let set = MediaAction::SetPicture(medium.id, picture);
                cx.send(Action::Media(set));
            }
        });
    });
}

/// The choices. Returns the settings with the one that was clicked.
fn settings_ui(ui: &mut Ui, cx: &PanelContext, medium: &Medium) -> Option<PictureSettings> {
    let now = medium.picture;
    let video = cx.media.details.get(medium);
    let is_wide = video
        .as_ref()
        .is_some_and(|video| video.colours.are_wide(now.colours));
    let mut chosen = None;
    if let Some(deinterlacing) = section_ui(ui, "Deinterlacing", &DEINTERLACING, now.deinterlacing)
    {
        chosen = Some(PictureSettings {
            deinterlacing,
            ..now
        });
    }
    // Other colours need no curve.
    if is_wide && let Some(tone_curve) = section_ui(ui, "Tone curve", &TONE_CURVES, now.tone_curve)
    {
        chosen = Some(PictureSettings { tone_curve, ..now });
    }
    if let Some(colours) = section_ui(ui, "Colours", &COLOURS, now.colours) {
        chosen = Some(PictureSettings { colours, ..now });
    }
    if let Some(video) = video {
        let soft = *cx.theme.colours.text_soft;
        let words = format!("The file: {}", video.colours);
        ui.label(RichText::new(words).small().color(soft));
    }
    chosen
}

/// A setting and its choices. Returns the one that was clicked, unless it is the present one.
fn section_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    title: &str,
    choices: &[Choice<T>],
    now: T,
) -> Option<T> {
    ui.label(RichText::new(title).small());
    let mut chosen = None;
    for (choice, [words, tooltip]) in choices {
        let is_now = *choice == now;
        let response = choice_ui(ui, is_now, words).on_hover_text(*tooltip);
        let name = format!("{title}: {words}");
        let is_enabled = response.enabled();
        response.widget_info(|| WidgetInfo::selected(Role::Button, is_enabled, is_now, &name));
        if response.clicked() && !is_now {
            chosen = Some(*choice);
        }
    }
    chosen
}

/// A choice, with a check mark if it is the present one.
fn choice_ui(ui: &mut Ui, is_now: bool, words: &str) -> Response {
    let response = ui.selectable_label(is_now, format!("      {words}"));
    if is_now {
        let at = response.rect.left_center() + vec2(16.0, 0.0);
        let font = TextStyle::Button.resolve(ui.style());
        let colour = ui.visuals().text_color();
        let painter = ui.painter();
        painter.text(at, Align2::CENTER_CENTER, icon::CHECK, font, colour);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_that_differ_from_the_usual_ones_are_listed() {
        let usual = PictureSettings::default();
        assert_eq!(settings_text(usual), None);
        let own = PictureSettings {
            deinterlacing: Deinterlacing::Off,
            colours: ColourChoice::Bt2020Pq,
            ..usual
        };
        let expected = "Deinterlacing: Off · Colours: BT.2020 PQ";
        assert_eq!(settings_text(own).as_deref(), Some(expected));
    }
}
