//! The line of a JSON Pointer in a text that is YAML or JSON.

use saphyr_parser::{Event, Parser};

use crate::json::pointer_segments;

/// A collection on the way: what is looked for within it, if it is on the way.
enum Open {
    Sequence(usize, bool),
    Mapping(Option<String>, bool),
}

/// The line, from 1, at which the pointer's value or its name stands; that of its nearest ancestor, if it is not there. JSON is
/// read as YAML; where that fails there is no line.
#[must_use]
pub fn line_of(text: &str, pointer: &str) -> Option<u32> {
    let wanted = pointer_segments(pointer)?;
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    // How many segments have been met along the path to the current place.
    let mut met = 0;
    let mut best = None;
    while let Some(Ok((event, span))) = parser.next_event() {
        let line = u32::try_from(span.start.line()).ok();
        let starts = matches!(event, Event::SequenceStart(..) | Event::MappingStart(..));
        match event {
            Event::Scalar(..) | Event::Alias(_) | Event::SequenceStart(..) | Event::MappingStart(..) => {
                let mut on_way = open.is_empty();
                match open.last_mut() {
                    None => {}
                    Some(Open::Sequence(next, within)) => {
                        let here = *within && wanted.get(met).is_some_and(|w| *w == next.to_string());
                        *next += 1;
                        if here {
                            met += 1;
                            best = line;
                            on_way = true;
                        }
                    }
                    Some(Open::Mapping(key, within)) => match key.take() {
                        None => {
                            let name =
                                if let Event::Scalar(name, ..) = &event { name.to_string() } else { String::new() };
                            if *within && wanted.get(met) == Some(&name) {
                                best = line;
                            }
                            *key = Some(name);
                            if !starts {
                                continue;
                            }
                        }
                        Some(name) => {
                            if *within && wanted.get(met) == Some(&name) {
                                met += 1;
                                on_way = true;
                            }
                        }
                    },
                }
                if met == wanted.len() && on_way {
                    return best.or(line);
                }
                match event {
                    Event::SequenceStart(..) => open.push(Open::Sequence(0, on_way)),
                    Event::MappingStart(..) => open.push(Open::Mapping(None, on_way)),
                    _ if on_way && !open.is_empty() => return best,
                    _ => {}
                }
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if matches!(open.pop(), Some(Open::Sequence(_, true) | Open::Mapping(_, true))) {
                    return best;
                }
            }
            _ => {}
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_lead_to_lines() {
        let text = "openapi: 3.0.0\npaths:\n  /pets:\n    get:\n      tags:\n        - a\n        - b\n    post: {}\n";
        assert_eq!(line_of(text, "/paths/~1pets/post"), Some(8));
        assert_eq!(line_of(text, "/paths/~1pets/get/tags/1"), Some(7));
        assert_eq!(line_of(text, "/paths/~1pets/put"), Some(3), "the nearest ancestor");
        assert_eq!(line_of("{\n \"a\": {\n  \"b\": [1,\n 2]\n }\n}", "/a/b/1"), Some(4));
    }
}
