//! Do the valid constraints of a table already prove a condition, so that the server skips its scan?
//! Source: `ConstraintImpliedByRelConstraint` and `predicate_implied_by` (weak implication) of the server, as far as AND, OR, IS NOT
//! NULL, comparisons with constants, IN, BETWEEN and = ANY go. What is not proven here is scanned: the error is on the safe side.

use std::cmp::Ordering;

use crate::catalog::Relation;
use crate::model::alter::PartitionBound;
use crate::model::expression::{Expression, Fragment, FragmentKind, cut_at, strip};
use crate::model::statement::PartitionKey;
use crate::model::table::{ConstraintKind, IndexPart};

/// A constant, comparable with constants of its kind.
#[derive(Debug, Clone, PartialEq)]
enum Constant {
    Number(f64),
    Text(String),
}

impl Constant {
    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b),
            (Self::Text(a), Self::Text(b)) if a.len() == b.len() || a == b => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// A simple statement about one column.
#[derive(Debug, Clone, PartialEq)]
enum Atom {
    NotNull(String),
    AtLeast(String, Constant, bool),
    AtMost(String, Constant, bool),
    OneOf(String, Vec<Constant>),
    NoneOf(String, Vec<Constant>),
    Other,
}

fn constant(fragments: &[Fragment]) -> Option<Constant> {
    let body = strip(fragments);
    let cast = body.iter().position(|f| f.symbol("::")).unwrap_or(body.len());
    let body = strip(body.get(..cast)?);
    match body {
        [sign, n] if sign.symbol("-") && n.kind == FragmentKind::Number => {
            n.text.parse().ok().map(|v: f64| Constant::Number(-v))
        }
        [n] if n.kind == FragmentKind::Number => n.text.parse().ok().map(Constant::Number),
        [t] if t.kind == FragmentKind::Text => Some(Constant::Text(crate::sql::cursor::literal(&t.text))),
        [ty, t] if ty.kind == FragmentKind::Word && t.kind == FragmentKind::Text => {
            Some(Constant::Text(crate::sql::cursor::literal(&t.text)))
        }
        _ => None,
    }
}

fn column(fragments: &[Fragment]) -> Option<String> {
    match strip(fragments) {
        [only] if only.names() => Some(only.text.clone()),
        [name, cast, ..] if name.names() && cast.symbol("::") => Some(name.text.clone()),
        _ => None,
    }
}

fn list(fragments: &[Fragment]) -> Option<Vec<Constant>> {
    fragments.split(|f| f.symbol(",")).map(constant).collect()
}

fn atoms(fragments: &[Fragment]) -> Vec<Atom> {
    let body = strip(fragments);
    if let [head @ .., a, b, c] = body
        && a.word("is")
        && b.word("not")
        && c.word("null")
    {
        return vec![column(head).map_or(Atom::Other, Atom::NotNull)];
    }
    if body.first().is_some_and(|f| f.word("not")) {
        let inner = strip(body.get(1..).unwrap_or(&[]));
        if let [head @ .., a, b] = inner
            && a.word("is")
            && b.word("null")
        {
            return vec![column(head).map_or(Atom::Other, Atom::NotNull)];
        }
        return vec![match atoms(inner).as_slice() {
            [Atom::OneOf(name, values)] => Atom::NoneOf(name.clone(), values.clone()),
            _ => Atom::Other,
        }];
    }
    if let Some(at) = body.iter().position(|f| f.word("between")) {
        let (head, rest) = (body.get(..at).unwrap_or(&[]), body.get(at + 1..).unwrap_or(&[]));
        if let (Some(name), Some(and)) = (column(head), rest.iter().position(|f| f.word("and")))
            && let (Some(low), Some(high)) =
                (constant(rest.get(..and).unwrap_or(&[])), constant(rest.get(and + 1..).unwrap_or(&[])))
        {
            return vec![Atom::AtLeast(name.clone(), low, true), Atom::AtMost(name, high, true)];
        }
        return vec![Atom::Other];
    }
    if let Some(at) = body.iter().position(|f| f.word("in")) {
        let values = strip(body.get(at + 1..).unwrap_or(&[]));
        let mut head = body.get(..at).unwrap_or(&[]);
        let negated = head.last().is_some_and(|f| f.word("not"));
        if negated {
            head = head.get(..at - 1).unwrap_or(&[]);
        }
        if let (Some(name), Some(values)) = (column(head), list(values)) {
            return vec![if negated { Atom::NoneOf(name, values) } else { Atom::OneOf(name, values) }];
        }
        return vec![Atom::Other];
    }
    if let Some(at) = body.iter().position(|f| f.symbol("<>") || f.symbol("!=")) {
        if let (Some(name), Some(value)) =
            (column(body.get(..at).unwrap_or(&[])), constant(body.get(at + 1..).unwrap_or(&[])))
        {
            return vec![Atom::NoneOf(name, vec![value])];
        }
        return vec![Atom::Other];
    }
    let Some(at) = body.iter().position(|f| ["=", "<", ">", "<=", ">="].iter().any(|o| f.symbol(o))) else {
        return vec![Atom::Other];
    };
    let operator = body.get(at).map_or("", |f| f.text.as_str());
    let (left, right) = (body.get(..at).unwrap_or(&[]), body.get(at + 1..).unwrap_or(&[]));
    if operator == "=" && right.first().is_some_and(|f| f.word("any")) {
        let inner: Vec<Fragment> =
            right.iter().skip(1).filter(|f| !(f.word("array") || f.symbol("[") || f.symbol("]"))).cloned().collect();
        let inner = strip(&inner);
        let cut = inner.iter().position(|f| f.symbol("::")).unwrap_or(inner.len());
        let inner = strip(inner.get(..cut).unwrap_or(&[]));
        if let (Some(name), Some(values)) = (column(left), list(inner)) {
            return vec![Atom::OneOf(name, values)];
        }
        return vec![Atom::Other];
    }
    let (name, value, operator) = match (column(left), constant(right), column(right), constant(left)) {
        (Some(name), Some(value), _, _) => (name, value, operator),
        (_, _, Some(name), Some(value)) => (
            name,
            value,
            match operator {
                "<" => ">",
                ">" => "<",
                "<=" => ">=",
                ">=" => "<=",
                o => o,
            },
        ),
        _ => return vec![Atom::Other],
    };
    match operator {
        "=" => vec![Atom::OneOf(name, vec![value])],
        "<" => vec![Atom::AtMost(name, value, false)],
        "<=" => vec![Atom::AtMost(name, value, true)],
        ">" => vec![Atom::AtLeast(name, value, false)],
        _ => vec![Atom::AtLeast(name, value, true)],
    }
}

fn atom_implies(premise: &Atom, goal: &Atom) -> bool {
    match (premise, goal) {
        (Atom::NotNull(a), Atom::NotNull(b)) => a == b,
        (Atom::AtLeast(a, v, inclusive), Atom::AtLeast(b, w, wanted)) if a == b => match v.compare(w) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => *wanted || !inclusive,
            _ => false,
        },
        (Atom::AtMost(a, v, inclusive), Atom::AtMost(b, w, wanted)) if a == b => match v.compare(w) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => *wanted || !inclusive,
            _ => false,
        },
        (Atom::OneOf(a, values), Atom::OneOf(b, wanted)) if a == b => {
            !values.is_empty() && values.iter().all(|v| wanted.iter().any(|w| v.compare(w) == Some(Ordering::Equal)))
        }
        (Atom::NoneOf(a, values), Atom::NoneOf(b, wanted)) if a == b => {
            wanted.iter().all(|w| values.iter().any(|v| v.compare(w) == Some(Ordering::Equal)))
        }
        (Atom::OneOf(a, values), Atom::NoneOf(b, wanted)) if a == b => {
            !values.is_empty()
                && values.iter().all(|v| wanted.iter().all(|w| v.compare(w).is_some_and(Ordering::is_ne)))
        }
        (Atom::OneOf(a, values), Atom::AtLeast(b, w, inclusive)) if a == b => {
            !values.is_empty()
                && values.iter().all(|v| {
                    matches!(v.compare(w), Some(Ordering::Greater))
                        || (*inclusive && v.compare(w) == Some(Ordering::Equal))
                })
        }
        (Atom::OneOf(a, values), Atom::AtMost(b, w, inclusive)) if a == b => {
            !values.is_empty()
                && values.iter().all(|v| {
                    matches!(v.compare(w), Some(Ordering::Less))
                        || (*inclusive && v.compare(w) == Some(Ordering::Equal))
                })
        }
        _ => false,
    }
}

/// Whether a premise, taken alone, proves the goal.
fn proves(premise: &[Fragment], goal: &Atom, depth: usize) -> bool {
    if depth > 32 {
        return false;
    }
    let premise = strip(premise);
    let arms = cut_at(premise, "or");
    if arms.len() > 1 {
        return arms.iter().all(|arm| proves(arm, goal, depth + 1));
    }
    let parts = cut_at(premise, "and");
    if parts.len() > 1 {
        return parts.iter().any(|part| proves(part, goal, depth + 1));
    }
    atoms(premise).iter().any(|atom| atom_implies(atom, goal))
}

fn checks(table: &Relation) -> impl Iterator<Item = &Expression> {
    table.constraints.iter().filter(|c| c.valid && c.enforced).filter_map(|c| match &c.kind {
        ConstraintKind::Check { expression, .. } => Some(expression),
        _ => None,
    })
}

fn holds(table: &Relation, goal: &Atom) -> bool {
    if let Atom::NotNull(name) = goal
        && table.column(name).is_some_and(|c| c.not_null)
    {
        return true;
    }
    checks(table).any(|c| proves(&c.fragments, goal, 0))
}

/// Whether a valid CHECK already proves that the column is never null.
pub(super) fn proves_not_null(table: &Relation, column: &str) -> bool {
    let goal = Atom::NotNull(column.to_owned());
    checks(table).any(|c| proves(&c.fragments, &goal, 0))
}

/// Whether the table's constraints prove that all its rows lie within the bound.
pub(super) fn proves_bound(table: &Relation, key: Option<&PartitionKey>, bound: &PartitionBound) -> bool {
    let Some(key) = key else { return false };
    let [IndexPart::Column(name)] = key.parts.as_slice() else { return false };
    match bound {
        PartitionBound::Range { from, to } => {
            let (Some(from), Some(to)) = (from.first(), to.first()) else { return false };
            let open = |e: &Expression, word: &str| e.as_str().eq_ignore_ascii_case(word);
            let low = open(from, "minvalue")
                || constant(&from.fragments).is_some_and(|v| holds(table, &Atom::AtLeast(name.clone(), v, true)));
            let high = open(to, "maxvalue")
                || constant(&to.fragments).is_some_and(|v| holds(table, &Atom::AtMost(name.clone(), v, false)));
            low && high && holds(table, &Atom::NotNull(name.clone()))
        }
        PartitionBound::List(values) => {
            let nulls = values.iter().any(Expression::is_null);
            let wanted: Option<Vec<Constant>> =
                values.iter().filter(|v| !v.is_null()).map(|v| constant(&v.fragments)).collect();
            wanted.is_some_and(|w| holds(table, &Atom::OneOf(name.clone(), w)))
                && (nulls || holds(table, &Atom::NotNull(name.clone())))
        }
        PartitionBound::Hash | PartitionBound::Default => false,
    }
}

/// Whether the default partition's constraints prove that none of its rows belongs into the new bound.
pub(super) fn proves_outside(default: &Relation, key: Option<&PartitionKey>, bound: &PartitionBound) -> bool {
    let Some(key) = key else { return false };
    let [IndexPart::Column(name)] = key.parts.as_slice() else { return false };
    // NOT (k IS NOT NULL AND k >= low AND k < high): proven when one of the negated sides is
    match bound {
        PartitionBound::Range { from, to } => {
            let below = from
                .first()
                .and_then(|e| constant(&e.fragments))
                .is_some_and(|v| holds(default, &Atom::AtMost(name.clone(), v, false)));
            let above = to
                .first()
                .and_then(|e| constant(&e.fragments))
                .is_some_and(|v| holds(default, &Atom::AtLeast(name.clone(), v, true)));
            below || above
        }
        PartitionBound::List(values) => {
            let wanted: Option<Vec<Constant>> = values.iter().map(|v| constant(&v.fragments)).collect();
            wanted.is_some_and(|w| {
                // one exclusion a value is enough, in however many conditions they stand
                w.into_iter().all(|v| holds(default, &Atom::NoneOf(name.clone(), vec![v])))
            })
        }
        _ => false,
    }
}
