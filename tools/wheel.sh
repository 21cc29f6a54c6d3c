#!/usr/bin/env bash
# Builds the wheel that runs on every Linux with glibc 2.17 or later, from Python's own packages of zig: no container.
# Usage: tools/wheel.sh FOLDER
set -euo pipefail
out=$(realpath -m "$1")
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
triple=$(rustc -vV | sed -n 's/^host: //p')

python3 -m venv "$target/release-tools"
"$target/release-tools/bin/pip" install --quiet --require-virtualenv -r tools/requirements.txt
export PATH="$target/release-tools/bin:$PATH"

# maturin builds the program, too: cargo-zigbuild has another path of zig, for which cargo would build all crates again.
wheel() {
  maturin build --locked --release --zig --compatibility manylinux2014 --target "$triple" "$@"
}
wheel --bindings bin --out "$target/release-tools/program"
mkdir -p python/reelframe.data/scripts
cp "$target/$triple/release/reelframe" python/reelframe.data/scripts/
wheel --manifest-path python/Cargo.toml --out "$out"
