//! Fields by the name that people see.

use std::collections::BTreeMap;

use gonogo_issues::Field;
use serde_json::Value;

/// What is always asked for.
const ALWAYS: [&str; 4] = ["summary", "status", "issuetype", "labels"];
/// The type of the field in which Jira sums up pull requests.
const DEVELOPMENT: &str = "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf";

/// The fields that are wanted, with the ids under which Jira has them.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    wanted: Vec<(String, Vec<String>)>,
    development: Option<String>,
}

impl Catalogue {
    /// From the list of all fields that this user may see; `None` when it is no list.
    pub(super) fn read(list: &Value, wanted: &[String], development: bool) -> Option<Self> {
        let list = list.as_array()?;
        let text = |field: &Value, name: &str| field.get(name).and_then(Value::as_str).map(str::to_owned);
        let id = |field: &Value| text(field, "id").filter(|id| is_id(id));
        let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
        let ids = |name: &String| {
            let exact: Vec<String> = list.iter().filter_map(id).filter(|id| id == name).collect();
            if !exact.is_empty() {
                return exact;
            }
            // Jira shows names in the user's language; a policy may have them in either.
            let named = |field: &&Value| {
                ["name", "untranslatedName"].iter().any(|part| text(field, part).is_some_and(|text| same(&text, name)))
            };
            list.iter().filter(named).filter_map(id).collect()
        };
        let wanted = wanted.iter().map(|name| (name.clone(), ids(name))).collect();
        let is_development = |field: &&Value| {
            field.pointer("/schema/custom").and_then(Value::as_str).is_some_and(|kind| kind == DEVELOPMENT)
        };
        let development = if development { list.iter().find(is_development).and_then(id) } else { None };
        Some(Self { wanted, development })
    }

    /// The ids to ask for.
    pub(super) fn asked(&self) -> Vec<&str> {
        let own = self.wanted.iter().flat_map(|(_, ids)| ids).map(String::as_str);
        let mut all: Vec<&str> = ALWAYS.into_iter().chain(own).chain(self.development.as_deref()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The id of the field that sums up pull requests.
    pub(super) fn development(&self) -> Option<&str> {
        self.development.as_deref()
    }

    /// The wanted fields of an issue, by the names they are wanted under.
    pub(super) fn fields(&self, all: &Value) -> BTreeMap<String, Field> {
        let mut found = BTreeMap::new();
        for (name, ids) in self.wanted.iter().filter(|(_, ids)| !ids.is_empty()) {
            let mut values: Vec<Field> =
                ids.iter().filter_map(|id| all.get(id)).map(|value| Field::from_value(value.clone())).collect();
            values.dedup();
            match (values.pop(), values.is_empty()) {
                // Left out: this user may not see it, or the project does not have it.
                (None, _) => found.insert(name.clone(), Field::Hidden),
                (Some(value), true) => found.insert(name.clone(), value),
                // Fields of one name that say different things say nothing.
                (Some(_), false) => None,
            };
        }
        found
    }
}

/// An id goes into an address.
fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 200
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_is_found_by_its_name_its_old_name_or_its_id() {
        let list = json!([
            {"id": "customfield_1", "name": "Risk assessment"},
            {"id": "customfield_2", "name": "Risiko", "untranslatedName": "Risk level"},
            {"id": "customfield_3", "name": "Twice"}, {"id": "customfield_4", "name": "twice "},
            {"id": "a/../b", "name": "Hostile"}, {"name": "Without an id"},
        ]);
        let wanted =
            ["risk assessment", "Risk level", "customfield_3", "Twice", "Hostile", "Nobody's"].map(String::from);
        let catalogue = Catalogue::read(&list, &wanted, false).unwrap();
        assert_eq!(
            catalogue.asked(),
            [
                "customfield_1",
                "customfield_2",
                "customfield_3",
                "customfield_4",
                "issuetype",
                "labels",
                "status",
                "summary"
            ]
        );
        let fields = catalogue.fields(&json!({
            "customfield_1": " ", "customfield_3": {"value": "a"}, "customfield_4": {"value": "b"}
        }));
        let told: Vec<_> = fields.iter().map(|(name, field)| (name.as_str(), field)).collect();
        assert_eq!(
            told,
            [
                ("Risk level", &Field::Hidden),
                ("customfield_3", &Field::Value(json!({"value": "a"}))),
                ("risk assessment", &Field::Empty),
            ]
        );
    }
}
