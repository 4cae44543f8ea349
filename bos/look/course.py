"""The course of a number with its target: drawn by whoever shows it, and as JSON where it travels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from bos.look.charts import Series, line

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Course:
    """A number at moments (aware), nothing where there is none, and its target, both in ``unit``.

    ``words`` say the same for whoever does not see the picture. ``part`` are the moments whose number says less than
    the others, which are drawn dashed and hollow, and ``part_words`` what those are called.
    """

    title: str
    words: str
    unit: str
    points: tuple[tuple[datetime, float | None], ...]
    target: float | None = None
    part: tuple[datetime, ...] = ()
    part_words: str = ""

    @property
    def legend(self) -> list[tuple[str, str]]:
        """What each kind of line is that the picture has: how it is drawn, and its name."""
        drawn = any(value is not None and moment not in self.part for moment, value in self.points)
        kinds = [("line", "Value")] * drawn + [("part", self.part_words)] * bool(self.part)
        return kinds + [("target", "Target")] * (self.target is not None)

    def picture(self, *, width: int, height: int) -> str:
        """Return the picture, as SVG."""
        series = [Series("Value", self.points, part=self.part)]
        if self.target is not None:
            series.append(Series("Target", [(moment, self.target) for moment, _ in self.points], kind="target"))
        return line(series, title=self.title, desc=self.words, unit=self.unit, width=width, height=height)

    def data(self) -> dict[str, Any]:
        """Return it as JSON."""
        points = [[moment.isoformat(), value] for moment, value in self.points]
        told = {"title": self.title, "words": self.words, "unit": self.unit, "points": points, "target": self.target}
        return told | {"part": [moment.isoformat() for moment in self.part], "part_words": self.part_words}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return it from JSON; that of packs of before BOS told parts apart has none."""
        points = tuple((datetime.fromisoformat(moment), value) for moment, value in data["points"])
        part = tuple(datetime.fromisoformat(moment) for moment in data.get("part", ()))
        return cls(data["title"], data["words"], data["unit"], points, data["target"], part, data.get("part_words", ""))
