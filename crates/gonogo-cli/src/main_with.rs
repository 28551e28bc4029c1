//! From arguments to an exit code.

use std::process::ExitCode;

use clap::Parser;
use gonogo::Plan;

use crate::args::{Arguments, Command};
use crate::commands;
use crate::error::CliError;
use crate::output::say;

/// The exit code of a command that could not be carried out.
const FAILED: u8 = 3;

/// Reads the process's arguments and carries out the command, with `plan` as the checks of `gonogo check` and `gonogo demo`.
#[must_use]
pub fn main_with(plan: Plan) -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap would exit with 2, which means Hold here. Help and version are no failures.
            let code = if error.use_stderr() { FAILED } else { 0 };
            // Nobody may be listening; that must not change the code.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match run(arguments, plan) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            say(&format!("gonogo: {}", error.in_full()));
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(arguments: Arguments, plan: Plan) -> Result<u8, CliError> {
    let colour = arguments.colour.wanted();
    match arguments.command {
        Command::Check(asked) => commands::check::run(&asked, plan, colour),
        Command::Demo(asked) => commands::demo::run(&asked, plan, colour),
        Command::Issues(asked) => commands::issues::run(&asked),
        Command::Migration(asked) => commands::migration::run(&asked),
        Command::Compat(asked) => commands::compat::run(&asked),
        Command::Guard(asked) => commands::guard::run(&asked),
        Command::Risk(asked) => commands::risk::run(&asked),
        Command::Explain(asked) => commands::explain::run(&asked, colour),
        Command::Hook(asked) => commands::hook::run(&asked),
    }
}
