"""How a refresh ends: its report and its exit code."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from checker.errors import LockedError, MaglabelError, SourceError
from commands.options import (
    EXIT_ALL_FAILED,
    EXIT_BUG,
    EXIT_HELD,
    EXIT_LOCKED,
    EXIT_SIGNAL,
    EXIT_SOME_FAILED,
    EXIT_SOURCE,
    EXIT_USAGE,
)

if TYPE_CHECKING:
    from catalog import SourceResult


class Terminated(BaseException):
    """SIGTERM came: whatever is open is closed on the way out, as with Ctrl-C."""


@dataclass
class Report:
    """One refresh, as `--json` prints it and the command on_finish hears it."""

    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    finished_at: datetime | None = None
    database: str | None = None
    """None when the catalog could not be opened."""
    run: int | None = None
    """Id of the run; None when none was begun."""
    sources: "list[SourceResult]" = field(default_factory=list)
    signal: int | None = None
    """That stopped it, if one did."""
    error: Exception | None = None
    """That ended it, if one did; what is no MaglabelError is a bug of ours."""

    def stopped(self, signal: int) -> None:
        """Note that a signal stops the refresh."""
        self.signal = signal

    @property
    def exit_code(self) -> int:
        """What the process ends with."""
        if self.error:
            return error_code(self.error)
        return EXIT_SIGNAL + self.signal if self.signal else exit_code(self.sources)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "run": self.run,
            "database": self.database,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at and self.finished_at.isoformat(),
            "sources": [result.as_dict() for result in self.sources],
            "error": self.error and told(self.error),
            "exit_code": self.exit_code,
        }


def exit_code(results: "Sequence[SourceResult]") -> int:
    """0 when every source is fresh; else the one thing that the operator must know first.

    Nothing works (5) before what waits for a person (4) before what the next refresh may mend by itself (3).
    """
    outcomes = {result.outcome for result in results}
    if outcomes == {"failed"}:
        return EXIT_ALL_FAILED
    if "held" in outcomes:
        return EXIT_HELD
    return EXIT_SOME_FAILED if outcomes & {"failed", "partial"} else 0


def error_code(error: Exception) -> int:
    """The exit code of an error that ends a command."""
    own: dict[type[Exception], int] = {SourceError: EXIT_SOURCE, LockedError: EXIT_LOCKED}
    return own.get(type(error), EXIT_USAGE if isinstance(error, MaglabelError) else EXIT_BUG)


def told(error: Exception) -> str:
    """The sentence of an error; a bug has none, and is named."""
    return str(error) if isinstance(error, MaglabelError) else f"A bug in maglabel: {type(error).__name__}: {error}"
