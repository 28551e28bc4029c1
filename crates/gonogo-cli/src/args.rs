//! The command line, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::output::Colour;

/// Decides whether a deploy may ship: Go, Hold or NoGo, with evidence for each reason.
///
/// A check that crashes, hangs or cannot see never becomes a Go.
///
/// Exit codes: 0 Go, 1 NoGo, 2 Hold, 3 the command could not be carried out.
#[derive(Debug, Parser)]
#[command(name = "gonogo", version, propagate_version = true, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// When to colour the output.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", alias = "color")]
    pub(crate) colour: Colour,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What gonogo can be asked to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Decide about the deploy of BASE..HEAD.
    Check(Check),
    /// Show the whole pipeline on a sample deploy, made in a temporary repository.
    Demo(Demo),
    /// List the issues that a deploy contains, and the commits that nobody filed.
    Issues(Issues),
    /// Say what migrations lock, rewrite and scan, and who waits; exits with 2 where a person should look.
    Migration(Migration),
    /// Say whether a new contract reads what the old one wrote, with a witness where it does not.
    Compat(Compat),
    /// Judge the metrics of a rollout, live or recorded.
    Guard(Guard),
    /// Say how risky the commits of a deploy are, measured against the repository's own history.
    Risk(Risk),
    /// Explain a rule: what it means, why it matters, what to do.
    Explain(Explain),
    /// Run as a git hook.
    Hook(Hook),
}

/// Which deploy, of which repository.
#[derive(Debug, Args)]
pub(crate) struct Range {
    /// What runs in production, and what shall: BASE..HEAD, or BASE alone for BASE..HEAD with git's HEAD. Left out, HEAD is
    /// compared with `base` of gonogo.toml, else with the newest tag before it.
    #[arg(value_name = "BASE..HEAD")]
    pub(crate) range: Option<String>,
    /// The repository, or a directory in it.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) repo: PathBuf,
    /// This configuration instead of the gonogo.toml of BASE.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) range: Range,
    /// How to write the report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ReportFormat,
    /// Show every finding, also the folded ones.
    #[arg(long)]
    pub(crate) unfold: bool,
    /// Recorded metrics of the rollout (JSON), judged beside everything else.
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
    /// Issues as the tracker knows them (JSON), to check their states and fields.
    #[arg(long, value_name = "FILE")]
    pub(crate) tracker: Option<PathBuf>,
    /// Sizes of production's tables (JSON), to tell a big table from a small one.
    #[arg(long, value_name = "FILE")]
    pub(crate) tables: Option<PathBuf>,
    /// Waivers, approvals and overrides for this run (TOML), added to those of the policy.
    #[arg(long, value_name = "FILE")]
    pub(crate) clearances: Option<PathBuf>,
    /// Who asks for the deploy, for the report.
    #[arg(long, value_name = "WHO")]
    pub(crate) requested_by: Option<String>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For a person at a terminal.
    #[default]
    Text,
    /// Everything, as `gonogo.report/1`.
    Json,
    /// For a pull request or a chat.
    Markdown,
    /// A page by itself.
    Html,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for CI servers.
    Junit,
    /// GitHub's workflow commands.
    Github,
}

/// How a list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For a person at a terminal.
    #[default]
    Text,
    /// Everything, as JSON.
    Json,
    /// For a pull request or a chat.
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Make the sample repository here and leave it there, to try commands on.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// How to write the report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Issues {
    #[command(flatten)]
    pub(crate) range: Range,
    /// How to write the list.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ListFormat,
    /// Issues as the tracker knows them (JSON).
    #[arg(long, value_name = "FILE")]
    pub(crate) tracker: Option<PathBuf>,
    /// Batch: read messages as JSON, one object a line, from FILE or `-`, and write their references.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["range", "tracker"])]
    pub(crate) messages: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Migration {
    #[command(subcommand)]
    pub(crate) live: Option<MigrationLive>,
    /// The migrations, in order. Tables that they make themselves are new and hold nobody up: give the schema that is there
    /// before with --schema, or the server that has it with --url.
    #[arg(value_name = "FILE", required_unless_present = "batch")]
    pub(crate) files: Vec<PathBuf>,
    /// The database: postgres, mysql or mariadb.
    #[arg(long, default_value = "postgres", conflicts_with = "url")]
    pub(crate) dialect: String,
    /// The server's version, such as 15.
    #[arg(long, value_name = "VERSION", conflicts_with = "url")]
    pub(crate) server_version: Option<String>,
    /// The schema as it is before (SQL, such as a schema dump).
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    pub(crate) schema: Option<PathBuf>,
    /// Sizes of production's tables (JSON).
    #[arg(long, value_name = "FILE")]
    pub(crate) tables: Option<PathBuf>,
    /// Read version, schema and sizes from this server: postgres://user@host/database or mysql://user@host/database. Nothing is changed.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// What work costs on production's server, as `gonogo migration calibrate` wrote it.
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// How to write the statements.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ListFormat,
    /// Batch: read cases as JSON, one object a line, from FILE or `-`.
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    pub(crate) batch: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MigrationLive {
    /// Time operations on tables made in a scratch database, and write what work costs there as a model.
    Calibrate(Calibrate),
    /// Run migrations on a scratch database in front of a second session, and show what was predicted beside what was observed.
    Trace(Trace),
}

/// A database that anything may be done to.
#[derive(Debug, Args)]
pub(crate) struct Scratch {
    /// The database: postgres://user@host:5432/database or mysql://user@host:3306/database. It must have a table `gonogo_scratch`.
    #[arg(long, value_name = "URL")]
    pub(crate) url: String,
    /// Seconds that one statement may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub(crate) limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Calibrate {
    #[command(flatten)]
    pub(crate) scratch: Scratch,
    /// Rows of the largest table that is timed.
    #[arg(long, default_value_t = 200_000)]
    pub(crate) rows: u64,
    /// Where to write the model; standard output when left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Then time tables of up to ten times as many rows, and show each forecast beside what was observed.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Also write the timed runs, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) runs: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Trace {
    #[command(flatten)]
    pub(crate) scratch: Scratch,
    /// The migrations, in order. They are run, and what they change stays.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// How to write what was predicted and observed.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Compat {
    /// The contract as it was.
    #[arg(required_unless_present = "batch")]
    pub(crate) old: Option<PathBuf>,
    /// The contract as it shall be.
    #[arg(required_unless_present = "batch")]
    pub(crate) new: Option<PathBuf>,
    /// What is asked: does new read what old wrote (backward), old what new writes (forward), or both (full)?
    #[arg(long, default_value = "full")]
    pub(crate) mode: String,
    /// The format: json-schema, openapi or avro; found by the content when left out.
    #[arg(long = "contract", value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// How to write the verdict.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ListFormat,
    /// Batch: read pairs as JSON, one object a line, from FILE or `-`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["old", "new"])]
    pub(crate) batch: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Guard {
    #[command(subcommand)]
    pub(crate) command: Option<GuardCommand>,
    /// Batch: read configurations with windows as JSON, one object a line, from FILE or `-`.
    #[arg(long, value_name = "FILE")]
    pub(crate) batch: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GuardCommand {
    /// Judge a recording window by window, draw it, and say what other settings would have done.
    Replay(Replay),
    /// Watch a rollout live, act when it is over or must be halted.
    Watch(Watch),
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The recording: JSON with `config` and `windows`, one window a line, or CSV.
    pub(crate) recording: PathBuf,
    /// Judge by `[guard]` of this gonogo.toml instead of the recording's own `config`.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read the recording as Graphite's `json` or `csv`, with the names of this map (JSON).
    #[arg(long, value_name = "FILE")]
    pub(crate) names: Option<PathBuf>,
    /// Say what other settings would have done with the same recording.
    #[arg(long)]
    pub(crate) what_if: bool,
    /// Write a page with a picture for each monitor.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write a picture (SVG) for each monitor into this directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) svg: Option<PathBuf>,
    /// How to write what happened.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// The configuration, with `[guard]` and `[guard.prometheus]`.
    #[arg(long, value_name = "FILE", default_value = "gonogo.toml")]
    pub(crate) config: PathBuf,
    /// Keep what was seen in this file, and go on from it where it is there.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Append every window to this recording, for `gonogo guard replay`.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// When the new version was deployed (RFC 3339); now when left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) deployed_at: Option<String>,
    /// Seconds of history before the deploy to take in.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) history: u64,
    /// Seconds after its end until a window is complete at the source.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) ingestion_lag: u64,
    /// Run this program at the end, with its arguments, the verdict as its last one and the evidence as JSON on its input.
    #[arg(last = true, value_name = "PROGRAM")]
    pub(crate) act: Vec<String>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Risk {
    #[command(subcommand)]
    pub(crate) command: Option<RiskCommand>,
    #[command(flatten)]
    pub(crate) range: Range,
    /// How to write the assessment.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: RiskFormat,
    /// Assess with this model, such as one trained on this history; the shipped one when left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
}

/// How to write a risk assessment.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum RiskFormat {
    /// For a person at a terminal.
    #[default]
    Text,
    /// Everything, as JSON.
    Json,
    /// For a pull request or a chat.
    Markdown,
    /// A page for a browser.
    Html,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RiskCommand {
    /// Score a table of labelled changes, in order of time.
    Evaluate(Evaluate),
    /// Show what a model was made from and what it must not be used for.
    Card(Card),
    /// Fit a model to a table of labelled changes, or to a repository's own history.
    Train(Train),
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// Train on this table first; the shipped model otherwise.
    #[arg(long, value_name = "CSV")]
    pub(crate) train: Option<PathBuf>,
    /// Score this table.
    #[arg(long, value_name = "CSV")]
    pub(crate) test: PathBuf,
    /// Score with this model.
    #[arg(long, value_name = "FILE", conflicts_with = "train")]
    pub(crate) model: Option<PathBuf>,
    /// Train by this recipe; chosen by the tables when left out.
    #[arg(long, value_name = "NAME", requires = "train")]
    pub(crate) recipe: Option<String>,
    /// Write every row's score here.
    #[arg(long, value_name = "CSV")]
    pub(crate) predictions: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Card {
    /// The model; the shipped one when left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Train {
    /// The labelled changes; the repository's own history when left out.
    #[arg(value_name = "CSV")]
    pub(crate) table: Option<PathBuf>,
    /// Write the model here.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) own: OwnHistory,
    /// What is fitted to what: full, author-free, foreign, portable or lines-added.
    #[arg(long, default_value = "full")]
    pub(crate) recipe: String,
    /// Train on this share of each project's rows, the oldest first.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) first_share: f64,
    /// Where the table comes from, for the model's card.
    #[arg(long)]
    pub(crate) data: Option<String>,
    /// The table's licence, for the model's card.
    #[arg(long)]
    pub(crate) licence: Option<String>,
}

/// How a repository's own history is labelled.
#[derive(Debug, Args)]
pub(crate) struct OwnHistory {
    /// Learn from this repository.
    #[arg(long, value_name = "DIR", default_value = ".", conflicts_with = "table")]
    pub(crate) repo: PathBuf,
    /// Learn from the ancestors of this revision.
    #[arg(long, value_name = "REV", default_value = "HEAD", conflicts_with = "table")]
    pub(crate) head: String,
    /// Believe no weaker evidence: fixes, reverted, bug-report-lines, repair-lines or same-files.
    #[arg(long, value_name = "KIND", default_value = "repair-lines", conflicts_with = "table")]
    pub(crate) evidence: String,
    /// Issues that report bugs, one a line: a key, and perhaps a comma and the time of the report (RFC 3339).
    #[arg(long, value_name = "FILE", conflicts_with = "table")]
    pub(crate) bugs: Option<PathBuf>,
    /// Trace repairs for so many minutes at most; run again to go on where it stopped.
    #[arg(long, value_name = "N", default_value_t = 10.0, conflicts_with = "table")]
    pub(crate) minutes: f64,
    /// Write the labelled changes here as well.
    #[arg(long, value_name = "CSV", conflicts_with = "table")]
    pub(crate) write_table: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The rule, such as migration/type-rewrite; all rules are listed when left out.
    pub(crate) rule: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Hook {
    #[command(subcommand)]
    pub(crate) command: HookCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HookCommand {
    /// Refuse a commit message that names no issue. As .git/hooks/commit-msg: exec gonogo hook commit-msg "$1"
    CommitMsg {
        /// The file with the message, as git passes it.
        file: PathBuf,
        /// The repository, for its gonogo.toml.
        #[arg(long, value_name = "DIR", default_value = ".")]
        repo: PathBuf,
    },
}
