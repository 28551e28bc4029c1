//! Evaluation keeps its laws, and the published anchor comes out.

#![cfg(feature = "train")]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use gonogo_risk::{Calibrator, EvaluateError, Model, Recipe, Table, TableError, Tables, brier, evaluate, train};
use proptest::prelude::*;

const HEADER: &str = "project,commit,unix_time,la,ld,lt,ns,nd,nf,entropy,ndev,age,nuc,exp,rexp,sexp,fix,buggy";

/// Made-up rows whose label depends on size and noise; a small linear congruence makes them the same everywhere.
fn rows(count: u64, seed: u64) -> Vec<String> {
    let mut state = seed;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..count)
        .map(|row| {
            let (la, ld, lt, nf) = (next(300), next(100), next(2_000), next(9) + 1);
            let buggy = u8::from(la + next(400) > 350);
            let time = 1_500_000_000 + row * 40_000;
            let (entropy, age, exp) = (next(20) as f64 / 10.0, next(900) as f64 / 7.0, next(500));
            format!(
                "p,{seed}-{row},{time},{la},{ld},{lt},{},{nf},{nf},{entropy},{},{age},{},{exp},{},{},{},{buggy}",
                next(3) + 1,
                next(9),
                next(12),
                exp / 2,
                exp / 3,
                next(2)
            )
        })
        .collect()
}

fn csv(rows: &[String]) -> Vec<u8> {
    format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes()
}

fn predictions(train: Option<&[u8]>, test: &[u8]) -> Vec<f64> {
    evaluate(Tables { train, test, recipe: Some("portable"), ..Tables::default() }).unwrap().predictions
}

#[test]
fn predictions_depend_on_no_label_and_on_no_later_row() {
    let (train, test) = (csv(&rows(300, 1)), rows(100, 2));
    let inverted: Vec<String> = test
        .iter()
        .map(|row| match row.strip_suffix('1') {
            Some(rest) => format!("{rest}0"),
            None => format!("{}1", row.strip_suffix('0').unwrap()),
        })
        .collect();
    for train in [Some(train.as_slice()), None] {
        let whole = predictions(train, &csv(&test));
        assert_eq!(predictions(train, &csv(&inverted)), whole);
        assert_eq!(predictions(train, &csv(&test[..50])), whole[..50]);
    }
}

#[test]
fn lines_that_are_no_counts_change_what_is_read_from_the_first_fraction_on() {
    let mut test = rows(60, 3);
    let cells: Vec<&str> = test[30].split(',').collect();
    let fraction = [&cells[..3], &["0.25"], &cells[4..]].concat().join(",");
    let before = predictions(None, &csv(&test));
    test[30] = fraction;
    let evaluation = evaluate(Tables { test: &csv(&test), ..Tables::default() }).unwrap();
    assert_eq!(evaluation.predictions[..30], before[..30]);
    assert_ne!(evaluation.predictions[31..], before[31..]);
    assert_eq!(evaluation.warnings.len(), 1, "{:?}", evaluation.warnings);
}

#[test]
fn a_trained_model_scores_the_same_when_read_from_its_file() {
    let (train, test) = (csv(&rows(100, 1)), csv(&rows(50, 2)));
    let first = evaluate(Tables { train: Some(&train), test: &test, ..Tables::default() }).unwrap();
    let file = first.model.to_json();
    let second = evaluate(Tables { model: Some(file.as_bytes()), test: &test, ..Tables::default() }).unwrap();
    assert_eq!(first.predictions, second.predictions);
    assert_eq!(first.model.id(), second.model.id());
    assert!(first.model.id().starts_with("history@"));
}

#[test]
fn missing_cells_and_columns_are_missing_and_never_zero() {
    let rows = rows(100, 1);
    let without = |rows: &[String], place: usize| -> Vec<String> {
        rows.iter()
            .map(|row| {
                let mut cells: Vec<&str> = row.split(',').collect();
                cells[place] = "";
                cells.join(",")
            })
            .collect()
    };
    // A column that is empty throughout gets no weight: the figures are those of a recipe without it.
    let age = csv(&without(&rows, 11));
    let model = train(&Table::from_csv(&age).unwrap(), &Recipe::full()).unwrap();
    let test = Table::from_csv(&csv(&rows[..5])).unwrap();
    let empty = Table::from_csv(&csv(&without(&rows[..5], 11))).unwrap();
    for row in 0..5 {
        let score = |table: &Table| model.score(&model.inputs(&table.factors(row)).unwrap());
        assert_eq!(score(&test), score(&empty));
    }
    let header = HEADER.replace(",la,", ",added,");
    let table = format!("{header}\n{}\n", rows[..5].join("\n"));
    let refused = EvaluateError::Test(TableError::MissingColumn("la"));
    assert_eq!(evaluate(Tables { test: table.as_bytes(), ..Tables::default() }).map(|_| ()), Err(refused));
}

#[test]
fn bad_tables_name_line_and_column() {
    let message = |text: &str| Table::from_csv(text.as_bytes()).map(|_| ()).unwrap_err().to_string();
    assert!(message("la,buggy\n1,0\nx,1").starts_with("line 3, column `la`: `x` is not a finite number"));
    assert!(message("la,buggy\n1,2").starts_with("line 2, column `buggy`: `2` is not a label"));
    assert!(message("la,buggy\n1").starts_with("line 2: 1 cells, but the header names 2 columns"));
    assert!(message("la,la\n1,1").contains("column `la` appears twice"));
    assert!(message("la\ninf").contains("line 2, column `la`"));
    assert!(message("").contains("the table is empty"));
    assert!(message("la,buggy\n").contains("no rows"));
    let one_class = csv(&["p,a,1,1,1,1,1,1,1,0,1,1,1,1,1,1,0,0".to_owned()]);
    let refused = evaluate(Tables { train: Some(&one_class), test: &one_class, ..Tables::default() }).map(|_| ());
    assert!(refused.unwrap_err().to_string().contains("all labels are alike"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[a-z0-9,\"\n\r.-]{0,120}") {
        let _ = Table::from_csv(&bytes);
        let _ = Table::from_csv(text.as_bytes());
    }
}

#[test]
fn calibrators_are_monotone_and_find_the_map_that_made_the_labels() {
    let log_odds: Vec<f64> = (0..4_000).map(|row| f64::from(row % 400) / 100.0 - 2.0).collect();
    // Labels drawn evenly at the rate logistic(2 x - 1).
    let mut debt = BTreeMap::new();
    let labels: Vec<bool> = log_odds
        .iter()
        .map(|x| {
            let owed = debt.entry((x * 1e6) as i64).or_insert(0.5);
            *owed += gonogo_risk::logistic(2.0 * x - 1.0);
            let buggy = *owed >= 1.0;
            *owed -= f64::from(u8::from(buggy));
            buggy
        })
        .collect();
    let Some(Calibrator::Platt { slope, intercept }) = Calibrator::platt(&labels, &log_odds) else { panic!() };
    assert!((slope - 2.0).abs() < 0.1 && (intercept + 1.0).abs() < 0.1, "{slope} {intercept}");
    let plain: Vec<f64> = log_odds.iter().map(|x| Calibrator::None.probability(*x)).collect();
    for calibrator in [Calibrator::Platt { slope, intercept }, Calibrator::isotonic(&labels, &log_odds).unwrap()] {
        let mapped: Vec<f64> = log_odds.iter().map(|x| calibrator.probability(*x)).collect();
        assert!(brier(&labels, &mapped).unwrap() < brier(&labels, &plain).unwrap());
        assert!(mapped[..400].is_sorted());
    }
    assert_eq!(Calibrator::platt(&[true], &[1.0]), None);
    assert_eq!(Calibrator::isotonic(&[], &[]), None);
}

/// The six projects of the published table, split by time: the first 80 % train, the rest test.
fn published() -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let Some(cases) = std::env::var_os("GONOGO_CASES").map(PathBuf::from) else {
        println!("skipped: GONOGO_CASES is not set");
        return None;
    };
    let text = std::fs::read_to_string(cases.join("risk/issta21.csv")).unwrap();
    let (header, body) = text.split_once('\n').unwrap();
    let mut projects: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in body.lines() {
        let project = line.split(',').next().unwrap();
        match projects.last_mut() {
            Some((name, lines)) if *name == project => lines.push(line),
            _ => projects.push((project, vec![line])),
        }
    }
    let table = |lines: &[&str]| format!("{header}\n{}\n", lines.join("\n")).into_bytes();
    let split = projects.iter().map(|(_, lines)| {
        let (train, test) = lines.split_at(lines.len() * 8 / 10);
        (table(train), table(test))
    });
    Some(split.collect())
}

#[test]
fn lines_added_alone_reproduces_the_published_anchor() {
    let Some(projects) = published() else { return };
    let aucs: Vec<f64> = projects
        .iter()
        .map(|(_, test)| evaluate(Tables { test, ..Tables::default() }).unwrap())
        .map(|evaluation| {
            // The shipped default finds more than lines added, with better probabilities.
            assert!(evaluation.scores.auc.unwrap() > evaluation.lines_added.auc.unwrap() - 0.01);
            assert!(evaluation.scores.brier < evaluation.lines_added.brier);
            evaluation.lines_added.auc.unwrap()
        })
        .collect();
    let mean = aucs.iter().sum::<f64>() / aucs.len() as f64;
    assert!((mean - 0.7246).abs() <= 0.0001, "{mean} {aucs:?}");
}

/// Slow without optimisation, so only in release builds.
#[test]
#[cfg_attr(debug_assertions, ignore = "fits large regressions: run with --release")]
fn the_recipe_reaches_its_figures_on_later_commits_of_the_same_projects() {
    let Some(projects) = published() else { return };
    let mut sums = [0.0; 6];
    for (train, test) in &projects {
        let found = evaluate(Tables { train: Some(train), test, ..Tables::default() }).unwrap();
        let scores = &found.scores;
        assert!(scores.auc > found.lines_added.auc);
        let deploys = |place: usize| found.deploys[place].noisy_or.auc.unwrap();
        let values = [scores.auc.unwrap(), scores.pr_auc.unwrap(), scores.brier.unwrap(), scores.ece.unwrap()];
        for (sum, value) in sums.iter_mut().zip(values.into_iter().chain([deploys(0), deploys(1)])) {
            *sum += value / projects.len() as f64;
        }
    }
    let [auc, pr_auc, brier, ece, five, twelve] = sums;
    assert!(auc >= 0.760 && pr_auc >= 0.495 && brier <= 0.146 && ece <= 0.037, "{sums:?}");
    assert!(five >= 0.77 && twelve >= 0.83, "{sums:?}");
}

#[test]
fn an_author_free_model_reads_nothing_that_tells_authors_apart() {
    let recipe = Recipe::author_free();
    for name in ["exp", "rexp", "sexp", "ndev"] {
        assert!(recipe.inputs.iter().all(|input| !input.factors().contains(&name)), "{name}");
    }
    let model: Model = train(&Table::from_csv(&csv(&rows(200, 5))).unwrap(), &recipe).unwrap();
    assert_eq!(model.name(), "author-free");
}
