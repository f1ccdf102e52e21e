//! The program `phantom-limit`: its allocator, arguments and exit code. Everything else is the library.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(phantom_limit::cli::run(std::env::current_exe(), std::env::args_os()))
}
