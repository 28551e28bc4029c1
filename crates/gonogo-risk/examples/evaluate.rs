//! `evaluate risk evaluate [--train A.csv] --test B.csv [--model FILE] [--predictions OUT.csv] [--recipe NAME]`: one JSON object with the
//! scores. Without `--train` or `--model` the shipped default is scored.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use gonogo_risk::{Tables, evaluate};

fn run(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let value =
        |name: &str| arguments.iter().position(|argument| argument == name).and_then(|place| arguments.get(place + 1));
    let read = |name: &str| -> Result<Option<Vec<u8>>, Box<dyn std::error::Error>> {
        value(name).map(|path| std::fs::read(path).map_err(|error| format!("{path}: {error}").into())).transpose()
    };
    let (train, model) = (read("--train")?, read("--model")?);
    let test = read("--test")?.ok_or("--test FILE is needed")?;
    let evaluation = evaluate(Tables {
        train: train.as_deref(),
        test: &test,
        model: model.as_deref(),
        recipe: value("--recipe").map(String::as_str),
    })?;
    if let Some(path) = value("--predictions") {
        std::fs::write(path, evaluation.predictions_csv())?;
    }
    println!("{}", evaluation.to_json());
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}
