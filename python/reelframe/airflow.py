"""An operator for Airflow 3 that runs the program: `from reelframe.airflow import ReelframeOperator, shards`.

    fetch = ReelframeOperator.partial(task_id="fetch", retries=3).expand(
        arguments=shards(4, ["run", "--config", "/srv/reels/daily.toml"], stores="/srv/reels/shards")
    )

| exit code | the task |
|---|---|
| 0 | succeeds |
| 3, some accounts failed | succeeds with a warning; with `allow_partial=False` it is tried again |
| 99, nothing new | is skipped |
| 2, 4, 6, 7 | fails at once: no retry helps |
| 1, 5, 8, 9, 130, 143 and any other | fails, and is tried again if it has retries |
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from reelframe._run import NOTHING_NEW, program

PARTIAL = 3
#: Usage, data, key, budget.
NO_RETRY_HELPS = (2, 4, 6, 7)
#: Commands with `--skip-code`.
CAN_SKIP = ("run", "fetch", "merge")


def shards(count: int, arguments: Sequence[str], stores: str) -> list[list[str]]:
    """The arguments of each shard, for `expand`: the accounts are split, and each shard has a store below `stores`."""
    return [[*arguments, "--shard", f"{n}/{count}", "--store", f"{stores}/{n}"] for n in range(1, count + 1)]


class ReelframeOperator(BaseOperator):
    """Runs the program, and returns the summary of the command. A signal ends it as Ctrl-C does: what was fetched is published.

    Args:
        arguments: as on a command line, without the program.
        env: variables beside those of the worker, such as `{"AISA_API_KEY": "{{ conn.reelframe.password }}"}`.
        cwd: the working directory.
        allow_partial: whether exit code 3 is a success.

    The outlets of the task get an event with `run_id`, `rows` (of the table of reels), `new_reels` and `published`.
    """

    template_fields: Sequence[str] = ("arguments", "env", "cwd")

    def __init__(
        self,
        *,
        arguments: Sequence[str],
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        allow_partial: bool = True,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.arguments, self.env, self.cwd, self.allow_partial = arguments, env, cwd, allow_partial
        self._child: subprocess.Popen[str] | None = None

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        arguments = [str(argument) for argument in self.arguments]
        skip_code = ["--skip-code"] if arguments[:1] and arguments[0] in CAN_SKIP else []
        try:
            command = [program(), *arguments, *skip_code, "--log-format", "json"]
        except FileNotFoundError as error:
            raise AirflowFailException(str(error)) from error
        exit_code, summary = self._run(command)
        if exit_code == NOTHING_NEW:
            raise AirflowSkipException("nothing new")
        if exit_code == PARTIAL and self.allow_partial:
            self.log.warning("exit code 3, some accounts failed: %s", _why(summary))
        elif exit_code in NO_RETRY_HELPS:
            raise AirflowFailException(f"exit code {exit_code}, no retry helps: {_why(summary)}")
        elif exit_code != 0:
            # The program's hint is for a shell.
            raise AirflowException(f"exit code {exit_code}: {(summary.get('error') or {}).get('message') or 'see the log above'}")
        event = {name: summary.get(name) for name in ("run_id", "rows", "new_reels", "published")}
        for asset in self.outlets or []:
            context["outlet_events"][asset].extra = event
        return summary

    def _run(self, command: list[str]) -> tuple[int, dict[str, Any]]:
        """Runs the command, with its log in the task's log; returns the exit code and the last object that it printed."""
        env = {**os.environ, **(self.env or {})}
        last = {}
        with tempfile.TemporaryFile("w+", encoding="utf-8") as stdout:
            # In a session of its own, so that a signal comes once, from `on_kill`: the second ends it without publishing.
            self._child = subprocess.Popen(
                command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=env, cwd=self.cwd, start_new_session=True
            )
            for line in self._child.stderr:
                last = self._log(line) or last
            exit_code = self._child.wait()
            stdout.seek(0)
            printed = _object((stdout.read().strip().splitlines() or [""])[-1])
        summary = printed if "exit_code" in printed else last
        return (exit_code if exit_code >= 0 else 128 - exit_code), summary

    def _log(self, line: str) -> dict[str, Any]:
        """Logs a line of stderr; returns it if it is the summary object."""
        said = _object(line)
        if "command" in said and "exit_code" in said:
            return said
        level = logging.getLevelName(said.get("level", "INFO"))
        rest = {name: value for name, value in said.items() if name not in ("timestamp", "level", "message")}
        words = " ".join([said.get("message", line.rstrip()), *(f"{name}={value}" for name, value in rest.items())])
        self.log.log(level if isinstance(level, int) else logging.INFO, "%s", words)
        return {}

    def on_kill(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            self._child.wait()


def _object(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _why(summary: dict[str, Any]) -> str:
    error = summary.get("error") or {}
    return ": ".join(text for text in (error.get("message"), error.get("hint")) if text) or "see the log above"
