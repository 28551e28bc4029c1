//! Canonical authors, held against `%aN` and `%aE`.

use gonogo_core::{ChangeHistory, History};
use proptest::prelude::*;

use crate::support::{Sandbox, at};

/// Author name and address of each commit, as git shows them after the mailmap.
fn shown_by_git(sandbox: &Sandbox) -> Vec<String> {
    sandbox.git(&["log", "--date-order", "--format=%aN <%aE>"]).lines().map(str::to_owned).collect()
}

fn canonical(sandbox: &Sandbox) -> Vec<String> {
    let history = sandbox.history();
    let head = history.resolve("HEAD").unwrap();
    let mut authors = Vec::new();
    history
        .ancestors(&head, &mut |commit| {
            authors.push(commit.author.clone());
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    authors.iter().map(|author| history.canonical_author(&head, author).unwrap().to_text()).collect()
}

#[test]
fn the_mailmap_is_that_of_the_revision() {
    let sandbox = Sandbox::new();
    let before = at(&sandbox.commit("no mailmap yet"));
    let first = at(&sandbox.commit_file(".mailmap", "Ada Lovelace <ada@example.com> <ada@example.org>\n"));
    let second = at(&sandbox.commit_file(".mailmap", "Countess <ada@example.org>\n"));
    let history = sandbox.history();
    let author = history.commits(&before, &first).unwrap()[0].author.clone();
    let shown = |revision| history.canonical_author(revision, &author).unwrap().to_text();
    assert_eq!(shown(&before), "Ada <ada@example.org>");
    assert_eq!(shown(&first), "Ada Lovelace <ada@example.com>");
    assert_eq!(shown(&second), "Countess <ada@example.org>");
    assert_eq!(canonical(&sandbox), shown_by_git(&sandbox));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_mailmap_gives_the_authors_that_git_shows(
        lines in prop::collection::vec("(#)?( |\t)?(Ada|B|ada){0,1}( )?<(a@x|A@X|b@x|)>( )?((ADA|C)?( )?<(a@x|b@x|)>)?( # c)?\r?", 0..8),
    ) {
        let sandbox = Sandbox::new();
        sandbox.write(".mailmap", lines.join("\n"));
        for (name, address) in [("Ada", "a@x"), ("ada", "A@x"), ("B", "b@x"), ("C", "B@X"), ("D", "d@x")] {
            sandbox.tick(60);
            sandbox.git(&["add", "-A"]);
            let author = format!("{name} <{address}>");
            sandbox.git(&["commit", "-q", "--allow-empty", "--author", &author, "-m", "m"]);
        }
        prop_assert_eq!(canonical(&sandbox), shown_by_git(&sandbox));
    }
}
