"""Builds the program beside the extension module, so that the wheel holds both. Everything else is maturin's.

`REELFRAME_BUILD_PROFILE=dev` builds both without optimisation, in a fraction of the time.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import maturin
from maturin import build_sdist, get_requires_for_build_sdist, get_requires_for_build_wheel  # noqa: F401

HERE = Path.cwd()
PROFILE = os.environ.get("REELFRAME_BUILD_PROFILE", "release")


def _build_program() -> None:
    # In the repository the program is in the folder above, and in a source archive in this one, with a lock file that
    # also names what the archive does not have.
    is_archive = (HERE / "src" / "main.rs").is_file()
    manifest = HERE / "Cargo.toml" if is_archive else HERE / ".." / "Cargo.toml"
    locked = [] if is_archive else ["--locked"]
    command = ["cargo", "build", *locked, "--bin", "reelframe", "--profile", PROFILE, "--manifest-path", str(manifest)]
    built = subprocess.run([*command, "--message-format", "json-render-diagnostics"], stdout=subprocess.PIPE, check=True)
    messages = [json.loads(line) for line in built.stdout.splitlines() if line.startswith(b"{")]
    programs = [message["executable"] for message in messages if message.get("executable")]
    scripts = HERE / "reelframe.data" / "scripts"
    scripts.mkdir(parents=True, exist_ok=True)
    shutil.copy2(programs[-1], scripts)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    _build_program()
    settings = dict(config_settings or {})
    settings.setdefault("build-args", f"--profile {PROFILE}")
    return maturin.build_wheel(wheel_directory, settings, metadata_directory)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    # maturin expects the folder, also where it only asks for the metadata.
    (HERE / "reelframe.data").mkdir(exist_ok=True)
    return maturin.prepare_metadata_for_build_wheel(metadata_directory, config_settings)
