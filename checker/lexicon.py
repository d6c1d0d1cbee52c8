"""The words that the reader knows, as one regular expression over lower-case text."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import repeat
from typing import Any, NamedTuple

Trie = dict[str, Any]

_ENDINGS = (
    "(?:e|es|o|os|u|um|a|as|em|ov|om|y|i|ia|ien|in|it|en|s|t|et|ul|ului|uje|iem|ом|а|у|і|и|ів|ы|"
    "gehalt|salz|salze|verbindung\\w*|ý|ého|eho|ej|ých|á|é|ho|ionen|ion|pulver|complex|komplex|ot|ów|nak|"
    "ból|ként|ban|tal|sta|na)?"
)
HYDRATED = "\\W?+(?:mono|di|tri|tetra|penta|hexa|hepta|nona)?-?(?:hydra+t|dihydr|hydrát|hidr[aá]t|гидрат|гідрат|хидрат)"
"""What may follow a ligand's stem as a part of its name."""
WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Characters of the scripts without spaces, and of hangul, whose particles follow without one."""
_WIDE = re.compile(f"[{WIDE}]")


_LETTERS = str.maketrans("łđ", "ld")
_UNMISTAKABLE = 6
"""Letters of a word, at least, to be known without its accents too: shorter ones are words of other languages."""


def without_accents(entries: Iterable[str]) -> tuple[str, ...]:
    """The words that shops also print without their accents ("horcik", "tlenek zelaza"), as ASCII."""
    bare = (unicodedata.normalize("NFD", entry.translate(_LETTERS)) for entry in entries if not entry.isascii())
    plain = ("".join(char for char in entry if not unicodedata.combining(char)) for entry in bare)
    return tuple(entry for entry in plain if entry.isascii() and len(entry) >= _UNMISTAKABLE)


@cache
def table(name: str) -> dict[str, Any]:
    """A data file of the checker, by its stem; letters that are printed in two ways are as in texts made uniform."""
    text = (files("checker") / "data" / f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text.translate(str.maketrans("μşţ", "µșț")))


_ALSO_BARE = ("contains", "equivalent", "excipients", "ingredients", "additive", "continues", "serving_of", "magnesium")


def words(kind: str, keys: Sequence[str] = ()) -> tuple[str, ...]:
    """Every word of a kind, over all languages, or those of some keys of it."""
    groups = table("words")[kind]
    found = tuple(word for key in keys or groups for word in groups[key])
    return tuple(dict.fromkeys((*found, *(without_accents(found) if kind in _ALSO_BARE else ()))))


@cache
def section(kind: str) -> re.Pattern[str]:
    """Words of a kind as whole words; those that end with "~" as beginnings of words."""
    entries = words(kind)
    stems = [e.rstrip("~") for e in entries if e.endswith("~")]
    begun = rf"|{trie_pattern(stems)}\w*" if stems else ""
    opened = [e for e in entries if e.endswith("(")]
    begun += "|" + trie_pattern(opened) if opened else ""
    broad = "|" + wide(entries) if any(_WIDE.search(e) for e in entries) else ""
    plain = whole(e for e in entries if e not in stems and not e.endswith("~"))
    return re.compile(rf"(?<![^\W\d_])(?:{plain}{begun}){broad}")


_SHORT = 100


class Cues(NamedTuple):
    """Beginnings of words, to ask of a text whether any of them may stand in it at all."""

    words: tuple[str, ...]
    every: tuple[re.Pattern[str], ...]
    ascii: tuple[re.Pattern[str], ...]
    """Of those that may stand in ASCII text."""
    pattern: re.Pattern[str]
    """Any of them: faster than several searches in short texts."""

    def within(self, low: str) -> bool:
        """Whether any of them stands in a text."""
        if len(low) < _SHORT:
            return self.pattern.search(low) is not None
        return any(map(re.Pattern.search, self.ascii if low.isascii() else self.every, repeat(low)))

    def standing(self, low: str) -> tuple[str, ...]:
        """Those that stand in a text: a pattern of these alone is found much faster."""
        return tuple([word for word in self.words if word in low])


def cues(entries: Iterable[str], behind: str = "") -> Cues:
    """The beginnings of words, with a pattern of what must stand behind each."""
    plain = tuple(dict.fromkeys(entry.rstrip("~") for entry in entries))
    any_of_them = re.compile(f"(?:{trie_pattern(plain)}){behind}" if plain else r"(?!)")
    return Cues(plain, _by_letter(plain, behind), _by_letter([*filter(str.isascii, plain)], behind), any_of_them)


_FREQUENT = "aeimnst"
"""Letters that labels use most."""


def _by_letter(plain: Sequence[str], behind: str) -> tuple[re.Pattern[str], ...]:
    """The words by a letter that many of them hold: a search for one fixed letter skips eight times as fast as one for
    any of several, and faster than one for each word. What stands before the letter is looked back at.
    """
    found = []
    rest = plain
    while rest:
        count = Counter(char for word in rest for char in set(word) if not char.isspace())
        letter = max(sorted(count), key=lambda char: count[char] / (1.4 if char in _FREQUENT else 1))
        found.append(re.compile(around(letter, [word for word in rest if letter in word]) + behind))
        rest = [word for word in rest if letter not in word]
    return tuple(found)


def around(letter: str, entries: Iterable[str]) -> str:
    """A pattern of words that hold a letter, beginning with it; of two that stand in one place it finds the first."""
    tails: Trie = {}
    for word in entries:
        node = tails
        for char in word.partition(letter)[2]:
            node = node.setdefault(char, {})
        node[f"(?<={re.escape(word)})"] = {}
    return re.escape(letter) + _any_of(tails)


def _any_of(node: Trie) -> str:
    """A trie as a pattern; keys of several characters are patterns themselves."""
    branches = [(re.escape(key) if len(key) == 1 else key) + _any_of(child) for key, child in node.items()]
    return f"(?:{'|'.join(branches)})" if branches else ""


@cache
def cues_of(kind: str) -> Cues:
    """The cues of a kind of words."""
    return cues(words(kind))


_SELDOM = ("elsewhere", "buffered_with", "buffered")
_SELDOM_MARKS = ("medicine", "pregnancy", "blend")


@cache
def seldom() -> Cues:
    """The words that few labels have, of all kinds asked of every one: a single search tells that none stands."""
    marks = [word for kind in _SELDOM_MARKS for word in table("marks")[kind]["text"]]
    return cues([*(word for kind in _SELDOM for word in words(kind)), *marks, *without_m()])


def without_m() -> tuple[str, ...]:
    """The words that may speak of magnesium and hold no m."""
    return tuple(sorted(word for word in stems() if "m" not in word))


def mentions(kind: str, low: str) -> bool:
    """Whether any word of a kind may stand in a text."""
    return cues_of(kind).within(low)


def says(kind: str, text: str) -> bool:
    """Whether a text has a word of a kind."""
    return mentions(kind, text) and section(kind).search(text) is not None


_END, _STEM = "end", "stem"


def trie_pattern(entries: Iterable[str]) -> str:
    """A regular expression that matches the longest of the entries at a place, in time flat in their number."""
    root: Trie = {}
    for entry in entries:
        node = root
        for char in entry.rstrip("~"):
            node = node.setdefault(char, {})
        node[_STEM if entry.endswith("~") else _END] = {}
    return _render(root)


def _render(node: Trie) -> str:
    branches = [re.escape(char) + _render(child) for char, child in node.items() if len(char) == 1]
    tail = f"{_ENDINGS}(?:{HYDRATED}\\w*)?" if _STEM in node else ""
    if not branches:
        return tail
    inner = branches[0] if len(branches) == 1 else "(?:" + "|".join(branches) + ")"
    if tail:
        return f"(?:{inner}|{tail})"
    return f"(?:{inner})?" if _END in node else inner


def is_wide(word: str) -> bool:
    """Whether a word begins in a script that is written without spaces."""
    return _WIDE.match(word) is not None


def whole(entries: Iterable[str]) -> str:
    """The entries as a pattern of whole words."""
    return trie_pattern(entry for entry in entries if not _WIDE.search(entry)) + r"(?![^\W\d_])"


def wide(entries: Iterable[str]) -> str:
    """The entries in scripts without spaces, as a pattern that matches anywhere."""
    return trie_pattern(entry for entry in entries if _WIDE.search(entry))


@cache
def vocabulary() -> Mapping[str, tuple[str, str]]:
    """Stem or word -> (kind, key) for every word of the data files."""
    found: dict[str, tuple[str, str]] = {}
    bare: dict[str, tuple[str, str]] = {}

    def add(entries: Sequence[str], kind: str, key: str = "") -> None:
        for entry in entries:
            found.setdefault(entry, (kind, key))
        for entry in without_accents(entries) if kind != "elemental" else ():
            bare.setdefault(entry, (kind, key))

    for key, form in table("forms").items():
        add(form.get("names", ()), "name", key)
        add(form.get("ligands", ()), "ligand", key)
        add(form.get("brands", ()), "brand", key)
        add(form.get("sources", ()), "source", key)
    add(words("magnesium"), "magnesium")
    add(words("elemental"), "elemental")
    add(words("equivalent"), "equivalent")
    add(words("from"), "from")
    add(words("total"), "total")
    add(words("mixture"), "mixture")
    for key, group in table("words")["other"].items():
        add(group, "other", key)
    return bare | found


@lru_cache(maxsize=16384)
def resolve(word: str) -> tuple[str, str]:
    """Kind and key of a matched word; a stem's endings are cut off until it is known."""
    known = vocabulary()
    if word in known:
        return known[word]
    for cut in range(len(word), 1, -1):
        stem = word[:cut] + "~"
        if stem in known:
            return known[stem]
    raise KeyError(word)


@cache
def stems() -> frozenset[str]:
    """Beginnings of every word that may speak of magnesium."""
    known = vocabulary()
    metal = {word.rstrip("~")[:6] for word, (kind, _) in known.items() if kind == "magnesium"}
    excipients = {key for key, form in table("forms").items() if form.get("excipient")}
    return frozenset(metal | {word for word, (kind, key) in known.items() if kind == "name" and key not in excipients})


def _shorter(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(1, len(word))}


@cache
def _misspelt() -> Mapping[str, str]:
    """Ligands of seven letters or more with one letter left out -> form key."""
    found: dict[str, str] = {}
    for word, (kind, key) in vocabulary().items():
        stem = word.rstrip("~")
        if kind == "ligand" and len(stem) >= 7 and stem.isalpha():
            found.update(dict.fromkeys((stem, *_shorter(stem)), key))
    return found


@lru_cache(maxsize=4096)
def near_ligand(word: str) -> str | None:
    """Form key of a ligand that the word misspells by one letter ("aspartrate"); None when it is none."""
    if len(word) < 7:
        return None
    known = _misspelt()
    stems = {word, word.rstrip("eso")}
    return next((known[w] for stem in stems for w in (stem, *sorted(_shorter(stem))) if w in known), None)


def is_salt(word: str) -> bool:
    """Whether a word behind the metal can only be a ligand, although it is none of the forms ("mandelate")."""
    return _salt().fullmatch(word) is not None


@cache
def _salt() -> re.Pattern[str]:
    return re.compile(rf"(?!granul)[a-z]{{6,}}at+es?|(?:{trie_pattern(words('salt'))})s?")
