//! The program as its users run it, and the page that it serves.

mod a_class_reaches_the_quiz_alone;
mod command_line;
mod compress_measures_users_images;
mod compress_takes_options_of_encoders;
mod decoders_are_contained;
mod images_come_through_pipes;
mod insert_draws_targets;
mod manners;
mod own_models_are_appraised;
mod page_answers_any_request;
mod page_is_served_and_exported;
mod page_shows_what_networks_find;
mod places_and_names_are_not_trusted;
mod reports_repeat_their_runs;
mod runs;
mod shells_complete_lines;
mod studies_are_replicated;

#[path = "../support/image_files.rs"]
mod image_files;
#[path = "../support/synthetic.rs"]
mod synthetic;

#[path = "../support/networks.rs"]
mod networks;
