//! The arrow keys on a control that they move, such as a handle: they do not move the focus.

use egui::{EventFilter, Key, Modifiers, Response, Ui};

/// How often the arrow keys to the right and upwards were pressed on a control that has the focus. The keys to the left and
/// downwards count negative.
pub fn pressed_arrows(ui: &Ui, response: &Response) -> [i32; 2] {
    if !response.has_focus() {
        return [0, 0];
    }
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key| {
        let count = ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
        count as i32
    };
    [
        pressed(Key::ArrowRight) - pressed(Key::ArrowLeft),
        pressed(Key::ArrowUp) - pressed(Key::ArrowDown),
    ]
}
