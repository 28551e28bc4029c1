//! The batch forms: one JSON object a line in, one a line out, in order.

use std::io::{BufRead, BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::error::CliError;

/// The longest line that is read, bytes; a longer one is answered with an error.
const LINE_LIMIT: usize = 256 << 20;

/// What one line could not be answered with: its id, where it had one, and why.
pub(crate) struct Refused {
    pub(crate) id: Option<Value>,
    pub(crate) message: String,
}

/// Answers every line of `input` (`-` is standard input). Returns the exit code: 0, or 3 when a line could not be handled.
pub(crate) fn run(input: &Path, mut answer: impl FnMut(&str) -> Result<Value, Refused>) -> Result<u8, CliError> {
    let reader: Box<dyn BufRead> = if input.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        let opened = std::fs::File::open(input).map_err(|source| CliError::Read { path: input.to_owned(), source })?;
        Box::new(std::io::BufReader::new(opened))
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let code = each_line(reader, |line| {
        let line = match line {
            Ok(line) => answer(line),
            Err(message) => Err(Refused { id: None, message }),
        };
        let (value, code) = match line {
            Ok(value) => (value, 0),
            Err(refused) => (json!({ "id": refused.id, "error": refused.message }), 3),
        };
        serde_json::to_writer(&mut out, &value)?;
        out.write_all(b"\n")?;
        Ok(code)
    });
    let flushed = out.flush();
    match code.and_then(|code| flushed.map(|()| code)) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(0),
        other => other.map_err(|source| CliError::Stream { stream: "output", source }),
    }
}

/// Calls `each` with every non-blank line, or with why it is none; the greatest code it gave.
fn each_line(
    mut reader: Box<dyn BufRead>,
    mut each: impl FnMut(Result<&str, String>) -> std::io::Result<u8>,
) -> std::io::Result<u8> {
    let (mut code, mut number, mut line) = (0, 0u64, Vec::new());
    loop {
        line.clear();
        number += 1;
        let mut limited = std::io::Read::take(&mut reader, LINE_LIMIT as u64 + 1);
        if limited.read_until(b'\n', &mut line)? == 0 {
            return Ok(code);
        }
        if line.len() > LINE_LIMIT && line.last() != Some(&b'\n') {
            code = code.max(each(Err(format!("line {number} is longer than {LINE_LIMIT} bytes")))?);
            skip_line(&mut reader)?;
            continue;
        }
        match std::str::from_utf8(&line) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => code = code.max(each(Ok(text.trim()))?),
            Err(error) => {
                let place = error.valid_up_to() + 1;
                code = code.max(each(Err(format!("line {number} is not UTF-8 at byte {place}")))?);
            }
        }
    }
}

fn skip_line(reader: &mut Box<dyn BufRead>) -> std::io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        reader.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}
