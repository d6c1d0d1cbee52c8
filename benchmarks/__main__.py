"""Runs every benchmark: `python -m benchmarks`, or `make bench`."""

import importlib
from pathlib import Path


def main() -> None:
    """Run the `main` of each bench_*.py beside this file, in the order of their names."""
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"== {path.stem.removeprefix('bench_')}")
        importlib.import_module(f"benchmarks.{path.stem}").main()


if __name__ == "__main__":
    main()
