//! The report as a page of its own.

mod answer_comes_first;
mod limits_are_said_with_what_they_rest_on;
mod limits_belong_to_networks;
mod report_fixture;
mod report_is_self_contained;
