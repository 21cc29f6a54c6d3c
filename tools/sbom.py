#!/usr/bin/env python3
"""Prints the bill of materials of the Linux programs as CycloneDX JSON: all crates with versions, licences and checksums.

Crates of the program have the scope `required`; those that only take part in building it have `excluded`. Crates for
tests are not in it. Usage: tools/sbom.py, in the repository; needs Python 3.11 or later.
"""

import json
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import quote


def tree(edges):
    """The lines of `cargo tree` as depth, crate (name and version) and licence."""
    command = ["cargo", "tree", "--locked", "--package", "reelframe", "--target", "x86_64-unknown-linux-musl"]
    command += ["--edges", edges, "--prefix", "depth", "--format", "|{p}|{l}"]
    for line in subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        depth, package, licence = line.removesuffix(" (*)").split("|")
        name, version = package.split()[:2]
        yield int(depth), (name, version.removeprefix("v")), licence


def purl(crate):
    return f"pkg:cargo/{crate[0]}@{quote(crate[1])}"


def component(crate, licence, checksum):
    # Older crates write the operator as a slash.
    expression = " OR ".join(part.strip() for part in licence.split("/"))
    fields = {"type": "library", "bom-ref": purl(crate), "name": crate[0], "version": crate[1], "purl": purl(crate)}
    fields["licenses"] = [{"expression": expression}]
    return fields | ({"hashes": [{"alg": "SHA-256", "content": checksum}]} if checksum else {})


def main():
    packages = tomllib.loads(Path("Cargo.lock").read_text())["package"]
    checksums = {(package["name"], package["version"]): package.get("checksum") for package in packages}
    linked = {crate for _, crate, _ in tree("no-dev,no-build,no-proc-macro")}
    components, needs, path = {}, {}, []
    for depth, crate, licence in tree("no-dev"):
        path[depth:] = [crate]
        components[crate] = component(crate, licence, checksums[crate])
        components[crate]["scope"] = "required" if crate in linked else "excluded"
        needs.setdefault(crate, set())
        if depth:
            needs[path[depth - 1]].add(crate)
    program = components.pop(path[0]) | {"type": "application"}
    del program["scope"]
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": program}}
    bill["components"] = [components[crate] for crate in sorted(components)]
    bill["dependencies"] = [
        {"ref": purl(crate), "dependsOn": [purl(need) for need in sorted(needs[crate])]} for crate in sorted(needs)
    ]
    print(json.dumps(bill, indent=2))


main()
