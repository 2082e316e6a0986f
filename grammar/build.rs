//! Turns the YAML of this folder into JSON when the program is built: reading YAML at each start would take longer than
//! most of what a user asks for. It also lists the files of the workbench's pages, which become part of the program.

use std::path::Path;
use std::{env, fs};

const FILES: [&str; 8] = [
    "dialects/connectwise.yaml",
    "dialects/autotask.yaml",
    "targets/deskdirector.yaml",
    "editor_addresses.yaml",
    "foreign_syntax.yaml",
    "gateways.yaml",
    "reserved_hosts.yaml",
    "secrets.yaml",
];

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder");
    let out = env::var("OUT_DIR").expect("cargo names a folder for what is built");
    for file in FILES {
        let path = Path::new(&root).join("grammar").join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        let yaml = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let value: serde_yaml::Value =
            serde_yaml::from_str(&yaml).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let json = serde_json::to_string(&value).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = Path::new(file).with_extension("json");
        let name = name.file_name().expect("each file has a name");
        fs::write(Path::new(&out).join(name), json).expect("the folder for what is built can be written");
    }
    let assets = Path::new(&root).join("src/bin/psalink/serve/assets");
    println!("cargo::rerun-if-changed={}", assets.display());
    let mut files = Vec::new();
    visit(&assets, &mut files);
    files.sort();
    let mut list = String::from("static ASSETS: &[(&str, &[u8])] = &[\n");
    for file in files {
        let name = file.strip_prefix(&assets).expect("it is in the folder").display().to_string().replace('\\', "/");
        list += &format!("    ({name:?}, include_bytes!({:?})),\n", file.display().to_string());
    }
    list += "];\n";
    fs::write(Path::new(&out).join("assets.rs"), list).expect("the folder for what is built can be written");
}

/// Every file below a folder.
fn visit(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())).flatten() {
        match entry.path() {
            path if path.is_dir() => visit(&path, files),
            path => files.push(path),
        }
    }
}
