//! The files of a release: cargo-binstall and the Dockerfile look for the names that `tools/package` gives.

use crate::docs::text;

#[test]
fn binstall_and_the_container_find_the_archives() {
    let script = text("tools/package");
    let name = script.lines().find_map(|line| line.trim().strip_prefix("name=")).expect("the script names archives");
    assert!(script.contains("\"$out/$name.tar.gz\""));

    let manifest: toml::Table = text("Cargo.toml").parse().expect("Cargo.toml is TOML");
    let template = |key: &str| {
        let value = manifest["package"]["metadata"]["binstall"][key].as_str().expect("a text");
        let value = value.replace("{ name }", "reelframe").replace("{ bin }", "reelframe");
        value.replace("{ version }", "$version").replace("{ target }", "$triple")
    };
    assert!(template("pkg-url").ends_with(&format!("/{name}.tar.gz")));
    assert_eq!(template("bin-dir"), format!("{name}/reelframe"));

    let name = name.replace("$version", "${VERSION}").replace("$triple", "x86_64-unknown-linux-musl");
    let dockerfile = text("integrations/docker/Dockerfile");
    assert!(dockerfile.contains(&format!("\nADD {name}.tar.gz /\n")));
    assert!(dockerfile.contains(&format!(" /{name}/reelframe ")));
}
