//! One changed contract against the pairs that must hold.

use gonogo_core::Severity;

use crate::breaks::Break;
use crate::compare::{Options, Schema, Side};
use crate::json::Json;
use crate::openapi::{OpenApi, request_breaks, response_breaks};
use crate::rollout::{Channel, Phase, Requirement, Rollout, Version};
use crate::schema::Document;

/// A contract of both versions.
pub(super) enum Pair {
    OpenApi { old: OpenApi, new: OpenApi },
    Schema { old: Schema, new: Schema, channel: Channel },
    Avro { old: Json, new: Json, channel: Channel },
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

impl Pair {
    fn channels(&self) -> Vec<Channel> {
        match self {
            Self::OpenApi { .. } => vec![Channel::Request, Channel::Response],
            Self::Schema { channel, .. } | Self::Avro { channel, .. } => vec![*channel],
        }
    }

    /// What breaks where the writer's version and the reader's version meet on a channel.
    pub(super) fn breaks(&self, channel: Channel, writer: Version, reader: Version, options: &Options) -> Vec<Break> {
        match self {
            Self::OpenApi { old, new } => {
                let of = |version| if version == Version::Old { old } else { new };
                if channel == Channel::Request {
                    request_breaks(of(writer), of(reader), options)
                } else {
                    response_breaks(of(writer), of(reader), options)
                }
            }
            Self::Avro { old, new, .. } => {
                let of = |version| if version == Version::Old { old } else { new };
                crate::avro::breaks(of(writer), of(reader))
            }
            Self::Schema { old, new, .. } => {
                let of = |version| if version == Version::Old { old } else { new };
                let (writer, reader) = (of(writer), of(reader));
                let (write, read) =
                    (Document::new(writer.root(), writer.draft()), Document::new(reader.root(), reader.draft()));
                let (writer, reader) =
                    (Side { document: &write, at: write.top() }, Side { document: &read, at: read.top() });
                crate::breaks::schema_breaks(writer, reader, "the schema", ("", ""), options)
            }
        }
    }

    /// Everything that breaks in the phases of a rollout, and how many pairs were compared.
    pub(super) fn judge(&self, rollout: &Rollout, options: &Options) -> (Vec<Broken>, u64) {
        let (mut all, mut pairs) = (Vec::new(), 0);
        for channel in self.channels() {
            let requirements = rollout.requirements(channel);
            for (writer, reader) in [(Version::Old, Version::New), (Version::New, Version::Old)] {
                let meetings: Vec<Requirement> =
                    requirements.iter().filter(|r| r.writer == writer && r.reader == reader).copied().collect();
                if meetings.is_empty() {
                    continue;
                }
                pairs += 1;
                for broken in self.breaks(channel, writer, reader, options) {
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
        ("compat/webhook-removed", Version::Old) => "compat/webhook-added",
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
