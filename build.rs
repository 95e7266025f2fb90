//! Packs `static/` into the binary: joins the style and script sources into a few bundles, names every
//! file by its content, compresses text once, and writes `$OUT_DIR/assets.rs` for `src/web/assets.rs`.
//!
//! A file's logical name is its path under `static/` without the first folder: `img/favicon.svg` is
//! `favicon.svg`, `vendor/fonts/x.woff2` is `fonts/x.woff2`. Style sheets write `url("fonts/x.woff2")`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// Bundles and the files that list what goes into them, in order.
const BUNDLES: [(&str, &str); 4] = [
    ("app.css", "css/app.list"),
    ("app.js", "js/app.list"),
    ("live-worker.js", "js/worker.list"),
    ("vendor.js", "js/vendor.list"),
];

/// Files served as they are: logical name and source.
const FILES: &[(&str, &str)] = &[
    ("favicon.svg", "img/favicon.svg"),
    ("icons.svg", "vendor/icons.svg"),
    ("tokens-dark.css", "css/tokens-dark.css"),
    // Rules and scripts of one page each, which only that page asks for.
    ("admin-notifications.css", "css/admin-notifications.css"),
    ("admin-telephony.css", "css/admin-telephony.css"),
    ("avito.css", "css/avito.css"),
    ("audit.css", "css/audit.css"),
    ("chart.css", "css/chart.css"),
    ("messages.css", "css/messages.css"),
    ("messages.js", "js/messages.js"),
    ("overview.css", "css/overview.css"),
    ("reference.css", "css/reference.css"),
    ("salary.css", "css/salary.css"),
    ("sheet.css", "css/sheet.css"),
    ("shift.css", "css/shift.css"),
    ("side.css", "css/side.css"),
    ("side.js", "js/side.js"),
    ("second-factor.css", "css/second-factor.css"),
    ("search.css", "css/search.css"),
    ("stats.css", "css/stats.css"),
    ("system.css", "css/system.css"),
    ("timesheet.css", "css/timesheet.css"),
    ("tour.css", "css/tour.css"),
    ("tour.js", "js/tour.js"),
    ("wallboard.css", "css/wallboard.css"),
    ("fonts/golos-text-cyrillic.woff2", "vendor/fonts/golos-text-cyrillic.woff2"),
    ("fonts/golos-text-latin.woff2", "vendor/fonts/golos-text-latin.woff2"),
    ("fonts/golos-text-rouble.woff2", "vendor/fonts/golos-text-rouble.woff2"),
];

struct Packed {
    name: String,
    hashed: String,
}

fn main() {
    // Without these embed_migrations! misses new files, and the bundles go stale.
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=static");
    println!("cargo::rerun-if-changed=build.rs");

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("assets");
    // Names carry hashes, so files of an earlier build would pile up.
    if out.exists() {
        fs::remove_dir_all(&out).unwrap_or_else(|e| panic!("clear {}: {e}", out.display()));
    }

    let mut packed = Vec::new();
    for (name, source) in FILES {
        pack(&out, &mut packed, name, &read(source));
    }
    for picture in pictures() {
        pack(&out, &mut packed, &picture, &read(&picture));
    }
    for (name, list) in BUNDLES {
        let mut joined = String::new();
        for source in read_text(list).lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            joined.push_str(&read_text(source));
        }
        let joined = if name.ends_with(".css") { with_hashed_urls(&joined, &packed) } else { joined };
        pack(&out, &mut packed, name, joined.as_bytes());
    }
    write_table(&out, &mut packed);
}

/// Pictures of the user guide (scripts/guide-pictures takes them): `help/orders.webp`.
fn pictures() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir("static/help")
        .expect("static/help is there")
        .map(|entry| entry.expect("an entry of static/help").file_name())
        .filter_map(|name| {
            name.to_str().filter(|name| name.ends_with(".webp")).map(|name| format!("help/{name}"))
        })
        .collect();
    names.sort();
    names
}

/// Replaces `url("name")` by the hashed address of that file; an unknown name stops the build.
fn with_hashed_urls(css: &str, packed: &[Packed]) -> String {
    let mut parts = css.split("url(\"");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('"').expect("url(\" is closed by a quote");
        let file = packed.iter().find(|file| file.name == name);
        let file = file.unwrap_or_else(|| panic!("a style sheet names {name}, which build.rs does not pack"));
        let _ = write!(result, "url(\"/static/{}\"{rest}", file.hashed);
    }
    result
}

fn pack(out: &Path, packed: &mut Vec<Packed>, name: &str, bytes: &[u8]) {
    let digest = Sha256::digest(bytes);
    let hash = digest.iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let (stem, extension) = name.rsplit_once('.').expect("asset names have an extension");
    let hashed = format!("{stem}.{hash}.{extension}");

    let path = out.join(&hashed);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("make a folder under OUT_DIR");
    fs::write(&path, bytes).unwrap_or_else(|e| panic!("write {}: {e}", path.display()));
    if is_text(name) {
        fs::write(out.join(format!("{hashed}.br")), brotli(bytes)).expect("write a compressed asset");
        fs::write(out.join(format!("{hashed}.gz")), gzip(bytes)).expect("write a compressed asset");
    }
    packed.push(Packed { name: name.to_owned(), hashed });
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("compressing into memory does not fail");
    encoder.finish().expect("compressing into memory does not fail")
}

fn brotli(mut bytes: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    let best = brotli::enc::BrotliEncoderParams { size_hint: bytes.len(), ..Default::default() };
    brotli::BrotliCompress(&mut bytes, &mut compressed, &best)
        .expect("compressing into memory does not fail");
    compressed
}

fn write_table(out: &Path, packed: &mut [Packed]) {
    packed.sort_by(|a, b| a.name.cmp(&b.name));
    let mut table = String::from("/// Every asset, sorted by name.\nstatic ASSETS: &[Asset] = &[\n");
    for Packed { name, hashed } in packed {
        let file = out.join(&hashed);
        let compressed = if is_text(name) {
            let [brotli, gzip] = ["br", "gz"].map(|kind| out.join(format!("{hashed}.{kind}")));
            format!(
                "Some(Compressed {{ brotli: include_bytes!({brotli:?}), gzip: include_bytes!({gzip:?}) }})"
            )
        } else {
            "None".to_owned()
        };
        let _ = writeln!(
            table,
            "    Asset {{ name: {name:?}, url: \"/static/{hashed}\", mime: {:?}, raw: include_bytes!({file:?}), compressed: {compressed} }},",
            mime(name),
        );
    }
    table.push_str("];\n");
    fs::write(out.with_file_name("assets.rs"), table).expect("write assets.rs");
}

fn is_text(name: &str) -> bool {
    !name.ends_with(".woff2") && !name.ends_with(".webp")
}

fn mime(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        _ => panic!("{name}: add its media type to build.rs"),
    }
}

fn read(source: &str) -> Vec<u8> {
    let path = Path::new("static").join(source);
    fs::read(&path).unwrap_or_else(|e| panic!("read {}: {e}", path.display()))
}

fn read_text(source: &str) -> String {
    String::from_utf8(read(source)).unwrap_or_else(|e| panic!("static/{source} is not UTF-8: {e}"))
}
