#!/usr/bin/env bash
# Builds the wheel that runs on every Linux with glibc 2.17 or later, from Python's own packages of zig: no container.
# Usage: tools/wheel.sh FOLDER; needs maturin, cargo-zigbuild and ziglang (`pip install maturin cargo-zigbuild ziglang`).
set -euo pipefail
out=$(realpath -m "$1")
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
triple=$(rustc -vV | sed -n 's/^host: //p')

cargo zigbuild --locked --release --bin reelframe --target "$triple.2.17"
mkdir -p python/reelframe.data/scripts
cp "$target/$triple/release/reelframe" python/reelframe.data/scripts/
(cd python && maturin build --locked --release --zig --compatibility manylinux2014 --target "$triple" --out "$out")
