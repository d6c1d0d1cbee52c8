"""The NIH Dietary Supplement Label Database, API v9 (https://dsld.od.nih.gov/api-guide): labels, no prices."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from scrapy import Request
from scrapy.http import Response

from checker.errors import SourceError
from checker.models import Listing
from spiders.answers import Many, One, Shape, Text, readable, rows_of
from spiders.base import Job, SourceSpider
from spiders.dsld_text import Camel, Label, label_text, statements_text
from spiders.magnesium import may_contain_magnesium
from spiders.problems import plain
from spiders.site import Recognised, Site

SEARCH = "/dsld/v9/search-filter?q=*&ingredient_name=magnesium&status=2&size={size}&from={start}"
PAGE = 200
WINDOW = 10_000
"""The search shows no more than this many labels: beyond, it answers empty."""


class Ingredient(Camel):
    name: Text = ""
    ingredient_group: Text = ""
    notes: Text = ""


class Found(Camel):
    all_ingredients: Annotated[tuple[Ingredient, ...], Many] = ()


class Hit(Shape):
    id: Text
    source: Annotated[Found, One] = Found()


def _hit(row: Any) -> dict[str, Any]:
    return {"id": row.get("_id"), "source": row.get("_source")} if isinstance(row, dict) else {}


def is_candidate(hit: Hit) -> bool:
    """Whether the label may state magnesium."""
    rows = hit.source.all_ingredients
    return may_contain_magnesium(*(text for row in rows for text in (row.name, row.ingredient_group, row.notes)))


class DsldSpider(SourceSpider):
    """Searches for labels with magnesium and reads each one's page."""

    name = "dsld"

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.headers = {"X-Api-Key": job.dsld_key} if job.dsld_key else {}
        self.note("a label database has no prices")

    @classmethod
    def recognise(cls, site: Site) -> Recognised | None:
        """The label database tells its version; its labels are of the US market and have no prices."""
        version, _ = site.json("dsld/version")
        if not (isinstance(version, dict) and "version" in version):
            return None
        answer, _ = site.json(SEARCH.format(size=PAGE, start=0))
        try:
            hits, count = readable(Hit, map(_hit, answer["hits"])), min(int(answer["stats"]["count"]), WINDOW)
        except (KeyError, TypeError, ValueError):
            return Recognised(market="US")
        wanted = sum(map(is_candidate, hits))
        return Recognised(None, "US", len(hits), wanted, 1 + -(-count // PAGE) + count)

    def first(self) -> Request:
        return self.search(0, 1)

    def search(self, start: int, page: int) -> Request:
        """The request of one page of hits."""
        return self.ask(self.url(SEARCH.format(size=PAGE, start=start)), self.read_hits, start=start, page=page)

    async def read_hits(self, response: Response, data: Any, start: int, page: int) -> list[Request]:
        """Ask for the label of every hit that may contain magnesium, and for the next page of hits."""
        rows, before = rows_of(response, data, "hits"), self.tally.seen
        hits = [hit for hit in self.shaped(Hit, map(_hit, rows)) if self.unseen(hit.id)]
        wanted = self.candidates(hits, is_candidate)
        further = [self.ask(self.url(f"/dsld/v9/label/{hit.id}"), self.read_label, needed=False) for hit in wanted]
        if start + len(rows) + PAGE > WINDOW:
            self.note(f"the database shows no more than {WINDOW:,} labels this way")
        elif self.more_pages(response, rows, before, page):
            further.append(self.search(start + len(rows), page + 1))
        return further

    async def read_label(self, response: Response, data: Any) -> list[Request]:
        """Keep one label."""
        try:
            label = Label.model_validate(data)
        except ValidationError:
            raise SourceError(f"{plain(response.url)} answered JSON that is no label") from None
        self.keep(response, [self.listing(label)])
        return []

    def listing(self, label: Label) -> Listing:
        """The label as text."""
        contents = "; ".join(content.display for content in label.net_contents if content.display)
        return Listing(
            source=self.job.name,
            source_key=label.id,
            url=self.page_for_people(label.id),
            title=label.full_name,
            brand=label.brand_name or None,
            gtin="".join(label.upc_sku.split()) or None,
            facts_text=label_text(label),
            description=statements_text(label) or None,
            pack=f"Net contents: {contents}" if contents else None,
            market=self.job.source.market or "US",
        )

    def page_for_people(self, key: str) -> str:
        """The label's page; the interface and the pages have hosts of their own."""
        if urlsplit(self.job.source.url).hostname == "api.ods.od.nih.gov":
            return f"https://dsld.od.nih.gov/label/{key}"
        return self.url(f"/label/{key}")
