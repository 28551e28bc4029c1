//! Exceptions that were not there before the deploy.
//!
//! A fingerprint is new when no window before the deploy had it. With a control, its occurrences are weighed by the arms' shares of
//! the traffic `rho`: while it is no fault of the new version all `n` occurrences of a window fall to the canary with probability at
//! most `rho^n`, so the product over windows of `(t/rho)^m` for a window that only the canary has it in and `(1-t)/(1-rho)` for one
//! that the control has it in too is a supermartingale, for any `rho < t < 1` and `m <= n`. Repetitions in a window are mostly one
//! cause, so `m` grows with the logarithm of `n`. The k-th new fingerprint met,
//! in whichever arm, has the part `6 / (pi k)^2` of alpha.
//!
//! A fingerprint may name where it occurred, as `Timeout @ host-3`: what is new is asked of the part before ` @ `, over all
//! instances; the noise is ranked with the instance. One that comes and goes flaps, which is reported and counts for nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

use super::state::{Look, Seen, Settings, Standing};
use crate::fault::FaultKind;
use crate::numeric::log_sum_exp;
use crate::units::Count;
use crate::verdict::{figure, say};
use crate::window::{Arm, Sample};

/// Fingerprints remembered from before the deploy.
const KNOWN: usize = 256;
/// New fingerprints followed.
const FOLLOWED: usize = 12;
/// Fingerprints in the ranking of what makes the noise.
const RANKED: usize = 6;
/// Bytes of a fingerprint kept for the report.
const NAME: usize = 48;
/// History windows without which there is nothing to compare with, when there is no control.
const LEAST_HISTORY: u64 = 5;
/// How far the bets lean towards "the canary alone": shares of the way from rho to one.
const LEANS: [f64; 3] = [0.5, 0.9, 0.98];

/// Short digests of fingerprints, written as one text of eight hexadecimal digits each.
#[derive(Clone, Debug, Default, PartialEq)]
struct Digests(Vec<u32>);

impl Serialize for Digests {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = self.0.iter().map(|digest| format!("{digest:08x}")).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Digests {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("digests are eight hexadecimal digits each");
        let digests = text.as_bytes().chunks(8).map(|digits| {
            let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
            if digits.len() != 8 {
                return Err(wrong());
            }
            u32::from_str_radix(digits, 16).map_err(|_| wrong())
        });
        digests.collect::<Result<_, _>>().map(Self)
    }
}

fn digest(fingerprint: &str) -> u32 {
    let hash = fingerprint
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 32)) as u32
}

fn short(fingerprint: &str) -> String {
    let mut end = fingerprint.len().min(NAME);
    while !fingerprint.is_char_boundary(end) {
        end -= 1;
    }
    fingerprint.get(..end).unwrap_or_default().to_owned()
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Followed {
    digest: u32,
    name: String,
    canary: f64,
    control: f64,
    canary_windows: u64,
    /// How many new fingerprints had been met with this one, in either arm.
    met: u64,
    logs: [f64; LEANS.len()],
}

impl Followed {
    fn log_evalue(&self) -> f64 {
        log_sum_exp(self.logs.iter().copied()) - (LEANS.len() as f64).ln()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ranked {
    name: String,
    canary: f64,
    control: f64,
    /// Whether it was there in the last window, and how often that changed.
    on: bool,
    flips: u32,
}

impl Ranked {
    fn new(name: String) -> Self {
        Self { name, canary: 0.0, control: 0.0, on: true, flips: 0 }
    }
}

/// What separates a fingerprint from the instance it occurred at.
const AT: &str = " @ ";
/// Comings and goings from which on it is called flapping.
const FLAPS: u32 = 6;

/// Counts by fingerprint, over all instances.
fn over_instances(counts: &BTreeMap<String, Count>) -> BTreeMap<&str, f64> {
    let mut sums = BTreeMap::new();
    for (name, count) in counts {
        let fingerprint = name.split_once(AT).map_or(name.as_str(), |(fingerprint, _)| fingerprint);
        *sums.entry(fingerprint).or_insert(0.0) += count.get();
    }
    sums
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExceptions {
    known: Digests,
    followed: Vec<Followed>,
    ranking: Vec<Ranked>,
    overflow: bool,
    /// New fingerprints met since the deploy, in either arm: what alpha is shared out over.
    met: u64,
    history: u64,
    after: u64,
    controlled: bool,
    shares_known: bool,
}

impl NewExceptions {
    pub(crate) fn new() -> Self {
        Self {
            known: Digests::default(),
            followed: Vec::new(),
            ranking: Vec::new(),
            overflow: false,
            met: 0,
            history: 0,
            after: 0,
            controlled: false,
            shares_known: false,
        }
    }

    pub(crate) fn observe(&mut self, settings: &Settings, seen: Seen<'_>) -> Result<(), (Arm, FaultKind)> {
        let Sample::Exceptions(canary) = seen.canary else { return Err((Arm::Canary, FaultKind::WrongType)) };
        let control = match seen.control {
            None => None,
            Some(Sample::Exceptions(control)) => Some(control),
            Some(_) => return Err((Arm::Control, FaultKind::WrongType)),
        };
        let occurs = |counts: &BTreeMap<&str, f64>| -> Vec<String> {
            counts.iter().filter(|(_, count)| **count > 0.0).map(|(name, _)| (*name).to_owned()).collect()
        };
        self.rank(canary, control);
        let canary = &over_instances(canary);
        let control = control.map(over_instances);
        let control = control.as_ref();
        if settings.since_deploy.is_some_and(|seconds| seconds <= 0.0) {
            self.history = self.history.saturating_add(1);
            let names = occurs(canary).into_iter().chain(control.map(occurs).unwrap_or_default());
            for name in names {
                self.remember(digest(&name));
            }
            return Ok(());
        }
        self.after = self.after.saturating_add(1);
        let share = match (seen.requests, control) {
            (Some((of_canary, Some(of_control))), Some(_)) => {
                self.shares_known = true;
                of_canary / (of_canary + of_control)
            }
            // Without requests equal shares are assumed, and the report says so.
            _ => 0.5,
        };
        self.controlled = control.is_some();
        let empty = BTreeMap::new();
        let control = control.unwrap_or(&empty);
        let mut names = occurs(canary);
        names.extend(occurs(control));
        names.sort();
        names.dedup();
        for name in names {
            let in_canary = canary.get(name.as_str()).copied().unwrap_or_default();
            let in_control = control.get(name.as_str()).copied().unwrap_or_default();
            self.follow(&name, in_canary, in_control, share);
        }
        Ok(())
    }

    fn remember(&mut self, digest: u32) {
        if let Err(position) = self.known.0.binary_search(&digest) {
            if self.known.0.len() >= KNOWN {
                self.overflow = true;
            } else {
                self.known.0.insert(position, digest);
            }
        }
    }

    fn follow(&mut self, name: &str, canary: f64, control: f64, share: f64) {
        let digest = digest(name);
        if self.known.0.binary_search(&digest).is_ok() {
            return;
        }
        let position = match self.followed.iter().position(|followed| followed.digest == digest) {
            Some(position) => position,
            None if canary == 0.0 => {
                // New, but in the control: it did not come with the deploy.
                self.met = self.met.saturating_add(1);
                self.remember(digest);
                return;
            }
            None if self.followed.len() >= FOLLOWED => {
                self.overflow = true;
                return;
            }
            None => {
                self.met = self.met.saturating_add(1);
                self.followed.push(Followed {
                    met: self.met,
                    digest,
                    name: short(name),
                    canary: 0.0,
                    control: 0.0,
                    canary_windows: 0,
                    logs: [0.0; LEANS.len()],
                });
                self.followed.len() - 1
            }
        };
        let Some(followed) = self.followed.get_mut(position) else { return };
        followed.canary += canary;
        followed.control += control;
        followed.canary_windows += u64::from(canary > 0.0);
        for (log, lean) in followed.logs.iter_mut().zip(LEANS) {
            let leaning = share + lean * (1.0 - share);
            *log += if control > 0.0 {
                ((1.0 - leaning) / (1.0 - share)).ln()
            } else {
                let repeats = (1.0 + canary.max(1.0).log2().floor()).min(4.0);
                repeats * (leaning / share).ln()
            };
        }
    }

    /// What makes the noise: the fingerprints with most occurrences, in bounded memory (Metwally, Agrawal and El Abbadi's
    /// "space saving", ICDT 2005).
    fn rank(&mut self, canary: &BTreeMap<String, Count>, control: Option<&BTreeMap<String, Count>>) {
        let occurs = |counts: Option<&BTreeMap<String, Count>>, name: &str| {
            counts.is_some_and(|counts| counts.iter().any(|(other, count)| count.get() > 0.0 && short(other) == name))
        };
        for ranked in &mut self.ranking {
            let on = occurs(Some(canary), &ranked.name) || occurs(control, &ranked.name);
            ranked.flips = ranked.flips.saturating_add(u32::from(on != ranked.on));
            ranked.on = on;
        }
        let arms = [(Some(canary), true), (control, false)];
        for (counts, of_canary) in arms.into_iter().filter_map(|(counts, arm)| counts.map(|counts| (counts, arm))) {
            for (name, count) in counts.iter().filter(|(_, count)| count.get() > 0.0) {
                let name = short(name);
                let add = |ranked: &mut Ranked| {
                    if of_canary {
                        ranked.canary += count.get();
                    } else {
                        ranked.control += count.get();
                    }
                };
                if let Some(ranked) = self.ranking.iter_mut().find(|ranked| ranked.name == name) {
                    add(ranked);
                } else if self.ranking.len() < RANKED {
                    let mut ranked = Ranked::new(name);
                    add(&mut ranked);
                    self.ranking.push(ranked);
                } else if let Some(least) =
                    self.ranking.iter_mut().min_by(|a, b| (a.canary + a.control).total_cmp(&(b.canary + b.control)))
                    && least.canary + least.control < count.get()
                {
                    *least = Ranked::new(name);
                    add(least);
                }
            }
        }
    }

    /// The first followed fingerprint with enough evidence.
    fn culprit(&self, alpha: f64) -> Option<&Followed> {
        self.followed.iter().find(|followed| {
            let part = alpha * 6.0 / (std::f64::consts::PI * followed.met as f64).powi(2);
            if self.controlled {
                followed.log_evalue() >= -part.ln()
            } else {
                // Without a control: in so many windows after the deploy and in none before. A quarter of a window's evidence for
                // having looked after each.
                self.history >= LEAST_HISTORY && {
                    let (after, all) = (self.after as f64, (self.after + self.history) as f64);
                    followed.canary_windows as f64 * (all / after).ln() >= -part.ln() + (after + 1.0).ln()
                }
            }
        })
    }

    pub(crate) fn halts(&self, alpha: f64) -> bool {
        !self.followed.is_empty() && self.culprit(alpha).is_some()
    }

    pub(crate) fn look(&self, settings: &Settings) -> Look {
        let alpha = settings.alpha;
        let suspects = self.followed.iter().filter(|followed| followed.log_evalue() > 0.0).count();
        let assumed = if self.controlled && !self.shares_known {
            "; equal traffic shares assumed, name `requests_from` to know them"
        } else {
            ""
        };
        let (standing, reason) = if let Some(culprit) = self.culprit(alpha) {
            let versus = if self.controlled {
                format!("{} in the control; e-value {}", say(culprit.control), say(culprit.log_evalue().exp()))
            } else {
                format!("none in {} windows before (weaker than a control)", self.history)
            };
            (
                Standing::Harm,
                format!(
                    "`{}` is new: {} in {} windows of the canary, {versus}{assumed}",
                    culprit.name,
                    say(culprit.canary),
                    culprit.canary_windows
                ),
            )
        } else if self.overflow {
            (
                Standing::TooLittle,
                format!("more distinct exceptions than the {KNOWN} known and {FOLLOWED} new ones that are kept"),
            )
        } else if self.after == 0 {
            (Standing::TooLittle, "no window after the deploy yet".to_owned())
        } else if !self.controlled && self.history < LEAST_HISTORY {
            (
                Standing::TooLittle,
                format!(
                    "no control, and {} of {LEAST_HISTORY} windows of history: nothing tells what is new",
                    self.history
                ),
            )
        } else if suspects > 0 {
            (Standing::TooLittle, format!("{suspects} exceptions seen in the canary only; not enough to tell{assumed}"))
        } else {
            (Standing::Clear, format!("no new exceptions; {} known{assumed}", self.known.0.len()))
        };
        let mut ranking: Vec<&Ranked> = self.ranking.iter().collect();
        ranking.sort_by(|a, b| (b.canary + b.control).total_cmp(&(a.canary + a.control)).then(a.name.cmp(&b.name)));
        let flapping: Vec<&str> =
            ranking.iter().filter(|ranked| ranked.flips >= FLAPS).map(|ranked| ranked.name.as_str()).collect();
        let reason = if flapping.is_empty() { reason } else { format!("{reason}; flapping: {}", flapping.join(", ")) };
        let noise: Vec<_> = ranking
            .into_iter()
            .map(|ranked| {
                let (exception, instance) = ranked.name.split_once(AT).unwrap_or((&ranked.name, ""));
                let mut entry = json!({"exception": exception, "canary": ranked.canary, "control": ranked.control, "flips": ranked.flips});
                if let Some(entry) = entry.as_object_mut().filter(|_| !instance.is_empty()) {
                    entry.insert("instance".to_owned(), instance.into());
                }
                entry
            })
            .collect();
        let new: Vec<_> = self
            .followed
            .iter()
            .map(|followed| {
                json!({
                    "exception": followed.name,
                    "canary": followed.canary,
                    "control": followed.control,
                    "windows": followed.canary_windows,
                    "log_e_value": figure(followed.log_evalue()),
                })
            })
            .collect();
        Look::new(standing, reason).with("new", new).with("noise", noise).with("known", self.known.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_survive_writing_and_reading() {
        let digests = Digests(vec![0, 1, 0xdead_beef]);
        let text = serde_json::to_string(&digests).unwrap();
        assert_eq!(text, "\"0000000000000001deadbeef\"");
        assert_eq!(serde_json::from_str::<Digests>(&text).unwrap(), digests);
        assert!(serde_json::from_str::<Digests>("\"123\"").is_err());
    }

    #[test]
    fn the_bets_are_fair_or_worse() {
        // Given n occurrences the canary has them all with probability rho^n; the mean of the factor must not exceed one.
        for rho in [0.01_f64, 0.1, 0.5, 0.9] {
            for lean in LEANS {
                let t = rho + lean * (1.0 - rho);
                for n in 1..200_i32 {
                    let m = (1.0 + f64::from(n).log2().floor()).min(4.0);
                    let alone = rho.powi(n);
                    let mean = alone * (t / rho).powf(m) + (1.0 - alone) * (1.0 - t) / (1.0 - rho);
                    assert!(mean <= 1.0 + 1e-12, "rho {rho} lean {lean} n {n}: {mean}");
                }
            }
        }
    }
}
