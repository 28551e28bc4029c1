//! One picture for each monitor: both arms over time, the bound, the evidence against its threshold, the deploy, the halt.
//!
//! Hand-written SVG without scripts, links or fonts of its own; every text from outside is escaped.

use std::fmt::Write;

use crate::config::MonitorKind;
use crate::replay::{Point, Replay, WhatIf};
use crate::verdict::say;
use crate::window::seconds_between;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 54.0;
const PANEL: f64 = 170.0;
const GAP: f64 = 44.0;

/// The picture of the monitor at `position`; `None` when there is no such monitor. O(windows).
#[must_use]
pub fn monitor_svg(replay: &Replay, position: usize) -> Option<String> {
    let config = replay.config.monitors.get(position)?;
    let report = replay.evidence.monitors.get(position)?;
    let points: Vec<Option<&Point>> = replay.steps.iter().map(|step| step.points.get(position)).collect();
    let has_evidence = points.iter().flatten().any(|point| point.log_evalue.is_some());
    let height = TOP + PANEL + GAP + if has_evidence { PANEL + GAP } else { 0.0 };
    let mut out = String::new();
    let title = format!("{} ({}): {}", config.metric, config.kind, report.verdict);
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" font-family=\"sans-serif\" \
         font-size=\"12\"><title>{}</title><rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
        escape(&title)
    );
    text(&mut out, LEFT, 20.0, "start", "#111111", &title);
    text(&mut out, LEFT, 38.0, "start", "#555555", &shorten(&report.reason, 130));
    let across = Across { steps: replay.steps.len() };
    let canary: Vec<Option<f64>> = points.iter().map(|point| point.and_then(|point| point.canary)).collect();
    let control: Vec<Option<f64>> = points.iter().map(|point| point.and_then(|point| point.control)).collect();
    // A growth's bound is where it will be, which may be far away; it is drawn only when it fits.
    let bound = config.bound.filter(|_| config.kind != MonitorKind::MannWhitney);
    let mut values: Vec<f64> = canary.iter().chain(&control).flatten().copied().collect();
    if let Some(bound) = bound.filter(|_| config.kind != MonitorKind::SteadyGrowth) {
        values.push(bound);
    }
    let panel = Panel::new(TOP, &values);
    panel.frame(&mut out, "reading");
    if let Some(bound) = bound.filter(|bound| panel.holds(*bound)) {
        panel.level(&mut out, bound, "#888888", &format!("bound {}", say(bound)));
    }
    panel.line(&mut out, &across, &control, "#4477aa");
    panel.line(&mut out, &across, &canary, "#cc3311");
    text(&mut out, WIDTH - RIGHT, 20.0, "end", "#cc3311", "canary");
    text(&mut out, WIDTH - RIGHT - 60.0, 20.0, "end", "#4477aa", "control");
    if has_evidence {
        evidence_panel(&mut out, &across, &points);
    }
    faults(&mut out, replay, &across);
    markers(&mut out, replay, position, &across, height);
    out.push_str("</svg>");
    Some(out)
}

/// A page by itself: the verdict, a picture for each monitor, and what other settings would have done. O(windows x monitors).
#[must_use]
pub fn page(replay: &Replay, what_ifs: &[WhatIf]) -> String {
    let evidence = &replay.evidence;
    let mut out = String::new();
    let title = format!("Rollout: {}", evidence.verdict);
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title><style>body{{font:15px/1.45 \
         sans-serif;max-width:900px;margin:2em auto;padding:0 1em;color:#111}}svg{{width:100%;height:auto;margin:1em 0}}\
         table{{border-collapse:collapse}}td,th{{text-align:left;padding:.25em .8em .25em 0;border-bottom:1px solid #ddd;\
         vertical-align:top}}</style></head><body><h1>{}</h1><p>{}</p>",
        escape(&title),
        escape(&title),
        escape(&evidence.reason)
    );
    for position in 0..replay.config.monitors.len() {
        out.push_str(&monitor_svg(replay, position).unwrap_or_default());
    }
    if !what_ifs.is_empty() {
        out.push_str("<h2>What other settings would have done</h2><table><tr><th>setting</th><th>verdict</th><th>at window</th><th>why</th></tr>");
        for what_if in what_ifs {
            let at = what_if.halted_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
            let _ = write!(
                out,
                "<tr><td>{}</td><td>{}</td><td>{at}</td><td>{}</td></tr>",
                escape(&what_if.change),
                what_if.verdict,
                escape(&shorten(&what_if.reason, 160))
            );
        }
        out.push_str("</table>");
    }
    out.push_str("</body></html>\n");
    out
}

/// The ratio's confidence sequence as a band where there is one, and the evidence as a line against its threshold.
fn evidence_panel(out: &mut String, across: &Across, points: &[Option<&Point>]) {
    let logs: Vec<Option<f64>> = points.iter().map(|point| point.and_then(|point| point.log_evalue)).collect();
    let threshold = points.iter().flatten().rev().find_map(|point| point.threshold);
    let top = TOP + PANEL + GAP;
    let least = threshold.map_or(-3.0, |threshold| -threshold);
    let mut values: Vec<f64> = logs.iter().flatten().map(|log| log.max(least)).collect();
    values.extend(threshold);
    values.push(0.0);
    let panel = Panel::new(top, &values);
    panel.frame(out, "ln e-value");
    if let Some(threshold) = threshold {
        panel.level(out, threshold, "#cc3311", &format!("halts at e-value {}", say(threshold.exp())));
    }
    let clipped: Vec<Option<f64>> = logs.iter().map(|log| log.map(|log| log.max(least))).collect();
    panel.line(out, across, &clipped, "#117733");
    let ratio = points.iter().flatten().rev().find_map(|point| point.ratio);
    if let Some([low, high]) = ratio {
        let said = format!("ratio to the control at the end: {} to {}", say(low), say(high));
        text(out, WIDTH - RIGHT, top + PANEL + 30.0, "end", "#555555", &said);
    }
}

fn faults(out: &mut String, replay: &Replay, across: &Across) {
    for (index, step) in replay.steps.iter().enumerate() {
        if !matches!(step.observed.as_str(), "used" | "history" | "skipped" | "halted" | "after the halt") {
            let x = across.x(index);
            let _ = write!(
                out,
                "<rect x=\"{:.1}\" y=\"{TOP}\" width=\"4\" height=\"{PANEL}\" fill=\"#ddaa33\" opacity=\"0.5\"><title>{}</title></rect>",
                x - 2.0,
                escape(&format!("window {index}: {}", step.observed))
            );
        }
    }
}

fn markers(out: &mut String, replay: &Replay, position: usize, across: &Across, height: f64) {
    let mut vertical = |x: f64, color: &str, said: &str, y: f64| {
        let _ = write!(
            out,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\" stroke=\"{color}\" stroke-dasharray=\"4 3\"/>",
            height - GAP
        );
        text(out, x + 4.0, y, "start", color, said);
    };
    if let Some(deployed) = replay.config.deployed_at {
        let first_after =
            replay.steps.iter().position(|step| step.end.is_some_and(|end| seconds_between(deployed, end) > 0.0));
        if let Some(first) = first_after {
            vertical(across.x(first) - 2.0, "#555555", "deploy", TOP + 14.0);
        }
    }
    if let (Some(halt), Some(at)) = (&replay.evidence.halt, replay.halted_at()) {
        let own = if halt.monitor == position { "halt" } else { "halted by another monitor" };
        vertical(across.x(at), "#aa0000", &format!("{own}, window {at}"), TOP + 30.0);
    }
}

struct Across {
    steps: usize,
}

impl Across {
    fn x(&self, index: usize) -> f64 {
        let width = WIDTH - LEFT - RIGHT;
        if self.steps < 2 { LEFT + width / 2.0 } else { LEFT + width * index as f64 / (self.steps - 1) as f64 }
    }
}

struct Panel {
    top: f64,
    low: f64,
    high: f64,
}

impl Panel {
    fn new(top: f64, values: &[f64]) -> Self {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let low = finite().fold(f64::INFINITY, f64::min);
        let high = finite().fold(f64::NEG_INFINITY, f64::max);
        if low > high {
            return Self { top, low: 0.0, high: 1.0 };
        }
        let margin = if high > low { 0.08 * (high - low) } else { 0.5 * high.abs().max(1e-3) };
        // What is never negative has no axis below zero.
        let floor = if low >= 0.0 { (low - margin).max(0.0) } else { low - margin };
        Self { top, low: floor, high: high + margin }
    }

    fn y(&self, value: f64) -> f64 {
        self.top + PANEL * (1.0 - ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0))
    }

    fn holds(&self, value: f64) -> bool {
        value >= self.low && value <= self.high
    }

    fn frame(&self, out: &mut String, name: &str) {
        let width = WIDTH - LEFT - RIGHT;
        let _ = write!(
            out,
            "<rect x=\"{LEFT}\" y=\"{}\" width=\"{width}\" height=\"{PANEL}\" fill=\"none\" stroke=\"#cccccc\"/>",
            self.top
        );
        text(out, LEFT - 6.0, self.top + 10.0, "end", "#555555", &say(self.high));
        text(out, LEFT - 6.0, self.top + PANEL, "end", "#555555", &say(self.low));
        text(out, LEFT, self.top + PANEL + 16.0, "start", "#555555", name);
    }

    fn level(&self, out: &mut String, value: f64, color: &str, said: &str) {
        let y = self.y(value);
        let _ = write!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"{color}\" stroke-dasharray=\"6 4\"/>",
            WIDTH - RIGHT
        );
        text(out, WIDTH - RIGHT - 4.0, y - 4.0, "end", color, said);
    }

    /// A line that breaks where there is no value.
    fn line(&self, out: &mut String, across: &Across, values: &[Option<f64>], color: &str) {
        let mut path = String::new();
        let mut joined = false;
        for (index, value) in values.iter().enumerate() {
            match value.filter(|value| value.is_finite()) {
                Some(value) => {
                    let command = if joined { 'L' } else { 'M' };
                    let _ = write!(path, "{command}{:.1} {:.1}", across.x(index), self.y(value));
                    joined = true;
                }
                None => joined = false,
            }
        }
        if !path.is_empty() {
            let _ = write!(out, "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\"/>");
        }
    }
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, color: &str, said: &str) {
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{color}\">{}</text>",
        escape(said)
    );
}

fn shorten(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(2)).collect();
    format!("{kept} ..")
}

/// Text as it may stand in XML: marked characters escaped, control characters (which XML forbids) as spaces.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_escaped() {
        assert_eq!(escape("<a href='x'>&\"\u{0}"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot; ");
    }

    #[test]
    fn a_panel_without_values_has_a_scale() {
        let panel = Panel::new(0.0, &[]);
        assert!(panel.y(0.5).is_finite());
        let one = Panel::new(0.0, &[7.0, f64::NAN]);
        assert!((one.y(7.0) - PANEL / 2.0).abs() < 1e-9);
    }
}
