//! Which lines of a source file say nothing to the machine.

/// How a family of languages writes comments.
#[derive(Debug, Clone, Copy)]
struct Style {
    /// What begins a comment that ends with the line.
    line: &'static [&'static str],
    /// What begins and ends a comment of any length.
    block: Option<(&'static str, &'static str)>,
    /// What encloses text in which nothing begins a comment.
    quotes: &'static [u8],
}

const C: Style = Style { line: &["//"], block: Some(("/*", "*/")), quotes: b"\"'`" };
/// Lifetimes and characters share one mark, so only double quotes are told.
const RUST: Style = Style { line: &["//"], block: Some(("/*", "*/")), quotes: b"\"" };
const SHELL: Style = Style { line: &["#"], block: None, quotes: b"\"'" };
const PHP: Style = Style { line: &["//", "#"], block: Some(("/*", "*/")), quotes: b"\"'" };
const SQL: Style = Style { line: &["--"], block: Some(("/*", "*/")), quotes: b"\"'" };
const HASKELL: Style = Style { line: &["--"], block: Some(("{-", "-}")), quotes: b"\"" };
const LISP: Style = Style { line: &[";"], block: None, quotes: b"\"" };
const PERCENT: Style = Style { line: &["%"], block: None, quotes: b"\"" };
const MARKUP: Style = Style { line: &[], block: Some(("<!--", "-->")), quotes: b"" };
const STYLES: Style = Style { line: &[], block: Some(("/*", "*/")), quotes: b"\"'" };

fn style(path: &[u8]) -> Option<Style> {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    if matches!(name, b"Makefile" | b"Dockerfile" | b"Gemfile" | b"Rakefile" | b"Jenkinsfile" | b"CMakeLists.txt") {
        return Some(SHELL);
    }
    let dot = name.iter().rposition(|&byte| byte == b'.')?;
    let ending = String::from_utf8_lossy(name.get(dot + 1..)?).to_ascii_lowercase();
    Some(match ending.as_str() {
        "c" | "h" | "cc" | "cpp" | "cxx" | "hh" | "hpp" | "hxx" | "m" | "mm" | "java" | "js" | "jsx" | "mjs"
        | "cjs" | "ts" | "tsx" | "go" | "cs" | "swift" | "kt" | "kts" | "scala" | "groovy" | "gradle" | "dart"
        | "proto" | "scss" | "less" | "zig" | "v" | "sv" => C,
        "rs" => RUST,
        "py" | "pyi" | "rb" | "sh" | "bash" | "zsh" | "pl" | "pm" | "r" | "yaml" | "yml" | "toml" | "cmake" | "mk"
        | "tf" | "nix" | "ex" | "exs" | "jl" | "ps1" | "conf" | "properties" => SHELL,
        "php" => PHP,
        "sql" | "ada" | "adb" | "ads" | "vhd" | "vhdl" | "lua" => SQL,
        "hs" | "elm" | "purs" => HASKELL,
        "lisp" | "el" | "clj" | "cljs" | "cljc" | "scm" | "rkt" | "asm" | "ini" => LISP,
        "tex" | "erl" | "hrl" => PERCENT,
        "html" | "htm" | "xml" | "svg" | "vue" | "md" | "xsd" | "xslt" => MARKUP,
        "css" => STYLES,
        _ => return None,
    })
}

/// For each line whether it holds code: more than white space and comments, by the file's ending.
///
/// A reader for labelling, not a compiler: text over several lines and nested comments are not told apart. Where the language is not
/// known, a line is code unless it is blank. O(bytes).
///
/// ```
/// let code = gonogo_risk::code_lines(b"a.rs", b"let a = 1; // one\n// two\n/* three\nfour */ let b = 2;\n\n");
/// assert_eq!(code, [true, false, false, true, false]);
/// ```
pub fn code_lines(path: &[u8], text: &[u8]) -> Vec<bool> {
    let Some(style) = style(path) else {
        return lines(text).map(|line| !line.trim_ascii().is_empty()).collect();
    };
    let mut inside = false;
    lines(text).map(|line| has_code(line, style, &mut inside)).collect()
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|&byte| byte == b'\n')
}

/// Whether a line holds code; `inside` says whether a block comment is open before it, and then after it.
fn has_code(line: &[u8], style: Style, inside: &mut bool) -> bool {
    let mut rest = line.trim_ascii();
    let mut code = false;
    let mut quote = None;
    while let Some(&byte) = rest.first() {
        if let (true, Some((_, end))) = (*inside, style.block) {
            match find(rest, end.as_bytes()) {
                Some(at) => {
                    rest = rest.get(at + end.len()..).unwrap_or_default();
                    *inside = false;
                }
                None => return code,
            }
            continue;
        }
        if let Some(open) = quote {
            let taken = if byte == b'\\' { 2 } else { 1 };
            if byte == open {
                quote = None;
            }
            rest = rest.get(taken..).unwrap_or_default();
            continue;
        }
        if style.line.iter().any(|begin| rest.starts_with(begin.as_bytes())) {
            return code;
        }
        if let Some((begin, _)) = style.block
            && rest.starts_with(begin.as_bytes())
        {
            *inside = true;
            rest = rest.get(begin.len()..).unwrap_or_default();
            continue;
        }
        code |= !byte.is_ascii_whitespace();
        if style.quotes.contains(&byte) {
            quote = Some(byte);
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    code
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}

#[cfg(test)]
mod tests {
    use super::code_lines;

    fn code(path: &str, text: &str) -> String {
        code_lines(path.as_bytes(), text.as_bytes()).into_iter().map(|code| if code { 'c' } else { '-' }).collect()
    }

    #[test]
    fn comments_are_told_by_the_language_of_the_file() {
        assert_eq!(code("a/b.py", "# one\nx = 1  # two\n\n  #three\n"), "-c--");
        assert_eq!(code("b.c", "#include <a>\n/* a\n * b\n */\nint a; /* b */\n/* c */ int d;\n"), "c---cc");
        assert_eq!(code("q.sql", "-- a\nselect 1; -- b\n/* c */\n"), "-c-");
        assert_eq!(code("p.html", "<!-- a\nb -->\n<p>\n"), "--c");
        assert_eq!(code("unknown.xyz", "# a\n\n// b\n"), "c-c");
        assert_eq!(code("Makefile", "# a\nall:\n"), "-c");
    }

    #[test]
    fn what_stands_in_quotes_begins_no_comment() {
        assert_eq!(code("a.js", "let a = \"/*\";\nlet b = '//';\nlet c = \"\\\"/*\";\nd\n"), "cccc");
    }
}
