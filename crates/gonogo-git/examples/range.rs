//! `range DIR BASE HEAD [list]`: commits, changed files and ancestry of a range, and how long each took to find.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]
use gonogo_core::History;
use gonogo_git::GitHistory;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let history = GitHistory::open(&arguments[1]).unwrap();
    let (base, head) = (history.resolve(&arguments[2]).unwrap(), history.resolve(&arguments[3]).unwrap());
    let clock = std::time::Instant::now();
    let ancestry = history.ancestry(&base, &head).unwrap();
    let a = clock.elapsed();
    let commits = history.commits(&base, &head).unwrap();
    let b = clock.elapsed();
    let files = history.changed_files(&base, &head).unwrap();
    let c = clock.elapsed();
    if arguments.get(4).is_some_and(|mode| mode == "list") {
        for commit in &commits {
            println!("{}", commit.id);
        }
        for file in &files {
            let id = |version: Option<gonogo_core::FileVersion>| {
                version.map_or("0".repeat(40), |version| version.id.to_string())
            };
            println!("{} {} {} {}", id(file.old), id(file.new), file.base_path(), file.path);
        }
        return;
    }
    println!("{ancestry:?} {} commits {} files; {a:?} {:?} {:?}", commits.len(), files.len(), b - a, c - b);
}
