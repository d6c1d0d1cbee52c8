"""The front door: mounts the commands, and ends an error that is the user's to mend with one sentence."""

import errno
import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from checker.errors import InputError, MaglabelError
from commands import collect, keep, labels, look
from commands.ending import Terminated, error_code
from commands.options import EXIT_SIGNAL, EXIT_USAGE, ConfigFile, Database, Demo
from commands.sources import sources_app

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""Reads what magnesium supplements really contain: the **form** and the **elemental** milligrams.

Start with `maglabel demo`, or with your own shops: `maglabel sources add https://a.shop/`, `maglabel refresh`,
`maglabel compare`. To read one label: `maglabel check label.txt`. For information, not medical advice.""",
)
app.add_typer(sources_app, name="sources")
for command in (
    collect.refresh,
    look.compare,
    look.export,
    look.changes,
    labels.check,
    labels.explain,
    keep.status,
    keep.review,
    keep.reread,
    keep.backup,
    keep.prune,
    look.dashboard,
    collect.demo,
):
    app.command()(command)


@app.callback(invoke_without_command=True)
def _common(
    database: Database = None,
    config: ConfigFile = None,
    demo: Demo = False,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Take the common options before the command too: they reach it through their environment variables."""
    if show_version:
        typer.echo(f"maglabel {version('maglabel')}")
        raise typer.Exit
    given = {
        "MAGLABEL_DATABASE": database,
        "MAGLABEL_CONFIG": config and str(config),
        "MAGLABEL_DEMO": "1" if demo else None,
    }
    os.environ.update({name: value for name, value in given.items() if value})


def main() -> None:
    """Run the command line; an error that is the user's to mend ends with one sentence and no traceback."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        app()
    except Terminated:
        sys.exit(EXIT_SIGNAL + signal.SIGTERM)
    except MaglabelError as error:
        sys.exit(_complain(error, error_code(error)))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - what is still buffered cannot be written either
        sys.exit(_complain(InputError(f"The output cannot be written: {error.strerror}."), EXIT_USAGE))
    except Exception as error:
        if "KeyboardInterrupt" not in str(error):  # pydantic tells of Ctrl-C as of an error in what it writes
            raise
        sys.exit(EXIT_SIGNAL + signal.SIGINT)


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def _complain(error: MaglabelError, code: int) -> int:
    typer.echo(f"maglabel: {error}", err=True)
    return code


if __name__ == "__main__":
    main()
