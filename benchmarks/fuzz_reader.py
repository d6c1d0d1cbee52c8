"""Coverage-guided fuzzing of the reader and the checks with atheris: `pip install maglabel[fuzz]`, then `make fuzz`.

Any text gives a label; every quote of it stands in the text, and every number has a quote. libFuzzer's options can be
given behind the module's name: `python -m benchmarks.fuzz_reader -max_total_time=60`.
"""

import sys

import atheris

with atheris.instrument_imports(include=["checker"]):
    from checker import check_label, read_label


PIECES = [
    *("Magnesium", "magnesium", "Magnésium", "マグネシウム", "магний", "stearate", "oxide", "glycinate", "citrate"),
    *("(as ", "(from ", "of which ", "davon ", "elemental ", "total ", "per ", "serving", "2 capsules", "buffered"),
    *("Supplement Facts", "Serving Size", "Other ingredients: ", "% Daily Value", " mg", " g", " mcg", " mmol", " %"),
    *("100", "1,5", "420", "½", "(", ")", "[", ":", ";", "|", "\t", "\n", "\n\n", " ", ".....", "<", "-", "–", "/"),
    *("†", "\u202e", "\u00ad", "\0", "１００"),
]
"""What labels are made of; without it, chance would not get past the gate on the word magnesium."""


def written(provider: atheris.FuzzedDataProvider) -> str:
    """A text of pieces of labels and of anything else."""
    pieces = []
    while provider.remaining_bytes():
        pieces.append(provider.PickValueInList(PIECES) if provider.ConsumeBool() else provider.ConsumeUnicode(6))
    return "".join(pieces)


def read(data: bytes) -> None:
    """Read and check one text; an exception or a broken promise is a finding of libFuzzer."""
    provider = atheris.FuzzedDataProvider(data)
    title = provider.ConsumeUnicode(60) if provider.ConsumeBool() else None
    text = written(provider)
    label = read_label(text, title=title)
    for quote in label.quotes:
        assert quote.span is None or text[slice(*quote.span)] == quote.quote, quote
    assert label.quotes or label.elemental_mg is None, label
    check_label(label)


def main() -> None:
    """Fuzz until stopped, starting from nothing or from the folder that is named."""
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
