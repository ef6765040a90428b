//! The `xuefen` program.

use std::process::ExitCode;

/// Plain JSON answers gain a third with it on the reference machine.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    xuefen::cli::main()
}
