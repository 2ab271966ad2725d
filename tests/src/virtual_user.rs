//! A virtual user of a virtual display: reads its pixels, presses its keys. Connects to the X server itself, so that
//! tests see exactly what has arrived there.

use std::collections::BTreeSet;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ConnectionExt as _, ImageFormat, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, Keysym, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::{PATIENCE, eventually};

const CONTROL: Keysym = 0xffe3;
/// The Return key.
pub const RETURN: Keysym = 0xff0d;

/// A user of display `name`.
pub struct VirtualUser {
    screen: RustConnection,
    root: Window,
    size: (u16, u16),
}

/// The pixels of a display, one number each.
pub struct Screenshot(Vec<u32>);

impl Screenshot {
    /// The number of different colours.
    pub fn colours(&self) -> usize {
        self.0.iter().collect::<BTreeSet<_>>().len()
    }

    /// The share of pixels that differ, from 0 to 1.
    pub fn difference(&self, other: &Self) -> f64 {
        let different = self.0.iter().zip(&other.0).filter(|(a, b)| a != b).count();
        different as f64 / self.0.len().max(1) as f64
    }
}

impl VirtualUser {
    /// Connects to a display.
    ///
    /// # Panics
    /// If there is no such display.
    pub fn at(name: &str) -> Self {
        let (screen, number) = RustConnection::connect(Some(name)).expect("the display");
        let setup = &screen.setup().roots[number];
        let (root, size) = (setup.root, (setup.width_in_pixels, setup.height_in_pixels));
        Self { screen, root, size }
    }

    /// Reads the whole display.
    ///
    /// # Panics
    /// If the display is gone.
    pub fn screenshot(&self) -> Screenshot {
        let (width, height) = self.size;
        let request = self.screen.get_image(
            ImageFormat::Z_PIXMAP,
            self.root,
            0,
            0,
            width,
            height,
            u32::MAX,
        );
        let image = request.expect("the display").reply().expect("its picture");
        let pixels = image.data.chunks_exact(4);
        Screenshot(
            pixels
                .map(|pixel| u32::from_le_bytes([pixel[0], pixel[1], pixel[2], 0]))
                .collect(),
        )
    }

    /// Waits until a window shows something, and gives it the keyboard focus, as a window manager would.
    ///
    /// # Panics
    /// If nothing is shown within [`PATIENCE`].
    pub fn wait_for_window(&self) {
        eventually(PATIENCE, || {
            (self.screenshot().colours() > 16).then_some(())
        })
        .expect("a window that shows something");
        let windows = self
            .screen
            .query_tree(self.root)
            .expect("the display")
            .reply()
            .expect("its windows")
            .children;
        for window in windows {
            self.screen
                .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)
                .expect("the display");
        }
        self.screen.flush().expect("the display");
    }

    /// Does something and waits until the display changes.
    ///
    /// # Panics
    /// If it does not change within [`PATIENCE`].
    pub fn see_change(&self, act: impl FnOnce()) {
        let before = self.screenshot();
        act();
        eventually(PATIENCE, || {
            (self.screenshot().difference(&before) > 0.0).then_some(())
        })
        .expect("the screen changes");
    }

    /// Presses and releases a key.
    pub fn press(&self, key: Keysym) {
        let code = self.code(key);
        self.key(KEY_PRESS_EVENT, code);
        self.key(KEY_RELEASE_EVENT, code);
    }

    /// Presses a key while holding Control.
    pub fn press_with_control(&self, key: char) {
        let control = self.code(CONTROL);
        self.key(KEY_PRESS_EVENT, control);
        self.press(u32::from(key));
        self.key(KEY_RELEASE_EVENT, control);
    }

    /// Types lower-case letters and spaces.
    pub fn type_text(&self, text: &str) {
        for letter in text.chars() {
            self.press(u32::from(letter));
        }
    }

    fn key(&self, event: u8, code: u8) {
        self.screen
            .xtest_fake_input(event, code, 0, self.root, 0, 0, 0)
            .expect("the display");
        // Waits for a reply: the server has then processed the key.
        self.screen
            .get_input_focus()
            .expect("the display")
            .reply()
            .expect("an answer");
    }

    /// The key code of `symbol` on this keyboard.
    fn code(&self, symbol: Keysym) -> u8 {
        let (first, last) = (
            self.screen.setup().min_keycode,
            self.screen.setup().max_keycode,
        );
        let request = self.screen.get_keyboard_mapping(first, last - first + 1);
        let map = request.expect("the display").reply().expect("its keyboard");
        let per_key = usize::from(map.keysyms_per_keycode);
        let place = map
            .keysyms
            .chunks(per_key)
            .position(|symbols| symbols.contains(&symbol));
        first
            + u8::try_from(place.expect("the key is on the keyboard"))
                .expect("a keyboard has few keys")
    }
}
