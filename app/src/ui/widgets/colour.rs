//! A field for a colour: a button that opens the picker, a hexadecimal number, and the swatches of the theme.
//! Typed numbers apply when the field loses the focus.

use egui::{Sense, TextEdit, Ui, Vec2, WidgetInfo};

use super::named;
use crate::ui::theme::Theme;

/// A colour with a hex field and swatches beside it, and `end` behind them. True: it has changed.
pub fn colour_field(
    ui: &mut Ui,
    theme: &Theme,
    (colour, name): (&mut [u8; 3], &str),
    end: impl FnOnce(&mut Ui),
) -> bool {
    let before = *colour;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let button = ui.color_edit_button_srgb(colour);
        named(&button, name);
        button.on_hover_text(name);
        hex_field(ui, colour, name);
        for (swatch, own) in theme.swatches() {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::click());
            let words = format!("{name}: {swatch}");
            named(&response, &words);
            ui.painter().rect_filled(rect, 3, own);
            if response.on_hover_text(words).clicked() {
                *colour = [own.r(), own.g(), own.b()];
            }
        }
        end(ui);
    });
    *colour != before
}

/// A text field for a colour as "#rrggbb". It applies when it loses the focus.
fn hex_field(ui: &mut Ui, colour: &mut [u8; 3], name: &str) {
    let id = ui.scope_id().with(("hex", name));
    let typed = ui.data(|data| data.get_temp::<String>(id));
    let mut text = typed.unwrap_or_else(|| hex_of(*colour));
    let edit = ui.add(TextEdit::singleline(&mut text).id(id).desired_width(64.0));
    edit.widget_info(|| WidgetInfo {
        label: Some(format!("Hex: {name}")),
        ..WidgetInfo::text_edit(true, &text, &text, "")
    });
    let (has_left, has_focus) = (edit.lost_focus(), edit.has_focus());
    ui.data_mut(|data| match has_focus {
        true => drop(data.insert_temp(id, text.clone())),
        false => data.remove::<String>(id),
    });
    edit.on_hover_text("The colour as a hexadecimal number, such as #e9a94f");
    if has_left && let Some(typed) = colour_of_hex(&text) {
        *colour = typed;
    }
}

pub(super) fn hex_of([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

pub(super) fn colour_of_hex(text: &str) -> Option<[u8; 3]> {
    let digits = text.trim().trim_start_matches('#');
    let is_whole = digits.len() == 6 && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_whole)?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}
