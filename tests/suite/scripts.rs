//! The page's scripts say what they need: `// Needs: toasts, dialogs (later).` under the words on the first lines.
//! What stands in `core.js` is everybody's; a name of another module comes only from one that is named, which stands
//! before in `app.list`, or is called when the page is at work (`later`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

struct Module {
    name: String,
    code: String,
    /// Needed modules, and whether only later.
    needs: BTreeMap<String, bool>,
    defines: BTreeSet<String>,
}

/// Identifiers that follow `mark`.
fn after<'a>(code: &'a str, mark: &str) -> impl Iterator<Item = (String, &'a str)> {
    code.split(mark).skip(1).map(|rest| {
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '$').unwrap_or(rest.len());
        (rest[..length].to_owned(), &rest[length..])
    })
}

/// The names between `before` and the next `}`.
fn listed(code: &str, before: &str) -> BTreeSet<String> {
    let names = code.split(before).nth(1).and_then(|rest| rest.split('}').next()).unwrap_or_default();
    names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn module(name: &str, text: &str) -> Module {
    let needs = text.lines().find_map(|line| line.strip_prefix("// Needs: ")).unwrap_or_default();
    let needs = needs.trim_end_matches('.').split(", ").filter(|need| !need.is_empty());
    let needs = needs.map(|need| match need.strip_suffix(" (later)") {
        Some(need) => (need.to_owned(), true),
        None => (need.to_owned(), false),
    });
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let set = |mark| {
        after(&code, mark)
            .filter(|(_, rest)| rest.starts_with(" = "))
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    let mut defines: BTreeSet<String> = set("App.").into_iter().chain(set("self.")).collect();
    defines.extend(listed(&code, "window.App = {"));
    Module { name: name.to_owned(), needs: needs.collect(), defines, code }
}

/// Names of other modules that it speaks of.
fn used(module: &Module, globals: &BTreeSet<String>) -> BTreeSet<String> {
    let mut used: BTreeSet<String> = after(&module.code, "App.").map(|(name, _)| name).collect();
    if let Some(before) =
        module.code.split("} = App;").next().filter(|before| before.len() < module.code.len())
    {
        let names = before.rsplit("const {").next().unwrap_or_default();
        used.extend(names.split(',').map(|name| name.trim().to_owned()));
    }
    used.extend(globals.iter().filter(|name| module.code.contains(name.as_str())).cloned());
    used.retain(|name| !module.defines.contains(name));
    used
}

#[test]
fn every_script_names_the_scripts_it_needs_and_no_others() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("static");
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).expect("a script");
    let modules: Vec<Module> = read("js/app.list")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        // What only one page asks for comes after what every page has.
        .chain(["js/messages.js", "js/side.js", "js/tour.js"])
        .map(|path| {
            let name = path.trim_start_matches("js/").trim_end_matches(".js");
            module(name, &read(path))
        })
        .collect();
    let place: BTreeMap<&str, usize> =
        modules.iter().enumerate().map(|(at, m)| (m.name.as_str(), at)).collect();
    let globals: BTreeSet<String> = modules
        .iter()
        .flat_map(|module| module.defines.iter().filter(|name| name.starts_with("Live")).cloned())
        .collect();
    for (at, module) in modules.iter().enumerate() {
        let mut wanted = BTreeSet::new();
        for name in used(module, &globals) {
            let owner = modules.iter().find(|other| other.defines.contains(&name));
            let owner =
                owner.unwrap_or_else(|| panic!("{}.js uses {name}, which nobody defines", module.name));
            if owner.name != "core" {
                wanted.insert(owner.name.as_str());
            }
        }
        let named: BTreeSet<&str> = module.needs.keys().map(String::as_str).collect();
        assert_eq!(named, wanted, "{}.js says what it needs", module.name);
        for (need, is_later) in &module.needs {
            assert_eq!(place[need.as_str()] > at, *is_later, "{}.js needs {need}", module.name);
        }
    }
}
