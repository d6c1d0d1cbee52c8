"""`--log-file`: what a refresh under cron leaves to be read later."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from commands.ending import told

if TYPE_CHECKING:
    from catalog import SourceResult
    from commands.ending import Report

LOG = logging.getLogger("maglabel")
LOG.propagate = False

LARGEST, KEPT = 1_000_000, 5
"""Bytes of a log file before it is renamed to FILE.1, and how many of those are kept."""

LEVELS = {"fresh": logging.INFO, "skipped": logging.INFO, "failed": logging.ERROR}
"""By outcome; the others are warnings."""


class _LogFile(RotatingFileHandler):
    """Tells once that it cannot be written, instead of a traceback for each line."""

    told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - the name is logging's
        if not self.told:
            self.told = True
            _complain(Path(self.baseFilename), sys.exc_info()[1])


def _complain(path: Path, error: BaseException | None) -> None:
    reason = getattr(error, "strerror", None) or error
    print(f"maglabel: The log file {path} cannot be written: {reason}.", file=sys.stderr)


@contextmanager
def logged(path: Path | None) -> Iterator[None]:
    """Let `LOG` write to a file while this lasts, or nowhere; a file that fails is told and stops nothing."""
    handler: logging.Handler = logging.NullHandler()
    if path:
        try:
            handler = _LogFile(path, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            _complain(path, error)
    lines = logging.Formatter("%(asctime)sZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    lines.converter = time.gmtime
    handler.setFormatter(lines)
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        with suppress(OSError):  # which was told when the line was written
            handler.close()


def log_end(report: "Report") -> None:
    """A line for each source, and one about the whole."""
    for result in report.sources:
        log_source(result)
    if report.error:
        LOG.error("%s", told(report.error))
    LOG.info("run %s ended with exit code %s", report.run or "-", report.exit_code)


def log_source(result: "SourceResult") -> None:
    """One line about how a source ended."""
    from dashboard.words import one_line

    counts = ", ".join(f"{getattr(result, name)} {name}" for name in ("listings", "new", "changed", "gone"))
    cost = f"{result.requests} requests, {result.bytes} bytes, {result.seconds:.0f} s"
    message = f": {one_line(result.message)}" if result.message else ""
    level = LEVELS.get(result.outcome, logging.WARNING)
    LOG.log(level, "%s: %s (%s; %s)%s", result.source, result.outcome, counts, cost, message)
