"""The label database by its search: only what is new, and in slices when that is all there is."""

from __future__ import annotations

from pathlib import Path

from spiders.dsld_search import FIRST_YEAR, FORMS, WINDOW, Slice
from tests.spiders.labels import STEARATE, Labels, crawl, document, row
from tests.spiders.sites import Answer, serving


def test_afterwards_only_what_is_new_is_asked_for_and_nothing_is_gone(tmp_path: Path) -> None:
    site = Labels(*range(1, 9))
    with serving(site):
        first, _ = crawl(site, tmp_path)
        assert (first["outcome"], first["listings"], len(site.labels_asked)) == ("fresh", 8, 8)
        second, _ = crawl(site, tmp_path)
        assert (second["outcome"], second["gone"], second["listings"]) == ("fresh", 0, 8)
        assert (site.labels_asked, site.searches) == ([], 1), "one page on which everything is known"
        site.documents |= {key: document(key) for key in (9, 10, 11)}
        third, _ = crawl(site, tmp_path)
    assert (third["outcome"], third["new"], third["gone"], third["listings"]) == ("fresh", 3, 0, 11)
    assert sorted(site.labels_asked) == [9, 10, 11]
    assert site.searches == 3, "two pages with new labels, and the first page without"


def test_labels_without_a_magnesium_row_never_make_the_search_go_on(tmp_path: Path) -> None:
    site = Labels(*range(1, 7))
    with serving(site):
        crawl(site, tmp_path)
        stearate = row("Magnesium") | {"notes": "x"}
        site.documents[7] = document(7, row("Zinc"), row("Magnesium"))
        site.answers["/dsld/v9/label/7"] = Answer(document(7, row("Zinc"), otheringredients=STEARATE, x=stearate))
        for _ in range(2):
            result, _ = crawl(site, tmp_path)
            assert (result["outcome"], site.labels_asked, site.searches) == ("fresh", [7], 1)


def test_a_label_that_fails_makes_the_source_partial_and_is_looked_for_again(tmp_path: Path) -> None:
    site = Labels(*range(1, 7))
    site.answers["/dsld/v9/label/2"] = Answer("<h1>busy</h1>", media="text/html")
    with serving(site):
        first, _ = crawl(site, tmp_path)
        assert (first["outcome"], first["listings"]) == ("partial", 5)
        assert "/dsld/v9/label/2 answered HTML instead of JSON" in first["message"]
        del site.answers["/dsld/v9/label/2"]
        second, _ = crawl(site, tmp_path)
    assert (second["outcome"], second["listings"], second["new"]) == ("fresh", 6, 1)
    assert site.labels_asked == [2], "it stands behind pages on which all is known"


def test_deep_fetches_everything_again_and_sees_what_is_gone(tmp_path: Path) -> None:
    site = Labels(1, 2, 3)
    with serving(site):
        crawl(site, tmp_path)
        del site.documents[3]
        result, _ = crawl(site, tmp_path, deep=True)
    assert (result["outcome"], result["gone"], result["listings"]) == ("fresh", 1, 2)
    assert sorted(site.labels_asked) == [1, 2]


def test_a_search_that_is_too_large_is_cut_into_years_and_forms(tmp_path: Path) -> None:
    site = Labels(1, 2, 3, 4)
    whole = Slice().parts()
    assert (whole[0].years or (0, 0))[0] == FIRST_YEAR
    old, new = (f"{part.years[0]},{part.years[1]}," for part in whole if part.years)
    site.counts = {",,": WINDOW + 1, old: 1, new: WINDOW}
    with serving(site):
        result, _ = crawl(site, tmp_path)
    assert (result["outcome"], result["listings"]) == ("fresh", 4)
    assert [path for path in site.paths if "date_start" not in path and "search" in path] == [Slice().path()]
    assert sorted(site.labels_asked) == [1, 2, 3, 4], "slices that overlap ask for a label once"


def test_one_year_is_cut_into_forms_and_what_they_do_not_list_is_told(tmp_path: Path) -> None:
    site = Labels(1, 2)
    site.counts = {f"{first},{last},": WINDOW + 5 for first in range(2000, 2100) for last in range(first, 2100)}
    site.counts |= {f"{year},{year},{form}": 0 for year in range(2000, 2100) for form in FORMS} | {",,": WINDOW + 5}
    with serving(site):
        result, _ = crawl(site, tmp_path)
    assert (result["outcome"], result["listings"]) == ("partial", 2)
    assert "the database counts 10,005 labels with magnesium, but its years and forms list 0" in result["message"]
    assert any(path.endswith(f"&supplement_form={FORMS[0]}&size=200&from=0") for path in site.paths)


def test_a_page_that_comes_again_and_again_is_left(tmp_path: Path) -> None:
    site = Labels(1, 2)
    for start in (2, 4):
        site.answers[Slice().path(start)] = site.hits({"from": ["0"], "size": ["2"]})
    with serving(site):
        result, _ = crawl(site, tmp_path)
    assert result["outcome"] == "partial"
    assert "the same page again and again" in result["message"]
    assert site.searches == 2


def test_slices_make_up_the_whole() -> None:
    def years(part: Slice) -> list[int]:
        assert part.years is not None
        if part.years[0] == part.years[1]:
            assert {smaller.form for smaller in part.parts()} == set(FORMS)
            assert all(smaller.years == part.years and smaller.parts() == () for smaller in part.parts())
            return [part.years[0]]
        return [year for smaller in part.parts() for year in years(smaller)]

    found = [year for part in Slice().parts() for year in years(part)]
    assert found == list(range(FIRST_YEAR, found[-1] + 1))
    assert Slice().path(WINDOW - 50).endswith(f"&size=50&from={WINDOW - 50}")
