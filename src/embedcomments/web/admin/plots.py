"""Bars for the desk's plots, as numbers that a template draws in SVG: no script, no inline style, no picture file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100.0
STEP, BAR = 10.0, 8.0  # from one column to the next, and its width, in units of the plot


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One kind of thing that is counted. ``look`` is its class in the style sheet."""

    look: str
    title: str
    values: Sequence[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A rectangle in the plot, whose origin is at the top left."""

    look: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """The bars of one day. ``words`` says the same in words."""

    x: float
    words: str
    bars: Sequence[Bar]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plot:
    """Stacked bars. ``ticks``: the numbers at the top, in the middle and at the bottom. ``labels``: below the first,
    the middle and the last column. ``series`` and ``days`` are the same numbers, for the table."""

    title: str
    width: float
    height: float
    columns: Sequence[Column]
    ticks: Sequence[int]
    labels: Sequence[str]
    series: Sequence[Series]
    days: Sequence[str]

    @property
    def total(self) -> int:
        """Of all series."""
        return sum(sum(one.values) for one in self.series)


def stacked(title: str, days: Sequence[str], series: Sequence[Series]) -> Plot:
    """A plot with a column for each of ``days`` (their names), the first of ``series`` at the bottom."""
    ceiling = _ceiling(max((sum(values) for values in zip(*(one.values for one in series), strict=True)), default=0))
    columns = []
    for number, day in enumerate(days):
        x, top, bars, words = number * STEP, HEIGHT, [], []
        for one in series:
            value = one.values[number]
            height = value / ceiling * HEIGHT
            if value:
                top -= height
                left = x + (STEP - BAR) / 2
                bars.append(Bar(look=one.look, x=left, y=round(top, 2), width=BAR, height=round(height, 2)))
            words.append(f"{value:,} {one.title.lower()}")
        columns.append(Column(x=x, words=f"{day}: {', '.join(words)}", bars=bars))
    return Plot(
        title=title,
        width=len(days) * STEP,
        height=HEIGHT,
        columns=columns,
        ticks=(ceiling, ceiling // 2, 0),
        labels=(days[0], days[len(days) // 2], days[-1]) if days else (),
        series=series,
        days=days,
    )


def _ceiling(most: int) -> int:
    """The least number not below ``most`` that halves well: 4, 6, 8, then 10, 20, 30, 40, 60, 80 and so on by tens."""
    power = 1
    while True:
        for digits in (4, 6, 8, 10) if power == 1 else (2, 3, 4, 6, 8, 10):
            if digits * power >= most:
                return digits * power
        power *= 10
