//! One changed contract against the pairs that must hold.

use gonogo_core::Severity;

use crate::breaks::Break;
use crate::compare::{Options, Schema};
use crate::json::Json;
use crate::openapi::{OpenApi, request_breaks, response_breaks};
use crate::rollout::{Channel, Phase, Requirement, Rollout, Version};

/// One version of a contract.
pub(super) enum Contract {
    OpenApi(Box<OpenApi>),
    Schema(Schema),
    Avro(Json),
}

/// A contract in all versions that meet.
pub(super) struct Versions {
    pub(super) old: Contract,
    pub(super) new: Contract,
    /// Of the earlier releases, where they had it and it could be read.
    pub(super) earlier: Vec<Option<Contract>>,
    /// What travels by it, where the contract does not say so itself.
    pub(super) channel: Channel,
}

/// What breaks between a writer and a reader, with all requirements that this hurts.
pub(super) struct Broken {
    pub(super) channel: Channel,
    pub(super) requirements: Vec<Requirement>,
    pub(super) broken: Break,
    pub(super) severity: Severity,
}

impl Broken {
    pub(super) fn writer(&self) -> Version {
        self.requirements.first().map_or(Version::Old, |r| r.writer)
    }

    pub(super) fn reader(&self) -> Version {
        self.requirements.first().map_or(Version::New, |r| r.reader)
    }

    pub(super) fn hurts(&self, forward: bool) -> bool {
        self.severity > Severity::Note && self.requirements.iter().any(|r| r.phase.is_forward() == forward)
    }
}

impl Versions {
    fn channels(&self) -> Vec<Channel> {
        match self.new {
            Contract::OpenApi(_) => vec![Channel::Request, Channel::Response],
            _ => vec![self.channel],
        }
    }

    fn of(&self, version: Version) -> Option<&Contract> {
        match version {
            Version::Old => Some(&self.old),
            Version::New => Some(&self.new),
            Version::Earlier(place) => self.earlier.get(usize::from(place))?.as_ref(),
        }
    }

    /// What breaks where the writer's version and the reader's version meet on a channel; `None` if one of them never had it.
    fn breaks(&self, channel: Channel, writer: Version, reader: Version, options: &Options) -> Option<Vec<Break>> {
        Some(match (self.of(writer)?, self.of(reader)?) {
            (Contract::OpenApi(writer), Contract::OpenApi(reader)) if channel == Channel::Request => {
                request_breaks(writer, reader, options)
            }
            (Contract::OpenApi(writer), Contract::OpenApi(reader)) => response_breaks(writer, reader, options),
            (Contract::Avro(writer), Contract::Avro(reader)) => crate::avro::breaks(writer, reader),
            (Contract::Schema(writer), Contract::Schema(reader)) => crate::breaks(writer, reader, options),
            _ => return None,
        })
    }

    /// Everything that breaks in the phases of a rollout, and how many pairs were compared.
    pub(super) fn judge(&self, rollout: &Rollout, options: &Options) -> (Vec<Broken>, u64) {
        let (mut all, mut pairs) = (Vec::new(), 0);
        for channel in self.channels() {
            let requirements = rollout.requirements(channel);
            let mut meeting: Vec<(Version, Version)> = requirements.iter().map(|r| (r.writer, r.reader)).collect();
            meeting.sort_unstable();
            meeting.dedup();
            for (writer, reader) in meeting {
                let Some(breaks) = self.breaks(channel, writer, reader, options) else { continue };
                let meetings: Vec<Requirement> =
                    requirements.iter().filter(|r| r.writer == writer && r.reader == reader).copied().collect();
                pairs += 1;
                for broken in breaks {
                    let broken = added_not_removed(broken, writer);
                    let severity = weigh(&broken, channel, writer, &meetings, rollout);
                    all.push(Broken { channel, requirements: meetings.clone(), broken, severity });
                }
            }
        }
        (all, pairs)
    }
}

/// What the old version lacks was not removed: the new one added it.
fn added_not_removed(broken: Break, writer: Version) -> Break {
    let rule = match (broken.rule, writer) {
        ("compat/operation-removed", Version::New) => "compat/operation-added",
        ("compat/webhook-removed", Version::Old | Version::Earlier(_)) => "compat/webhook-added",
        // A new client's optional parameter, at an old server that does without it.
        ("compat/parameter-removed", Version::New) => return Break { severity: Severity::Note, ..broken },
        _ => return broken,
    };
    let remedy = crate::rules::RULES.iter().find(|r| r.id == rule).map_or(String::new(), |r| r.remedy.to_owned());
    Break { rule, remedy, severity: Severity::Note, ..broken }
}

/// How much a break weighs in the phases in which its versions meet.
fn weigh(broken: &Break, channel: Channel, writer: Version, meetings: &[Requirement], rollout: &Rollout) -> Severity {
    let only_backward = meetings.iter().all(|r| !r.phase.is_forward());
    // That pages of the new version call servers of the old one is a guess until someone declares the rollout.
    let client = if channel == Channel::Request { writer } else { meetings.first().map_or(writer, |r| r.reader) };
    let guessed = !rollout.declared
        && matches!(channel, Channel::Request | Channel::Response)
        && client == Version::New
        && meetings.iter().any(|r| r.phase == Phase::Mixed);
    if only_backward || guessed { broken.severity.min(Severity::Caution) } else { broken.severity }
}
