//! The rule pages of `docs/rules`, gathered when this crate is built.

const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page of a rule, as Markdown.
pub(crate) fn page(rule: &str) -> Option<&'static str> {
    PAGES.iter().find(|(id, _)| *id == rule).map(|(_, page)| *page)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::PAGES;

    #[test]
    fn every_rule_has_a_page_and_every_page_a_rule() {
        let rules: BTreeSet<&str> = gonogo::rules().map(|rule| rule.id).collect();
        let pages: BTreeSet<&str> = PAGES.iter().map(|(id, _)| *id).collect();
        let without: Vec<_> = rules.difference(&pages).collect();
        let orphans: Vec<_> = pages.difference(&rules).collect();
        assert!(
            without.is_empty() && orphans.is_empty(),
            "rules without a page: {without:?}; pages without a rule: {orphans:?}"
        );
    }

    #[test]
    fn rule_ids_are_unique() {
        let mut ids: Vec<&str> = gonogo::rules().map(|rule| rule.id).collect();
        ids.sort_unstable();
        let twice: Vec<_> = ids.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}
