//! Shows on standard error what a long run is doing, when somebody is looking.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gonogo::{Conclusion, Observer, Progress, Report};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run shorter than this shows nothing.
const SILENCE: Duration = Duration::from_millis(500);

/// One line that names the checks still running and what they say of themselves.
pub(crate) struct Spinner {
    bar: ProgressBar,
    running: Mutex<BTreeMap<String, String>>,
}

impl Spinner {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        if std::io::stderr().is_terminal() {
            let later = bar.clone();
            std::thread::spawn(move || {
                std::thread::sleep(SILENCE);
                if !later.is_finished() {
                    later.set_draw_target(ProgressDrawTarget::stderr());
                    later.enable_steady_tick(Duration::from_millis(100));
                }
            });
        }
        Self { bar, running: Mutex::default() }
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut running);
        let said: Vec<String> = running
            .iter()
            .map(|(check, what)| if what.is_empty() { check.clone() } else { format!("{check}: {what}") })
            .collect();
        self.bar.set_message(said.join("; "));
    }
}

impl Observer for Spinner {
    fn check_started(&self, check: &str) {
        self.change(|running| drop(running.insert(check.to_owned(), String::new())));
    }

    fn check_progressed(&self, check: &str, progress: &Progress) {
        let what = match progress.total {
            Some(total) => format!("{} ({} of {total})", progress.message, progress.done),
            None => progress.message.clone(),
        };
        self.change(|running| drop(running.insert(check.to_owned(), what)));
    }

    fn check_concluded(&self, check: &str, _conclusion: &Conclusion) {
        self.change(|running| drop(running.remove(check)));
    }

    fn decided(&self, _report: &Report) {
        self.bar.finish_and_clear();
    }
}
