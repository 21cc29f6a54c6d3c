"""The program: where it is, and running it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from reelframe._errors import Error, of_exit_code

#: Where pip puts programs of this Python. Looked up once: it must not be done by several threads at a time.
_SCRIPTS = Path(sysconfig.get_path("scripts"))

#: Exit code of `--skip-code`: nothing new was published.
NOTHING_NEW = 99


@dataclass(frozen=True)
class Summary:
    """What a command says of itself at its end. What a command does not say is None.

    Attributes:
        command: its name.
        run_id: the run that it published or read.
        accounts: one entry per account, with `account`, `status`, `reason`, `reels`, `new_reels` and `pages`.
        rows: rows of the table of reels.
        new_reels: reels that the tables before did not have.
        pages: pages that were not in the store before.
        calls: requests sent.
        calls_billed: those of them that the vendor bills.
        cost_usd: their cost in US dollars, estimated at `price_per_call_usd`.
        published: the folder of the run.
        was_published: the run had been published before: nothing is new.
        duration_s: how long it took.
        details: everything that the command says, by its name.
    """

    command: str | None
    run_id: str | None
    accounts: list[dict[str, Any]] | None
    rows: int | None
    new_reels: int | None
    pages: int | None
    calls: int | None
    calls_billed: int | None
    cost_usd: float | None
    price_per_call_usd: float | None
    published: str | None
    was_published: bool | None
    duration_s: float | None
    details: dict[str, Any]

    @classmethod
    def _of(cls, said: dict[str, Any]) -> Summary:
        known = {field.name: said.get(field.name) for field in fields(cls) if field.name != "details"}
        return cls(**known, details=said)


@dataclass(frozen=True)
class RunResult:
    """How the program ended: its exit code, its summary, and what it printed."""

    exit_code: int
    summary: Summary
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether it did what it was asked for; also true where nothing new was published (`--skip-code`)."""
        return self.exit_code in (0, NOTHING_NEW)

    def error(self) -> Error:
        """The exception for its exit code."""
        said = self.summary.details.get("error") or {}
        last = self.stderr.strip().splitlines()[-1:] or [f"reelframe {_ended(self.exit_code)}"]
        error = of_exit_code(self.exit_code, said.get("message") or last[0], said.get("hint"))
        error.result = self
        return error


def _ended(exit_code: int) -> str:
    try:
        return f"was ended by {signal.Signals(exit_code - 128).name}"
    except ValueError:
        return f"ended with exit code {exit_code}"


def program() -> str:
    """The path of the program, which is part of this package.

    Raises:
        FileNotFoundError: it was removed.
    """
    name = "reelframe" + (sysconfig.get_config_var("EXE") or "")
    package = Path(__file__).parent
    # For this Python, and with `pip install --target` or `--user`.
    for folder in (_SCRIPTS, package.parent / "bin", package.parents[3] / "bin"):
        if (folder / name).is_file():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"the program {name} is not beside this package: install reelframe again")
    return found


def without_settings(folder: str) -> dict[str, str]:
    """The environment for a program that runs in this folder, and takes no config file and no variable of the user's."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("REELFRAME_")}
    return {**env, "XDG_CONFIG_HOME": folder}


def run(
    arguments: Iterable[str | os.PathLike[str]],
    *,
    check: bool = True,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
) -> RunResult:
    """Runs the program with these arguments, and waits for it. Ctrl-C is passed on: what was fetched is published, and then it raises.

    >>> result = reelframe.run(["run", "--replay", "sample_data", "--store", store])
    >>> result.exit_code, result.summary.rows
    (0, 201)

    Args:
        arguments: as on a command line, without the program. The API key belongs into the environment variable
            `AISA_API_KEY`, never here.
        check: raise for every exit code but 0 and 99.
        env: the whole environment of the program; that of this process if not given.
        cwd: its working directory.

    Raises:
        ValueError: for `--stdout`, whose bytes are no text.
        Error: by the exit code, with the :class:`RunResult` in its `result`.
    """
    if isinstance(arguments, str):
        raise TypeError("arguments is a list: ['run', 'some_account']")
    arguments = [os.fspath(argument) for argument in arguments]
    # Before a `--`, behind which all is a name.
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if any(argument.partition("=")[0] == "--stdout" for argument in before):
        raise ValueError("a stream of bytes is no text: read tables with reelframe.read, or run reelframe.program()")
    log_format = [] if any(word.partition("=")[0] == "--log-format" for word in before) else ["--log-format", "json"]
    command = [program(), *before, *log_format, *arguments[len(before) :]]
    # In a session of its own, so that Ctrl-C comes once, from here, and not also from the terminal: the second ends the
    # program without publishing.
    pipe = subprocess.PIPE
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=env, cwd=cwd, start_new_session=True
    )
    stdout, stderr = _wait(child)
    said = stdout.decode("utf-8", "replace")
    details = _last_object(said) or _last_object(stderr.decode("utf-8", "replace"))
    # A shell says 128 and the signal's number. Where the process cannot be waited for, the program says how it ended.
    exit_code = child.returncode if child.returncode >= 0 else 128 - child.returncode
    exit_code = details.get("exit_code", exit_code) or exit_code
    result = RunResult(exit_code, Summary._of(details), said, stderr.decode("utf-8", "replace"))
    if check and not result.ok:
        raise result.error()
    return result


def _wait(child: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What the program prints until its end. Each Ctrl-C is passed on: at the first it publishes what it has."""
    interrupted: BaseException | None = None
    while True:
        try:
            output = child.communicate()
            break
        except BaseException as error:
            interrupted = interrupted or error
            if child.poll() is None:
                child.send_signal(signal.SIGINT)
    if interrupted is not None:
        raise interrupted
    return output


def _last_object(text: str) -> dict[str, Any]:
    """The JSON object that a command ends with: on stdout, or on stderr where stdout is for data."""
    try:
        said = json.loads(text.rstrip("\n").rpartition("\n")[2])
    except ValueError:
        return {}
    return said if isinstance(said, dict) and "command" in said else {}
