//! A fleet in the small: clients and servers of two versions exchange values through each phase of a rollout. What breaks there
//! must be exactly what the matrix and the verdicts foretell.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use gonogo_compat::json::Json;
use gonogo_compat::{Channel, Draft, Options, Phase, Rollout, Schema, Strategy, Verdict, Version, compare};

/// The contracts of one channel, and values that each version sends at some time.
struct Contract {
    name: &'static str,
    old: Schema,
    new: Schema,
    earlier: Schema,
    old_sends: Vec<Json>,
    new_sends: Vec<Json>,
    earlier_sends: Vec<Json>,
}

impl Contract {
    fn of(&self, version: Version) -> (&Schema, &[Json]) {
        match version {
            Version::Old => (&self.old, &self.old_sends),
            Version::New => (&self.new, &self.new_sends),
            Version::Earlier(_) => (&self.earlier, &self.earlier_sends),
        }
    }

    /// With another contract two releases ago; without it, it was the old one.
    fn earlier(mut self, text: &str, sends: &[&str]) -> Self {
        self.earlier = Schema::parse(text, Draft::Draft202012).unwrap();
        self.earlier_sends = sends.iter().map(|t| Json::parse(t).unwrap()).collect();
        self
    }
}

fn contract(name: &'static str, old: &str, new: &str, old_sends: &[&str], new_sends: &[&str]) -> Contract {
    let schema = |text: &str| Schema::parse(text, Draft::Draft202012).unwrap();
    let values = |texts: &[&str]| texts.iter().map(|t| Json::parse(t).unwrap()).collect();
    Contract {
        name,
        old: schema(old),
        new: schema(new),
        earlier: schema(old),
        old_sends: values(old_sends),
        new_sends: values(new_sends),
        earlier_sends: values(old_sends),
    }
}

fn contracts() -> Vec<Contract> {
    vec![
        contract(
            "an optional member added to an open contract",
            r#"{"type": "object", "properties": {"a": {"type": "integer"}}}"#,
            r#"{"type": "object", "properties": {"a": {"type": "integer"}, "plan_id": {"type": "string"}}}"#,
            &[r#"{}"#, r#"{"a": 1}"#],
            &[r#"{"a": 2, "plan_id": "x"}"#],
        ),
        contract(
            "an optional member added to a closed contract",
            r#"{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "integer"}}}"#,
            r#"{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "integer"}, "plan_id": {"type": "string"}}}"#,
            &[r#"{}"#, r#"{"a": 1}"#],
            &[r#"{"a": 2}"#, r#"{"plan_id": "x"}"#],
        ),
        contract(
            "a member made required",
            r#"{"type": "object", "properties": {"a": {"type": "integer"}}}"#,
            r#"{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}"#,
            &[r#"{}"#, r#"{"a": 1}"#],
            &[r#"{"a": 2}"#],
        ),
        contract(
            "a value removed from a list and another added",
            r#"{"enum": ["free", "team"]}"#,
            r#"{"enum": ["team", "enterprise"]}"#,
            &[r#""free""#, r#""team""#],
            &[r#""team""#, r#""enterprise""#],
        ),
        contract(
            "a value that only an earlier release sent is dropped",
            r#"{"enum": ["team"]}"#,
            r#"{"enum": ["team", "enterprise"]}"#,
            &[r#""team""#],
            &[r#""team""#, r#""enterprise""#],
        )
        .earlier(r#"{"enum": ["free", "team"]}"#, &[r#""free""#]),
        contract(
            "the same contract in another order",
            r#"{"type": ["string", "null"], "maxLength": 5}"#,
            r#"{"maxLength": 5, "type": ["null", "string"]}"#,
            &["null", r#""abcde""#],
            &["null", r#""x""#],
        ),
    ]
}

fn rollouts() -> Vec<Rollout> {
    let mut all = Vec::new();
    for strategy in [Strategy::Rolling, Strategy::Canary, Strategy::BlueGreen, Strategy::Recreate] {
        for bits in 0..128_u8 {
            let on = |bit: u8| bits >> bit & 1 == 1;
            all.push(
                Rollout::new(strategy)
                    .session_affinity(on(0))
                    .lingering_clients(on(1))
                    .clients_ship_with_servers(on(2))
                    .rollback(on(3))
                    .redeploy(on(4))
                    .schema_first(on(5))
                    .earlier_releases(if on(6) { vec!["v2", "v1"] } else { vec![] }),
            );
        }
    }
    all
}

/// Servers, and clients with the page they hold, as they are at one time of a phase. Written from what happens in a deploy, and
/// not from the matrix.
struct Scene {
    servers: Vec<Version>,
    clients: Vec<Version>,
    /// Versions that have written to the store and the queues so far.
    written: Vec<Version>,
    /// Whether a client only ever reaches servers of its own version while there are any.
    sticky: bool,
    /// The version of the store's schema that servers must satisfy when they write.
    store: Option<Version>,
}

fn scene(rollout: &Rollout, phase: Phase) -> Scene {
    use Version::{New, Old};
    let count = rollout.earlier_releases.len() as u8;
    let earlier: Vec<Version> = (0..count).map(Version::Earlier).collect();
    let with = |versions: &[Version], more: bool| {
        let more = earlier.iter().filter(|_| more);
        versions.iter().chain(more).copied().collect::<Vec<Version>>()
    };
    let scene = |servers: &[Version], clients: &[Version], written: &[Version]| Scene {
        servers: servers.to_vec(),
        clients: with(clients, rollout.lingering_clients),
        written: with(written, true),
        sticky: rollout.session_affinity,
        store: None,
    };
    match phase {
        Phase::SchemaFirst => Scene { store: Some(New), ..scene(&[Old], &[Old], &[Old]) },
        // Pages of the new version are there as soon as new servers hand them out, if pages come from servers.
        Phase::Mixed if rollout.clients_ship_with_servers => scene(&[Old, New], &[Old, New], &[Old, New]),
        Phase::Mixed => scene(&[Old, New], &[Old], &[Old, New]),
        Phase::After if rollout.lingering_clients => scene(&[New], &[Old, New], &[Old, New]),
        Phase::After => scene(&[New], &[New], &[Old, New]),
        Phase::RolledBack if rollout.lingering_clients => scene(&[Old], &[Old, New], &[Old, New]),
        Phase::RolledBack => scene(&[Old], &[Old], &[Old, New]),
        Phase::Redeployed => scene(&[New], &[Old, New], &[Old, New]),
        _ => unreachable!(),
    }
}

/// Pairs of different versions that really meet: writer and reader.
fn meetings(scene: &Scene, channel: Channel) -> BTreeSet<(Version, Version)> {
    let mut met = BTreeSet::new();
    match channel {
        Channel::Request | Channel::Response => {
            for &client in &scene.clients {
                for &server in &scene.servers {
                    if scene.sticky && scene.servers.contains(&client) && server != client {
                        continue;
                    }
                    met.insert(if channel == Channel::Request { (client, server) } else { (server, client) });
                }
            }
        }
        _ => {
            let queued = |v: &&Version| channel == Channel::StoredData || !matches!(v, Version::Earlier(_));
            for &writer in scene.written.iter().filter(queued) {
                met.extend(scene.servers.iter().map(|&reader| (writer, reader)));
            }
            if let (Some(store), Channel::StoredData) = (scene.store, channel) {
                met.extend(scene.servers.iter().map(|&writer| (writer, store)));
            }
        }
    }
    // What earlier releases and the old version say to each other was so before this deploy.
    let is_new = |v: &Version| *v == Version::New;
    let is_earlier = |v: &Version| matches!(v, Version::Earlier(_));
    met.retain(|(a, b)| a != b && (is_new(a) || is_new(b) || !(is_earlier(a) || is_earlier(b))));
    met
}

#[test]
fn the_matrix_names_exactly_the_pairs_that_meet() {
    let mut cells = 0;
    for rollout in rollouts() {
        for channel in Channel::ALL {
            for phase in rollout.phases() {
                let foretold: BTreeSet<_> = rollout
                    .requirements(channel)
                    .into_iter()
                    .filter(|r| r.phase == phase)
                    .map(|r| (r.writer, r.reader))
                    .collect();
                assert_eq!(foretold, meetings(&scene(&rollout, phase), channel), "{rollout:?} {channel:?} {phase:?}");
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 5_632);
}

#[test]
fn what_breaks_in_the_fleet_is_what_was_foretold() {
    for contract in contracts() {
        let of = |version| contract.of(version).0;
        let verdict = |writer, reader| compare(of(writer), of(reader), &Options::declared());
        for rollout in rollouts() {
            for channel in Channel::ALL {
                for phase in rollout.phases() {
                    let mut broke = false;
                    for (writer, reader) in meetings(&scene(&rollout, phase), channel) {
                        let sent = contract.of(writer).1;
                        broke |= sent.iter().any(|value| of(reader).accepts(value) == Some(false));
                    }
                    let foretold = rollout.requirements(channel).into_iter().filter(|r| r.phase == phase).any(|r| {
                        let verdict = verdict(r.writer, r.reader);
                        assert!(!matches!(verdict, Verdict::Unknown { .. }));
                        verdict != Verdict::Compatible
                    });
                    assert_eq!(broke, foretold, "{}: {channel:?} {phase:?} {rollout:?}", contract.name);
                }
            }
        }
    }
}
