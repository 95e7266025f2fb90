//! The house holds: imports go down the floors only, no files import each other in a circle, and each of the few
//! things only one place may know stays there. Read from the source as text; docs/architecture.md says why.

mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::Source;

/// The floors from the ground up, as `src/lib.rs` lists them. A file imports from its own room, from rooms of its own
/// floor as long as these do not come back to it, and from floors below. `main` is the program, the root is `lib.rs`.
const FLOORS: &[&[&str]] = &[
    &["domain"],
    &["platform"],
    &["integrations"],
    &["app"],
    &["auth"],
    &["web"],
    &[
        "accounts",
        "alerts",
        "backup",
        "callbacks",
        "calls",
        "catalogs",
        "chats",
        "clients",
        "debts",
        "dial",
        "dispositions",
        "files",
        "health",
        "help",
        "masters",
        "profile",
        "recordings",
        "reference",
        "salary",
        "shift",
        "slots",
        "stats",
        "tables",
        "wallboard",
    ],
    &["messages", "orders", "telephony"],
    &["admin", "search"],
    &["notices", "routes", "schedule", "system"],
    &["cli", "demo", "server"],
];

/// Where a rule does not hold, and why. One that is not needed any more fails the test: the list only shrinks.
const EXCEPTIONS: &[(Rule, &str, &str)] = &[
    (Rule::Sql, "demo/followup.rs", MADE_UP),
    (Rule::Sql, "demo/rows.rs", MADE_UP),
    (Rule::Sql, "demo/world/masters.rs", MADE_UP),
    (Rule::Sql, "demo/world/shifts.rs", MADE_UP),
    (Rule::Sql, "demo/world/store.rs", MADE_UP),
    (Rule::Ids, "clients/queries/timeline.rs", "an event's id is of the table its kind names"),
];

const MADE_UP: &str = "the made-up business writes whole tables at once, as no feature does";

/// The rules that look at one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    /// Statements and tables stand in files named `queries`, and in `platform/db`.
    Sql,
    /// What htmx says and hears stands in `web/` (and in templates).
    Htmx,
    /// That there are two databases is known in `platform/db` only.
    Databases,
    /// An id is of a type of `domain/id.rs`, but for those of the telephony's users, which are its numbers.
    Ids,
}

const NUMBERS: [&str; 4] = ["id: i64", "id: &i64", "id: Option<i64>", "Path<i64>"];

const SQL: [&str; 5] = ["schema::", "sql_query", "insert_into", "diesel::update", "diesel::delete"];

/// What a file breaks, in words.
fn broken(source: &Source) -> Vec<(Rule, String)> {
    let mut found = Vec::new();
    let is_database = source.path.starts_with("platform/db/");
    let is_queries = source.path.split('/').any(|part| part.starts_with("queries"));
    if !is_database && !is_queries {
        let said = SQL.iter().filter(|word| source.code.contains(**word));
        found.extend(said.map(|word| (Rule::Sql, (*word).to_owned())));
    }
    if source.room() != "web" {
        let said = source.strings.iter().filter(|text| text.to_lowercase().starts_with("hx-"));
        found.extend(said.map(|text| (Rule::Htmx, format!("«{text}»"))));
    }
    if !is_database {
        let said = ["Db::Pg", "Db::Sqlite"].iter().filter(|arm| source.code.contains(**arm));
        found.extend(said.map(|arm| (Rule::Databases, (*arm).to_owned())));
        let own = source.code.replace("user_id:", "");
        // «paid» is none.
        let is_whole = |at: usize| !own[..at].ends_with(|c: char| c.is_ascii_alphabetic());
        let is_said = |words: &str| own.match_indices(words).any(|(at, _)| is_whole(at));
        let said = NUMBERS.iter().filter(|words| is_said(words));
        found.extend(said.map(|words| (Rule::Ids, (*words).to_owned())));
    }
    found
}

fn floor(room: &str) -> usize {
    let found = FLOORS.iter().position(|rooms| rooms.contains(&room));
    found.unwrap_or_else(|| panic!("«{room}» is on no floor: give it one in FLOORS and in src/lib.rs"))
}

/// The room of a file; nothing for `lib.rs` and `main.rs`, which stand outside.
fn room(file: &str) -> Option<&str> {
    let first = file.split('/').next().unwrap_or(file).trim_end_matches(".rs");
    (!["lib", "main"].contains(&first)).then_some(first)
}

/// Imports between rooms, each with the files that do it.
fn between_rooms(imports: &BTreeMap<String, BTreeSet<String>>) -> BTreeMap<(&str, &str), Vec<String>> {
    let mut found: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (file, target) in imports.iter().flat_map(|(file, targets)| targets.iter().map(move |t| (file, t))) {
        if let (Some(from), Some(to)) = (room(file), room(target))
            && from != to
        {
            found.entry((from, to)).or_default().push(format!("{file} imports {target}"));
        }
    }
    found
}

#[test]
fn a_file_imports_only_from_its_own_floor_and_from_floors_below() {
    let imports = source::imports(&source::all());
    let upward: Vec<String> = between_rooms(&imports)
        .into_iter()
        .filter(|((from, to), _)| floor(to) > floor(from))
        .flat_map(|(_, files)| files)
        .collect();
    assert!(upward.is_empty(), "imports go down the floors only:\n{}", upward.join("\n"));
}

#[test]
fn no_files_and_no_rooms_import_each_other_in_a_circle() {
    let imports = source::imports(&source::all());
    assert_eq!(source::circles(&imports), Vec::<Vec<String>>::new(), "circles of files");
    let mut rooms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in between_rooms(&imports).into_keys() {
        rooms.entry(from.to_owned()).or_default().insert(to.to_owned());
        rooms.entry(to.to_owned()).or_default();
    }
    assert_eq!(source::circles(&rooms), Vec::<Vec<String>>::new(), "circles of rooms");
}

#[test]
fn what_one_place_may_know_stays_there() {
    let broken: BTreeMap<(Rule, String), Vec<String>> =
        source::all().iter().fold(BTreeMap::new(), |mut all, file| {
            for (rule, words) in broken(file) {
                all.entry((rule, file.path.clone())).or_insert_with(Vec::new).push(words);
            }
            all
        });
    let excepted: BTreeSet<(Rule, String)> =
        EXCEPTIONS.iter().map(|(rule, file, _)| (*rule, (*file).to_owned())).collect();
    let new: Vec<_> = broken.iter().filter(|(key, _)| !excepted.contains(*key)).collect();
    assert!(new.is_empty(), "{new:#?}");
    let over: Vec<_> = excepted.iter().filter(|key| !broken.contains_key(*key)).collect();
    assert!(over.is_empty(), "exceptions nothing needs any more: take them out: {over:#?}");
}

#[test]
fn the_journal_has_words_for_everything_that_is_written_into_it() {
    const WORDS: &str = "admin/audit/words.rs";
    // Of the same shape, and no actions: a column, a template.
    const OTHERS: [&str; 2] = ["client_merges.moved", "login.html"];
    let sources = source::all();
    let is_action = |text: &&String| {
        let is_name = |part: &str| {
            !part.is_empty() && part.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
        };
        !OTHERS.contains(&text.as_str())
            && text.split_once('.').is_some_and(|(of, what)| is_name(of) && is_name(what))
    };
    let known: BTreeSet<&String> =
        sources.iter().filter(|file| file.path == WORDS).flat_map(|file| &file.strings).collect();
    let written: BTreeSet<&String> = sources
        .iter()
        .filter(|file| file.path != WORDS && file.code.contains("audit::"))
        .flat_map(|file| file.strings.iter().filter(is_action))
        .collect();
    assert!(written.len() > 20, "{written:?}");
    let unnamed: Vec<_> = written.difference(&known).collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
}

/// What the rules catch, each with one line put in.
#[test]
fn one_line_of_each_kind_is_seen() {
    let kinds = |path: &str, text: &str| -> Vec<Rule> {
        broken(&Source::of(path, text)).into_iter().map(|(rule, _)| rule).collect()
    };
    assert_eq!(kinds("calls/page.rs", "use crate::platform::db::schema::calls;"), [Rule::Sql]);
    assert_eq!(kinds("calls/page.rs", "fn f() { diesel::update(table) }"), [Rule::Sql]);
    assert_eq!(kinds("calls/page.rs", "fn f() { sql_query(\"SELECT 1\") }"), [Rule::Sql]);
    assert_eq!(kinds("calls/page.rs", "const H: &str = \"HX-Trigger\";"), [Rule::Htmx]);
    assert_eq!(kinds("calls/queries/one.rs", "match db { Db::Pg(c) => 1, _ => 2 }"), [Rule::Databases]);
    assert_eq!(kinds("calls/queries.rs", "use crate::platform::db::schema::calls;"), []);
    assert_eq!(kinds("web/reply.rs", "const H: &str = \"hx-trigger\";"), []);
    assert_eq!(kinds("calls/page.rs", "fn f(call_id: i64) {}"), [Rule::Ids]);
    assert_eq!(kinds("calls/page.rs", "fn f(call_id: CallId, user_id: Option<i64>, paid: i64) {}"), []);
    assert_eq!(
        kinds("calls/page.rs", "// hx-get and schema:: and \"hx-\"\nfn f<'a>(c: char) { c == '\"'; }"),
        []
    );
    assert_eq!(kinds("calls/page.rs", "#[cfg(test)]\nmod tests {\n    use crate::schema::calls;\n}"), []);
}

#[test]
fn paths_are_found_however_they_are_written() {
    let sources = [
        Source::of("lib.rs", "pub mod calls;"),
        Source::of("calls/mod.rs", "pub mod queries;\npub(crate) mod words;\nfn f() { words::of() }"),
        Source::of(
            "calls/queries/mod.rs",
            "use crate::orders::{self, show::{Page, load as read}};\nuse super::words;",
        ),
        Source::of("calls/words.rs", "fn f() -> crate::domain::Phone { orders() }"),
        Source::of(
            "domain/mod.rs",
            "fn f() { \"crate::calls\" } // crate::calls\npub(in crate::calls) fn g() {}",
        ),
        Source::of("orders/mod.rs", "pub mod show;"),
        Source::of("orders/show.rs", "use crate::calls;\nfn f() { calls::queries::all() }"),
    ];
    let imports = source::imports(&sources);
    let of = |file: &str| imports[file].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("calls/queries/mod.rs"), ["calls/words.rs", "orders/mod.rs", "orders/show.rs"]);
    assert_eq!(of("calls/words.rs"), ["domain/mod.rs"]);
    assert!(of("domain/mod.rs").is_empty(), "neither what is quoted nor comments nor visibilities");
    assert_eq!(of("orders/show.rs"), ["calls/mod.rs", "calls/queries/mod.rs"]);
    assert!(of("calls/mod.rs").is_empty(), "a folder and what it is made of are one thing");
    assert_eq!(source::circles(&imports), [["calls/queries/mod.rs", "orders/show.rs"]]);
}
