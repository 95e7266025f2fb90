//! docs/operations.md and the manual page name only what there is: commands, options, scripts, files of the package.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_callcentre")).args(arguments).arg("--help").output();
    String::from_utf8(output.expect("the program").stdout).expect("text")
}

/// Lines of the blocks of commands.
fn commands(text: &str) -> Vec<&str> {
    text.split("```sh\n")
        .skip(1)
        .flat_map(|block| block.split("```").next().unwrap_or_default().lines())
        .collect()
}

#[test]
fn the_guide_names_commands_and_options_there_are() {
    let text = read("docs/operations.md");
    let known = help(&[]);
    let mut seen = BTreeSet::new();
    for line in commands(&text) {
        let line = line.split(" #").next().unwrap_or_default();
        let is_program = |at: &usize| *at == 0 || line[..*at].ends_with(' ');
        let Some(at) = line.match_indices("callcentre ").map(|(at, _)| at).filter(is_program).last() else {
            continue;
        };
        let words: Vec<&str> = line[at..].split_whitespace().skip(1).collect();
        let Some(command) = words.first().filter(|word| word.chars().all(|c| c.is_ascii_lowercase())) else {
            continue;
        };
        // A line that speaks of the account or the service, not to the program.
        if !["runuser -u ", "exec app1 "].iter().any(|before| line[..at].contains(before)) && at != 0 {
            continue;
        }
        assert!(known.contains(&format!("\n  {command} ")), "{line}: no such command");
        let (mut path, mut told) = (vec![*command], help(&[command]));
        if let Some(next) = words.get(1).filter(|word| told.contains(&format!("\n  {word} "))) {
            path.push(next);
            told = help(&path);
        }
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(
                told.contains(&format!("{option} ")) || told.contains(&format!("{option}\n")),
                "{line}: {option}"
            );
        }
        seen.insert((*command).to_owned());
    }
    for command in ["backup", "restore", "admin", "health", "check"] {
        assert!(seen.contains(command), "the guide shows how to {command}");
    }
}

#[test]
fn the_guide_names_files_there_are() {
    let text = read("docs/operations.md");
    let is_part = |c: char| c.is_ascii_alphanumeric() || "/._@-".contains(c);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = read("Cargo.toml");
    for name in text.split(|c: char| !is_part(c)).map(|name| name.trim_end_matches('.')) {
        if ["deploy/", "scripts/", "tests/", "src/"].iter().any(|folder| name.starts_with(folder)) {
            // Made from the example beside it.
            let example = root.join(format!("{name}.example"));
            assert!(root.join(name).exists() || example.exists(), "{name}");
        }
        if let Some(shipped) = name.strip_prefix("/usr/share/callcentre/") {
            assert!(package.contains(&format!("\"deploy/{shipped}\"")), "{name} is not in the package");
        }
    }
}

#[test]
fn the_manual_page_names_every_command_and_the_settings_file_every_variable_it_shows() {
    let manual = read("deploy/debian/callcentre.8").replace("\\-", "-");
    let told = help(&[]);
    let listed =
        told.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("commands");
    for command in listed.lines().filter_map(|line| line.strip_prefix("  ")) {
        let name = command.split(' ').next().unwrap_or_default();
        if !name.is_empty() && name != "help" {
            assert!(
                [format!(".B {name}"), format!(".BI \"{name} ")].iter().any(|line| manual.contains(line)),
                "{name}"
            );
        }
    }
    let source = read("src/platform/config.rs");
    for line in read("deploy/environment/callcentre.env.example").lines() {
        let name = line.trim_start_matches('#').split('=').next().unwrap_or_default();
        let is_variable = line.contains('=') && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        if is_variable && name != "RUST_LOG" {
            assert!(source.contains(&format!("\"{name}\"")), "{name} is read by nobody");
        }
    }
}
