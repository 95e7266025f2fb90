//! The source as text: what a file says without its comments and tests, and which other files it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One file of `src/`.
pub struct Source {
    /// Its path below `src/`, with slashes.
    pub path: String,
    /// Its module, as names: `["calls", "queries"]`; nothing for the root.
    module: Vec<String>,
    /// The code: comments, tests and what is inside quotation marks are blank.
    pub code: String,
    /// What is inside quotation marks, outside tests.
    pub strings: Vec<String>,
}

/// Everything below `src/` that is no test.
pub fn all() -> Vec<Source> {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    walk(&root, &root, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).expect("a folder of src") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(root, &path, found);
            continue;
        }
        let inside = path.strip_prefix(root).expect("below src").to_str().expect("a name").replace('\\', "/");
        if !inside.ends_with(".rs")
            || inside.ends_with("tests.rs")
            || inside.ends_with("_test.rs")
            || inside.contains("/tests/")
        {
            continue;
        }
        found.push(Source::of(&inside, &std::fs::read_to_string(&path).expect("a readable file")));
    }
}

impl Source {
    /// Reads a file's text.
    pub fn of(path: &str, text: &str) -> Self {
        let mut module: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            module.pop();
        }
        let (code, strings) = without_comments(text);
        let code = without_tests(&code);
        let strings =
            strings.into_iter().filter(|(at, _)| code.as_bytes()[*at] == b'"').map(|(_, s)| s).collect();
        Self { path: path.to_owned(), module, code, strings }
    }

    /// The first name of its path: `calls`, `app`.
    pub fn room(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }
}

/// The text with comments and the insides of strings made blank (bytes stay where they are), and the strings with
/// the place of their first quotation mark.
fn without_comments(text: &str) -> (String, Vec<(usize, String)>) {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut strings = Vec::new();
    let blank = |out: &mut Vec<u8>, from: usize, to: usize| {
        out[from..to].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
    };
    let find = |from: usize, needle: &str| text[from..].find(needle).map_or(bytes.len(), |at| from + at);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                let end = find(at, "\n");
                blank(&mut out, at, end);
                at = end;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let end = (find(at, "*/") + 2).min(bytes.len());
                blank(&mut out, at, end);
                at = end;
            }
            b'r' if is_raw_string(bytes, at) => {
                let hashes = bytes[at + 1..].iter().take_while(|b| **b == b'#').count();
                let (open, close) = (at + 1 + hashes, format!("\"{}", "#".repeat(hashes)));
                let end = find(open + 1, &close);
                strings.push((open, text[open + 1..end].to_owned()));
                blank(&mut out, open + 1, end);
                at = end + close.len();
            }
            b'"' => {
                let mut end = at + 1;
                while end < bytes.len() && bytes[end] != b'"' {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                strings.push((at, text[at + 1..end].to_owned()));
                blank(&mut out, at + 1, end);
                at = end + 1;
            }
            // 'x', '\n' and '\'' are letters, 'a without an end is a lifetime.
            b'\'' if bytes.get(at + 1) == Some(&b'\\') => {
                let end = find(at + 3, "'");
                blank(&mut out, at + 1, end);
                at = end + 1;
            }
            b'\'' => {
                let letter = text[at + 1..].chars().next().map_or(1, char::len_utf8);
                if bytes.get(at + 1 + letter) == Some(&b'\'') {
                    blank(&mut out, at + 1, at + 1 + letter);
                    at += letter + 2;
                } else {
                    at += 1;
                }
            }
            _ => at += 1,
        }
    }
    (String::from_utf8(out).expect("blanks for whole letters"), strings)
}

fn is_raw_string(bytes: &[u8], at: usize) -> bool {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if at > 0 && is_name(bytes[at - 1]) && bytes[at - 1] != b'b' {
        return false;
    }
    let rest = &bytes[at + 1..];
    rest.get(rest.iter().take_while(|b| **b == b'#').count()) == Some(&b'"')
}

/// Makes `#[cfg(test)] mod … { … }` and other items for tests blank.
fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(start) = out.find("#[cfg(test)]") {
        let (mut depth, mut end) = (0_usize, out.len());
        for (at, byte) in out.bytes().enumerate().skip(start + "#[cfg(test)]".len()) {
            match byte {
                b'{' => depth += 1,
                b'}' if depth == 1 => {
                    end = at + 1;
                    break;
                }
                b'}' => depth -= 1,
                b';' if depth == 0 => {
                    end = at + 1;
                    break;
                }
                _ => {}
            }
        }
        let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        // A letter of several bytes is inside quotation marks only, and those are blank already.
        out.replace_range(start..end, &blank);
    }
    out
}

/// Which file names which: by `use`, by a path in the code, by the name of a module it has imported. A `mod.rs` and the
/// files it declares are one module in parts: that the whole names its parts is no import, the other way round is.
pub fn imports(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let files: BTreeMap<&[String], &str> = sources
        .iter()
        .filter(|s| s.path != "main.rs")
        .map(|s| (s.module.as_slice(), s.path.as_str()))
        .collect();
    let mut all = BTreeMap::new();
    for source in sources {
        let mut named: Vec<Vec<String>> = Vec::new();
        let mut aliases: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let (uses, rest) = use_statements(&source.code);
        for child in declared(&rest) {
            let mut path = source.module.clone();
            path.push(child.clone());
            aliases.insert(child, path);
        }
        let mut imported = Vec::new();
        for (path, name) in uses.iter().flat_map(|u| expanded(u)) {
            if let Some(path) = absolute(&path, &source.module, &aliases) {
                if files.contains_key(path.as_slice()) {
                    imported.push((name, path.clone()));
                }
                named.push(path);
            }
        }
        aliases.extend(imported);
        named.extend(paths(&rest).iter().filter_map(|p| absolute(p, &source.module, &aliases)));
        let targets = named
            .iter()
            .filter_map(|path| (1..=path.len()).rev().find_map(|n| files.get(&path[..n])))
            .filter(|target| **target != source.path && !is_part(source, target))
            .map(|target| (*target).to_owned())
            .collect();
        all.insert(source.path.clone(), targets);
    }
    all
}

/// True when `source` is the `mod.rs` of the folder in which `file` stands, however deep.
fn is_part(source: &Source, file: &str) -> bool {
    source.path.strip_suffix("mod.rs").is_some_and(|folder| file.starts_with(folder))
}

/// The `use` statements of a file without `use` and `;`, and the file without them.
fn use_statements(code: &str) -> (Vec<String>, String) {
    let (mut uses, mut rest) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let said = line.trim_start();
        let said = said
            .strip_prefix("pub ")
            .or_else(|| said.strip_prefix("pub(crate) "))
            .or_else(|| said.strip_prefix("pub(super) "))
            .unwrap_or(said);
        let Some(start) = said.strip_prefix("use ") else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let mut statement = start.to_owned();
        while !statement.contains(';') {
            let Some(more) = lines.next() else { break };
            statement.push_str(more);
        }
        uses.push(statement.split(';').next().unwrap_or_default().replace(char::is_whitespace, " "));
    }
    (uses, rest)
}

/// `a::{b, c::d as e}` as `(a::b, b)` and `(a::c::d, e)`.
fn expanded(tree: &str) -> Vec<(Vec<String>, String)> {
    let tree = tree.trim();
    if let Some((head, inside)) = tree.split_once('{') {
        let inside = inside.strip_suffix('}').unwrap_or(inside);
        let mut parts = vec![String::new()];
        let mut depth = 0;
        for letter in inside.chars() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(String::new());
                    continue;
                }
                _ => {}
            }
            if let Some(part) = parts.last_mut() {
                part.push(letter);
            }
        }
        return parts
            .iter()
            .filter(|p| !p.trim().is_empty())
            .flat_map(|p| expanded(&format!("{head}{}", p.trim())))
            .collect();
    }
    let (path, name) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name.trim())));
    let mut path: Vec<String> = path.trim().split("::").map(str::to_owned).collect();
    if path.last().is_some_and(|last| last == "self" || last == "*") {
        path.pop();
    }
    let name = name.map_or_else(|| path.last().cloned().unwrap_or_default(), str::to_owned);
    vec![(path, name)]
}

/// Names of modules a file declares: they are paths of its own.
fn declared(code: &str) -> Vec<String> {
    code.lines()
        .filter_map(|line| {
            let line = line.trim().strip_suffix(';')?;
            let name = line
                .rsplit_once("mod ")
                .filter(|(before, _)| before.is_empty() || before.starts_with("pub"))?
                .1;
            Some(name.to_owned())
        })
        .collect()
}

/// Every path of two names or more, but not those of visibilities.
fn paths(code: &str) -> Vec<Vec<String>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    // `pub(in crate::a)` says who may see, not who is needed.
    let visibilities = code.split("pub(in ").enumerate().map(|(n, part)| match part.split_once(')') {
        Some((_, rest)) if n > 0 => rest,
        _ => part,
    });
    let code: String = visibilities.collect();
    code.split(|c: char| !is_part(c))
        .filter(|word| word.contains("::"))
        .map(|word| {
            word.split("::").filter(|name| !name.is_empty()).map(|n| n.trim_matches(':').to_owned()).collect()
        })
        .collect()
}

/// The path from the root of our own crate; `None` for paths of other crates and of types.
fn absolute(
    path: &[String],
    module: &[String],
    aliases: &BTreeMap<String, Vec<String>>,
) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" | "callcentre" => Some(rest.to_vec()),
        "self" => Some(module.iter().chain(rest).cloned().collect()),
        "super" => {
            let ups = path.iter().take_while(|name| *name == "super").count();
            let base = module.get(..module.len().checked_sub(ups)?)?;
            Some(base.iter().chain(&path[ups..]).cloned().collect())
        }
        name => aliases.get(name).map(|base| base.iter().chain(rest).cloned().collect()),
    }
}

/// Groups of files that import each other in a circle (Tarjan).
pub fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let mut search = Search {
        imports,
        index: BTreeMap::new(),
        low: BTreeMap::new(),
        stack: Vec::new(),
        found: Vec::new(),
    };
    for file in imports.keys() {
        if !search.index.contains_key(file.as_str()) {
            search.visit(file);
        }
    }
    search.found
}

struct Search<'a> {
    imports: &'a BTreeMap<String, BTreeSet<String>>,
    index: BTreeMap<&'a str, usize>,
    low: BTreeMap<&'a str, usize>,
    stack: Vec<&'a str>,
    found: Vec<Vec<String>>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, file: &'a str) {
        let number = self.index.len();
        self.index.insert(file, number);
        self.low.insert(file, number);
        self.stack.push(file);
        for target in self.imports.get(file).into_iter().flatten() {
            let reached = match self.index.get(target.as_str()) {
                None => {
                    self.visit(target);
                    self.low[target.as_str()]
                }
                Some(number) if self.stack.contains(&target.as_str()) => *number,
                Some(_) => continue,
            };
            let low = self.low[file].min(reached);
            self.low.insert(file, low);
        }
        if self.low[file] == number {
            let start = self.stack.iter().position(|f| *f == file).expect("it was pushed above");
            let group: Vec<String> = self.stack.drain(start..).map(str::to_owned).collect();
            if group.len() > 1 {
                self.found.push(group);
            }
        }
    }
}
