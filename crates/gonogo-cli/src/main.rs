//! The binary `gonogo`: the standard plan and every command.

use std::process::ExitCode;

fn main() -> ExitCode {
    gonogo_cli::main_with(gonogo::Plan::standard())
}
