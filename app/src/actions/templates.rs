//! The prompt templates. A change of them is saved on another thread.

use crate::state::action::TemplateAction;
use crate::state::app::AppState;

pub fn apply(action: TemplateAction, state: &mut AppState) {
    match action {
        TemplateAction::Save(name, prompt) => state.prompt_templates.add(name, prompt),
        TemplateAction::Delete(name) => state.prompt_templates.remove(&name),
    }
    let saved = state.prompt_templates.clone();
    state
        .config_writer
        .write("prompt templates", move || saved.save());
}
