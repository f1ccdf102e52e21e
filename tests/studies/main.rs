//! Studies, from the plan to limits: with fakes for the slow parts where time matters.

mod a_task_of_ones_own_is_judged;
mod certificates_stand_alone;
mod clusters_share_runs;
mod codecs_run_where_they_can;
mod equal_physics_give_equal_results;
mod fainter_and_smaller_targets_have_no_later_limit;
mod fake_observers;
mod leaks_are_found;
mod levels_have_one_base;
mod limit_controls_its_error;
mod limits_belong_to_networks;
mod linear_observers_rate_every_level;
mod margins_count_dose_and_d_a;
mod networks_are_transferred;
mod networks_read_files_in_part;
mod networks_stand_side_by_side;
mod outlines_are_judged;
mod own_images_are_judged;
mod own_masks_are_outlined;
mod pilots_plan_studies;
mod plans_hold_the_recipe;
mod rescaling_is_a_factor;
mod runs_are_compared;
mod runs_continue_byte_for_byte;
mod searches_are_judged;
mod searches_control_their_error;
mod studies_grow_until_decided;
mod study_fakes;
mod tasks_share_a_run;
mod training_at_a_level_splits_the_loss;
mod whole_images_are_answered;

#[path = "../support/labelled.rs"]
mod labelled;
