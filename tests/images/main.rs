//! Phantoms, scenes and images: what the files say is what is drawn and acquired.

mod ct_noise_follows_its_specification;
mod designs_choose_their_cases;
mod detection_has_targets_of_its_own;
mod fields;
mod library_phantoms_are_valid;
mod mr_noise_is_rician;
mod nothing_wraps;
mod nuclear_counts_are_poisson;
mod one_patient_is_not_enough;
mod patients_differ;
mod phantom_errors_point_at_the_place;
mod phantom_hash_covers_what_forms_the_image;
mod phantom_schema_describes_the_files;
mod phantoms_are_bit_identical;
mod phantoms_extend_one_another;
mod scenes_place_their_targets;
mod search_images_are_sparse;
mod shuffled_labels_are_at_chance;
mod slanted_edge;
mod trees_and_folds_grow;
mod ultrasound_speckle_follows_its_specification;
mod xray_noise_and_structure_follow_their_specification;
