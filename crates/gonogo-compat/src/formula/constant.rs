//! The formula that holds one value only.

use super::{Atom, Formulas, Id, Kinds};
use crate::json::Json;

impl Formulas {
    /// The set with this value alone.
    pub(crate) fn constant(&mut self, value: &Json) -> Id {
        match value {
            Json::Null => self.kind(Kinds::NULL),
            Json::Bool(wanted) => {
                let yes = self.atom(Atom::True);
                if *wanted {
                    return yes;
                }
                let kind = self.kind(Kinds::BOOL);
                let no = self.not(yes);
                self.and([kind, no])
            }
            Json::Number(number) => {
                let from = self.atom(Atom::AtLeast(number.clone()));
                let above = self.atom(Atom::Above(number.clone()));
                let up_to = self.not(above);
                self.and([from, up_to])
            }
            Json::String(text) => self.atom(Atom::Texts(Box::new([text.clone()]))),
            Json::Array(items) => {
                let mut parts = self.size(Kinds::ARRAY, items.len());
                for (i, item) in items.iter().enumerate() {
                    let one = self.constant(item);
                    parts.push(self.atom(Atom::Item(i as u32, one)));
                }
                self.and(parts)
            }
            Json::Object(members) => {
                let mut parts = self.size(Kinds::OBJECT, members.len());
                for (name, member) in members {
                    parts.push(self.atom(Atom::Has(name.as_str().into())));
                    let one = self.constant(member);
                    let named = self.atom(Atom::Texts(Box::new([name.clone()])));
                    parts.push(self.atom(Atom::Each(named, one)));
                }
                self.and(parts)
            }
        }
    }

    /// Any of the values; strings are kept together.
    pub(crate) fn any_of_values(&mut self, values: &[Json]) -> Id {
        let mut texts: Vec<String> = values.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
        texts.sort_unstable();
        texts.dedup();
        let mut parts = vec![self.atom(Atom::Texts(texts.into()))];
        for value in values.iter().filter(|v| v.as_str().is_none()) {
            parts.push(self.constant(value));
        }
        self.or(parts)
    }

    /// Arrays or objects of exactly this size.
    fn size(&mut self, kind: Kinds, size: usize) -> Vec<Id> {
        let size = size as u64;
        let (least, more) = if kind == Kinds::ARRAY {
            (Atom::Items(size), Atom::Items(size + 1))
        } else {
            (Atom::Members(size), Atom::Members(size + 1))
        };
        let (least, more) = (self.atom(least), self.atom(more));
        vec![least, self.not(more)]
    }
}
