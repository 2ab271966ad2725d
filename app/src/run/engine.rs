//! The doctor, from inside the window.

use egui::Context;
use kinora_studio::{doctor, engine};

use crate::later::Later;
use crate::state::{Dialogue, State, SystemCheck};

pub fn check_system(state: &mut State, ctx: &Context) {
    let examining = Later::start(ctx, move || doctor::examine(&engine::program()));
    state.dialogue = Some(Dialogue::System(SystemCheck::Examining(examining)));
}
