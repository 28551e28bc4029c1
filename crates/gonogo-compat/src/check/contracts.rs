//! `compat/contracts`: the changed contracts of a deploy.

use std::collections::BTreeSet;

use gonogo_core::{
    BoxError, Check, CheckContext, Facts, FileChange, Finding, History, Location, Outcome, RepoPath, Revision,
    async_trait,
};

use super::discover::{self, Blob, Format, Unusable};
use super::judge::{Broken, Contract, Versions};
use super::words::{self, Texts};
use crate::compare::{Options, Schema};
use crate::json::Json;
use crate::openapi::{BundleError, OpenApi, OpenApiError, bundle};
use crate::rollout::{Channel, Rollout};
use crate::schema::Draft;

/// Can old and new versions run side by side, and can the deploy be rolled back, as far as the changed contracts tell?
///
/// The check reads both sides of each changed OpenAPI document and JSON Schema, and proves for exactly the pairs of versions
/// that meet in the rollout that the reader can read all that the writer can write. Writers are taken to send the members that
/// their contract declares. Formats that are recognised and not compared are findings, never silence. Its facts `side-by-side`
/// and `rollback` begin with `yes`, `no` or `unknown`.
#[derive(Debug, Clone)]
pub struct ContractsCheck {
    rollout: Rollout,
    channels: Vec<(String, Channel)>,
    options: Options,
}

impl Default for ContractsCheck {
    fn default() -> Self {
        Self::new(Rollout::default())
    }
}

/// A contract of which both versions could be read.
struct Compared {
    name: String,
    change: FileChange,
    old: Blob,
    new: Blob,
    versions: Versions,
    /// Earlier releases: name, revision, and the text where there was one.
    earlier: Vec<(String, Option<Revision>, Option<String>)>,
}

/// What the changed files turned out to be.
#[derive(Default)]
struct Found {
    contracts: Vec<Compared>,
    findings: Vec<Finding>,
    unknown: Vec<String>,
    added: Vec<String>,
    removed: Vec<String>,
    /// Operations of documents that base does not have.
    only_new: Vec<String>,
    passed_over: Vec<String>,
    same_twice: Vec<String>,
    recognised: Vec<String>,
}

impl ContractsCheck {
    /// The check for a rollout.
    #[must_use]
    pub fn new(rollout: Rollout) -> Self {
        Self { rollout, channels: Vec::new(), options: Options::declared() }
    }

    /// Says over which channel the schemas below a path travel; without it names that speak of events or messages are messages,
    /// and the others stored data.
    #[must_use]
    pub fn channel(mut self, below: impl Into<String>, channel: Channel) -> Self {
        self.channels.push((below.into(), channel));
        self
    }

    /// Sets what is assumed of writers, and how much work one comparison may take.
    #[must_use]
    pub fn options(self, options: Options) -> Self {
        Self { options, ..self }
    }

    fn channel_of(&self, path: &str) -> Channel {
        let named = self.channels.iter().find(|(below, _)| path.starts_with(below.as_str()));
        named.map_or_else(|| words::channel_of(path), |(_, channel)| *channel)
    }

    fn discover(&self, cx: &CheckContext, history: &dyn History, files: &[FileChange]) -> Result<Found, BoxError> {
        let mut found = Found::default();
        let mut seen = BTreeSet::new();
        for change in files {
            let gone = discover::is_gone(change);
            let path = if gone { change.base_path() } else { &change.path }.to_string();
            if !gone && (!discover::may_be_contract(&path) || !discover::is_edited_file(change)) {
                continue;
            }
            self.examine(cx, history, change, &path, &mut seen, &mut found)?;
        }
        Ok(found)
    }

    fn examine(
        &self,
        cx: &CheckContext,
        history: &dyn History,
        change: &FileChange,
        path: &str,
        seen: &mut BTreeSet<String>,
        found: &mut Found,
    ) -> Result<(), BoxError> {
        let (base, head) = (&cx.deploy().base, &cx.deploy().head);
        let side = |at: &Revision, path: &RepoPath, there: bool| {
            if there { discover::read(history, at, path) } else { Ok(None) }
        };
        let old = side(base, change.base_path(), change.old.is_some())?;
        let new = side(head, &change.path, change.new.is_some() && !discover::is_gone(change))?;
        let format = |blob: &Option<Result<Blob, Unusable>>| match blob {
            Some(Ok(blob)) => discover::format_of(&blob.path, &blob.text),
            _ => None,
        };
        let (was, is) = (format(&old), format(&new));
        let format = is.or(was);
        let Some(format) = format else {
            let unusable = [&old, &new].into_iter().find_map(|b| b.as_ref().and_then(|b| b.as_ref().err()));
            if let Some(Unusable(why)) = unusable.filter(|_| path.contains("openapi") || path.contains(".schema.")) {
                found.unreadable(path, Location::file(change.path.clone()), why);
            } else if !discover::is_fixture(path)
                && self.channels.iter().any(|(below, _)| path.starts_with(below.as_str()))
            {
                // Somebody said that contracts lie here: what is not recognised may be one all the same.
                let why = "it lies below a path of [compat.channels], and shows no sign of a format that is known";
                let remedy =
                    "name its format in the file (`$schema`, `openapi`), or take the path out of [compat.channels]";
                found.not_compared(path, &change.path, why, remedy);
                return Ok(());
            }
            return self.examine_part(cx, history, change, path, seen, found);
        };
        if discover::is_fixture(path) {
            found.passed_over.push(path.to_owned());
            return Ok(());
        }
        let name = path.to_owned();
        let (old, new) = match (old, new) {
            (Some(Ok(old)), Some(Ok(new))) => (old, new),
            (None, Some(Ok(new))) => {
                found.added_contract(format, operations(history, head, &new, format), name);
                return Ok(());
            }
            (Some(old), None) => {
                let operations = old.map_or_else(|why| Err(why.0), |old| operations(history, base, &old, format));
                found.removed_contract(format, operations, name, (change.base_path(), base));
                return Ok(());
            }
            (old, new) => {
                let why = [old, new].into_iter().find_map(|b| b.and_then(Result::err)).map_or(String::new(), |u| u.0);
                found.unreadable(path, Location::file(change.path.clone()), &why);
                return Ok(());
            }
        };
        // As a schema, a document of another format would accept everything.
        if let (Some(was), Some(is)) = (was, is)
            && was != is
        {
            let why = format!("it is of {} at base and of {} at head", was.name(), is.name());
            found.not_compared(&name, &change.path, &why, &format!("compare {path} of base and head by hand"));
            return Ok(());
        }
        let twin = format!("{:?} {:?}", change.old.map(|v| v.id), change.new.map(|v| v.id));
        if !seen.insert(twin) {
            found.same_twice.push(name);
            return Ok(());
        }
        if let Format::Other(what) = format {
            let why = format!("{what} contracts are recognised and not compared");
            let remedy = format!("compare {} of base and head with a tool for {what}", change.path);
            found.not_compared(&name, &change.path, &why, &remedy);
            return Ok(());
        }
        self.pair_up(cx, history, change, format, old, new, found);
        Ok(())
    }

    /// A file that is no contract by itself may be a part of one.
    fn examine_part(
        &self,
        cx: &CheckContext,
        history: &dyn History,
        change: &FileChange,
        path: &str,
        seen: &mut BTreeSet<String>,
        found: &mut Found,
    ) -> Result<(), BoxError> {
        if discover::is_fixture(path) || !path.ends_with(".yaml") && !path.ends_with(".yml") && !path.ends_with(".json")
        {
            return Ok(());
        }
        for root in discover::possible_roots(path) {
            let place = RepoPath::from(root.as_str());
            let (Some(Ok(new)), Some(Ok(old))) = (
                discover::read(history, &cx.deploy().head, &place)?,
                discover::read(history, &cx.deploy().base, &place)?,
            ) else {
                continue;
            };
            let text = new.text.clone();
            let mut load = |file: &str| {
                if file == root { Ok(Some(text.clone())) } else { load_from(history, &cx.deploy().head, file) }
            };
            let holds = |whole: Result<Json, BundleError>| {
                whole.ok().is_some_and(|json| json.pointer("/x-bundled-files").is_some_and(|f| f.get(path).is_some()))
            };
            let mut is_part = holds(bundle(&root, &mut load));
            if !is_part && change.old.is_some() {
                // Without the part head's document is not whole: what base refers to tells.
                let mut load = |file: &str| load_from(history, &cx.deploy().base, file);
                is_part = holds(bundle(&root, &mut load));
            }
            if is_part && seen.insert(root.clone()) && new.text == old.text {
                let change = FileChange::new(place, change.old, change.new);
                self.pair_up(cx, history, &change, Format::OpenApi, old, new, found);
            }
            if is_part {
                break;
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn pair_up(
        &self,
        cx: &CheckContext,
        history: &dyn History,
        change: &FileChange,
        format: Format,
        old: Blob,
        new: Blob,
        found: &mut Found,
    ) {
        let (base, head) = (&cx.deploy().base, &cx.deploy().head);
        let path = change.path.to_string();
        let mut sides = Vec::new();
        for (blob, at) in [(&old, base), (&new, head)] {
            match whole(history, at, blob, format) {
                Ok(json) => sides.push(json),
                Err((line, why)) => {
                    let file = if std::ptr::eq(at, base) { change.base_path().clone() } else { change.path.clone() };
                    let place = line.map_or_else(|| Location::file(file.clone()), |l| Location::line(file.clone(), l));
                    let place = if std::ptr::eq(at, base) { place.at(base.id) } else { place };
                    found.unreadable(&path, place, &why);
                    return;
                }
            }
        }
        let (Some(second), Some(first)) = (sides.pop(), sides.pop()) else { return };
        let (old_contract, new_contract) = match (contract(first, format), contract(second, format)) {
            (Ok(old), Ok(new)) => (old, new),
            (Err(why @ OpenApiError::Version { .. }), _) | (_, Err(why @ OpenApiError::Version { .. })) => {
                let remedy = format!("compare {path} of base and head with a tool for this version");
                found.not_compared(&path, &change.path, &why.to_string(), &remedy);
                return;
            }
            (Err(why), _) | (_, Err(why)) => {
                found.unreadable(&path, Location::file(change.path.clone()), &why.to_string());
                return;
            }
        };
        let (mut earlier, mut earlier_contracts) = (Vec::new(), Vec::new());
        for name in &self.rollout.earlier_releases {
            let release = earlier_release(history, name, change.base_path(), format);
            let release = release.unwrap_or_else(|why| {
                let why = format!("clients and data of the release {name} may still be there, and {why}");
                found.unreadable(&path, Location::file(change.path.clone()), &why);
                (None, None)
            });
            let (revision, version) = release;
            let (text, contract) = version.map_or((None, None), |(text, contract)| (Some(text), Some(contract)));
            earlier.push((name.clone(), revision, text));
            earlier_contracts.push(contract);
        }
        let versions = Versions {
            old: old_contract,
            new: new_contract,
            earlier: earlier_contracts,
            channel: self.channel_of(&path),
        };
        found.contracts.push(Compared { name: path, change: change.clone(), old, new, versions, earlier });
    }
}

impl Found {
    fn unreadable(&mut self, contract: &str, location: Location, why: &str) {
        self.unknown.push(format!("{contract}: {why}"));
        self.findings.push(words::unreadable(contract, location, why));
    }

    fn not_compared(&mut self, contract: &str, path: &RepoPath, why: &str, remedy: &str) {
        self.unknown.push(format!("{contract}: {why}"));
        self.findings.push(words::not_compared(contract, path, why, remedy));
        self.recognised.push(contract.to_owned());
    }

    fn added_contract(&mut self, format: Format, operations: Result<Vec<String>, String>, name: String) {
        match operations {
            Ok(names) => self.only_new.extend(names),
            // What was never there is no loss: only OpenAPI documents say what clients call.
            Err(why) if format == Format::OpenApi => self.unknown.push(format!("{name}: {why}")),
            Err(_) => {}
        }
        self.added.push(name);
    }

    fn removed_contract(
        &mut self,
        format: Format,
        operations: Result<Vec<String>, String>,
        name: String,
        (path, base): (&RepoPath, &Revision),
    ) {
        let lost = match (format, operations) {
            (Format::JsonSchema | Format::Avro, _) => None,
            (Format::OpenApi, Ok(names)) if names.is_empty() => None,
            (Format::OpenApi, Ok(names)) => {
                let count = words::counted(names.len(), "operation");
                Some(format!("the OpenAPI document was removed, with {count} ({})", words::some_of(&names)))
            }
            (format, _) => {
                Some(format!("the {} contract was removed, and what it offered is not known", format.name()))
            }
        };
        if let Some(why) = &lost {
            self.unknown.push(format!("{name}: {why}; a client that still uses it may break"));
        }
        self.findings.push(words::removed(&name, path, base, lost.as_deref()));
        self.removed.push(name);
    }
}

fn load_from(history: &dyn History, at: &Revision, file: &str) -> Result<Option<String>, String> {
    match discover::read(history, at, &RepoPath::from(file)) {
        Ok(Some(Ok(blob))) => Ok(Some(blob.text)),
        Ok(Some(Err(Unusable(why)))) => Err(why),
        Ok(None) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn contract(whole: Json, format: Format) -> Result<Contract, OpenApiError> {
    Ok(match format {
        Format::OpenApi => Contract::OpenApi(Box::new(OpenApi::new(whole)?)),
        Format::Avro => Contract::Avro(whole),
        _ => Contract::Schema(Schema::new(whole, Draft::default())),
    })
}

/// A release, and the text and contract it had at the path, if it had one.
type Release = (Option<Revision>, Option<(String, Contract)>);

/// The contract of an earlier release; what stood in the way where it may have had one that cannot be read.
fn earlier_release(history: &dyn History, name: &str, path: &RepoPath, format: Format) -> Result<Release, String> {
    let revision = history.resolve(name).map_err(|error| format!("it could not be found: {error}"))?;
    let blob = match discover::read(history, &revision, path) {
        Ok(Some(Ok(blob))) => blob,
        Ok(Some(Err(Unusable(why)))) => return Err(format!("its {path} cannot be used: {why}")),
        Ok(None) => return Ok((Some(revision), None)),
        Err(error) => return Err(format!("its {path} could not be read: {error}")),
    };
    let whole =
        whole(history, &revision, &blob, format).map_err(|(_, why)| format!("its {path} is unreadable: {why}"))?;
    let contract = contract(whole, format).map_err(|error| format!("its {path} cannot be compared: {error}"))?;
    Ok((Some(revision), Some((blob.text, contract))))
}

/// The operations of one version of a contract; what stood in the way where they are not known.
fn operations(history: &dyn History, at: &Revision, blob: &Blob, format: Format) -> Result<Vec<String>, String> {
    if format != Format::OpenApi {
        return Err(format!("{} contracts name no operations that are known here", format.name()));
    }
    let whole = whole(history, at, blob, format).map_err(|(_, why)| why)?;
    let api = OpenApi::new(whole).map_err(|error| error.to_string())?;
    let webhooks = api.root().get("webhooks").and_then(Json::as_object).unwrap_or_default();
    let mut names: Vec<String> = api.operations().into_iter().map(|operation| operation.name).collect();
    names.extend(webhooks.iter().map(|(name, _)| format!("webhook {name}")));
    Ok(names)
}

/// The document with all files that it refers to; on failure the line, if known, and what is wrong.
fn whole(history: &dyn History, at: &Revision, blob: &Blob, format: Format) -> Result<Json, (Option<u32>, String)> {
    let mut load = |file: &str| {
        if file == blob.path { Ok(Some(blob.text.clone())) } else { load_from(history, at, file) }
    };
    match bundle(&blob.path, &mut load) {
        Ok(json) => Ok(json),
        Err(BundleError::Read { source, .. }) => Err((u32::try_from(source.line).ok(), source.to_string())),
        // A schema with identifiers of its own may name addresses: what cannot be followed is unknown where it matters.
        Err(_) if format == Format::JsonSchema => crate::yaml::read(&blob.text)
            .map_err(|error| (u32::try_from(error.line).ok(), OpenApiError::from(error).to_string())),
        Err(why) => Err((None, why.to_string())),
    }
}

#[async_trait]
impl Check for ContractsCheck {
    fn id(&self) -> &str {
        "compat/contracts"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let Some(history) = cx.history() else {
            return Ok(Outcome::undetermined(
                "the contracts of base and head cannot be read without a history",
                "give the gate a history",
            ));
        };
        let found = self.discover(cx, history, &cx.changes()?.files)?;
        let touched = found.contracts.len() + found.findings.len() + found.added.len() + found.recognised.len();
        if touched == 0 {
            return Ok(Outcome::not_applicable("the deploy changes no contract"));
        }
        let (mut findings, mut broken, mut pairs) = (found.findings, Vec::<(String, Broken)>::new(), 0);
        for (i, contract) in found.contracts.iter().enumerate() {
            cx.progress().report(&contract.name, i as u64, Some(found.contracts.len() as u64));
            let (all, compared) = contract.versions.judge(&self.rollout, &self.options);
            pairs += compared;
            let texts = Texts {
                path: &contract.change.path,
                base_path: contract.change.base_path(),
                old: &contract.old.text,
                new: &contract.new.text,
                base: &cx.deploy().base,
                earlier: &contract.earlier,
            };
            for one in all {
                findings.push(words::finding(&one, &contract.name, &texts));
                broken.push((contract.name.clone(), one));
            }
        }
        let answers = words::answers(&broken, &found.unknown, &found.only_new, &self.rollout);
        let mut facts = Facts::new()
            .list("contracts", found.contracts.iter().map(|c| c.name.clone()))
            .count("pairs of versions compared", pairs)
            .text("side-by-side", answers.side_by_side)
            .text("rollback", answers.rollback)
            .text("writers", format!("{}: {}", self.options.content.name(), self.options.content.words()));
        for (name, items) in [
            ("contracts added", found.added),
            ("contracts removed", found.removed),
            ("contracts recognised and not compared", found.recognised),
            ("contracts of tests, passed over", found.passed_over),
            ("contracts that are copies of others", found.same_twice),
        ] {
            if !items.is_empty() {
                facts = facts.list(name, items);
            }
        }
        Ok(Outcome::examined(findings, words::rollout_facts(facts, &self.rollout)))
    }
}
