"""Exceptions by exit code. The codes are those of the program: `reelframe --help` lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reelframe._run import RunResult


class Error(Exception):
    """An error of reelframe.

    Attributes:
        exit_code: what the program exits with for this error.
        hint: what to do about it, if anything is known to help.
        result: what the program printed, if it was run by :func:`reelframe.run`.
    """

    exit_code: int = 1
    hint: str | None = None
    result: RunResult | None = None

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\nhint: {self.hint}" if self.hint else message


class UsageError(Error):
    """An argument, a setting or one of your files is wrong, or nothing has been published yet."""

    exit_code = 2


class PartialError(Error):
    """Some accounts are partial, not found or failed. What could be fetched is stored and published."""

    exit_code = 3


class InvalidDataError(Error):
    """A file of the store is damaged, no item could be parsed, or a check failed."""

    exit_code = 4


class TransientError(Error):
    """A temporary failure: run again later."""

    exit_code = 5


class AuthError(Error):
    """The API key is missing or refused."""

    exit_code = 6


class QuotaError(Error):
    """The credits, or the budget of `--max-calls` or `--max-cost`, are exhausted."""

    exit_code = 7


class StoreLockedError(Error):
    """Another run is using the store."""

    exit_code = 8


class DiskError(Error):
    """A read or write failed, or the disk is full."""

    exit_code = 9


class InterruptedRunError(Error):
    """The program was interrupted (SIGINT)."""

    exit_code = 130


class TerminatedRunError(Error):
    """The program was terminated (SIGTERM)."""

    exit_code = 143


_BY_CODE: dict[int, type[Error]] = {kind.exit_code: kind for kind in Error.__subclasses__()}


def of_exit_code(exit_code: int, message: str, hint: str | None = None) -> Error:
    """The exception for an exit code; of a code without a class of its own, :class:`Error`."""
    error = _BY_CODE.get(exit_code, Error)(message)
    error.exit_code, error.hint = exit_code, hint
    return error
