//! Names to commits.

use gonogo_core::{History, HistoryError};

use crate::support::{Sandbox, at};

fn id_of(sandbox: &Sandbox, name: &str) -> String {
    sandbox.history().resolve(name).unwrap().id.to_string()
}

fn remedy_of(sandbox: &Sandbox, name: &str) -> String {
    match sandbox.history().resolve(name).unwrap_err() {
        HistoryError::NotFound { remedy, .. } => remedy,
        other => panic!("{name}: {other}"),
    }
}

#[test]
fn branches_tags_ids_and_parents_are_resolved_as_git_does() {
    let sandbox = Sandbox::new();
    let first = sandbox.commit("one");
    sandbox.git(&["tag", "light"]);
    sandbox.git(&["tag", "-a", "-m", "annotated", "v1.0"]);
    sandbox.git(&["tag", "-a", "-m", "a tag of a tag", "again", "v1.0"]);
    sandbox.git(&["checkout", "-q", "-b", "feature/x"]);
    let side = sandbox.commit("side");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.commit("two");
    let merge = sandbox.merge("feature/x");
    let names = [
        "HEAD",
        "@",
        "main",
        "refs/heads/main",
        "heads/main",
        "light",
        "v1.0",
        "tags/v1.0",
        "again",
        "feature/x",
        "HEAD~2",
        "HEAD^",
        "HEAD^2",
        "HEAD^2~1",
        "main^0",
        "v1.0^{commit}",
        "v1.0^{}",
        "HEAD~",
        "HEAD^^",
        "HEAD~1^1",
    ];
    for name in names {
        assert_eq!(id_of(&sandbox, name), sandbox.git(&["rev-parse", &format!("{name}^{{commit}}")]), "{name}");
    }
    assert_eq!(id_of(&sandbox, "v1.0"), first);
    assert_eq!(id_of(&sandbox, &merge[..7]), merge);
    assert_eq!(id_of(&sandbox, &merge.to_uppercase()), merge);
    assert_eq!(id_of(&sandbox, "HEAD@{1}"), sandbox.git(&["rev-parse", "HEAD@{1}"]));
    let described = sandbox.git(&["describe", "--long", "--match", "v1.0"]);
    assert_eq!(id_of(&sandbox, &described), merge);
    let revision = sandbox.history().resolve("feature/x").unwrap();
    assert_eq!(revision.name.as_deref(), Some("feature/x"));
    assert_eq!(revision, at(&side));
}

#[test]
fn a_name_that_a_tag_and_a_branch_have_is_ambiguous_unless_they_are_one_commit() {
    let sandbox = Sandbox::new();
    sandbox.commit("one");
    sandbox.git(&["tag", "release"]);
    sandbox.git(&["branch", "release"]);
    assert_eq!(id_of(&sandbox, "release"), id_of(&sandbox, "HEAD"));
    sandbox.commit("two");
    sandbox.git(&["branch", "-q", "-f", "release", "HEAD"]);
    let error = sandbox.history().resolve("release").unwrap_err();
    let HistoryError::Ambiguous { name, candidates } = &error else { panic!("{error}") };
    assert_eq!(name, "release");
    assert_eq!(candidates, &["refs/tags/release", "refs/heads/release"]);
    let each: Vec<_> = candidates.iter().map(|name| id_of(&sandbox, name)).collect();
    assert_eq!(each, [id_of(&sandbox, "HEAD~1"), id_of(&sandbox, "HEAD")]);
    assert!(matches!(sandbox.history().resolve("release~1"), Err(HistoryError::Ambiguous { .. })));
}

#[test]
fn a_branch_called_head_or_like_an_abbreviated_id_is_ambiguous() {
    let sandbox = Sandbox::new();
    let first = sandbox.commit("one");
    let second = sandbox.commit("two");
    sandbox.git(&["update-ref", &format!("refs/heads/{}", &first[..8]), &second]);
    let error = sandbox.history().resolve(&first[..8]).unwrap_err();
    let HistoryError::Ambiguous { candidates, .. } = error else { panic!("{error}") };
    assert_eq!(candidates, [format!("refs/heads/{}", &first[..8]), first.clone()]);
    assert_eq!(id_of(&sandbox, &first), first);

    sandbox.git(&["update-ref", "refs/tags/HEAD", &first]);
    let error = sandbox.history().resolve("HEAD").unwrap_err();
    let HistoryError::Ambiguous { candidates, .. } = error else { panic!("{error}") };
    assert_eq!(candidates, [second.as_str(), "refs/tags/HEAD"]);
}

#[test]
fn an_abbreviated_id_with_several_commits_is_ambiguous_and_blobs_do_not_count() {
    let sandbox = Sandbox::new();
    sandbox.commit("root");
    // Two commits whose ids begin alike, found without writing the others.
    let tree = sandbox.git(&["write-tree"]);
    let written =
        |number: usize| format!("tree {tree}\nauthor A <a@b> {number} +0000\ncommitter A <a@b> {number} +0000\n\nm\n");
    let id_of_commit = |number: usize| {
        git2::Oid::hash_object(git2::ObjectType::Commit, written(number).as_bytes()).unwrap().to_string()
    };
    let mut seen = std::collections::HashMap::new();
    let pair = (0..5_000)
        .find_map(|number| seen.insert(id_of_commit(number)[..4].to_owned(), number).map(|other| [other, number]));
    let [one, two] = pair.expect("two of 5,000 commits share four digits").map(|number| {
        std::fs::write(sandbox.beside("commit"), written(number)).unwrap();
        sandbox.git(&["hash-object", "-t", "commit", "-w", &sandbox.beside("commit").display().to_string()])
    });
    let error = sandbox.history().resolve(&one[..4]).unwrap_err();
    let HistoryError::Ambiguous { candidates, .. } = error else { panic!("{error}") };
    let mut expected = [one.clone(), two];
    expected.sort();
    assert_eq!(candidates, expected);

    // A blob whose id begins like a commit's does not make the commit ambiguous.
    let prefix = &id_of(&sandbox, "HEAD")[..4];
    for number in 0..400_000 {
        let text = format!("blob {number}");
        let id = git2_blob_id(&text);
        if id.starts_with(prefix) {
            sandbox.write("twin", &text);
            assert_eq!(sandbox.git(&["hash-object", "-w", "twin"]), id);
            break;
        }
    }
    assert_eq!(id_of(&sandbox, prefix), id_of(&sandbox, "HEAD"));
}

fn git2_blob_id(text: &str) -> String {
    git2::Oid::hash_object(git2::ObjectType::Blob, text.as_bytes()).unwrap().to_string()
}

#[test]
fn an_unknown_name_is_told_with_close_names_and_how_to_fetch() {
    let sandbox = Sandbox::new();
    sandbox.commit("one");
    sandbox.git(&["branch", "production"]);
    sandbox.git(&["update-ref", "refs/remotes/origin/staging", "HEAD"]);
    assert_eq!(
        remedy_of(&sandbox, "prodution"),
        "did you mean `production`? If it exists elsewhere, run `git fetch --all --tags`"
    );
    assert!(remedy_of(&sandbox, "staging").starts_with("did you mean `origin/staging`?"));
    assert_eq!(remedy_of(&sandbox, "v9.9"), "if it exists elsewhere, run `git fetch --all --tags`");
    let unknown = "1234567890123456789012345678901234567890";
    assert!(remedy_of(&sandbox, unknown).contains("check that the commit was pushed"));
    assert!(remedy_of(&sandbox, "main..production").contains("it is a range"));
    assert!(remedy_of(&sandbox, "HEAD:file").contains("names a file or a search"));
    assert!(remedy_of(&sandbox, ":/one").contains("names a file or a search"));
    assert!(remedy_of(&sandbox, "HEAD^{/one}").contains("is none of"));
    assert!(remedy_of(&sandbox, "HEAD^{tree}").contains("is none of"));
    assert!(remedy_of(&sandbox, "HEAD~1").contains("is the first of its history"));
    assert!(remedy_of(&sandbox, "HEAD^2").contains("is the first of its history"));
    assert!(remedy_of(&sandbox, "main@{upstream}").contains("upstream"));
    assert!(remedy_of(&sandbox, "").contains("name a branch"));
    for strange in
        ["-x", " ", "a b", "~1", "^", "@{", "a@{b", "\u{202e}", "a\0b", "refs/heads/", "HEAD~99999999999999999999"]
    {
        assert!(matches!(sandbox.history().resolve(strange), Err(HistoryError::NotFound { .. })), "{strange:?}");
    }
}

#[test]
fn a_name_of_a_blob_or_tree_names_no_commit() {
    let sandbox = Sandbox::new();
    sandbox.commit_file("file", "text");
    let blob = sandbox.git(&["rev-parse", "HEAD:file"]);
    sandbox.git(&["tag", "data", &blob]);
    assert_eq!(remedy_of(&sandbox, &blob), "it is a blob: name a branch, a tag or a commit");
    assert_eq!(remedy_of(&sandbox, "data"), "it names a blob: name a branch, a tag or a commit");
    assert_eq!(remedy_of(&sandbox, &blob[..12]), "it names a blob: name a branch, a tag or a commit");
}

#[test]
fn head_without_a_commit_is_not_found_and_says_why() {
    let sandbox = Sandbox::new();
    assert_eq!(remedy_of(&sandbox, "HEAD"), "the branch that HEAD stands on has no commit yet: make the first one");
}
