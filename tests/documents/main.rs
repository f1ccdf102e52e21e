//! The documents: README, book, change log and examples. What can run is run, links and files
//! that they name exist, and the numbers of results are those of the tables.

mod examples;
mod links_and_files_exist;
mod marked_commands_run;
mod names_are_the_programs;
mod numbers_are_the_tables;
mod pages;
