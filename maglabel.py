"""The command line: wiring between the rooms, nothing else.

Every command imports what it needs when it runs, so that `maglabel --help` loads neither scrapy, pandas nor streamlit.
"""

import errno
import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import platformdirs
import typer

from checker.errors import ConfigError, InputError, MaglabelError, SourceError

if TYPE_CHECKING:
    from catalog import Catalog, Selection, SourceResult
    from spiders.config import Config, SourceConfig

EXIT_USAGE, EXIT_SOURCE, EXIT_SOME_FAILED, EXIT_FINDING, EXIT_ALL_FAILED = 2, 1, 3, 6, 5
"""Exit codes beside 0; docs/ARCHITECTURE.md says what each means."""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""Reads what magnesium supplements really contain: the **form** and the **elemental** milligrams.

Start with `maglabel demo`, or with your own shops: `maglabel sources add https://a.shop/`, `maglabel refresh`,
`maglabel compare`. To read one label: `maglabel check label.txt`. For information, not medical advice.""",
)
sources_app = typer.Typer(
    no_args_is_help=True, help="Shops and label databases that `refresh` collects from (maglabel.toml)."
)
app.add_typer(sources_app, name="sources")

Database = Annotated[
    str | None,
    typer.Option(
        envvar="MAGLABEL_DATABASE", metavar="URL", help="SQLAlchemy URL of the catalog; default: an SQLite file."
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="MAGLABEL_CONFIG", metavar="FILE", help="maglabel.toml; default: the user's config folder."
    ),
]
Demo = Annotated[
    bool, typer.Option("--demo", envvar="MAGLABEL_DEMO", help="Work on the demo catalog (made-up products).")
]
Sort = Annotated[str, typer.Option(metavar="COLUMN", help="price_per_100mg, elemental_mg, price, title ...")]
LabelFile = Annotated[str, typer.Argument(metavar="[FILE|-]", help="The label's text; - is standard input.")]
LabelTitle = Annotated[str | None, typer.Option(help="The product's title, which is compared with the label.")]
LabelMarket = Annotated[str | None, typer.Option(help="US, CA, UK, EU, AU ...: whose Daily Values and limits apply.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; amounts are strings of decimals.")]


def _selection(
    form: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="glycinate, citrate, oxide, blend ...; repeatable.")
    ] = None,
    source: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this source; repeatable.")] = None,
    market: Annotated[list[str] | None, typer.Option(metavar="CODE", help="US, UK, EU ...; repeatable.")] = None,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only prices in this currency (ISO 4217).")
    ] = None,
    max_price: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Only packs up to this price.")] = None,
    no_oxide: Annotated[bool, typer.Option("--no-oxide", help="Leave out labels that state or imply oxide.")] = False,
    no_warnings: Annotated[
        bool, typer.Option("--no-warnings", help="Leave out labels with a warning or an error.")
    ] = False,
    search: Annotated[str, typer.Option(metavar="WORDS", help="Only titles and brands with these words.")] = "",
) -> "Selection":
    """The filters that `compare` and `export` share."""
    from catalog import Selection
    from checker import FORMS

    groups = [*FORMS, "blend"]
    for key in form or ():
        if key not in groups:
            raise typer.BadParameter(f"{key!r} is no form; it may be {', '.join(groups)}", param_hint="--form")
    try:
        price = Decimal(max_price) if max_price else None
        if price is not None and not 0 <= price < 10**12:  # NaN, which compares with nothing, raises here
            raise InvalidOperation
    except InvalidOperation:
        raise typer.BadParameter(f"{max_price!r} is not an amount", param_hint="--max-price") from None
    return Selection(
        forms=tuple(form or ()),
        sources=tuple(source or ()),
        markets=tuple(market or ()),
        currency=currency.upper() if currency else None,
        max_price=price,
        no_oxide=no_oxide,
        no_warnings=no_warnings,
        text=search,
    )


def _with_selection(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `_selection` in place of its `selection` parameter."""
    filters = inspect.signature(_selection).parameters
    own = inspect.signature(command).parameters

    @functools.wraps(command)
    def wrapper(**given: Any) -> None:
        command(_selection(**{name: given.pop(name) for name in filters}), **given)

    kept = [p.replace(kind=p.KEYWORD_ONLY) for name, p in {**own, **filters}.items() if name != "selection"]
    wrapper.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in kept}
    return wrapper


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


@sources_app.command("add")
def sources_add(
    url: Annotated[str, typer.Argument(help="The shop's address.")],
    kind: Annotated[str | None, typer.Option(help="shopify, woocommerce, dsld; default: found out by asking.")] = None,
    name: Annotated[str | None, typer.Option(help="Short name; default: from the host.")] = None,
    market: Annotated[str | None, typer.Option(help="US, CA, UK, EU, AU ...")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code, when the shop does not say.")] = None,
    delay: Annotated[float, typer.Option(help="Seconds between requests; 0 only for loopback.")] = 1.0,
    config: ConfigFile = None,
) -> None:
    """Find out what a shop is and write it into maglabel.toml."""
    from spiders.config import SourceConfig, add_source, load_config
    from spiders.detect import detect

    path = _config_path(config)
    contact = load_config(path).contact
    if kind and name:
        entry, found_name = {"kind": kind, "url": url}, name
    else:
        found = detect(url, contact=contact, kind=kind)
        for line in found.tried:
            typer.echo(f"  {line}")
        entry, found_name = {"kind": found.kind, "url": found.url}, name or found.name
        market, currency = market or found.told.market, currency or found.told.currency
    source = SourceConfig.checked(found_name, entry | {"market": market, "currency": currency, "delay": delay})
    add_source(path, found_name, source)
    typer.echo(f"Added {found_name} ({source.kind}) to {path}. Next: maglabel refresh {found_name}")


@sources_app.command("list")
def sources_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show the configured sources."""
    from dashboard.terminal import config_table

    path = _config_path(config)
    loaded = _load(path)
    if as_json:
        return _print_json({name: source.model_dump(mode="json") for name, source in loaded.sources.items()})
    return _print(config_table(loaded.sources, path))


@sources_app.command("remove")
def sources_remove(name: str, config: ConfigFile = None) -> None:
    """Take a source out of maglabel.toml; what was collected from it stays in the catalog."""
    from spiders.config import remove_source

    path = _config_path(config)
    remove_source(path, name)
    typer.echo(f"Removed {name} from {path}. Its data stays in the catalog.")


@app.command()
def refresh(
    names: Annotated[list[str] | None, typer.Argument(help="Sources; default: all enabled ones.")] = None,
    as_json: AsJson = False,
    database: Database = None,
    config: ConfigFile = None,
    demo: Demo = False,
) -> None:
    """Collect from the sources, read and check the labels, keep them.

    Exit code: 0 all fresh, 3 some sources failed, 5 all failed, 2 wrong usage.
    """
    from dashboard.terminal import run_table

    if demo:
        with _demo_shops() as shops:
            results = _collect(_chosen(shops, names or [], "the demo"), _database_url(None, demo=True), demo=True)
    else:
        path = _config_path(config)
        loaded = _load(path)
        results = _collect(
            _chosen(loaded.sources, names or [], str(path)), _database_url(database), contact=loaded.contact
        )
    code = _exit_code(results)
    if as_json:
        _print_json({"sources": [result.as_dict() for result in results], "exit_code": code})
    else:
        _print(run_table(results))
    raise typer.Exit(code)


@app.command()
@_with_selection
def compare(
    selection: "Selection",
    sort: Sort = "price_per_100mg",
    descending: Annotated[bool, typer.Option("--descending", help="Largest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Rows.")] = 20,
    as_json: AsJson = False,
    database: Database = None,
    demo: Demo = False,
) -> None:
    """Show the comparison: form, elemental mg, price of 100 mg of elemental magnesium."""
    from dashboard.export import to_json
    from dashboard.terminal import comparison_table

    with _catalog(database, demo) as catalog:
        rows = catalog.compare(selection, sort=sort, descending=descending, limit=limit)
        if as_json:
            typer.echo(to_json(rows))
        else:
            _print(
                comparison_table(rows, total=catalog.count(selection), as_of=catalog.as_of(), demo=catalog.is_demo())
            )


@app.command()
@_with_selection
def export(
    selection: "Selection",
    format_: Annotated[Literal["csv", "json", "markdown"], typer.Option("--format", help="What to write.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: the terminal.")
    ] = None,
    sort: Sort = "price_per_100mg",
    descending: Annotated[bool, typer.Option("--descending", help="Largest first.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Rows; default: all.")] = None,
    database: Database = None,
    demo: Demo = False,
) -> None:
    """Write the comparison as CSV, JSON, or a Markdown table with sources and quoted label lines."""
    from dashboard.export import to_csv, to_json, to_markdown

    with _catalog(database, demo) as catalog:
        rows = catalog.compare(selection, sort=sort, descending=descending, limit=limit)
        as_of, is_demo = catalog.as_of(), catalog.is_demo()
    text = (
        {"csv": to_csv, "json": to_json}[format_](rows) if format_ != "markdown" else to_markdown(rows, as_of, is_demo)
    )
    _write(text, output, len(rows), is_demo)


@app.command()
def explain(file: LabelFile = "-", title: LabelTitle = None, market: LabelMarket = None) -> None:
    """Tell in plain words how one label is read: what each of its words gave."""
    from checker import explain as explained

    typer.echo(explained(_text(file), title=title, market=market))


@app.command()
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

    text = _text(file)
    label = read_label(text, title=title, market=market)
    findings = check_label(label)
    if as_json:
        _print_json(
            {
                "label": label.model_dump(mode="json"),
                "findings": [finding.model_dump(mode="json") for finding in findings],
            }
        )
    else:
        _print(label_view(label, findings))
    failing = {"warning": ("warning", "error"), "error": ("error",), None: ()}[fail_on]
    if any(finding.severity in failing for finding in findings):
        raise typer.Exit(EXIT_FINDING)


@app.command()
def status(as_json: AsJson = False, database: Database = None, demo: Demo = False) -> None:
    """Show each source: how old its data is, how much of it was read, how its last refresh ended."""
    from dashboard.terminal import status_table

    with _catalog(database, demo) as catalog:
        states = catalog.source_states()
        if as_json:
            _print_json(
                {"database": catalog.url, "demo": catalog.is_demo(), "sources": [state.as_dict() for state in states]}
            )
        else:
            _print(status_table(states, catalog.url))


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    database: Database = None,
    demo: Demo = False,
) -> None:
    """Open the comparison in the browser."""
    from dashboard.serve import serve

    raise typer.Exit(serve(_database_url(database, demo), host=host, port=port, open_browser=open_browser))


@app.command("demo")
def run_demo(
    show_dashboard: Annotated[
        bool, typer.Option("--dashboard/--no-dashboard", help="Open the dashboard after the table.")
    ] = True,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
) -> None:
    """Refresh from bundled demo shops on this machine, show the table, open the dashboard. All products are made up."""
    from dashboard.serve import serve
    from dashboard.terminal import comparison_table, run_table

    with _demo_shops() as shops:
        results = _collect(shops, _database_url(None, demo=True), demo=True)
        _print(run_table(results))
        with _catalog(None, demo=True) as catalog:
            rows = catalog.compare(limit=20)
            _print(comparison_table(rows, total=catalog.count(), as_of=catalog.as_of(), demo=True))
        if code := _exit_code(results):
            raise typer.Exit(code)
        if show_dashboard:
            raise typer.Exit(serve(_database_url(None, demo=True), port=port, open_browser=open_browser))


def _collect(
    sources: "dict[str, SourceConfig]", database_url: str, *, contact: str | None = None, demo: bool = False
) -> "list[SourceResult]":
    from catalog import SourceInfo, open_catalog
    from dashboard.terminal import crawl_progress
    from spiders.crawl import crawl

    infos = [SourceInfo(name, source.kind, source.url, source.market, demo) for name, source in sources.items()]
    with (
        open_catalog(database_url, create=True) as catalog,
        catalog.start_run(infos) as run,
        crawl_progress(list(sources)) as on_event,
    ):
        return crawl(sources, run=run, contact=contact, on_event=on_event)


def _exit_code(results: "list[SourceResult]") -> int:
    failed = sum(result.outcome == "failed" for result in results)
    if not failed:
        return 0
    return EXIT_ALL_FAILED if failed == len(results) else EXIT_SOME_FAILED


def _chosen(sources: "Mapping[str, SourceConfig]", names: list[str], place: str) -> "dict[str, SourceConfig]":
    """The named sources, or all enabled ones; raises ConfigError when there is none."""
    if not sources:
        raise ConfigError(f"No source is configured yet in {place}. Add one with: maglabel sources add https://a.shop/")
    for name in names:
        if name not in sources:
            raise ConfigError(f"There is no source {name!r} in {place}; it has {', '.join(sources)}.")
    chosen = {n: s for n, s in sources.items() if (n in names if names else s.enabled)}
    if not chosen:
        raise ConfigError(f"Every source in {place} is disabled (enabled = false).")
    return chosen


@contextmanager
def _demo_shops() -> "Iterator[dict[str, SourceConfig]]":
    from spiders.demo.server import serve_demo

    with serve_demo() as shops:
        yield dict(shops)


@contextmanager
def _catalog(database: str | None, demo: bool) -> "Iterator[Catalog]":
    from catalog import open_catalog

    url = _database_url(database, demo)
    if demo and not Path(url.removeprefix("sqlite:///")).exists():
        raise ConfigError("There is no demo catalog yet; make it with: maglabel demo --no-dashboard")
    with open_catalog(url, read_only=True) as catalog:
        yield catalog


def _database_url(database: str | None, demo: bool = False) -> str:
    """The catalog to work on; made-up data never mixes with real data: the demo has a file of its own."""
    name = "demo.sqlite" if demo else "catalog.sqlite"
    if database and not demo:
        return database
    return f"sqlite:///{platformdirs.user_data_path('maglabel', appauthor=False) / name}"


def _config_path(given: Path | None) -> Path:
    return given or platformdirs.user_config_path("maglabel", appauthor=False) / "maglabel.toml"


def _load(path: Path) -> "Config":
    from spiders.config import load_config

    return load_config(path)


def _text(file: str) -> str:
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


def _write(text: str, output: Path | None, rows: int, demo: bool) -> None:
    if demo:
        typer.echo("Demo data: every product and shop in it is made up.", err=True)
    if output is None:
        typer.echo(text, nl=not text.endswith("\n"))
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror}.") from None
    typer.echo(f"{rows} products written to {output}.", err=True)


def _print(renderable: object) -> None:
    from dashboard.terminal import console

    console().print(renderable)


def _print_json(value: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def main() -> None:
    """Run the command line; an error that is the user's to mend ends with one sentence and no traceback."""
    try:
        app()
    except SourceError as error:
        sys.exit(_complain(error, EXIT_SOURCE))
    except MaglabelError as error:
        sys.exit(_complain(error, EXIT_USAGE))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO):
            raise
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - what is still buffered cannot be written either
        sys.exit(_complain(InputError(f"The output cannot be written: {error.strerror}."), EXIT_USAGE))


def _complain(error: MaglabelError, code: int) -> int:
    typer.echo(f"maglabel: {error}", err=True)
    return code


if __name__ == "__main__":
    main()
