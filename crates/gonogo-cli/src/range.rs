//! From words on the command line to a deploy.

use std::path::Path;
use std::sync::Arc;

use gonogo::{BASE_FOUND_BY, CONFIG_FILE, Config, ConfigSource, Deploy, GitHistory, History, RepoPath, Revision};

use crate::args::Range;
use crate::error::CliError;
use crate::output::say;

/// A deploy with the configuration that counts for it.
pub(crate) struct Asked {
    pub(crate) history: Arc<GitHistory>,
    pub(crate) deploy: Deploy,
    pub(crate) config: Config,
    pub(crate) source: ConfigSource,
}

/// Opens the repository and finds out what is asked.
pub(crate) fn resolve(range: &Range) -> Result<Asked, CliError> {
    let history = Arc::new(GitHistory::discover(&range.repo)?);
    let (base, head) = split(range.range.as_deref())?;
    let head = history.resolve(head.unwrap_or("HEAD"))?;
    let (base, found_by) = match base {
        Some(base) => (history.resolve(base)?, None),
        None => {
            let (base, from) = default_base(&history, &head, range.config.as_deref())?;
            if base == head {
                return Err(CliError::sentence(format!(
                    "base would be {base}, {from}, and head is the same commit: there is nothing to judge; \
                     name what runs in production: gonogo check BASE..HEAD"
                )));
            }
            say(&format!("base is {base}, {from}"));
            (base, Some(from))
        }
    };
    let (config, source) = Config::load(&*history, &base, &head, range.config.as_deref())?;
    let service = config.service.clone().unwrap_or_else(|| name_of(&history));
    let environment = config.environment.clone().unwrap_or_else(|| "production".into());
    let paths = paths(&history, &config, &base, &head)?;
    let mut deploy = Deploy::new(service, environment, base, head).paths(paths);
    if let Some(from) = found_by {
        deploy = deploy.attribute(BASE_FOUND_BY, from);
    }
    Ok(Asked { history, deploy, config, source })
}

/// The service's paths as the repository has them: `.` is all of it, `./db/` is `db`. A path that nothing lies at would hide
/// the whole deploy, so it is an error.
fn paths(history: &GitHistory, config: &Config, base: &Revision, head: &Revision) -> Result<Vec<RepoPath>, CliError> {
    let mut paths = Vec::new();
    for path in &config.paths {
        let text = path.to_string();
        let plain = text.trim_start_matches("./").trim_end_matches('/');
        if plain.is_empty() || plain == "." {
            return Ok(Vec::new());
        }
        let plain = RepoPath::from(plain);
        if history.files(head, &plain)?.is_empty() && history.files(base, &plain)?.is_empty() {
            return Err(CliError::sentence(format!(
                "`paths` of {CONFIG_FILE} names `{text}`, and neither base nor head has a file there; write a directory or \
                 file relative to the top of the repository, without wildcards"
            )));
        }
        paths.push(plain);
    }
    Ok(paths)
}

/// `BASE..HEAD`, `BASE..`, `..HEAD` or `BASE`.
fn split(range: Option<&str>) -> Result<(Option<&str>, Option<&str>), CliError> {
    let Some(range) = range else { return Ok((None, None)) };
    if range.contains("...") {
        return Err(CliError::sentence(format!(
            "`{range}` has three dots; write BASE..HEAD: what runs in production, two dots, what shall run"
        )));
    }
    let (base, head) = match range.split_once("..") {
        Some((base, head)) => (base, head),
        None => (range, ""),
    };
    Ok((Some(base).filter(|base| !base.is_empty()), Some(head).filter(|head| !head.is_empty())))
}

/// What runs in production when nobody says: `base` of the configuration, else the newest tag before HEAD.
fn default_base(
    history: &GitHistory,
    head: &Revision,
    explicit: Option<&Path>,
) -> Result<(Revision, String), CliError> {
    // Only `base` is taken from here; the policy comes from the revision that it names.
    let named = match explicit {
        Some(path) => {
            Some((Config::parse(&CliError::read(path)?, &path.display().to_string())?, path.display().to_string()))
        }
        None => match history.read(head, &RepoPath::from(CONFIG_FILE))? {
            Some(text) => {
                let origin = format!("{CONFIG_FILE} of {head}");
                Some((Config::parse(&text, &origin)?, origin))
            }
            None => None,
        },
    };
    if let Some((Config { base: Some(base), .. }, origin)) = named {
        let revision = history.resolve(&base)?;
        return Ok((revision, format!("`base` in {origin}")));
    }
    match history.newest_tag_before(head)? {
        Some(tag) => {
            let from = format!("the newest tag before {head}");
            Ok((tag, from))
        }
        None => Err(CliError::sentence(format!(
            "nothing says what runs in production: {CONFIG_FILE} has no `base` and no tag lies before {head}; \
             name it: gonogo check BASE..HEAD"
        ))),
    }
}

/// The directory's name, without `.git`.
fn name_of(history: &GitHistory) -> String {
    let directory = history.work_tree().ok().flatten().unwrap_or_else(|| history.git_directory().to_owned());
    let name = directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".git").unwrap_or(&name);
    if name.is_empty() { "repository".into() } else { name.to_owned() }
}
