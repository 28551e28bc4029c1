//! What Jira's field `Development` says about pull requests.

use std::collections::BTreeMap;

use serde_json::Value;

/// The pull requests of an issue, as far as the summary counts them: `2 open pull requests` are not merged. `None` when nothing is
/// known. The field holds a text with JSON in it, `{pullrequest={...}, json={"cachedValue": {...}, "isStale": false}}`, or `{}`
/// where there is none.
pub(super) fn changes(field: &Value) -> Option<BTreeMap<String, bool>> {
    let text = field.as_str()?.trim();
    if text == "{}" {
        return Some(BTreeMap::new());
    }
    let (_, inner) = text.split_once("json=")?;
    let summary = serde_json::Deserializer::from_str(inner).into_iter::<Value>().next()?.ok()?;
    // A copy that Jira itself calls old is no answer.
    if summary.get("isStale").and_then(Value::as_bool).unwrap_or(false) {
        return None;
    }
    let all = summary.pointer("/cachedValue/summary")?.as_object()?;
    let Some(overall) = all.get("pullrequest").and_then(|part| part.get("overall")) else {
        return Some(BTreeMap::new());
    };
    let count =
        |name: &str| overall.get(name).or_else(|| overall.pointer(&format!("/details/{name}"))).and_then(Value::as_u64);
    // Older summaries have the number in one state only, the least finished one.
    let state = overall.get("state").and_then(Value::as_str).unwrap_or("");
    let of = |name: &str, word: &str| count(name).or_else(|| (state == word).then(|| count("stateCount"))?);
    let (open, merged) = (of("openCount", "OPEN"), of("mergedCount", "MERGED"));
    if open.is_none() && merged.is_none() && state != "DECLINED" {
        return None;
    }
    let mut found = BTreeMap::new();
    for (number, what, is_merged) in [(open, "open", false), (merged, "merged", true)] {
        match number.unwrap_or(0) {
            0 => {}
            1 => drop(found.insert(format!("1 {what} pull request"), is_merged)),
            many => drop(found.insert(format!("{many} {what} pull requests"), is_merged)),
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(text: &str) -> Option<Vec<(String, bool)>> {
        changes(&json!(text)).map(|found| found.into_iter().collect())
    }

    #[test]
    fn open_pull_requests_are_counted_and_an_old_copy_is_no_answer() {
        let summary = |overall: &str, stale: bool| {
            format!(
                "{{pullrequest={{dataType=pullrequest}}, json={{\"cachedValue\":{{\"errors\":[],\"summary\":{{\
                 \"pullrequest\":{{\"overall\":{overall}}}}}}},\"isStale\":{stale}}}}}"
            )
        };
        let details = r#"{"count":3,"state":"OPEN","stateCount":1,"details":{"openCount":1,"mergedCount":2}}"#;
        assert_eq!(
            told(&summary(details, false)),
            Some(vec![("1 open pull request".into(), false), ("2 merged pull requests".into(), true)])
        );
        assert_eq!(told(&summary(details, true)), None);
        let older = r#"{"count":2,"state":"OPEN","stateCount":2}"#;
        assert_eq!(told(&summary(older, false)), Some(vec![("2 open pull requests".into(), false)]));
        assert_eq!(told("{}"), Some(Vec::new()));
        for unknown in ["", "nothing", "{json={", r#"{json={"cachedValue":7}}"#, &summary("{}", false)] {
            assert_eq!(told(unknown), None, "{unknown}");
        }
        assert_eq!(changes(&json!(7)), None);
    }
}
