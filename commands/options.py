"""Options that commands share, and the exit codes."""

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.duration import duration

if TYPE_CHECKING:
    from catalog import Selection

EXIT_SOURCE, EXIT_USAGE, EXIT_SOME_FAILED, EXIT_HELD, EXIT_ALL_FAILED, EXIT_FINDING = 1, 2, 3, 4, 5, 6
EXIT_BUG, EXIT_LOCKED = 1, 75
"""Exit codes beside 0; docs/OPERATIONS.md says what each asks for. 75 is EX_TEMPFAIL of sysexits.h: try again later."""
EXIT_SIGNAL = 128
"""To which the number of the signal is added that stopped a refresh, as shells do."""

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
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; amounts are strings of decimals.")]


def selection_of(
    form: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="glycinate, citrate, oxide, blend ...; repeatable.")
    ] = None,
    source: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this source; repeatable.")] = None,
    market: Annotated[list[str] | None, typer.Option(metavar="CODE", help="US, UK, EU ...; repeatable.")] = None,
    brand: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this brand; repeatable.")] = None,
    taken: Annotated[
        list[str] | None, typer.Option(metavar="KIND", help="capsule, tablet, powder, gummy, liquid; repeatable.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only prices in this currency (ISO 4217).")
    ] = None,
    max_price: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Only packs up to this price.")] = None,
    no_oxide: Annotated[bool, typer.Option("--no-oxide", help="Leave out labels that state or imply oxide.")] = False,
    no_warnings: Annotated[
        bool, typer.Option("--no-warnings", help="Leave out labels with a warning or an error.")
    ] = False,
    in_stock: Annotated[bool, typer.Option("--in-stock", help="Only what the source says it has.")] = False,
    electrolytes: Annotated[
        bool, typer.Option("--electrolytes", help="Only labels that print sodium or potassium too.")
    ] = False,
    seen: Annotated[
        str | None, typer.Option(metavar="SPAN|DATE", help="Only what was seen within 7d, 24h ..., or since a date.")
    ] = None,
    cheapest: Annotated[
        bool, typer.Option("--cheapest", help="Of each bar code only the cheapest current offer in each currency.")
    ] = False,
    search: Annotated[
        str, typer.Option("--search", "--q", metavar="WORDS", help="Only titles and brands with these words.")
    ] = "",
) -> "Selection":
    """The filters that `compare` and `export` share, named as in the dashboard's addresses."""
    from catalog import Selection
    from catalog.dosage import DOSAGE_FORMS
    from checker import FORMS

    _refuse_others(form, [*FORMS, "blend"], "form", "--form")
    _refuse_others(taken, DOSAGE_FORMS, "way to take it", "--taken")
    return Selection(
        forms=tuple(form or ()),
        sources=tuple(source or ()),
        markets=tuple(market or ()),
        brands=tuple(brand or ()),
        dosage_forms=tuple(taken or ()),
        currency=currency.upper() if currency else None,
        max_price=_amount(max_price, "--max-price") if max_price else None,
        no_oxide=no_oxide,
        no_warnings=no_warnings,
        in_stock=in_stock,
        electrolytes=electrolytes,
        seen_since=since_of(seen, "--seen") if seen else None,
        cheapest=cheapest,
        text=search,
    )


def _refuse_others(given: Iterable[str] | None, known: Sequence[str], noun: str, option: str) -> None:
    for key in given or ():
        if key not in known:
            raise typer.BadParameter(f"{key!r} is no {noun}; it may be {', '.join(known)}", param_hint=option)


def _amount(text: str, option: str) -> Decimal:
    try:
        amount = Decimal(text)
        if not 0 <= amount < 10**12:  # NaN, which compares with nothing, raises here
            raise InvalidOperation
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is not an amount", param_hint=option) from None
    return amount


def with_selection(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `selection_of` in place of its `selection` parameter."""
    filters = inspect.signature(selection_of).parameters
    own = inspect.signature(command).parameters

    @functools.wraps(command)
    def wrapper(**given: Any) -> None:
        command(selection_of(**{name: given.pop(name) for name in filters}), **given)

    kept = [p.replace(kind=p.KEYWORD_ONLY) for name, p in {**own, **filters}.items() if name != "selection"]
    wrapper.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in kept}
    return wrapper


def since_of(text: str, option: str) -> datetime:
    """The time that "7d" before now, or the date "2026-11-01" (midnight UTC), means; raises typer.BadParameter."""
    now = datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date", param_hint=option) from None
    if moment and moment > now:
        raise typer.BadParameter(f"{text} is in the future", param_hint=option)
    try:
        return moment or now - duration(text)
    except typer.BadParameter as error:
        raise typer.BadParameter(f"{error.message}, or a date such as 2026-11-01", param_hint=option) from None
