"""`maglabel sources`: where `refresh` collects from."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from checker.errors import SourceError
from commands.collect import chosen
from commands.options import AsJson, ConfigFile, Database
from commands.output import show, show_json
from commands.places import catalog_of, config_of, config_path, database_url
from spiders.kinds import KINDS

if TYPE_CHECKING:
    from catalog import SourceResult
    from spiders.config import SourceConfig
    from spiders.job import Taste

sources_app = typer.Typer(
    no_args_is_help=True, help="Shops and label databases that `refresh` collects from (maglabel.toml)."
)
SourceName = Annotated[str, typer.Argument(metavar="NAME", help="As maglabel.toml names it.")]


@sources_app.command("add")
def sources_add(
    url: Annotated[str, typer.Argument(metavar="URL", help="The shop's address.")],
    kind: Annotated[str | None, typer.Option(help=f"{', '.join(KINDS)}; default: found out by asking.")] = None,
    name: Annotated[str | None, typer.Option(help="Short name; default: from the host.")] = None,
    market: Annotated[str | None, typer.Option(help="US, CA, UK, EU, AU ...")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code, when the shop does not say.")] = None,
    delay: Annotated[
        float | None,
        typer.Option(help="Seconds between requests, 0 only for loopback; default: 1, or what robots.txt asks for."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Find out what a shop is, look at a sample, and write it into maglabel.toml.

    With both --kind and --name nothing is asked.
    """
    from spiders.config import SourceConfig, add_source, load_config
    from spiders.detect import assume, detect

    path = config_path(config)
    contact = load_config(path).contact
    found = assume(url, kind, name) if kind and name else detect(url, contact=contact, kind=kind)
    for line in found.tried:
        typer.echo(f"  {line}")
    given = {"market": market, "currency": currency, "delay": delay}
    chosen = name or found.name
    source = SourceConfig.checked(
        chosen, found.entry | {key: value for key, value in given.items() if value is not None}
    )
    notes = found.notes(source.paced().delay)
    typer.echo("\n".join(notes))
    add_source(path, chosen, source, notes)
    typer.echo(f"Added {chosen} ({source.kind}) to {path}. Next: maglabel sources test {chosen}")


@sources_app.command("test")
def sources_test(
    name: SourceName,
    limit: Annotated[int, typer.Option(min=1, max=100, help="So many products.")] = 10,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Collect a few products of a source and show them as read; the catalog is not touched.

    Exit code: 0 when there is a product to show, 1 when there is none.
    """
    from dashboard.sample import Sample, sample_view
    from dashboard.words import counted
    from spiders.job import Taste

    path, taste = config_path(config), Taste(limit)
    loaded = config_of(path)
    source = chosen(loaded.sources, [name], str(path))[name]
    result = tasted(name, source, loaded.contact, taste)
    if not taste.listings:
        why = result.message or f"{counted(sum(result.skipped.values()), 'product')} looked at"
        raise SourceError(f"{name} gave no product that may contain magnesium: {why}.")
    samples = [Sample.of(listing, source.kind) for listing in taste.listings]
    if as_json:
        return show_json({"source": name, "message": result.message, "products": [s.as_dict() for s in samples]})
    return show(sample_view(samples, result))


def tasted(name: str, source: "SourceConfig", contact: str | None, taste: "Taste") -> "SourceResult":
    """Fill the taste from a source, by way of a catalog that is thrown away."""
    from catalog import SourceInfo, open_catalog
    from dashboard.terminal import crawl_progress
    from spiders.crawl import crawl

    with (
        TemporaryDirectory(prefix="maglabel-") as folder,
        open_catalog(f"sqlite:///{Path(folder) / 'catalog.sqlite'}", create=True) as catalog,
        catalog.start_run([SourceInfo(name, source.kind, source.url, source.market)]) as run,
        crawl_progress([name]) as on_event,
    ):
        (result,) = crawl({name: source}, run=run, contact=contact, on_event=on_event, taste=taste)
    return result


@sources_app.command("list")
def sources_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show the configured sources."""
    from dashboard.terminal import config_table

    path = config_path(config)
    loaded = config_of(path)
    if as_json:
        return show_json({name: source.model_dump(mode="json") for name, source in loaded.sources.items()})
    return show(config_table(loaded.sources, path))


@sources_app.command("remove")
def sources_remove(name: SourceName, config: ConfigFile = None, database: Database = None) -> None:
    """Take a source out of maglabel.toml and its products out of the comparison; their history stays.

    Also for a source that maglabel.toml no longer names, or names otherwise.
    """
    from spiders.config import load_config, remove_source

    path = config_path(config)
    named = name in load_config(path).sources
    retired = retire(name, database_url(database))  # first: while another process writes, nothing is removed
    if named or retired is None:
        remove_source(path, name)
        typer.echo(f"Removed {name} from {path}.")
    if retired is not None:
        typer.echo(f"{retired} of its listings are no longer compared; their history stays in the catalog.")


def retire(name: str, url: str) -> int | None:
    """Take a source's products out of the comparison; how many there were, None for a source that the catalog has not
    got, or whose products are not compared any more.
    """
    file = url.removeprefix("sqlite:///")
    if file != url and not Path(file).exists():
        return None
    with catalog_of(url, demo=False, write=True) as catalog:
        compared = {state.name for state in catalog.source_states() if state.outcome != "retired"}
        return catalog.retire(name).gone if name in compared else None
