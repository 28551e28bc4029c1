//! `numstat DIR REV [raw]`: what every ancestor of a revision changed, in the manner of `git log --numstat`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]
use std::io::Write;
use std::ops::ControlFlow;

use gonogo_core::{ChangeHistory, History};
use gonogo_git::GitHistory;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let history = GitHistory::open(&arguments[1]).unwrap();
    let head = history.resolve(&arguments[2]).unwrap();
    let mut commits = Vec::new();
    history
        .ancestors(&head, &mut |commit| {
            commits.push((commit.id, commit.parents.len()));
            ControlFlow::Continue(())
        })
        .unwrap();
    if arguments.get(3).is_some_and(|mode| mode == "reverse") {
        commits.reverse();
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if arguments.get(3).is_some_and(|mode| mode == "trees") {
        for pair in commits.windows(2) {
            let of = |id| gonogo_core::Revision::from_id(id);
            history.changed_files(&of(pair[1].0), &of(pair[0].0)).unwrap();
        }
        return;
    }
    for (id, parents) in commits {
        writeln!(out, "{id}").unwrap();
        if parents > 1 {
            continue;
        }
        for change in history.line_changes(&id).unwrap() {
            let counts =
                if change.binary { "-\t-".to_owned() } else { format!("{}\t{}", change.added, change.deleted) };
            match &change.old_path {
                Some(old) => writeln!(out, "{counts}\t{old}\t{}", change.path).unwrap(),
                None => writeln!(out, "{counts}\t{}", change.path).unwrap(),
            }
        }
    }
}
