//! Every verdict against another implementation: the crate `jsonschema` and sampled values, in every draft.
#![allow(clippy::unwrap_used)]
//!
//! `GONOGO_COMPAT_VALUES` sets how many values are sampled (200,000 unless set), `GONOGO_COMPAT_SEED` where it begins.

mod support;

use support::{Dice, Tally, one_pair};

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
