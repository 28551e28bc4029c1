//! Gathers the rule pages of `docs/rules` into one table, so that `gonogo explain` needs no files.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let missing = |what: &str| io::Error::other(format!("{what} is not set; build with cargo"));
    let here = env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| missing("CARGO_MANIFEST_DIR"))?;
    let out = env::var_os("OUT_DIR").ok_or_else(|| missing("OUT_DIR"))?;
    let pages = Path::new(&here).join("../../docs/rules");
    println!("cargo::rerun-if-changed={}", pages.display());

    let mut names: Vec<String> = fs::read_dir(&pages)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.sort();
    let mut table = String::from("&[\n");
    for name in names {
        let path = pages.join(&name).canonicalize()?;
        let stem = name.trim_end_matches(".md");
        // `area-rule-name.md` is the page of `area/rule-name`: an area is one word.
        let Some((area, rule)) = stem.split_once('-') else { continue };
        writeln!(table, "    (\"{area}/{rule}\", include_str!({:?})),", path.display().to_string())
            .map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&out).join("pages.rs"), table)
}
