//! The drafts of JSON Schema.

/// A draft of JSON Schema, or the dialect of it that OpenAPI 3.0 has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Draft {
    /// Draft 4 (2013).
    Draft4,
    /// The Schema Object of OpenAPI 3.0: draft 4 with `nullable`.
    OpenApi30,
    /// Draft 6 (2017).
    Draft6,
    /// Draft 7 (2018).
    Draft7,
    /// Draft 2019-09.
    Draft201909,
    /// Draft 2020-12, also the dialect of OpenAPI 3.1.
    #[default]
    Draft202012,
}

impl Draft {
    /// Reads the short names `draft4`, `draft6`, `draft7`, `2019-09` and `2020-12`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "draft4" => Self::Draft4,
            "openapi-3.0" => Self::OpenApi30,
            "draft6" => Self::Draft6,
            "draft7" => Self::Draft7,
            "2019-09" => Self::Draft201909,
            "2020-12" => Self::Draft202012,
            _ => return None,
        })
    }

    /// Reads the address of a metaschema, as `$schema` gives it.
    #[must_use]
    pub fn from_metaschema(address: &str) -> Option<Self> {
        let plain = address.trim_end_matches('#');
        let path = plain.strip_prefix("https://").or_else(|| plain.strip_prefix("http://"))?;
        Some(match path {
            "json-schema.org/draft-04/schema" => Self::Draft4,
            "json-schema.org/draft-06/schema" => Self::Draft6,
            "json-schema.org/draft-07/schema" => Self::Draft7,
            "json-schema.org/draft/2019-09/schema" => Self::Draft201909,
            "json-schema.org/draft/2020-12/schema" => Self::Draft202012,
            _ => return None,
        })
    }

    /// Whether keywords beside `$ref` count; up to draft 7 they do not.
    pub(crate) fn ref_has_siblings(self) -> bool {
        self >= Self::Draft201909
    }

    pub(crate) fn id_keyword(self) -> &'static str {
        if self <= Self::OpenApi30 { "id" } else { "$id" }
    }

    /// Whether the draft knows this assertion or applicator; other names are annotations.
    pub(crate) fn knows(self, keyword: &str) -> bool {
        match keyword {
            "const" | "contains" | "propertyNames" => self >= Self::Draft6,
            "if" | "then" | "else" => self >= Self::Draft7,
            "dependencies" | "definitions" => self <= Self::Draft7,
            "additionalItems" => self <= Self::Draft201909,
            "minContains"
            | "maxContains"
            | "dependentRequired"
            | "dependentSchemas"
            | "unevaluatedItems"
            | "unevaluatedProperties" => self >= Self::Draft201909,
            "$recursiveRef" => self == Self::Draft201909,
            "prefixItems" | "$dynamicRef" => self >= Self::Draft202012,
            "nullable" => self == Self::OpenApi30,
            _ => true,
        }
    }
}
