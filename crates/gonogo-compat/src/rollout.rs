//! Which versions meet during a deploy, and over which channel: the pairs that must hold.
//!
//! A deploy is a sequence of phases. In each, servers of one or both versions run, clients of one or both versions call them, and
//! data or messages of one or both versions are read. A pair (writer, reader) must hold in a phase exactly if a writer of that
//! version and a reader of that version can meet there.

use serde::{Deserialize, Serialize};

/// A version that a deploy has to do with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums)] // a deploy has two, and those before them
pub enum Version {
    /// What runs in production.
    Old,
    /// What shall run.
    New,
    /// A release before the one in production, by its place in [`Rollout::earlier_releases`]: its clients still call, and what it
    /// stored is still there.
    Earlier(u8),
}

impl Version {
    /// `old`, `new` or `earlier`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
            Self::Earlier(_) => "earlier",
        }
    }
}

/// How values get from a writer to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Channel {
    /// A client writes, a server reads.
    Request,
    /// A server writes, a client reads.
    Response,
    /// A server writes to a store that all servers share, a server reads later.
    StoredData,
    /// A server publishes, a server consumes, at the latest when the queue is drained.
    Message,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 4] = [Self::Request, Self::Response, Self::StoredData, Self::Message];
}

/// A stretch of time in which the same versions meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Phase {
    /// The store has its new schema, and only old servers run.
    SchemaFirst,
    /// Old and new servers run at the same time.
    Mixed,
    /// Only new servers run; what old ones left (open pages, stored data, queued messages) is still there.
    After,
    /// The deploy was rolled back after new servers had written; what they left is still there.
    RolledBack,
    /// The deploy is repeated after a rollback.
    Redeployed,
}

impl Phase {
    /// When the phase is, as the beginning of a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SchemaFirst => "while only the store has changed",
            Self::Mixed => "for as long as old servers run beside new ones",
            Self::After => "once only new servers run",
            Self::RolledBack => "after a rollback",
            Self::Redeployed => "when the deploy is repeated after a rollback",
        }
    }

    /// Whether the deploy goes through the phase if all goes well.
    #[must_use]
    pub fn is_forward(self) -> bool {
        matches!(self, Self::SchemaFirst | Self::Mixed | Self::After)
    }
}

/// How servers are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Strategy {
    /// One after the other.
    Rolling,
    /// A few first, then the others.
    Canary,
    /// A second set beside the first, then all traffic at once.
    BlueGreen,
    /// All stopped, then all started.
    Recreate,
}

/// How a version is brought into production.
///
/// ```
/// use gonogo_compat::{Channel, Phase, Rollout, Strategy, Version};
/// let rollout = Rollout::new(Strategy::Rolling);
/// let needed = rollout.requirements(Channel::Request);
/// assert!(needed.iter().any(|r| (r.phase, r.writer, r.reader) == (Phase::Mixed, Version::New, Version::Old)));
/// assert!(Rollout::new(Strategy::BlueGreen).requirements(Channel::Request).iter().all(|r| r.phase != Phase::Mixed));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Rollout {
    /// How servers are replaced.
    pub strategy: Strategy,
    /// A session stays on servers of the version it began on, for as long as they run.
    pub session_affinity: bool,
    /// Clients made before the deploy go on calling after it: open pages, installed applications.
    pub lingering_clients: bool,
    /// Clients come with the servers: a page loaded from a new server may call an old one.
    pub clients_ship_with_servers: bool,
    /// The deploy may be rolled back after new servers have written.
    pub rollback: bool,
    /// After a rollback the deploy may be repeated.
    pub redeploy: bool,
    /// The store's schema changes before any new server runs.
    pub schema_first: bool,
    /// Releases before the one in production whose clients may still call and whose data may still be stored: names of revisions,
    /// the newest first. No more than 255 are looked at.
    pub earlier_releases: Vec<String>,
    /// What the team does so that some pairs never meet (dual writes, queues drained first): shown with the answer, and never
    /// taken into account.
    pub mitigations: Vec<String>,
    /// Whether anyone said that this is how it is done; an assumed rollout holds back where it would have to guess.
    #[serde(skip)]
    pub declared: bool,
}

impl Default for Rollout {
    /// A rolling deploy without session affinity, with open pages, that can be rolled back: assumed, not declared.
    fn default() -> Self {
        Self { declared: false, ..Self::new(Strategy::Rolling) }
    }
}

/// A pair of versions that must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Requirement {
    /// When they meet.
    pub phase: Phase,
    /// The version that writes.
    pub writer: Version,
    /// The version that reads.
    pub reader: Version,
}

impl Rollout {
    /// A declared rollout of this strategy, with open pages, clients that come with the servers, and rollback; without affinity.
    #[must_use]
    pub fn new(strategy: Strategy) -> Self {
        Self {
            strategy,
            session_affinity: false,
            lingering_clients: true,
            clients_ship_with_servers: true,
            rollback: true,
            redeploy: false,
            schema_first: false,
            earlier_releases: Vec::new(),
            mitigations: Vec::new(),
            declared: true,
        }
    }

    /// The same with session affinity or without.
    #[must_use]
    pub fn session_affinity(self, session_affinity: bool) -> Self {
        Self { session_affinity, ..self }
    }

    /// The same with clients that outlive the deploy or without.
    #[must_use]
    pub fn lingering_clients(self, lingering_clients: bool) -> Self {
        Self { lingering_clients, ..self }
    }

    /// The same with clients that come with the servers, or that are released apart from them.
    #[must_use]
    pub fn clients_ship_with_servers(self, clients_ship_with_servers: bool) -> Self {
        Self { clients_ship_with_servers, ..self }
    }

    /// The same with rollback or without.
    #[must_use]
    pub fn rollback(self, rollback: bool) -> Self {
        Self { rollback, ..self }
    }

    /// The same with a repeated deploy after a rollback or without.
    #[must_use]
    pub fn redeploy(self, redeploy: bool) -> Self {
        Self { redeploy, ..self }
    }

    /// The same with the store's schema changed first or not.
    #[must_use]
    pub fn schema_first(self, schema_first: bool) -> Self {
        Self { schema_first, ..self }
    }

    /// The same with these earlier releases, the newest first, whose clients linger and whose data is still stored.
    #[must_use]
    pub fn earlier_releases(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { earlier_releases: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// The phases the deploy goes through or may go through, in order.
    #[must_use]
    pub fn phases(&self) -> Vec<Phase> {
        let mut phases = Vec::new();
        if self.schema_first {
            phases.push(Phase::SchemaFirst);
        }
        if matches!(self.strategy, Strategy::Rolling | Strategy::Canary) {
            phases.push(Phase::Mixed);
        }
        phases.push(Phase::After);
        if self.rollback {
            phases.push(Phase::RolledBack);
            if self.redeploy {
                phases.push(Phase::Redeployed);
            }
        }
        phases
    }

    /// Exactly the pairs of different versions that must hold on a channel, phase by phase. A version always reads itself, and what
    /// earlier releases and the old version have to say to each other is no matter of this deploy.
    #[must_use]
    pub fn requirements(&self, channel: Channel) -> Vec<Requirement> {
        let mut all: Vec<Requirement> =
            self.phases().into_iter().flat_map(|phase| self.meetings(phase, channel)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn meetings(&self, phase: Phase, channel: Channel) -> Vec<Requirement> {
        use Version::{New, Old};
        let pair = |writer, reader| Requirement { phase, writer, reader };
        // (client, server) for requests and responses; (writing server, reading server) otherwise.
        let meets: Vec<(Version, Version)> = match (phase, channel) {
            // Old servers write what the new store must take; nobody new runs yet.
            (Phase::SchemaFirst, Channel::StoredData) => vec![(Old, New)],
            (Phase::SchemaFirst, _) => vec![],
            (Phase::Mixed, Channel::Request | Channel::Response) => {
                match (self.session_affinity, self.clients_ship_with_servers) {
                    // Sessions stay on servers of their version while these run.
                    (true, _) => vec![],
                    (false, true) => vec![(Old, New), (New, Old)],
                    // Clients of the new version are released once the deploy is over.
                    (false, false) => vec![(Old, New)],
                }
            }
            (Phase::Mixed, _) => vec![(Old, New), (New, Old)],
            (Phase::After | Phase::Redeployed, Channel::Request | Channel::Response) => {
                if self.lingering_clients || phase == Phase::Redeployed { vec![(Old, New)] } else { vec![] }
            }
            (Phase::After | Phase::Redeployed, _) => vec![(Old, New)],
            // Pages loaded from new servers stay open, and what new servers wrote stays written.
            (Phase::RolledBack, Channel::Request | Channel::Response) => {
                if self.lingering_clients {
                    vec![(New, Old)]
                } else {
                    vec![]
                }
            }
            (Phase::RolledBack, _) => vec![(New, Old)],
        };
        let earlier = self.earlier_meetings(phase, channel);
        let meets = meets.into_iter().chain(earlier);
        meets.map(|(a, b)| if channel == Channel::Response { pair(b, a) } else { pair(a, b) }).collect()
    }

    /// Clients and stored data of earlier releases, where new servers run; with old servers they got on before. Affinity does not
    /// keep them apart: the servers that their sessions began on are gone.
    fn earlier_meetings(&self, phase: Phase, channel: Channel) -> Vec<(Version, Version)> {
        let runs_new = matches!(phase, Phase::Mixed | Phase::After | Phase::Redeployed);
        let reaches = match channel {
            Channel::Request | Channel::Response => self.lingering_clients,
            Channel::StoredData => true,
            // A queue is drained before the next release.
            Channel::Message => false,
        };
        if !runs_new || !reaches {
            return Vec::new();
        }
        let places = (0..self.earlier_releases.len()).map_while(|i| u8::try_from(i).ok());
        places.map(|i| (Version::Earlier(i), Version::New)).collect()
    }
}

/// What one broken pair means, in words: who sends, who rejects, and when.
#[must_use]
pub fn describe(channel: Channel, requirement: Requirement) -> String {
    let (writer, reader) = (requirement.writer.name(), requirement.reader.name());
    let when = requirement.phase.words();
    match channel {
        Channel::Request if requirement.phase == Phase::RolledBack => {
            format!("{when}, a page loaded from a {writer} server goes on posting to {reader} servers")
        }
        Channel::Request => format!("{when}, a page from {writer} servers posts to {reader} ones"),
        Channel::Response => format!("{when}, a page from {reader} servers reads answers of {writer} ones"),
        Channel::StoredData => format!("{when}, {reader} servers read data that {writer} servers wrote"),
        Channel::Message => format!("{when}, {reader} servers consume messages that {writer} servers published"),
    }
}

#[cfg(test)]
mod tests {
    use super::Version::{New, Old};
    use super::*;

    fn pairs(rollout: &Rollout, channel: Channel) -> Vec<(Phase, Version, Version)> {
        rollout.requirements(channel).into_iter().map(|r| (r.phase, r.writer, r.reader)).collect()
    }

    #[test]
    fn a_rolling_deploy_lets_every_version_meet_every_other() {
        let rollout = Rollout::new(Strategy::Rolling).rollback(false);
        assert_eq!(
            pairs(&rollout, Channel::Request),
            [(Phase::Mixed, Old, New), (Phase::Mixed, New, Old), (Phase::After, Old, New)]
        );
        assert_eq!(
            pairs(&rollout, Channel::Response),
            [(Phase::Mixed, Old, New), (Phase::Mixed, New, Old), (Phase::After, New, Old)]
        );
        assert_eq!(
            pairs(&rollout, Channel::StoredData),
            [(Phase::Mixed, Old, New), (Phase::Mixed, New, Old), (Phase::After, Old, New)]
        );
    }

    #[test]
    fn a_configuration_names_fields_in_snake_case_and_strategies_in_kebab_case() {
        let read = serde_json::from_str::<Rollout>(
            r#"{"strategy": "blue-green", "session_affinity": true, "lingering_clients": false,
                "clients_ship_with_servers": false, "rollback": false, "redeploy": true, "schema_first": true,
                "mitigations": ["queues are drained"]}"#,
        )
        .unwrap();
        let mut meant = Rollout::new(Strategy::BlueGreen)
            .session_affinity(true)
            .lingering_clients(false)
            .clients_ship_with_servers(false)
            .rollback(false)
            .redeploy(true)
            .schema_first(true);
        meant.mitigations = vec!["queues are drained".to_owned()];
        meant.declared = false;
        assert_eq!(read, meant);
        assert!(serde_json::from_str::<Rollout>(r#"{"session-affinity": true}"#).is_err());
    }

    #[test]
    fn affinity_parts_clients_and_not_stores() {
        let rollout = Rollout::new(Strategy::Canary).session_affinity(true).rollback(false);
        assert_eq!(pairs(&rollout, Channel::Request), [(Phase::After, Old, New)]);
        assert_eq!(pairs(&rollout, Channel::Message).len(), 3);
    }

    #[test]
    fn a_switch_without_lingering_clients_needs_only_what_is_stored() {
        let rollout = Rollout::new(Strategy::BlueGreen).lingering_clients(false).rollback(false);
        assert_eq!(pairs(&rollout, Channel::Request), []);
        assert_eq!(pairs(&rollout, Channel::StoredData), [(Phase::After, Old, New)]);
    }

    #[test]
    fn a_rollback_makes_the_old_version_read_what_the_new_one_wrote() {
        let rollout = Rollout::new(Strategy::BlueGreen);
        assert_eq!(pairs(&rollout, Channel::StoredData), [(Phase::After, Old, New), (Phase::RolledBack, New, Old)]);
        assert_eq!(pairs(&rollout, Channel::Response), [(Phase::After, New, Old), (Phase::RolledBack, Old, New)]);
    }
}
