//! Image files and datasets of other programs, in and out.

mod datasets_continue_byte_for_byte;
mod dicom_is_read_as_archives_have_it;
mod dicom_says_what_was_lost;
mod formats_agree;
mod hostile_image_files;
mod hostile_networks;
mod labelled_images_are_checked;
mod masks_are_truth;
mod models_are_held_against_their_owners;
mod models_outline;
mod truth_says_which_task;
mod users_images_are_read_exactly;

#[path = "../support/image_files.rs"]
mod image_files;
#[path = "../support/labelled.rs"]
mod labelled;
#[path = "../support/networks.rs"]
mod networks;
