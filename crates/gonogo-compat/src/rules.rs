//! The rules that the check can state.

use gonogo_core::{Rule, Severity};

/// Every rule of this crate, each explained on its page in `docs/rules`.
pub const RULES: &[Rule] = &[
    Rule::new(
        "compat/more-required",
        "a reader requires a member that a writer may leave out",
        Severity::Stop,
        "make the member optional with a default; require it once no old writer and no old data is left",
    ),
    Rule::new(
        "compat/type-narrowed",
        "a writer may send a type of value that a reader rejects",
        Severity::Stop,
        "let the reader accept both types first, then change the writer, then narrow the reader",
    ),
    Rule::new(
        "compat/value-removed",
        "a writer may send one of the listed values that a reader does not list",
        Severity::Stop,
        "let the reader accept the value first and ship that, then let the writer send it",
    ),
    Rule::new(
        "compat/range-narrowed",
        "a writer may send a number, length, count or format of text that a reader rejects",
        Severity::Stop,
        "widen the reader's bound first and ship that, then change the writer",
    ),
    Rule::new(
        "compat/content-closed",
        "a writer may send members or items that a reader does not allow",
        Severity::Stop,
        "let the reader ignore what it does not know, or ship a reader that knows it before the writer sends it",
    ),
    Rule::new(
        "compat/choice-narrowed",
        "a writer may send a value that fits none of a reader's alternatives",
        Severity::Stop,
        "add the alternative to the reader first and ship that, then let the writer use it",
    ),
    Rule::new(
        "compat/operation-removed",
        "a client may call an operation that the server does not have",
        Severity::Stop,
        "keep the operation until no client calls it; mark it deprecated with a sunset date first",
    ),
    Rule::new(
        "compat/operation-added",
        "a client may call an operation that only the new server has",
        Severity::Note,
        "ship the server before the pages that call the operation, or keep sessions on servers of their version",
    ),
    Rule::new(
        "compat/parameter-required",
        "the server requires a parameter or body that a client may leave out",
        Severity::Stop,
        "make it optional with a default; require it once no old client is left",
    ),
    Rule::new(
        "compat/parameter-removed",
        "a client may send a parameter or body that the server's contract does not name",
        Severity::Caution,
        "keep reading it until no old client sends it, or make sure that the server may ignore it",
    ),
    Rule::new(
        "compat/parameter-form",
        "client and server write a parameter in different forms",
        Severity::Stop,
        "add a parameter under a new name, and let the server read both until no old client is left",
    ),
    Rule::new(
        "compat/media-type-removed",
        "a writer sends a media type that the reader does not name",
        Severity::Stop,
        "let the reader accept both media types until no old writer is left",
    ),
    Rule::new(
        "compat/response-removed",
        "the server no longer sends a body or header that a client reads",
        Severity::Stop,
        "keep sending it until no old client is left",
    ),
    Rule::new(
        "compat/status-added",
        "the server answers with a status that a client's contract does not name",
        Severity::Note,
        "name the status, or a `default` response, in a release before the server sends it",
    ),
    Rule::new(
        "compat/webhook-removed",
        "a client waits for a webhook or callback that the server does not call",
        Severity::Stop,
        "keep calling it until no client waits for it",
    ),
    Rule::new(
        "compat/webhook-added",
        "the server calls a webhook or callback that a client's contract does not name",
        Severity::Note,
        "let clients subscribe to it, so that only those who know it are called",
    ),
    Rule::new(
        "compat/security-narrowed",
        "the server asks for credentials that a client may not send",
        Severity::Stop,
        "accept the old credentials beside the new ones until no old client is left",
    ),
    Rule::new(
        "compat/unproved",
        "it could not be told whether a reader can read everything a writer sends",
        Severity::Caution,
        "compare the two versions by hand, or write the part that is named in keywords that can be followed",
    ),
    Rule::new(
        "compat/unreadable",
        "a contract could not be read",
        Severity::Caution,
        "correct the file at the place that is named",
    ),
    Rule::new(
        "compat/format-not-compared",
        "a changed contract is of a format that is recognised but not compared",
        Severity::Caution,
        "compare the two versions with the format's own tool",
    ),
    Rule::new(
        "compat/contract-removed",
        "a contract was removed",
        Severity::Caution,
        "make sure that nothing still reads or writes by it",
    ),
];
