//! `cherry DIR UPSTREAM HEAD`: what `git cherry` marks with `-`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]
use gonogo_core::{ChangeHistory, History};
use gonogo_git::GitHistory;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let history = GitHistory::open(&arguments[1]).unwrap();
    let (base, head) = (history.resolve(&arguments[2]).unwrap(), history.resolve(&arguments[3]).unwrap());
    for same in history.equivalent(&base, &head).unwrap() {
        println!("{} {}", same.commit, same.in_production);
    }
}
