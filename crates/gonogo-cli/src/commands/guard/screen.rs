//! What `gonogo guard watch` shows: one screen on a terminal, one line a window elsewhere.

use gonogo::guard::{Evidence, MonitorReport};

/// Cells of a monitor's bar.
const BAR: usize = 20;

/// One line for a log.
pub(super) fn line(evidence: &Evidence, observed: &str) -> String {
    let at = evidence.until.map_or_else(|| "-".to_owned(), |until| until.to_string());
    format!(
        "{at}  window {}/{}  {observed}  {}: {}\n",
        evidence.windows, evidence.planned_windows, evidence.verdict, evidence.reason
    )
}

/// The whole screen, drawn over the last one.
pub(super) fn screen(evidence: &Evidence, trouble: Option<&str>, width: usize) -> String {
    let mut rows = vec![
        format!("{}  window {} of {}", evidence.verdict, evidence.windows, evidence.planned_windows),
        evidence.reason.clone(),
        String::new(),
    ];
    let wide = evidence.monitors.iter().map(|monitor| name(monitor).chars().count()).max().unwrap_or_default();
    for monitor in &evidence.monitors {
        rows.push(format!("{:wide$}  {}  {}", name(monitor), bar(monitor), monitor.reason));
    }
    rows.push(String::new());
    match evidence.faults.first() {
        None => rows.push("no data is missing".to_owned()),
        Some(_) => rows.extend(evidence.faults.iter().take(5).map(|fault| format!("missing: {fault}"))),
    }
    if let Some(until) = evidence.until {
        rows.push(format!("last window ended at {until}"));
    }
    rows.extend(trouble.map(|trouble| format!("last failure: {trouble}")));
    let cut = |row: &String| row.chars().filter(|c| !c.is_control()).take(width).collect::<String>();
    // Home, each row cleared behind its end, then whatever is below.
    let drawn: String = rows.iter().map(|row| format!("{}\x1b[K\n", cut(row))).collect();
    format!("\x1b[H{drawn}\x1b[J")
}

fn name(monitor: &MonitorReport) -> String {
    format!("{} ({})", monitor.metric, monitor.kind)
}

/// How far the evidence is on its way to a halt.
fn bar(monitor: &MonitorReport) -> String {
    let figure = |name: &str| monitor.figures.get(name).and_then(serde_json::Value::as_f64);
    let log = match (figure("log_e_value"), figure("tempered_log_e_value")) {
        (_, Some(all)) => Some(all),
        (plain, None) => plain,
    };
    let part = match (log, figure("threshold")) {
        _ if monitor.harm => 1.0,
        (Some(log), Some(threshold)) if threshold > 0.0 => (log / threshold).clamp(0.0, 1.0),
        _ => 0.0,
    };
    let full = (part * BAR as f64).floor() as usize;
    format!("[{}{}]", "#".repeat(full), "-".repeat(BAR - full.min(BAR)))
}
