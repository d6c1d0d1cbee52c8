"""How a refresh ends: the exit code."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from commands.options import EXIT_ALL_FAILED, EXIT_HELD, EXIT_SOME_FAILED

if TYPE_CHECKING:
    from catalog import SourceResult


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
