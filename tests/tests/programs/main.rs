//! The programs without a window: the command line, the engine process, the trainer, projects that survive anything,
//! and a whole film.

mod best_of;
mod command_line;
mod damaged_media;
mod engine_process;
mod export_preparation;
mod faults;
mod fixtures;
mod generate;
mod install;
mod interpolate;
mod measure;
mod measure_report;
mod production;
mod project_commands;
mod setup;
mod sound_alone;
mod speech;
mod speech_model;
mod starter;
mod subtitles;
mod trainer;
mod upscale;
mod whole_film;
mod zero_weights;
