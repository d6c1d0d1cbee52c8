"""From a label's text to a `Label`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from checker.decide import Decision, decide
from checker.lexicon import vocabulary, words
from checker.marks import OF_MAGNESIUM, OF_OTHERS, find_marks
from checker.models import Claim, Column, Label, MagnesiumSource, Quote, Serving
from checker.phrases import Phrase, phrases
from checker.serving import read_daily, read_serving, read_servings_per_container
from checker.statements import Statement, read_line
from checker.text import Text, uniform
from checker.tokens import Token, milligrams, tokens

READER_VERSION = "1"

_EXCIPIENT_FORMS = frozenset(("stearate", "talc", "trisilicate"))


@cache
def _gate() -> re.Pattern[str]:
    """Any word that may speak of magnesium."""
    stems = {w.rstrip("~")[:6] for w, (kind, _) in vocabulary().items() if kind == "magnesium"}
    stems |= {w for w, (kind, _) in vocabulary().items() if kind == "name"}
    return re.compile("|".join(map(re.escape, sorted(stems))) + r"|mg\+\+|mg2\+")


@cache
def _section(kind: str) -> re.Pattern[str]:
    """Words of a kind as whole words; those that end with "~" as beginnings of words."""
    entries = sorted(words(kind), key=len, reverse=True)
    whole = "|".join(re.escape(e) for e in entries if not e.endswith("~"))
    stems = "".join("|" + re.escape(e[:-1]) for e in entries if e.endswith("~"))
    return re.compile(rf"(?<![^\W\d_])(?:(?:{whole})(?![^\W\d_]){stems})")


@dataclass(slots=True)
class Line:
    """A logical line: a row of the panel, a sentence, an ingredient list."""

    tokens: list[Token]
    start: int
    end: int
    prose: bool = False
    mention: bool = False
    ingredients: bool = False
    title: bool = False
    statements: list[Statement] = field(default_factory=list)
    names: list[Phrase] = field(default_factory=list)


def read_label(text: str, title: str | None = None, market: str | None = None) -> Label:
    """Read what a label states about magnesium. Never raises on label text."""
    whole = uniform(text)
    heading = uniform(title or "")
    if not _gate().search(whole.low) and not _gate().search(heading.low):
        return Label(has_magnesium=False, market=market, reader_version=READER_VERSION)
    low = _here(whole.low)
    lines = _lines(low, heading.low.strip())
    for number, line in enumerate(lines):
        names = phrases(line.tokens, low)
        line.names = _sources_only(names, low)
        if not line.mention:
            line.statements = [
                s for s in read_line(line.tokens, names, low, number) if not _EXCIPIENT_FORMS & set(s.forms)
            ]
    _matrix(lines, low)
    return _label(whole, low, lines, heading, market)


def _here(low: str) -> str:
    """The text up to where the page speaks of other products, unless a panel comes later."""
    match = _section("elsewhere").search(low)
    if not match:
        return low
    panel = _section("panel").search(low, match.end())
    return low if panel else low[: match.start()]


def _lines(low: str, title: str) -> list[Line]:
    rows: list[Line] = []
    current: list[Token] = []
    begin = 0
    for token in [*tokens(low), Token("line", len(low), len(low))]:
        if token.kind == "line" and token.depth == 0:
            _add(rows, current, begin, token.start, low)
            current, begin = [], token.end
        elif token.kind != "line":
            current.append(token)
    for line in rows:
        text = low[line.start : line.end]
        line.title = bool(title) and text.strip() == title
        line.prose = bool(_section("prose").search(text)) and not _is_row(line, text)
        line.mention = bool(_section("mention").search(text)) and not _is_row(line, text)
        line.ingredients = bool(_section("ingredients").match(text.lstrip())) or _is_list(line, text)
    return rows


def _is_row(line: Line, text: str) -> bool:
    """Whether a line is a row of a panel rather than a sentence."""
    return len(text) < 160 and any(t.kind == "percent" for t in line.tokens) and not re.search(r"\.\s", text)


def _is_list(line: Line, text: str) -> bool:
    return text.count(",") >= 4 and sum(t.kind in ("other", "magnesium") for t in line.tokens) >= 2


_CONTINUES = re.compile(
    r"\s*(?:\(|from\b|as\b|equivalent|equiv|providing|provides|of which|davon|dont|di cui|de los cuales|waarvan|=|-\s*of which|soit\b)"
)


def _add(rows: list[Line], current: list[Token], begin: int, end: int, low: str) -> None:
    """Append a line, or join it to the one before: a bracket or "from ..." goes on, amounts stand below their name."""
    if not low[begin:end].strip():
        return
    if rows:
        last = rows[-1]
        kinds = {t.kind for t in current}
        before = {t.kind for t in last.tokens}
        named = bool(before & {"magnesium", "name", "ligand"})
        only_amount = bool(kinds) and kinds <= {"amount", "percent", "bar", "stop"} and len(low[begin:end].strip()) < 40
        waits = (
            bool(last.tokens)
            and last.tokens[-1].kind in ("magnesium", "ligand", "close", "name", "elemental", "amount")
            and (last.tokens[-1].kind != "amount" or kinds == {"percent"})
        )
        if (named and _CONTINUES.match(low, begin)) or (
            only_amount
            and waits
            and before & {"magnesium", "name", "ligand", "other"}
            and not (before & {"amount"} and "amount" in kinds)
        ):
            last.tokens.extend(current)
            last.end = end
            return
    rows.append(Line(current, begin, end))


def _sources_only(names: list[Phrase], low: str) -> list[Phrase]:
    """Names without those of other nutrients and of excipients."""
    kept = []
    for phrase in names:
        if phrase.kind == "other" or _EXCIPIENT_FORMS & set(phrase.forms):
            continue
        if _in_excipients(phrase, low):
            continue
        kept.append(phrase)
    return kept


def _in_excipients(phrase: Phrase, low: str) -> bool:
    """Whether a name stands in a list of other ingredients: behind its heading on the line, or in its bracket."""
    begin = low.rfind("\n", 0, phrase.start) + 1
    for match in _section("excipients").finditer(low, max(begin, phrase.start - 4000), phrase.start):
        between = low[match.end() : phrase.start]
        if between.lstrip(" :s").startswith("("):
            if between.count("(") > between.count(")"):
                return True
            continue
        return True
    return False


def _matrix(lines: list[Line], low: str) -> None:
    """A header row of nutrients and, below, as many amounts: the amounts belong to the names by place."""
    for index, line in enumerate(lines):
        heads = [t for t in line.tokens if t.kind in ("other", "magnesium")]
        if (
            len(heads) < 3
            or any(t.kind == "amount" for t in line.tokens)
            or not any(t.kind == "magnesium" for t in heads)
        ):
            continue
        if "," in low[line.start : line.end]:
            continue
        for number in range(index + 1, min(index + 4, len(lines))):
            amounts = [t for t in lines[number].tokens if t.kind == "amount"]
            if len(amounts) == len(heads) and not lines[number].statements:
                place = next(i for i, t in enumerate(heads) if t.kind == "magnesium")
                cell = amounts[place]
                statement = Statement("elemental", (), milligrams(cell), cell.start, cell.end, number)
                statement.columns.append((statement.mg, None))
                lines[number].statements.append(statement)
                return


def _label(whole: Text, low: str, lines: list[Line], heading: Text, market: str | None) -> Label:
    serving = read_serving(low)
    container = read_servings_per_container(low)
    decision = decide(lines, low, serving[0] if serving else None, market)
    title_forms, claims = _title(heading)
    forms, form_quotes = _forms(decision, lines, low)
    titled = bool(_gate().search(heading.low)) and not _EXCIPIENT_FORMS & set(title_forms)
    has = (
        bool(decision.used) or bool(forms) or _declared_in_list(lines, low) or (titled and _title_is_magnesium(heading))
    )
    if not has:
        marks = find_marks(whole, heading, OF_OTHERS)
        return Label(has_magnesium=False, marks=marks, market=market, reader_version=READER_VERSION)
    quotes = [_quote(whole, s.start, s.end, rule) for s, rule in decision.evidence]
    quotes += [_quote(whole, start, end, "form.named") for start, end in form_quotes]
    if not forms and title_forms:
        forms = title_forms
        quotes.append(Quote(quote=heading.raw, span=None, rule="form.title"))
    if serving:
        quotes.append(_quote(whole, *serving[1], "serving.size"))
    if container:
        quotes.append(_quote(whole, *container[1], "serving.container"))
    inferred = _inferred(low, heading.low, forms)
    return Label(
        has_magnesium=True,
        forms=forms or ("unspecified",),
        inferred_forms=inferred,
        elemental_mg=decision.elemental,
        elemental_range=decision.bounds,
        basis=decision.basis,
        percent_dv=decision.percent,
        daily_values=decision.daily_values,
        serving=_serving(whole, serving),
        servings_per_container=container[0] if container else None,
        servings_per_day=read_daily(low, serving[0] if serving else None),
        columns=tuple(Column(title=title, elemental_mg=mg, percent_dv=dv) for title, mg, dv in decision.columns),
        sources=_magnesium_sources(whole, decision),
        electrolytes=_electrolytes(lines),
        claims=claims,
        quotes=tuple(quotes),
        marks=find_marks(whole, heading, OF_MAGNESIUM),
        market=market,
        reader_version=READER_VERSION,
    )


def _serving(whole: Text, serving: tuple[Serving, tuple[int, int]] | None) -> Serving | None:
    if serving is None:
        return None
    start, end = whole.span(*serving[1])
    return serving[0].model_copy(update={"text": whole.raw[start:end].strip()})


def _quote(whole: Text, start: int, end: int, rule: str) -> Quote:
    span = whole.span(start, end)
    return Quote(quote=whole.raw[span[0] : span[1]], span=span, rule=rule)


def _magnesium_sources(whole: Text, decision: Decision) -> tuple[MagnesiumSource, ...]:
    out = []
    for form, elemental, compound, statement in decision.sources:
        span = whole.span(statement.start, statement.end)
        out.append(
            MagnesiumSource(
                form=form, elemental_mg=elemental, compound_mg=compound, quote=whole.raw[span[0] : span[1]], span=span
            )
        )
    return tuple(out)


def _forms(decision: Decision, lines: list[Line], low: str) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """The forms of the dose's own row; else of ingredient lists; else of any sentence."""
    forms = decision.forms
    if forms:
        return _tidy(forms), []
    for chosen in (
        [line for line in lines if line.ingredients],
        [line for line in lines if not line.prose and not line.mention],
        [line for line in lines if not line.mention],
    ):
        found: list[str] = []
        places: list[tuple[int, int]] = []
        for line in chosen:
            metal = False
            for phrase in line.names:
                if phrase.kind == "elemental":
                    metal = True
                if phrase.kind == "compound" or (phrase.kind == "ligand" and metal):
                    found.extend(phrase.forms)
                    places.append((phrase.start, phrase.end))
        tidy = _tidy(found)
        if tidy:
            return tidy, places
    return (), []


def _tidy(forms: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Each form once; "chelate" beside a named ligand is no form of its own."""
    unique = [f for f in dict.fromkeys(forms) if f not in _EXCIPIENT_FORMS]
    return tuple(unique)


def _declared_in_list(lines: list[Line], low: str) -> bool:
    return any(
        line.ingredients and not line.mention and any(p.kind == "elemental" for p in line.names) for line in lines
    )


def _title_is_magnesium(heading: Text) -> bool:
    return any(t.kind in ("magnesium", "name") for t in tokens(heading.low))


_PACK_MG = 5000
"""An amount in a title from here on is the weight of the pack."""


def _title(heading: Text) -> tuple[tuple[str, ...], tuple[Claim, ...]]:
    """Forms and claims of the title: each amount of magnesium, and each form without one."""
    found = tokens(heading.low)
    names = phrases(found, heading.low)
    metal = any(t.kind == "magnesium" for t in found)
    forms = _tidy([f for p in names if p.kind == "compound" or (p.kind == "ligand" and metal) for f in p.forms])
    if not forms and not metal:
        return (), ()
    stated = [s for s in read_line(found, names, heading.low, 0) if s.kind != "other"]
    amounts = [(s.forms, s.mg) for s in stated if s.mg is not None and s.mg < _PACK_MG]
    alone = [milligrams(t) for t in found if t.kind == "amount" and t.key in ("mg", "mcg")]
    if not amounts and len(alone) == 1 and not any(t.kind == "other" for t in found):
        amounts = [(forms, alone[0])]
    claims = [Claim(form=of[0] if len(of) == len(forms) == 1 else None, mg=mg, quote=heading.raw) for of, mg in amounts]
    claimed = {claim.form for claim in claims}
    claims += [Claim(form=form, mg=None, quote=heading.raw) for form in forms if form not in claimed]
    return forms, tuple(claims)


def _inferred(low: str, title: str, forms: tuple[str, ...]) -> tuple[str, ...]:
    """Oxide, when a label says "buffered" without naming it."""
    if "oxide" in forms or ("glycinate" not in forms and "citrate" not in forms):
        return ()
    for text in (low, title):
        if _section("buffered").search(_section("not_buffered").sub(" ", text)):
            return ("oxide",)
    return ()


def _electrolytes(lines: list[Line]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in lines:
        if line.prose:
            continue
        for statement in line.statements:
            if (
                statement.kind == "other"
                and statement.key in ("sodium", "potassium", "calcium", "chloride")
                and statement.mg
            ):
                found.setdefault(statement.key, statement.mg)
    return found
