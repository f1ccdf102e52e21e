//! Codecs: rates, fidelity, standards and damaged codestreams.

mod artefacts_grow_with_the_level;
mod codec_chains;
mod codec_meets_its_fidelity;
mod cut_layers_are_complete;
mod files_are_decoded_in_part;
mod foreign_files_are_read;
mod hostile_codestreams;
mod jpeg12_is_standard;
mod jpeg_has_other_tables_and_encoders;
mod ladder_hits_its_ratio;
mod lossless_is_exact;

#[path = "../support/synthetic.rs"]
mod synthetic;
