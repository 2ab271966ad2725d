//! Text fields of panels while they are edited. The text becomes an edit when its field loses the focus.

pub mod best_of_form;
pub mod character_form;
pub mod medium_form;
pub mod retake_form;
pub mod shot_form;
pub mod title_form;
pub mod track_form;
