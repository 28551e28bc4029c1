//! Training from a CSV file, as the command does it.

use super::recipe::{Recipe, TrainError, train};
use crate::evaluate::predict;
use crate::model::{Card, Model};
use crate::scores::Scores;
use crate::table::Table;

/// What to train, and what its card shall say.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TrainOptions {
    /// The recipe.
    pub recipe: Recipe,
    /// The first share of every project's rows that is used, in the order of the table; 1 for all.
    pub first_share: f64,
    /// What the card shall say of purpose, data, licence, command, metrics and limits; rows, dates and recipe are filled in.
    pub card: Card,
}

impl TrainOptions {
    /// Trains on all rows with this recipe, and an empty card.
    pub fn new(recipe: Recipe) -> Self {
        Self { recipe, first_share: 1.0, card: Card::default() }
    }
}

/// Reads a table and fits a model to it. Rows that are not trained on give the card its metrics.
///
/// # Errors
/// See [`TrainError`].
pub fn train_model(csv: &[u8], options: &TrainOptions) -> Result<Model, TrainError> {
    let whole = Table::from_csv(csv)?;
    let table = whole.first_share(options.first_share);
    let model = train(&table, &options.recipe)?;
    let mut metrics = options.card.metrics.clone();
    metrics.extend(held_out(&model, &whole.rest_by_project(options.first_share)));
    let seconds = |pick: fn(f64, f64) -> f64| {
        table.times().and_then(|times| times.iter().filter_map(|time| *time).reduce(pick)).map(date).unwrap_or_default()
    };
    let made = model.card().clone();
    let card = Card {
        from: seconds(f64::min),
        to: seconds(f64::max),
        rows: made.rows,
        positives: made.positives,
        recipe: made.recipe,
        metrics,
        ..options.card.clone()
    };
    Ok(model.with_card(card))
}

/// Unweighted means over the projects' rows that were not trained on.
fn held_out(model: &Model, projects: &[Table]) -> Vec<(String, f64)> {
    let scores: Vec<Scores> = projects
        .iter()
        .filter_map(|table| {
            let predictions = predict(model, table, &mut Vec::new()).ok()?;
            Some(Scores::of(table.labels().ok()?, &predictions, &table.efforts().ok()?))
        })
        .collect();
    let mean = |name: &str, pick: fn(&Scores) -> Option<f64>| {
        let known: Vec<f64> = scores.iter().filter_map(pick).collect();
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        (!known.is_empty()).then(|| (format!("later rows: {name}"), (mean * 1e4).round() / 1e4))
    };
    let rows = projects.iter().map(Table::len).sum::<usize>();
    let mut found: Vec<(String, f64)> = [
        mean("AUC", |scores| scores.auc),
        mean("PR-AUC", |scores| scores.pr_auc),
        mean("Brier", |scores| scores.brier),
        mean("ECE", |scores| scores.ece),
        mean("recall at 20 % effort", |scores| scores.recall_at_20_effort),
    ]
    .into_iter()
    .flatten()
    .collect();
    if rows > 0 {
        found.push(("later rows: count".to_owned(), rows as f64));
    }
    found
}

/// The UTC date of a time, such as `2016-01-31`. Source: Howard Hinnant, "chrono-compatible low-level date algorithms".
fn date(seconds: f64) -> String {
    let days = (seconds / 86_400.0).floor().clamp(-1e7, 1e7) as i64 + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(
            [0.0, 951_782_399.0, 951_782_400.0, -1.0].map(date),
            ["1970-01-01", "2000-02-28", "2000-02-29", "1969-12-31"]
        );
    }
}
