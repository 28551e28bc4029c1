//! Labels for a team's own training come from later commits only, strongest evidence first.

#![allow(clippy::unwrap_used)]

use gonogo_core::{LineChange, ObjectId};
use gonogo_risk::testing::LinearHistory;
use gonogo_risk::{
    Evidence, HistoryIndex, LabelSources, Labels, MeasureOptions, MeasuredCommit, Table, label_history, measure,
    training_csv,
};

fn story() -> (Vec<MeasuredCommit>, Labels) {
    let one = |path: &str| vec![LineChange::new(path, 5, 1, 10)];
    let first = LinearHistory::id(1).to_string();
    let third = LinearHistory::id(3).to_string();
    let history = LinearHistory::new()
        .commit("Ada", "the parser", one("parser.rs"))
        .commit("Bo", "the printer", one("printer.rs"))
        .commit("Ada", "faster", one("fast.rs"))
        .commit("Bo", &format!("Stop the leak\n\nFixes: {} (\"the parser\")", &first[..39]), one("other.rs"))
        .commit("Bo", &format!("Stop the leak\n\nFixes: {first} (\"the parser\")"), one("other.rs"))
        .commit("Ada", &format!("Revert \"faster\"\n\nThis reverts commit {third}."), one("fast.rs"))
        .commit("Bo", "fix a typo in the printer", one("printer.rs"))
        .commit("Bo", "Fixes: 12345678abcdef", one("new.rs"));
    let mut index = HistoryIndex::new();
    let measured = measure(&history, &LinearHistory::revision(8), &mut index, MeasureOptions::default()).unwrap();
    let labels = label_history(&measured, LabelSources::new(&index));
    (measured, labels)
}

#[test]
fn commits_are_blamed_by_trailers_reverts_and_shared_files() {
    let (_, labels) = story();
    let found: Vec<(ObjectId, ObjectId, Evidence)> =
        labels.blames.iter().map(|blame| (blame.commit, blame.by, blame.evidence)).collect();
    let id = LinearHistory::id;
    assert_eq!(
        found,
        [(id(1), id(5), Evidence::Fixes), (id(3), id(6), Evidence::Reverted), (id(2), id(7), Evidence::SameFiles),]
    );
    // The id cut by one digit names three commits, the foreign one none.
    assert_eq!(labels.unresolved, 2);
    assert_eq!(labels.blamed(Evidence::Fixes).len(), 1);
    assert_eq!(labels.blamed(Evidence::SameFiles).len(), 3);
    assert_eq!(labels.latency(Evidence::SameFiles, 0.5), Some(4 * 3_600));
    assert_eq!(labels.latency(Evidence::Reverted, 0.5), Some(3 * 3_600));
    assert_eq!(Labels::default().latency(Evidence::Fixes, 0.9), None);
}

#[test]
fn the_table_to_train_on_says_its_definitions_and_leaves_out_the_newest() {
    let (measured, labels) = story();
    let until = measured[6].authored_at;
    let csv = training_csv(&measured, &labels.blamed(Evidence::Reverted), until, &gonogo_risk::Definitions::Gonogo1);
    let table = Table::from_csv(csv.as_bytes()).unwrap();
    assert_eq!((table.len(), table.definitions().as_str()), (6, "gonogo-1"));
    assert_eq!(table.labels().unwrap(), [true, false, true, false, false, false]);
    assert_eq!(table.column("age").unwrap()[..3], [None, None, None]);
    assert_eq!(table.column("exp").unwrap()[5], Some(2.0));
    assert_eq!(table.factors(5).known("lt_total"), Some(10.0));
}

#[cfg(feature = "train")]
#[test]
fn a_history_with_repairs_gives_a_model_that_knows_it() {
    use gonogo_risk::{OwnHistory, OwnHistoryError, train_on_history};
    let mut history = LinearHistory::new();
    for number in 1..=1_200u64 {
        // Every fourth commit is large, and repaired two commits later.
        let large = number % 4 == 0;
        let lines = if large { 200 + number % 90 } else { number % 60 + 1 };
        let message = match number % 4 {
            2 if number > 2 => format!("mend\n\nFixes: {}", LinearHistory::id(number - 2)),
            _ => "work".to_owned(),
        };
        history = history.commit("Ada", &message, vec![LineChange::new(format!("{}.rs", number % 9), lines, 1, 100)]);
    }
    let train = |commits: u64, recipe: &str| {
        let mut index = HistoryIndex::new();
        let head = LinearHistory::revision(commits);
        let measured = measure(&history, &head, &mut index, MeasureOptions::default()).unwrap();
        let labels = label_history(&measured, LabelSources::new(&index));
        train_on_history(OwnHistory { measured: &measured, labels: &labels, weakest: Evidence::Fixes }, recipe)
    };
    let own = train(1_200, "portable").unwrap();
    assert_eq!(own.model.history(), Some(LinearHistory::id(1)));
    assert_eq!(own.evaluation.scores.auc, Some(1.0));
    assert_eq!((own.used, own.left_out), (1_197, 3));
    assert!(own.evaluation.scores.brier.unwrap() < own.shipped.scores.brier.unwrap());
    assert_eq!(own.model.card().metrics["newest fifth: AUC"], 1.0);

    let few = train(100, "portable");
    assert!(matches!(few, Err(OwnHistoryError::TooFew { found: 24 })), "{few:?}");
    let no = train(100, "deep");
    assert!(matches!(no, Err(OwnHistoryError::NoRecipe(_))));
}
