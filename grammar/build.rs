//! Turns the YAML of this folder into JSON when the program is built: reading YAML at each start would take longer than
//! most of what a user asks for.

use std::path::Path;
use std::{env, fs};

const FILES: [&str; 4] =
    ["dialects/connectwise.yaml", "dialects/autotask.yaml", "targets/deskdirector.yaml", "gateways.yaml"];

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
}
