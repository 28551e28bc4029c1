//! CSV (RFC 4180) as a stream of records, bounded in memory by one record.

/// Most fields a record may have.
pub const MAX_FIELDS: usize = 4_096;
/// Most bytes a single record may have.
const MAX_RECORD: usize = 4 << 20;

/// What is wrong with the text of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// A quoted field is never closed.
    #[error("line {line}: a quoted field is not closed; end it with a double quote")]
    Unclosed {
        /// Line on which the record begins, from 1.
        line: usize,
    },
    /// Text follows a closing quote.
    #[error("line {line}: text follows a closing quote; double a quote inside a quoted field")]
    AfterQuote {
        /// Line on which the record begins, from 1.
        line: usize,
    },
    /// A record is larger than any table of changes needs.
    #[error("line {line}: a record has more than {MAX_FIELDS} fields or 4 MiB")]
    TooLarge {
        /// Line on which the record begins, from 1.
        line: usize,
    },
    /// The file is not UTF-8.
    #[error("line {line}: not UTF-8; save the table as UTF-8")]
    Encoding {
        /// Line on which the record begins, from 1.
        line: usize,
    },
}

/// Reads records one after another.
pub(crate) struct Records<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Records<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), line: 1 }
    }

    /// The next record that is not an empty line, with the line it begins on; its fields replace those in `fields`.
    pub(crate) fn next(&mut self, fields: &mut Vec<String>) -> Result<Option<usize>, CsvError> {
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            let begins = self.line;
            self.record(fields, begins)?;
            if fields.len() != 1 || fields.first().is_some_and(|field| !field.is_empty()) {
                return Ok(Some(begins));
            }
        }
    }

    fn record(&mut self, fields: &mut Vec<String>, line: usize) -> Result<(), CsvError> {
        let mut used = 0;
        let mut place = 0;
        let mut size = 0usize;
        loop {
            let mut field: Vec<u8> = Vec::new();
            if self.rest.get(place) == Some(&b'"') {
                place += 1;
                loop {
                    match (self.rest.get(place), self.rest.get(place + 1)) {
                        (Some(b'"'), Some(b'"')) => {
                            field.push(b'"');
                            place += 2;
                        }
                        (Some(b'"'), _) => {
                            place += 1;
                            break;
                        }
                        (Some(&byte), _) => {
                            self.line += usize::from(byte == b'\n');
                            field.push(byte);
                            place += 1;
                        }
                        (None, _) => return Err(CsvError::Unclosed { line }),
                    }
                    if field.len() > MAX_RECORD {
                        return Err(CsvError::TooLarge { line });
                    }
                }
                if !matches!(self.rest.get(place), None | Some(b',' | b'\n' | b'\r')) {
                    return Err(CsvError::AfterQuote { line });
                }
            } else {
                let tail = self.rest.get(place..).unwrap_or_default();
                let length = tail.iter().position(|byte| matches!(byte, b',' | b'\n' | b'\r')).unwrap_or(tail.len());
                field.extend_from_slice(tail.get(..length).unwrap_or_default());
                place += length;
            }
            size = size.saturating_add(field.len());
            if size > MAX_RECORD || used >= MAX_FIELDS {
                return Err(CsvError::TooLarge { line });
            }
            let text = String::from_utf8(field).map_err(|_| CsvError::Encoding { line })?;
            match fields.get_mut(used) {
                Some(slot) => *slot = text,
                None => fields.push(text),
            }
            used += 1;
            match self.rest.get(place) {
                Some(b',') => place += 1,
                other => {
                    let carriage = usize::from(other == Some(&b'\r') && self.rest.get(place + 1) == Some(&b'\n'));
                    self.line += 1;
                    self.rest = self.rest.get(place + carriage + 1..).unwrap_or_default();
                    fields.truncate(used);
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<(usize, Vec<String>)>, CsvError> {
        let mut records = Records::new(text.as_bytes());
        let (mut fields, mut found) = (Vec::new(), Vec::new());
        while let Some(line) = records.next(&mut fields)? {
            found.push((line, fields.clone()));
        }
        Ok(found)
    }

    #[test]
    fn quotes_commas_and_line_ends_are_read_as_rfc_4180_has_them() {
        let read = all("a,b\r\n\"1,\n2\",\"say \"\"x\"\"\"\n\n3,").unwrap();
        let expected = [(1, ["a", "b"]), (2, ["1,\n2", "say \"x\""]), (5, ["3", ""])];
        assert_eq!(read.len(), expected.len());
        for ((line, fields), (expected_line, expected_fields)) in read.iter().zip(expected) {
            assert_eq!((*line, fields.as_slice()), (expected_line, expected_fields.map(String::from).as_slice()));
        }
    }

    #[test]
    fn broken_quotes_name_their_line() {
        assert_eq!(all("a\n\"b"), Err(CsvError::Unclosed { line: 2 }));
        assert_eq!(all("a\n\"b\"c"), Err(CsvError::AfterQuote { line: 2 }));
        assert_eq!(Records::new(b"\xff\n").next(&mut Vec::new()), Err(CsvError::Encoding { line: 1 }));
    }
}
