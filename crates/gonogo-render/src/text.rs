//! For a terminal.

use gonogo_core::{Decision, Report};

use crate::flow::{Flow, Page, Style};
use crate::summary::{AnswerWord, Group, Member, Summary};

/// The narrowest page; a smaller width is taken for this.
pub(crate) const NARROWEST: usize = 40;
/// How far labels of a group are indented, and how wide they are.
const INDENT: usize = 8;
const LABEL: usize = 9;
/// How many of the folded lines of one kind are shown.
const FOLDED: usize = 5;

/// How the text is to look.
///
/// ```
/// let options = gonogo_render::TextOptions::new().colour(true).width(100);
/// assert_eq!((options.colour, options.width, options.unfold, options.most_groups), (true, 100, false, 10));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextOptions {
    /// Whether to colour, with ANSI escape sequences. Nothing is said by colour alone.
    pub colour: bool,
    /// How many columns a line has; at least 40.
    pub width: usize,
    /// Whether everything is shown: each finding of a group, with its evidence, and all that is folded.
    pub unfold: bool,
    /// How many groups a section shows when it is not unfolded.
    pub most_groups: usize,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self { colour: false, width: 100, unfold: false, most_groups: 10 }
    }
}

impl TextOptions {
    /// No colour, 100 columns, folded, ten groups a section.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with or without colour.
    #[must_use]
    pub fn colour(self, colour: bool) -> Self {
        Self { colour, ..self }
    }

    /// The same, so many columns wide.
    #[must_use]
    pub fn width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// The same, unfolded or not.
    #[must_use]
    pub fn unfold(self, unfold: bool) -> Self {
        Self { unfold, ..self }
    }

    /// The same, with at most so many groups a section.
    #[must_use]
    pub fn most_groups(self, most_groups: usize) -> Self {
        Self { most_groups, ..self }
    }
}

/// The report for a person at a terminal. Its first line begins with the decision's word; no other line does.
#[must_use]
pub fn text(report: &Report, options: &TextOptions) -> String {
    let summary = Summary::of(report);
    let mut writer = Writer { page: Page::new(options.width.max(NARROWEST), options.colour), options };
    writer.top(&summary);
    writer.section("What stops it", &summary.stops, "grounds");
    writer.section("What a person must decide", &summary.holds, "things");
    writer.answers(&summary);
    writer.section("What could not be checked", &summary.unchecked, "things");
    writer.examined(&summary);
    writer.rest(&summary);
    writer.page.out
}

struct Writer<'a> {
    page: Page,
    options: &'a TextOptions,
}

fn style(decision: Decision) -> Style {
    match decision {
        Decision::Go => Style::Green,
        Decision::Hold => Style::Yellow,
        Decision::NoGo => Style::Red,
    }
}

/// What a group's weight is called.
pub(crate) fn weight_word(decision: Decision) -> &'static str {
    match decision {
        Decision::Go => "note",
        Decision::Hold => "HOLD",
        Decision::NoGo => "STOP",
    }
}

/// `lock = SHARE, p90_seconds = 140`; the witness of a group of one has a line of its own.
fn evidence(member: &Member, alone: bool) -> Option<String> {
    let shown = member.evidence.iter().filter(|(name, _)| !(alone && name.as_str() == "witness"));
    let shown: Vec<String> = shown.map(|(name, value)| format!("{name} = {value}")).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

impl Writer<'_> {
    fn top(&mut self, summary: &Summary) {
        let sentence = summary.sentence.as_str();
        let (word, rest) = sentence.split_once(' ').unwrap_or((sentence, ""));
        let flow = Flow::default().text(style(summary.decision), word).text(Style::Bold, rest);
        self.page.paragraph(0, 2, &flow);
        if let Some(overridden) = &summary.overridden {
            self.page.paragraph(0, 2, &Flow::default().text(Style::Yellow, overridden.as_str()));
        }
        self.page.paragraph(0, 2, &Flow::default().text(Style::Dim, summary.deploy.as_str()));
    }

    fn heading(&mut self, heading: &str) {
        self.page.blank();
        self.page.raw(0, Style::Bold, heading);
    }

    fn section(&mut self, heading: &str, groups: &[Group], of_what: &str) {
        if groups.is_empty() {
            return;
        }
        self.heading(heading);
        let most = if self.options.unfold { groups.len() } else { self.options.most_groups };
        for group in groups.iter().take(most) {
            self.group(group);
        }
        if let Some(more) = groups.len().checked_sub(most).filter(|&more| more > 0) {
            let line = format!("and {more} more {of_what} (--unfold or --format json)");
            self.page.paragraph(2, 4, &Flow::default().text(Style::Plain, &line));
        }
    }

    fn group(&mut self, group: &Group) {
        let mut flow = Flow::default().text(style(group.weight), weight_word(group.weight)).joined(" ");
        if group.rule.is_none() {
            flow = flow.text(Style::Bold, group.about.as_str());
        } else if !group.heading().is_empty() {
            flow = flow.text(Style::Bold, group.heading().as_str()).joined(":");
        }
        flow = flow.text(Style::Plain, group.said().as_str());
        if let Some(rule) = &group.rule {
            flow = flow.whole(Style::Dim, &format!("[{rule}]"));
        }
        self.page.paragraph(2, INDENT, &flow);
        if let Some(blocks) = &group.blocks {
            self.label("blocks", Flow::default().text(Style::Plain, blocks.as_str()));
        }
        if self.options.unfold && group.members.len() > 1 {
            self.members(group);
        } else if let Some(place) = group.first_place() {
            let mut flow = Flow::default().whole(Style::Cyan, &place.to_string());
            flow = match group.further_places() {
                0 => flow,
                1 => flow.text(Style::Plain, "and 1 more place"),
                more => flow.text(Style::Plain, &format!("and {more} more places")),
            };
            self.label("where", flow);
        }
        if let Some(witness) = group.witness.as_ref().filter(|_| !(self.options.unfold && group.members.len() > 1)) {
            self.label("witness", Flow::default().text(Style::Plain, witness.as_str()));
        }
        if self.options.unfold && group.members.len() == 1 {
            for evidence in group.members.iter().filter_map(|member| evidence(member, true)) {
                self.label("shown by", Flow::default().text(Style::Plain, &evidence));
            }
        }
        if let Some(remedy) = &group.remedy {
            self.label("remedy", Flow::default().text(Style::Plain, remedy.as_str()));
        }
        if let Some(cleared_by) = &group.cleared_by {
            self.label("cleared", Flow::default().text(Style::Plain, cleared_by.as_str()));
        }
    }

    fn label(&mut self, label: &str, flow: Flow) {
        let label = format!("{label:<width$}", width = LABEL - 1);
        self.page.labelled(INDENT, (Style::Dim, &label), INDENT + LABEL, &flow);
    }

    fn members(&mut self, group: &Group) {
        for member in &group.members {
            let mut flow = Flow::default();
            if let Some(place) = &member.place {
                flow = flow.whole(Style::Cyan, &place.to_string());
            }
            let (subject, message) = group.said_by(member);
            if !subject.is_empty() {
                flow = flow.text(Style::Bold, subject.as_str()).joined(":");
            }
            flow = flow.text(Style::Plain, message.as_str());
            if let Some(evidence) = evidence(member, false) {
                flow = flow.text(Style::Dim, &format!("({evidence})"));
            }
            self.label("-", flow);
            if let Some(remedy) = member.remedy.as_ref().filter(|remedy| Some(*remedy) != group.remedy.as_ref()) {
                self.label("", Flow::default().text(Style::Plain, "remedy:").text(Style::Plain, remedy.as_str()));
            }
        }
    }

    fn answers(&mut self, summary: &Summary) {
        if summary.answers.is_empty() {
            return;
        }
        self.page.blank();
        for answer in &summary.answers {
            let style = match answer.word {
                AnswerWord::Yes => Style::Green,
                AnswerWord::No => Style::Red,
                AnswerWord::YesAsFarAsChecked | AnswerWord::NotAsked | AnswerWord::Unknown => Style::Yellow,
            };
            let mut flow = Flow::default().text(Style::Bold, answer.question).text(style, &answer.word.to_string());
            flow = match answer.why.is_empty() {
                true => flow.joined("."),
                false => flow.joined(":").text(Style::Plain, answer.why.as_str()),
            };
            self.page.paragraph(0, 2, &flow);
        }
    }

    fn examined(&mut self, summary: &Summary) {
        self.page.blank();
        let flow = Flow::default().text(Style::Bold, "Examined:").text(Style::Plain, summary.accounting.as_str());
        self.page.paragraph(0, 2, &flow);
    }

    /// One line of what is folded: what it is, then what it says.
    fn line(&mut self, what: &str, flow: Flow) {
        self.page.labelled(2, (Style::Dim, what), 4, &flow);
    }

    fn lines(&mut self, what: &str, all: impl ExactSizeIterator<Item = Flow>) {
        let most = if self.options.unfold { all.len() } else { FOLDED };
        let more = all.len().saturating_sub(most);
        for flow in all.take(most) {
            self.line(what, flow);
        }
        if more > 0 {
            self.line(
                what,
                Flow::default().text(Style::Plain, &format!("and {more} more (--unfold or --format json)")),
            );
        }
    }

    fn rest(&mut self, summary: &Summary) {
        let plain = |text: String| Flow::default().text(Style::Plain, &text);
        self.page.blank();
        if !summary.notes.is_empty() && !self.options.unfold {
            let notes: usize = summary.notes.iter().map(|group| group.members.len()).sum();
            let mut flow = Flow::default();
            for (place, group) in summary.notes.iter().take(FOLDED).enumerate() {
                let rule = group.rule.as_ref().map(|rule| rule.as_str()).unwrap_or_default();
                flow = if place == 0 { flow } else { flow.joined(",") };
                flow = flow.whole(Style::Plain, rule).text(Style::Plain, &format!("({})", group.members.len()));
            }
            if let Some(more) = summary.notes.len().checked_sub(FOLDED).filter(|&more| more > 0) {
                flow = flow.joined(",").text(Style::Plain, &format!("and {more} more rules"));
            }
            self.line(&format!("{notes} {}:", if notes == 1 { "note" } else { "notes" }), flow);
        }
        self.lines(
            "Cleared:",
            summary.cleared.iter().map(|group| {
                let by = group.cleared_by.as_ref().map(|by| by.as_str()).unwrap_or_default();
                let mut flow = Flow::default().text(Style::Plain, group.heading().as_str());
                if let Some(rule) = &group.rule {
                    flow = flow.whole(Style::Dim, &format!("[{rule}]"));
                }
                flow.text(Style::Plain, by)
            }),
        );
        self.lines(
            "Shadow:",
            summary.shadows.iter().map(|shadow| {
                let flow = plain(format!("check {} would have said", shadow.check));
                let flow = flow.text(style(shadow.would_say), &shadow.would_say.to_string());
                match shadow.groups.first() {
                    None => flow,
                    Some(group) => {
                        let more = shadow.groups.len() - 1;
                        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
                        let about = group.heading();
                        let about =
                            if group.rule.is_none() || about.is_empty() { String::new() } else { format!("{about}: ") };
                        flow.joined(";").text(Style::Plain, &format!("{about}{}{more}", group.said()))
                    }
                }
            }),
        );
        self.lines(
            "Does not apply:",
            summary.inapplicable.iter().map(|told| plain(format!("{} ({})", told.name, told.text))),
        );
        self.lines("Without effect:", summary.lapsed.iter().map(|line| plain(line.to_string())));
        if let Some(counted) = &summary.counted {
            self.line("Counted:", plain(counted.to_string()));
        }
        self.lines("Also:", summary.told.iter().map(|told| plain(format!("{}: {}", told.name, told.text))));
        let standing = if self.options.unfold { &summary.standing } else { &summary.standing_in_short };
        self.page.paragraph(2, 4, &Flow::default().text(Style::Dim, standing.as_str()));
        if self.options.unfold {
            self.unfolded(summary);
        }
    }

    fn unfolded(&mut self, summary: &Summary) {
        self.section("Notes", &summary.notes, "rules");
        self.section("What was cleared", &summary.cleared, "things");
        for shadow in &summary.shadows {
            self.section(&format!("What the shadow check {} found", shadow.check), &shadow.groups, "things");
        }
        self.heading("Checks");
        for check in &summary.checks {
            let shadow = if check.shadow { " (shadow)" } else { "" };
            let took = check.took.as_ref().map_or(String::new(), |took| format!(" ({took})"));
            let flow = Flow::default().whole(Style::Plain, &format!("{}{shadow}:", check.check));
            self.line("-", flow.text(Style::Plain, &format!("{}{took}", check.ended)));
        }
    }
}
