//! The report as a page of its own.

mod report_fixture;
mod report_is_self_contained;
