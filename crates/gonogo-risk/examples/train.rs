//! `train --table FILE.csv --out MODEL.json [--recipe full|author-free|foreign|portable|lines-added] [--first-share 0.8]
//! [--data TEXT] [--licence TEXT]`: fits a model and writes its file.
//!
//! The shipped models were made by running this twice over the table of six projects named in docs/model-card.md, with
//! `--recipe portable` and `--recipe lines-added`, and `--first-share 0.8`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use gonogo_risk::{Card, Recipe, TrainOptions, train_model};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        arguments.iter().position(|argument| argument == name).and_then(|place| arguments.get(place + 1)).cloned()
    };
    let name = value("--recipe").unwrap_or_else(|| "full".to_owned());
    let recipe = Recipe::named(&name).ok_or_else(|| format!("no recipe is called `{name}`"))?;
    let table = value("--table").ok_or("--table FILE is needed")?;
    let out = value("--out").ok_or("--out FILE is needed")?;
    let mut options = TrainOptions::new(recipe.clone());
    options.first_share = value("--first-share").map_or(Ok(1.0), |share| share.parse())?;
    options.card = Card {
        purpose: "orders the changes of one history by how likely they are to be blamed for a defect".to_owned(),
        data: value("--data").unwrap_or_default(),
        licence: value("--licence").unwrap_or_default(),
        command: format!("train --recipe {} --first-share {}", recipe.name, options.first_share),
        limits: [
            "not for judging people: it reads changes, and its labels favour large ones",
            "not a probability on a history it was not calibrated on: read the rank",
            "not a share of outages: its labels are changes later blamed for a fix, not incidents",
        ]
        .map(str::to_owned)
        .to_vec(),
        ..Card::default()
    };
    let model = train_model(&std::fs::read(table)?, &options)?;
    std::fs::write(out, model.to_json() + "\n")?;
    println!("{}", model.id());
    Ok(())
}
