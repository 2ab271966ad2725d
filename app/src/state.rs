//! The values the window works with: open project, dialogs, tasks, view state, and the table of commands. Nothing here
//! draws, and nothing here starts work.

pub mod action;
pub mod app;
pub mod at_playhead;
pub mod autosave;
pub mod availability;
pub mod clipboard;
pub mod command;
pub mod command_words;
pub mod comparison;
pub mod copy_job;
pub mod cost_words;
pub mod dialog;
pub mod export_job;
pub mod form;
pub mod generation;
pub mod guide;
pub mod in_betweens;
pub mod keymap;
pub mod listed_takes;
pub mod measured;
pub mod model_jobs;
pub mod notification;
pub mod open_project;
pub mod preferences;
pub mod prompt_templates;
pub mod proxy_jobs;
pub mod relink_job;
pub mod sequence_jobs;
pub mod shortcut;
pub mod sources;
pub mod take_notes;
pub mod tasks;
pub mod text;
pub mod view;
pub mod voice_over;
