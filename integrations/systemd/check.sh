#!/usr/bin/env bash
# Checks the units with systemd-analyze: no fault, and an exposure below 2. REELFRAME is the program that they would start.
set -euo pipefail
cd "$(dirname "$0")"
units=$(mktemp -d)
trap 'rm -rf "$units"' EXIT
cp ./*.service ./*.timer "$units"
sed -i "s|/usr/local/bin/reelframe|$(realpath "${REELFRAME:-$(command -v reelframe)}")|" "$units"/*.service
systemd-analyze verify --man=no "$units/reelframe.service" "$units/reelframe.timer" "$units/reelframe-failed@.service"
systemd-analyze security --offline=true --threshold=20 "$units/reelframe.service" | tail -n 1
