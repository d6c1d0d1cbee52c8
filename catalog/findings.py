"""Findings as rows, and those that compare every product on offer.

The latter are computed over the whole comparison whenever a publication changed something, inside its transaction, and
kept with the label's own findings: another product's change may give or take them.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby, islice, permutations
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from catalog.across import SAID, disagreement, outlier_scores, said_by_row
from catalog.bulk import batches
from catalog.comparison import SEVERITIES, finding_columns
from catalog.schema import comparison, findings, labels, listings
from checker import Finding, make_finding
from checker.checks.amounts import say_forms

DISAGREE = "sources-disagree"
MARKET_CODES = frozenset({"price-outlier", DISAGREE})
"""Codes of the findings that other products give or take."""

NO_ONE_FORM = ("blend", "unspecified")
"""Groups of products that have nothing in common which would make a price usual."""

AT_A_TIME = 500
"""Rows asked for by their ids in one query."""

STREAMED = {"yield_per": AT_A_TIME}
"""For answers with a row for each product: they pass through, whatever their number."""


def worst_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """In the order that findings are kept and shown in."""
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def finding_rows(label_id: int, found: Iterable[Finding]) -> list[dict[str, Any]]:
    """The rows that keep a label's findings."""
    return [
        {"label_id": label_id, "position": position, "code": f.code, "severity": f.severity}
        | {"document": f.model_dump_json(exclude_defaults=True)}
        for position, f in enumerate(found)
    ]


def load_findings(connection: Connection, label_ids: Iterable[int]) -> Iterator[tuple[int, Finding]]:
    """The findings of some labels, each with its label's id, in the order of the checks."""
    asked = sa.select(findings.c.label_id, findings.c.document).where(findings.c.label_id.in_(list(label_ids)))
    for label_id, document in connection.execute(asked.order_by(findings.c.label_id, findings.c.position)):
        yield label_id, Finding.model_validate_json(document)


def compare_across(connection: Connection, articles: Collection[str] | None = None) -> None:
    """Bring the findings of `MARKET_CODES` up to date, whichever source the products are from; writes what differs.

    `articles` are the bar codes (GTIN-14) of which any listing changed, before or after; None for all.
    """
    kept = _kept(connection)
    shown = _shown_labels(connection, {listing_id for _, listing_id in kept})
    found: dict[int, list[Finding]] = defaultdict(list)
    for (label_id, listing_id), about in kept.items():
        if articles is not None and _still_shown(shown, label_id, listing_id, articles):
            found[listing_id] += [finding for finding in about if finding.code == DISAGREE]
    for listing_id, finding in (*_sources_disagree(connection, articles), *_price_outliers(connection)):
        found[listing_id].append(finding)
    shown |= _shown_labels(connection, found.keys() - shown.keys())
    now = {(shown[listing_id].label_id, listing_id): about for listing_id, about in found.items() if about}
    changed = sorted(key for key in now.keys() | kept.keys() if now.get(key) != kept.get(key))
    for some in batches(changed, AT_A_TIME):
        own: dict[int, list[Finding]] = defaultdict(list)
        for label_id, finding in load_findings(connection, [label_id for label_id, _ in some]):
            if finding.code not in MARKET_CODES:
                own[label_id].append(finding)
        rewritten = {key: worst_first([*own[key[0]], *now.get(key, [])]) for key in some}
        _rewrite(connection, rewritten, shown)


class Shown(NamedTuple):
    """What the comparison shows of a listing."""

    label_id: int
    gtin14: str | None


def _still_shown(shown: Mapping[int, Shown], label_id: int, listing_id: int, articles: Collection[str]) -> bool:
    """Whether the comparison goes on showing a label, of an article of which no listing changed."""
    row = shown.get(listing_id)
    return row is not None and row.label_id == label_id and row.gtin14 not in articles


def _kept(connection: Connection) -> dict[tuple[int, int], list[Finding]]:
    """What the last comparison found, by the ids of label and listing."""
    asked = sa.select(findings.c.label_id, labels.c.listing_id, findings.c.document).join_from(findings, labels)
    kept: dict[tuple[int, int], list[Finding]] = defaultdict(list)
    in_order = asked.where(findings.c.code.in_(MARKET_CODES)).order_by(findings.c.label_id, findings.c.position)
    for label_id, listing_id, document in connection.execute(in_order):
        kept[label_id, listing_id].append(Finding.model_validate_json(document))
    return kept


def _shown_labels(connection: Connection, listing_ids: Collection[int]) -> dict[int, Shown]:
    """The label that the comparison shows of each listing; without those that it does not show."""
    words = (labels.c.listing_id == listings.c.id) & (labels.c.content_hash == listings.c.content_hash)
    reading = (comparison.c.listing_id == listings.c.id) & (comparison.c.reader_version == labels.c.reader_version)
    columns = (listings.c.id, labels.c.id, comparison.c.gtin14)
    asked = sa.select(*columns).join_from(listings, labels, words).join(comparison, reading)
    shown: dict[int, Shown] = {}
    for ids in batches(sorted(listing_ids), AT_A_TIME):
        shown |= {row[0]: Shown(row[1], row[2]) for row in connection.execute(asked.where(listings.c.id.in_(ids)))}
    return shown


def _rewrite(
    connection: Connection, rewritten: dict[tuple[int, int], tuple[Finding, ...]], shown: Mapping[int, Shown]
) -> None:
    """Replace all findings of some labels, and what the comparison says of them where it shows them."""
    connection.execute(sa.delete(findings).where(findings.c.label_id.in_([label_id for label_id, _ in rewritten])))
    if rows := [row for (label_id, _), found in rewritten.items() for row in finding_rows(label_id, found)]:
        connection.execute(sa.insert(findings), rows)
    columns = []
    for (label_id, listing_id), found in rewritten.items():
        if listing_id in shown and shown[listing_id].label_id == label_id:
            values = finding_columns(found)
            columns.append({"row_id": listing_id, **values, "findings": ",".join(values["findings"])})
    if columns:
        connection.execute(sa.update(comparison).where(comparison.c.listing_id == sa.bindparam("row_id")), columns)


def _price_outliers(connection: Connection) -> Iterator[tuple[int, Finding]]:
    """Prices of 100 mg far from those of the other products of the form that are in stock, in the same currency."""
    c = comparison.c
    population = (c.availability == "in_stock", c.price_per_100mg > 0, c.currency.is_not(None))
    kinds = sa.select(c.form_group, c.currency).where(*population, c.form_group.not_in(NO_ONE_FORM)).distinct()
    price = sa.type_coerce(c.price_per_100mg, sa.Float)
    for form, currency in connection.execute(kinds).all():
        asked = sa.select(price, c.listing_id).where(*population, c.form_group == form, c.currency == currency)
        prices, ids = array("d"), array("q")
        for row in connection.execute(asked.order_by(c.price_per_100mg, c.listing_id), execution_options=STREAMED):
            prices.append(row[0])
            ids.append(row[1])
        scores = outlier_scores(prices)
        if not scores:
            continue
        middle = ids[(len(ids) - 1) // 2 : len(ids) // 2 + 1]
        shown = _rows(connection, [*middle, *(ids[place] for place in scores)])
        usual = sum((shown[i].price_per_100mg for i in middle), Decimal(0)) / len(middle)
        for place, score in scores.items():
            yield ids[place], _price_outlier(shown[ids[place]], form, currency, usual, len(ids), score)


def _price_outlier(row: sa.Row[Any], form: str, currency: str, usual: Decimal, products: int, score: float) -> Finding:
    price: Decimal = row.price_per_100mg
    return make_finding(
        "price-outlier",
        f"100 mg of magnesium cost {price:f} {currency}; the median of {products} products with {say_forms((form,))} "
        f"in stock is {usual.normalize():f} {currency}.",
        row.quote,
        {
            "price_per_100mg": price,
            "median_price_per_100mg": usual,
            "products": Decimal(products),
            "robust_z_score": Decimal(f"{score:.1f}"),
        },
    )


def _sources_disagree(connection: Connection, articles: Collection[str] | None) -> Iterator[tuple[int, Finding]]:
    """Labels of one bar code that differ between two sources, as the same reader read them; said of both.

    A bar code that a source prints on labels which differ names no one article there, and is not used.
    """
    shared = _shared_articles(connection, articles)
    while some := list(islice(shared, AT_A_TIME)):
        rows = _rows(connection, [i for by_source in some for ids in by_source.values() for i in ids])
        for by_source in some:
            said = {ids[0]: {said_by_row(rows[i]) for i in ids} for ids in by_source.values()}
            clear = {first: labels.pop() for first, labels in said.items() if len(labels) == 1}
            if len(set(clear.values())) < 2:
                continue
            listed = {ids[0]: ids for ids in by_source.values()}
            for one, other in permutations(clear, 2):
                for listing_id in listed[one]:
                    theirs, quote = rows[other].source, rows[listing_id].quote
                    if finding := disagreement(clear[one], clear[other], theirs, quote):
                        yield listing_id, finding


def _shared_articles(connection: Connection, articles: Collection[str] | None) -> Iterator[dict[int, list[int]]]:
    """By source, the listings of each bar code that several sources print, as the same reader read them.

    Only of those whose labels do not all say the same: of most bar codes nothing more has to be fetched.
    """
    c = comparison.c

    def vary(name: str) -> sa.ColumnElement[bool]:
        return sa.func.min(c[name]) < sa.func.max(c[name])

    said = sa.or_(*map(vary, ("forms", "elemental_mg", "elemental_mg_per_unit")))
    several = sa.select(c.gtin14).where(c.gtin14.is_not(None)).group_by(c.gtin14).having(vary("source_id"), said)
    asked = sa.select(c.gtin14, c.reader_version, c.source_id, c.listing_id)
    in_order = asked.order_by(c.gtin14, c.reader_version, c.listing_id)
    some = [several.where(c.gtin14.in_(codes)) for codes in batches(sorted(articles or ()), AT_A_TIME)]
    for query in [several] if articles is None else some:
        coded = connection.execute(in_order.where(c.gtin14.in_(query)), execution_options=STREAMED)
        for _, rows in groupby(coded, key=lambda row: row[:2]):
            by_source: dict[int, list[int]] = defaultdict(list)
            for row in rows:
                by_source[row.source_id].append(row.listing_id)
            if len(by_source) > 1:
                yield by_source


def _rows(connection: Connection, listing_ids: list[int]) -> dict[int, sa.Row[Any]]:
    """What rows of the comparison say, by the ids of their listings."""
    columns = [comparison.c[name] for name in ("listing_id", "source", "quote", "price_per_100mg", *SAID)]
    found: dict[int, sa.Row[Any]] = {}
    for start in range(0, len(listing_ids), AT_A_TIME):
        some = comparison.c.listing_id.in_(listing_ids[start : start + AT_A_TIME])
        found |= {row.listing_id: row for row in connection.execute(sa.select(*columns).where(some))}
    return found
