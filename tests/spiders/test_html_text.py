"""HTML to text: a row of a facts table stays one line, and no HTML is too broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.html_text import html_to_text

TABLE = "<table><thead><tr><th></th><th>Amount</th><th>%DV</th></tr></thead>{}</table>"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Magnesium</p><p>Zinc</p>", "Magnesium\nZinc"),
        ("Mag<b>nesium</b> <i>(as&nbsp;citrate)</i>\n 100&#160;mg", "Magnesium (as citrate) 100 mg"),
        ("Magnesium 100 mg<br>Zinc 5 mg<br/>", "Magnesium 100 mg\nZinc 5 mg"),
        ("<ul><li>one<li>two</ul>three", "one\ntwo\nthree"),
        ("<h3>Facts</h3>text<div>more</div>end", "Facts\ntext\nmore\nend"),
        ("<dl><dt>Serving Size</dt><dd>2 capsules</dd><dt>Magnesium</dt><dd>100 mg</dd></dl>",
         "Serving Size | 2 capsules\nMagnesium | 100 mg"),
        ("&lt;1 mg &amp; 5 &gt; 4 &eacute; &#x2020;", "<1 mg & 5 > 4 é †"),
        ("<p>A</p><script>x = '<p>no</p>'</script><style>p{}</style><template>t</template><p>B", "A\nB"),
        ("a<!-- <p>no</p> -->b", "ab"),
        ("mag\u00adne\u200bsium\ufeff", "magnesium"),
        ("50 mg<sup>2</sup> Mg<sup>†</sup> B<sub>12</sub>", "50 mg 2 Mg † B12"),
        ("plain\ntext, 5 < 6\n\nend", "plain\ntext, 5 < 6\nend"),
        ("<pre>Magnesium   50 mg\nZinc 5 mg</pre> after", "Magnesium 50 mg\nZinc 5 mg\nafter"),
        ("<html><head><title>T</title></head><body><p>B</p></body></html>", "B"),
        ("a\0b\ud800c", "abc"),
        ("", ""),
        ("  \n", ""),
        ("<!-- only -->", ""),
    ],
)  # fmt: skip
def test_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_nothing_is_nothing() -> None:
    assert html_to_text(None) == ""


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ("<tr><td>Magnesium (as magnesium oxide)</td><td>50 mg</td><td>13%</td></tr>",
         ["Magnesium (as magnesium oxide) | 50 mg | 13%"]),
        ("<tr><td>Magnesium<br>(as <b>magnesium</b> oxide)</td><td><p>50 mg</p></td><td>13%",
         ["Magnesium (as magnesium oxide) | 50 mg | 13%"]),
        ("<tr><td>Magnesium<td>50 mg<td>13%<tr><td>Zinc<td>5 mg", ["Magnesium | 50 mg | 13%", "Zinc | 5 mg"]),
        ("<tr><td>Magnesium</td><td></td><td>13%</td></tr>", ["Magnesium |  | 13%"]),
        ("<tr><td colspan=3>Serving Size: 2 capsules</td></tr>", ["Serving Size: 2 capsules"]),
        ("<tr><td></td></tr><tr></tr>", []),
    ],
)  # fmt: skip
def test_a_table_row_is_one_line(rows: str, lines: list[str]) -> None:
    assert html_to_text(TABLE.format(rows)).splitlines() == ["Amount | %DV", *lines]


def test_a_column_packed_with_line_breaks_is_unpacked() -> None:
    html = "<table><tr><td>A<br>Magnesium<br>C<br>D</td><td>1 mg<br>50 mg<br>3 mg<br>4 mg</td></tr></table>"
    assert html_to_text(html).splitlines()[1] == "Magnesium | 50 mg"


def test_a_part_and_its_amounts_on_second_lines_are_a_row_of_their_own() -> None:
    cells = "<td>Magnesiumbisglycinat<br>- davon Magnesium</td><td>1428 mg<br>200 mg</td><td><br>53 %</td>"
    assert html_to_text(f"<table><tr>{cells}</tr></table>").split("\n") == [
        "Magnesiumbisglycinat | 1428 mg",
        "- davon Magnesium | 200 mg | 53 %",
    ]
    for name in ("Magnesium<br>(as citrate)", "Magnesium"):
        amount = "200 mg<br>48%"
        assert "\n" not in html_to_text(f"<table><tr><td>{name}</td><td>{amount}</td></tr></table>")


def test_a_table_used_as_a_layout_does_not_swallow_the_facts() -> None:
    inner = "<table><tr><td>Magnesium</td><td>50 mg</td></tr><tr><td>Zinc</td><td>5 mg</td></tr></table>"
    html = f"<table><tr><td><img src=x></td><td>{inner}<p>a<p>b<p>c</td></tr></table>"
    assert html_to_text(html).splitlines()[:2] == ["Magnesium | 50 mg", "Zinc | 5 mg"]


@given(st.text(alphabet=st.sampled_from("<>/&;=\"'! \ntrdphbliuMg5|éscript"), max_size=200))
def test_any_rubbish_gives_lines_of_plain_text(html: str) -> None:
    for line in html_to_text(html).split("\n") if html_to_text(html) else []:
        assert line == " ".join(line.split())
        assert line


@given(st.lists(st.tuples(st.sampled_from(["td", "tr", "table", "dd", "pre", "li", "br", "sup"]), st.booleans())))
def test_tags_in_any_order_keep_the_words(tags: list[tuple[str, bool]]) -> None:
    html = "<p>first</p>" + "".join(f"</{tag}>" if closing else f"<{tag}>x" for tag, closing in tags) + "<p>last</p>"
    words = html_to_text(html)
    assert words.startswith("first")
    assert words.endswith("last") or "last" in words.split()
