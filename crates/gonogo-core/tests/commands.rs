//! Programs as checks: what they are given, what they may answer, and how they end.
#![allow(clippy::unwrap_used)] // also in what the tests share
#![cfg(unix)]

#[path = "support/run.rs"]
mod run;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gonogo_core::testing::{ManualClock, deploy};
use gonogo_core::{CommandCheck, Conclusion, Decision, Deploy, Facts, Finding, Gate, Outcome, Severity, command_check};
use run::{LIMIT, block_on, manual_clock};

fn shell(script: &str) -> CommandCheck {
    command_check("test/command", "/bin/sh").args(["-c", script])
}

fn run_it(check: CommandCheck) -> Conclusion {
    let gate = Gate::builder().limit(LIMIT).clock(manual_clock()).check(check).build().unwrap();
    let blocking = gate.decide_blocking(deploy()).entries.remove(0).ended;
    let awaited = block_on(gate.decide(deploy())).entries.remove(0).ended;
    assert_eq!(blocking, awaited);
    blocking
}

fn error(check: CommandCheck) -> String {
    match run_it(check) {
        Conclusion::Errored { error } => error,
        other => panic!("no error: {other:?}"),
    }
}

#[test]
fn a_program_answers_with_findings_and_facts() {
    let answer = r#"{"outcome": "examined",
        "findings": [{"rule": "team/licence", "subject": "left-pad", "severity": "stop", "message": "not ours to ship"}],
        "facts": {"list": [{"name": "packages", "count": 212}]}}"#;
    let stop = Finding::new("team/licence", "left-pad", Severity::Stop, "not ours to ship");
    let result = Outcome::examined(vec![stop], Facts::new().count("packages", 212));
    assert_eq!(run_it(shell(&format!("cat <<'END'\n{answer}\nEND"))), Conclusion::Completed { result });
}

#[test]
fn a_program_may_say_that_it_does_not_apply_or_cannot_tell() {
    let said = run_it(shell(r#"echo '{"outcome":"not-applicable","why":"no gems"}'"#));
    assert_eq!(said, Conclusion::Completed { result: Outcome::not_applicable("no gems") });
    let said = run_it(shell(r#"echo '{"outcome":"undetermined","why":"no network","remedy":"try again"}'"#));
    assert_eq!(said, Conclusion::Completed { result: Outcome::undetermined("no network", "try again") });
}

#[test]
fn a_program_is_given_the_deploy_its_name_its_time_and_a_directory_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let script = r#"
        cat > deploy.json
        echo "$GONOGO_CHECK $GONOGO_TIME_LEFT_MILLISECONDS $COLOUR $1" > said
        echo '{"outcome":"examined","facts":{"list":[{"name":"files","count":1}]}}'"#;
    let check = shell(script).args(["ignored-name", "argument"]).env("COLOUR", "green").current_dir(directory.path());
    let gate = Gate::builder().limit(LIMIT).clock(manual_clock()).check(check).build().unwrap();
    let asked = (*deploy()).clone().requested_by("ada").attribute("ticket", "OPS-1");
    assert_eq!(gate.decide_blocking(Arc::new(asked.clone())).decision, Decision::Go);
    let read = |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap();
    assert_eq!(read("said"), "test/command 60000 green argument\n");
    assert_eq!(serde_json::from_str::<Deploy>(&read("deploy.json")).unwrap(), asked);
}

#[test]
fn a_program_that_does_not_read_a_large_deploy_may_still_answer() {
    let large = (*deploy()).clone().attribute("notes", "x".repeat(1 << 20));
    let check = shell(r#"echo '{"outcome":"not-applicable","why":"never looked"}'"#);
    let gate = Gate::builder().clock(manual_clock()).check(check).build().unwrap();
    let ended = gate.decide_blocking(Arc::new(large)).entries.remove(0).ended;
    assert_eq!(ended, Conclusion::Completed { result: Outcome::not_applicable("never looked") });
}

#[test]
fn what_is_no_outcome_is_an_error_that_says_why() {
    let not_started = error(command_check("test/command", "/no/such/program"));
    assert_eq!(not_started, "`/no/such/program` cannot be started: No such file or directory (os error 2)");
    let failed = error(shell("echo one >&2; echo two >&2; exit 7"));
    assert_eq!(failed, "`/bin/sh` ended with exit status: 7; it said: one two");
    let garbage = error(shell("echo all fine"));
    assert_eq!(garbage, "what `/bin/sh` wrote is no outcome: expected value at line 1 column 1");
    for script in [
        "true",
        "printf '{\"outcome\":\"examined\",\"findings\":['",
        r#"echo '{"outcome":"examined"} and more'"#,
        r#"echo '{"outcome":"examined","finding":[]}'"#,
        r#"echo '{"outcome":"examined","findings":[{"rule":"a/b","subject":"c","severity":"low","message":"d"}]}'"#,
        r#"echo '{"outcome":"examined","findings":[{"rule":"a/b","subject":"c","severity":"note"}]}'"#,
        r#"echo '{"outcome":"examined","outcome":"not-applicable","why":"twice"}'"#,
        r#"echo '{"outcome":"fine"}'"#,
        r#"echo '{"findings":[]}'"#,
        r#"printf '{"outcome":"not-applicable","why":"\377"}'"#,
        r#"i=0; while [ $i -lt 200 ]; do printf '['; i=$((i+1)); done"#,
    ] {
        let error = error(shell(script));
        assert!(error.starts_with("what `/bin/sh` wrote is no outcome: "), "{script}: {error}");
    }
}

#[test]
fn a_program_may_write_as_much_as_its_limit_and_no_more() {
    let answer = r#"{"outcome":"not-applicable","why":"it is small"}"#;
    let exactly = shell(&format!("printf '{answer}'")).output_limit(answer.len());
    assert_eq!(run_it(exactly), Conclusion::Completed { result: Outcome::not_applicable("it is small") });
    let more = error(shell(&format!("printf '{answer} '")).output_limit(answer.len()));
    assert_eq!(more, "`/bin/sh` wrote more than 48 bytes; an outcome is expected, and nothing else");
    let endless = error(shell("while :; do echo all is well; done").output_limit(1000));
    assert_eq!(endless, "`/bin/sh` wrote more than 1000 bytes; an outcome is expected, and nothing else");
    let unlimited = shell(&format!("printf '{answer}'")).output_limit(usize::MAX);
    assert_eq!(run_it(unlimited), Conclusion::Completed { result: Outcome::not_applicable("it is small") });
}

#[test]
fn only_the_end_of_a_long_complaint_is_kept() {
    let failed = error(shell("i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1"));
    assert!(failed.ends_with("line 1998 line 1999"), "{failed}");
    assert!(failed.len() < 4200, "{} bytes", failed.len());
}

/// Creates a FIFO whose other end is held by whatever the script starts, so that its end can be waited for without sleeping.
fn fifo(directory: &Path) -> std::path::PathBuf {
    let path = directory.join("held");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Runs a program past its limit, and returns once everything that holds the FIFO is gone.
fn outlives_nothing(script: &str, blocking: bool) {
    let directory = tempfile::tempdir().unwrap();
    let held = fifo(directory.path());
    let clock: Arc<ManualClock> = manual_clock();
    let check = shell(&script.replace("HELD", held.to_str().unwrap()));
    let gate = Gate::builder().limit(LIMIT).clock(clock.clone()).check(check).build().unwrap();
    std::thread::scope(|scope| {
        let decided = scope.spawn(|| match blocking {
            true => gate.decide_blocking(deploy()),
            false => block_on(gate.decide(deploy())),
        });
        // Opening it waits for the program, reading its first line for the program's whole family.
        let mut reader = std::io::BufReader::new(std::fs::File::open(&held).unwrap());
        let mut line = String::new();
        std::io::BufRead::read_line(&mut reader, &mut line).unwrap();
        assert_eq!(line, "ready\n");
        clock.wait_for_sleeper();
        clock.advance(LIMIT);
        assert_eq!(decided.join().unwrap().entries[0].ended, Conclusion::TimedOut { after_milliseconds: 60_000 });
        // The end of file comes when the last of them is gone.
        line.clear();
        std::io::Read::read_to_string(&mut reader, &mut line).unwrap();
        assert_eq!(line, "");
    });
}

#[test]
fn when_its_time_is_over_a_program_is_killed() {
    for blocking in [false, true] {
        outlives_nothing("exec 9>HELD; echo ready >&9; while :; do sleep 1000; done", blocking);
    }
}

#[test]
fn when_its_time_is_over_what_it_started_is_killed_too() {
    for blocking in [false, true] {
        let script = "(exec 9>HELD; sleep 1000 & sh -c 'sleep 1000' & echo ready >&9; wait) & wait";
        outlives_nothing(script, blocking);
    }
}

#[test]
fn what_a_program_that_has_ended_left_behind_is_killed_too() {
    for blocking in [false, true] {
        // The program itself ends at once; its child keeps the standard output, so that the answer is not over.
        outlives_nothing(
            "(exec 9>HELD; echo ready >&9; exec sleep 1000) & echo '{\"outcome\":\"examined\"}'",
            blocking,
        );
    }
}

#[test]
fn something_that_holds_only_the_standard_error_does_not_hold_up_the_answer() {
    let directory = tempfile::tempdir().unwrap();
    let held = fifo(directory.path());
    let script = "(exec >/dev/null; read line <HELD) & echo '{\"outcome\":\"not-applicable\",\"why\":\"daemon\"}'";
    let check = shell(&script.replace("HELD", held.to_str().unwrap()));
    let gate = Gate::builder().limit(Duration::MAX).clock(manual_clock()).check(check).build().unwrap();
    let ended = gate.decide_blocking(deploy()).entries.remove(0).ended;
    assert_eq!(ended, Conclusion::Completed { result: Outcome::not_applicable("daemon") });
    std::fs::write(&held, "go\n").unwrap();
}
