"""docs/scaling.md is true: what it computes is computed again, and its numbers are those of the code."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from messaging import live
from messaging.threads import Threads

PAGE = " ".join((Path(settings.BASE_DIR) / "docs" / "scaling.md").read_text().split())
UNITS = {"": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "s": 1, "ms": 1e-3, "µs": 1e-6, "days": 1, "%": 1e-2}
TERM = r"\d[\d,.]*(?: ?(?:[KMG]iB|B|[mµ]?s|days|%)(?!\w))?"
SUMS = re.findall(rf"({TERM}(?: [×/+] {TERM})+) = ({TERM})", PAGE)


def value(term: str) -> float:
    number, unit = re.fullmatch(r"([\d,.]+?)[,.]? ?([A-Za-zµ%]*)", term).groups()
    return float(number.replace(",", "")) * UNITS[unit]


def computed(terms: str) -> float:
    """Products before sums, as one reads it."""
    return sum(product(part.split()) for part in re.sub(r"(\d) (?=[A-Za-zµ%])", r"\1", terms).split(" + "))


def product(words: list[str]) -> float:
    result = value(words[0])
    for sign, term in zip(words[1::2], words[2::2], strict=True):
        result = result * value(term) if sign == "×" else result / value(term)
    return result


@pytest.mark.parametrize(("terms", "result"), SUMS)
def test_what_is_computed_is_right(terms: str, result: str) -> None:
    assert computed(terms) == pytest.approx(value(result), rel=0.03)  # rounded to two figures


def test_no_sum_is_passed_over() -> None:
    assert len(SUMS) == len(re.findall(r" = \d", PAGE))


def test_its_numbers() -> None:
    threads = Threads()
    assert threads._of_all._max_workers + threads._of_clients._max_workers == 6
    assert "up to six for each live process" in PAGE
    assert live.POLL == (2, 4)
    assert "asking every two to four seconds" in PAGE
    assert settings.EVENT_RETENTION_DAYS == 7
