//! The question: may a reader read everything that a writer can write?

#[cfg(feature = "openapi")]
use std::collections::{HashMap, HashSet};

use crate::budget::Budget;
pub use crate::formula::Content;
use crate::formula::{Compiler, Formulas};
#[cfg(feature = "openapi")]
use crate::formula::{Id, References};
use crate::json::{Json, JsonError};
use crate::language::Patterns;
use crate::schema::{At, Document, Draft, Evaluator, same_in_any_order};
use crate::solve::{Answer, Solver};

/// Steps for one question, unless told otherwise: some seconds on the slowest of machines, thousands of times what an ordinary
/// pair of contracts needs.
pub const DEFAULT_STEPS: u64 = 2_000_000;

/// A finite writer is settled value by value up to this many values.
const MAX_VALUES: usize = 4_096;

/// Whether a reader can read everything a writer can write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Proved: there is no value that the writer may write and the reader rejects.
    Compatible,
    /// The writer may write this value and the reader rejects it; both were checked.
    Incompatible {
        /// The value.
        witness: Json,
    },
    /// Neither was shown.
    Unknown {
        /// What stood in the way.
        why: String,
    },
}

/// A JSON Schema document.
#[derive(Debug, Clone)]
pub struct Schema {
    root: Json,
    draft: Draft,
}

impl Schema {
    /// A schema that was read already; `draft` is what it follows unless its `$schema` says otherwise.
    #[must_use]
    pub fn new(root: Json, draft: Draft) -> Self {
        Self { root, draft }
    }

    /// Reads a schema from JSON text.
    ///
    /// # Errors
    /// Text that is not JSON; see [`Json::parse`].
    pub fn parse(text: &str, draft: Draft) -> Result<Self, JsonError> {
        Json::parse(text).map(|root| Self { root, draft })
    }

    /// The document.
    #[must_use]
    pub fn root(&self) -> &Json {
        &self.root
    }

    /// What the schema follows unless its `$schema` says otherwise.
    #[must_use]
    pub fn draft(&self) -> Draft {
        self.draft
    }

    /// Whether a value is valid under the schema; `None` if that cannot be told.
    #[must_use]
    pub fn accepts(&self, value: &Json) -> Option<bool> {
        let document = Document::new(&self.root, self.draft);
        let (patterns, budget) = (Patterns::default(), Budget::new(DEFAULT_STEPS));
        Evaluator { document: &document, patterns: &patterns, budget: &budget }.valid(document.top(), value).ok()
    }
}

/// What is assumed of a writer, and how much work an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// What members a writer adds to those its schema names.
    pub content: Content,
    /// Counted steps, after which the verdict is `Unknown`.
    pub steps: u64,
}

impl Options {
    /// A writer that sends whatever its schema allows.
    #[must_use]
    pub fn open() -> Self {
        Self { content: Content::Open, steps: DEFAULT_STEPS }
    }

    /// A writer that sends only members its schema names: what services made from a contract do.
    #[must_use]
    pub fn declared() -> Self {
        Self { content: Content::Declared, steps: DEFAULT_STEPS }
    }

    /// The same, with so many steps.
    #[must_use]
    pub fn steps(self, steps: u64) -> Self {
        Self { steps, ..self }
    }
}

/// Whether a reader can read everything that a writer can write.
///
/// The answer is deterministic: it depends on the two schemas and the options alone.
///
/// ```
/// use gonogo_compat::{compare, Draft, Options, Schema, Verdict};
/// let old = Schema::parse(r#"{"type": "object", "properties": {"plan": {"enum": ["free", "team"]}}}"#, Draft::Draft202012)?;
/// let new = Schema::parse(r#"{"type": "object", "properties": {"plan": {"enum": ["team"]}}}"#, Draft::Draft202012)?;
/// assert_eq!(compare(&new, &old, &Options::open()), Verdict::Compatible);
/// let Verdict::Incompatible { witness } = compare(&old, &new, &Options::open()) else { panic!() };
/// assert_eq!(witness.to_string(), r#"{"plan":"free"}"#);
/// # Ok::<(), gonogo_compat::json::JsonError>(())
/// ```
#[must_use]
pub fn compare(writer: &Schema, reader: &Schema, options: &Options) -> Verdict {
    let (write, read) = (Document::new(&writer.root, writer.draft), Document::new(&reader.root, reader.draft));
    let writer = Side { document: &write, at: write.top() };
    let reader = Side { document: &read, at: read.top() };
    contains(writer, reader, options)
}

/// One side of a question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'s, 'a> {
    pub(crate) document: &'s Document<'a>,
    pub(crate) at: At<'a>,
}

/// Questions about two documents that do not look into references.
#[cfg(feature = "openapi")]
pub(crate) struct Around<'q> {
    pub(crate) patterns: &'q Patterns,
    pub(crate) options: &'q Options,
}

#[cfg(feature = "openapi")]
impl Around<'_> {
    fn side(&self, formulas: &mut Formulas, side: Side<'_, '_>, content: Content, how: References<'_>) -> Id {
        let label = if content == Content::Open { "reader's" } else { "writer's" };
        Compiler::new(formulas, side.document, self.patterns, content, label).sharing(how).schema(side.at)
    }

    fn sample(&self, formulas: &mut Formulas, set: Id) -> Answer {
        if formulas.have_a_circle() {
            return Answer::Unknown(String::new());
        }
        Solver::new(formulas, &Budget::new(self.options.steps)).sample(set)
    }

    /// Whether containment is proved without looking into references that mean the same on both sides; `false` says nothing.
    pub(crate) fn proved(&self, writer: Side<'_, '_>, reader: Side<'_, '_>, shared: &HashSet<String>) -> bool {
        let mut formulas = Formulas::new();
        let written = self.side(&mut formulas, writer, self.options.content, References::Same(shared));
        let readable = self.side(&mut formulas, reader, Content::Open, References::Same(shared));
        let refused = formulas.not(readable);
        let question = formulas.and([written, refused]);
        // A shared reference is a set that nothing is known of but that it is one set: emptiness without knowing more is emptiness.
        matches!(self.sample(&mut formulas, question), Answer::Empty)
    }

    /// Gives values that the writer writes and the reader rejects whatever its references accept, one after the other, for as long as
    /// `note` changes what the reader rejects.
    pub(crate) fn witnesses(
        &self,
        writer: Side<'_, '_>,
        reader: Side<'_, '_>,
        typical: &HashMap<String, Json>,
        mut note: impl FnMut(Json) -> bool,
    ) {
        let mut formulas = Formulas::new();
        let written = self.side(&mut formulas, writer, self.options.content, References::Typical(typical));
        loop {
            let readable = self.side(&mut formulas, reader, Content::Open, References::Anything);
            let refused = formulas.not(readable);
            let question = formulas.and([written, refused]);
            let Answer::Value { value, certain: true } = self.sample(&mut formulas, question) else { return };
            let budget = Budget::new(self.options.steps);
            let valid = |side: Side<'_, '_>| {
                let evaluator = Evaluator { document: side.document, patterns: self.patterns, budget: &budget };
                evaluator.valid(side.at, &value).ok()
            };
            let shown = valid(writer) == Some(true) && reader.document.as_written(|| valid(reader)) == Some(false);
            if !shown || !note(value) {
                return;
            }
        }
    }

    /// A value of the writer's schema, which the reader's accepts as well if there is one.
    pub(crate) fn typical(
        &self,
        writer: Side<'_, '_>,
        reader: Option<Side<'_, '_>>,
        typical: &HashMap<String, Json>,
    ) -> Option<Json> {
        let mut formulas = Formulas::new();
        let written = self.side(&mut formulas, writer, self.options.content, References::Typical(typical));
        if let Some(reader) = reader {
            let readable = self.side(&mut formulas, reader, Content::Open, References::Anything);
            let both = formulas.and([written, readable]);
            if let Answer::Value { value, certain: true } = self.sample(&mut formulas, both) {
                return Some(value);
            }
        }
        match self.sample(&mut formulas, written) {
            Answer::Value { value, certain: true } => Some(value),
            _ => None,
        }
    }
}

/// Answers the question for two schemas.
pub(crate) fn contains(writer: Side<'_, '_>, reader: Side<'_, '_>, options: &Options) -> Verdict {
    let Options { content, steps } = *options;
    let patterns = Patterns::default();
    let budget = Budget::new(steps);
    let unknown = |why: &str| Verdict::Unknown { why: why.to_owned() };
    if same(writer, reader) {
        return Verdict::Compatible;
    }
    let write = Evaluator { document: writer.document, patterns: &patterns, budget: &budget };
    let read = Evaluator { document: reader.document, patterns: &patterns, budget: &budget };
    if let Some(values) = finite(writer, 0) {
        return value_by_value(&write, writer, &read, reader, &values);
    }
    let mut formulas = Formulas::new();
    let written = Compiler::new(&mut formulas, writer.document, &patterns, content, "writer's").schema(writer.at);
    let readable =
        Compiler::new(&mut formulas, reader.document, &patterns, Content::Open, "reader's").schema(reader.at);
    if formulas.have_a_circle() {
        return unknown("a schema refers to itself for the same value");
    }
    let refused = formulas.not(readable);
    let question = formulas.and([written, refused]);
    let answer = Solver::new(&mut formulas, &budget).sample(question);
    match answer {
        Answer::Empty => Verdict::Compatible,
        Answer::Unknown(_) if same_otherwise_written(writer, reader) => Verdict::Compatible,
        Answer::Unknown(why) => Verdict::Unknown { why },
        Answer::Value { value, certain } => {
            // The referee has steps of its own: an answer is not lost because finding it was dear.
            let budget = Budget::new(steps);
            let write = Evaluator { budget: &budget, ..write };
            let read = Evaluator { budget: &budget, ..read };
            match (write.valid(writer.at, &value), read.valid(reader.at, &value)) {
                _ if !certain && same_otherwise_written(writer, reader) => Verdict::Compatible,
                (Ok(true), Ok(false)) => Verdict::Incompatible { witness: value },
                (Err(why), _) | (_, Err(why)) => Verdict::Unknown { why: why.0 },
                _ if certain => unknown("the value that was found is not one; this is a defect of the prover"),
                _ => {
                    let opaque = formulas_reason(&formulas);
                    Verdict::Unknown { why: opaque }
                }
            }
        }
    }
}

fn formulas_reason(formulas: &Formulas) -> String {
    let why = formulas.why_opaque(0);
    if why.is_empty() { "something in the contracts is not understood".to_owned() } else { why.to_owned() }
}

/// Whether both sides are whole documents of one draft.
fn are_whole(writer: Side<'_, '_>, reader: Side<'_, '_>) -> bool {
    let (w, r) = (writer.document.top(), reader.document.top());
    std::ptr::eq(writer.at.node, w.node)
        && std::ptr::eq(reader.at.node, r.node)
        && writer.document.draft(w) == reader.document.draft(r)
}

/// Whether both sides are one schema of equal documents: whatever it means, it means the same.
fn same(writer: Side<'_, '_>, reader: Side<'_, '_>) -> bool {
    are_whole(writer, reader) && writer.at.node == reader.at.node
}

/// The same for documents that differ in their order alone. The search knows most of them for equal; those that go on for ever are
/// looked at here.
fn same_otherwise_written(writer: Side<'_, '_>, reader: Side<'_, '_>) -> bool {
    are_whole(writer, reader) && same_in_any_order(writer.at.node, reader.at.node)
}

/// All values a schema may accept, if it plainly lists them.
fn finite<'a>(side: Side<'_, 'a>, depth: usize) -> Option<Vec<&'a Json>> {
    let node = side.at.node;
    let draft = side.document.draft(side.at);
    if depth > 20 || (!draft.ref_has_siblings() && node.get("$ref").is_some()) {
        return None;
    }
    if let Some(value) = node.get("const").filter(|_| draft.knows("const")) {
        return Some(vec![value]);
    }
    if let Some(Json::Array(values)) = node.get("enum") {
        return Some(values.iter().collect());
    }
    let branch = |node: &'a Json| Side { at: side.document.child(side.at, node), ..side };
    for name in ["anyOf", "oneOf"] {
        if let Some(Json::Array(branches)) = node.get(name) {
            let mut values = Vec::new();
            let all = branches.iter().all(|b| finite(branch(b), depth + 1).map(|more| values.extend(more)).is_some());
            if all && values.len() <= MAX_VALUES {
                return Some(values);
            }
        }
    }
    node.get("allOf").and_then(Json::as_array)?.iter().find_map(|b| finite(branch(b), depth + 1))
}

fn value_by_value<'a, 'b>(
    write: &Evaluator<'_, 'a>,
    writer: Side<'_, 'a>,
    read: &Evaluator<'_, 'b>,
    reader: Side<'_, 'b>,
    values: &[&Json],
) -> Verdict {
    let mut doubt = None;
    for value in values {
        match write.valid(writer.at, value) {
            Ok(false) => {}
            Ok(true) => match read.valid(reader.at, value) {
                Ok(true) => {}
                Ok(false) => return Verdict::Incompatible { witness: (*value).clone() },
                Err(why) => doubt = Some(why.0),
            },
            Err(why) => match read.valid(reader.at, value) {
                Ok(true) => {}
                _ => doubt = Some(why.0),
            },
        }
    }
    doubt.map_or(Verdict::Compatible, |why| Verdict::Unknown { why })
}
