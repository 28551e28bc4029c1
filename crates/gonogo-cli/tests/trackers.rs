//! The tracker that gonogo.toml names, asked by the command line.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test that cannot go on shall panic

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use support::{Repository, gonogo};

/// A Jira Data Center that has SHOP-1, which is open. Gives its address and what it was shown as authorization.
fn jira() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shown = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&shown);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line).unwrap_or(0) > 0 && !line.trim().is_empty() {
                let lower = line.to_ascii_lowercase();
                if let Some(value) = lower.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if lower.starts_with("authorization:") {
                    log.lock().unwrap().push(line.trim().to_owned());
                }
                line.clear();
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            let body = r#"{"total": 1, "issues": [{"key": "SHOP-1", "fields": {"summary": "Search", "status": {"name": "Open"}}}]}"#;
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json";
            write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    (url, shown)
}

fn configuration(url: &str) -> String {
    // A variable that every run has, and that is a token by its form.
    format!(
        "[issues]\nstyles = [\"jira\"]\nallowed_states = [\"Done\"]\n\n\
         [issues.tracker]\nkind = \"jira\"\nurl = \"{url}\"\ntoken_env = \"XDG_CACHE_HOME\"\n"
    )
}

#[test]
fn the_tracker_of_the_configuration_is_asked_and_a_wrong_state_marked() {
    let (url, shown) = jira();
    let repository = Repository::new();
    repository.commit("Begin", &[("gonogo.toml", &configuration(&url))]).tag("production");
    repository.commit("SHOP-1: Search", &[("a", "1")]);
    let listed = gonogo(repository.path(), &["issues", "production..HEAD"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    assert!(listed.out.contains("SHOP-1  Search [Open]"), "{}", listed.out);
    assert!(listed.out.contains("! SHOP-1 is `Open`, and only `Done` may be deployed"), "{}", listed.out);
    let checked = gonogo(repository.path(), &["check", "--unfold", "production..HEAD"]);
    assert!(checked.out.contains("SHOP-1 is `Open`"), "{}", checked.out);
    let token = env!("CARGO_TARGET_TMPDIR");
    assert_eq!(shown.lock().unwrap().first().unwrap().split_once(": ").unwrap().1, format!("Bearer {token}"));
    for text in [&listed.out, &listed.err, &checked.out, &checked.err] {
        assert!(!text.contains(token), "a token was shown");
    }
}

#[test]
fn a_tracker_that_only_head_names_is_not_asked() {
    let (url, shown) = jira();
    let repository = Repository::new();
    repository.commit("Begin", &[("a", "0")]).tag("production");
    repository.commit("SHOP-1: Search", &[("gonogo.toml", &configuration(&url))]);
    let listed = gonogo(repository.path(), &["issues", "production..HEAD"]);
    assert!(listed.out.contains("nobody has approved of where it sends credentials"), "{}", listed.out);
    let checked = gonogo(repository.path(), &["check", "production..HEAD"]);
    assert_eq!(checked.code, 2, "{}", checked.out);
    assert!(shown.lock().unwrap().is_empty());
    let given = gonogo(repository.path(), &["issues", "production..HEAD", "--config", "gonogo.toml"]);
    assert!(given.out.contains("SHOP-1 is `Open`"), "{}", given.out);
}

#[test]
fn what_cannot_be_asked_is_said_in_a_sentence() {
    let repository = Repository::new();
    repository.commit("Begin", &[("a", "0")]).tag("production");
    repository.commit("SHOP-1: Search", &[("a", "1")]);
    let run = |text: &str| {
        std::fs::write(repository.path().join("own.toml"), format!("[issues.tracker]\n{text}")).unwrap();
        let run = gonogo(repository.path(), &["issues", "production..HEAD", "--config", "own.toml"]);
        assert_eq!(run.code, 3, "{} {}", run.out, run.err);
        run.err
    };
    let missing = run("kind = \"jira\"\nurl = \"https://jira.example.org\"\ntoken_env = \"GONOGO_NO_SUCH_TOKEN\"\n");
    assert!(missing.contains("`GONOGO_NO_SUCH_TOKEN` is not set"), "{missing}");
    let clear = run("kind = \"jira\"\nurl = \"http://jira.example.org\"\ntoken_env = \"XDG_CACHE_HOME\"\n");
    assert!(clear.contains("in the clear"), "{clear}");
    let repository = run("kind = \"github\"\nrepository = \"../x\"\n");
    assert!(repository.contains("is no repository"), "{repository}");
    let unknown = run("kind = \"trello\"\n");
    assert!(unknown.contains("unknown variant `trello`"), "{unknown}");
}
