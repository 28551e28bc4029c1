//! Every verdict against another implementation: the crate `jsonschema` and sampled values, in every draft.
#![allow(clippy::unwrap_used)]
//!
//! `GONOGO_COMPAT_VALUES` sets how many values are sampled (200,000 unless set), `GONOGO_COMPAT_SEED` where it begins.

mod support;

use gonogo_compat::json::Json;
use gonogo_compat::{Options, Schema, breaks};
use support::{Chance, DRAFTS, Dice, Maker, Tally, one_pair};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

#[test]
fn verdicts_agree_with_another_validator_on_sampled_values() {
    let wanted = setting("GONOGO_COMPAT_VALUES", 200_000);
    let mut dice = Dice(setting("GONOGO_COMPAT_SEED", 0x1234_5678_9abc_def1) | 1);
    let (mut tally, mut pairs) = (Tally::default(), 0_u64);
    while tally.values < wanted {
        one_pair(&mut dice, 60, &mut tally);
        pairs += 1;
    }
    let Tally { compatible, incompatible, unknown, values, telling, reasons } = tally;
    println!(
        "{pairs} pairs: {compatible} compatible, {incompatible} incompatible, {unknown} unknown; {values} values, of which {telling} \
         could have refuted a proof"
    );
    let mut reasons: Vec<(String, u64)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    reasons.iter().take(12).for_each(|(why, n)| println!("{n:7} {why}"));
    assert!(compatible > pairs / 20 && incompatible > pairs / 20);
    assert!(unknown < pairs / 30, "{unknown} unknown of {pairs}");
}

/// The same document written in another order: members, and lists whose order says nothing.
fn shuffled(value: &Json, dice: &mut Dice, is_set: bool) -> Json {
    fn mix<T>(mut items: Vec<T>, dice: &mut Dice) -> Vec<T> {
        for i in (1..items.len()).rev() {
            items.swap(i, dice.roll(i as u64 + 1) as usize);
        }
        items
    }
    const SETS: [&str; 6] = ["required", "enum", "type", "allOf", "anyOf", "oneOf"];
    match value {
        Json::Array(items) => {
            let items = items.iter().map(|item| shuffled(item, dice, false)).collect();
            Json::Array(if is_set { mix(items, dice) } else { items })
        }
        Json::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (name.clone(), shuffled(value, dice, SETS.contains(&name.as_str()))))
                .collect();
            Json::Object(mix(members, dice))
        }
        other => other.clone(),
    }
}

#[test]
fn a_document_breaks_nothing_of_itself_in_any_order() {
    let mut dice = Dice(0x5eed);
    for i in 0..2_000 {
        let draft = DRAFTS[i % DRAFTS.len()];
        let document = Json::from(&Maker::new(&mut dice, draft).document(3));
        let again = shuffled(&document, &mut dice, false);
        let (old, new) = (Schema::new(document.clone(), draft), Schema::new(again.clone(), draft));
        assert_eq!(breaks(&old, &new, &Options::open()), [], "{draft:?}\n{document}\n{again}");
        let declared = breaks(&old, &new, &Options::declared());
        assert!(declared.iter().all(|b| !b.is_proved()), "{draft:?}\n{document}\n{again}\n{declared:?}");
    }
}
