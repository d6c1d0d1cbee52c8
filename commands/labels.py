"""`maglabel check` and `maglabel explain`: one label, without a catalog."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from checker.errors import InputError
from commands.options import EXIT_FINDING, AsJson
from commands.output import show, show_json

LabelFile = Annotated[str, typer.Argument(metavar="[FILE|-]", help="The label's text; - is standard input.")]
LabelTitle = Annotated[str | None, typer.Option(help="The product's title, which is compared with the label.")]
LabelMarket = Annotated[str | None, typer.Option(help="US, CA, UK, EU, AU ...: whose Daily Values and limits apply.")]


def explain(file: LabelFile = "-", title: LabelTitle = None, market: LabelMarket = None) -> None:
    """Tell in plain words how one label is read: what each of its words gave."""
    from checker import explain as explained

    typer.echo(explained(text_of(file), title=title, market=market))


def check(
    file: LabelFile = "-",
    title: LabelTitle = None,
    market: LabelMarket = None,
    fail_on: Annotated[
        Literal["warning", "error"] | None, typer.Option(help="End with exit code 6 when a finding is as bad or worse.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read and check one label. Whatever it finds, the exit code is 0, unless --fail-on asks otherwise."""
    from checker import check_label, read_label
    from dashboard.terminal import label_view

    text = text_of(file)
    label = read_label(text, title=title, market=market)
    findings = check_label(label)
    if as_json:
        show_json(
            {
                "label": label.model_dump(mode="json"),
                "findings": [finding.model_dump(mode="json") for finding in findings],
            }
        )
    else:
        show(label_view(label, findings))
    failing = {"warning": ("warning", "error"), "error": ("error",), None: ()}[fail_on]
    if any(finding.severity in failing for finding in findings):
        raise typer.Exit(EXIT_FINDING)


def text_of(file: str) -> str:
    """The text of a file or of standard input; raises InputError when it is missing or binary."""
    if file == "-" and sys.stdin.isatty():
        typer.echo("Paste the label's text, then press Ctrl-D.", err=True)
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"The label file {file} cannot be read: {error.strerror}.") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InputError(
            f"{'Standard input' if file == '-' else file} is not text in UTF-8; give the label's words, not a picture."
        )
    return text
