"""Which changes belong together: moved into one group until every content that may become live is valid (rule 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from bos.errors import Invalid
from bos.model.paths import within
from bos.store.approval.aftermath import problems_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.errors import Problem
    from bos.model.diff import Change
    from bos.store.approval.book import Validate


@dataclass(slots=True, eq=False)
class Block:
    """Held changes that go together. ``sources`` are the waiting groups in it; ``mine``: this submission is, too."""

    changes: list[Change]
    sources: set[str] = field(default_factory=set)
    mine: bool = True


@dataclass(slots=True)
class Joining:
    """The free changes of a submission and the blocks of held ones, on the way to groups."""

    kind: str
    live: dict[str, Any]
    validate: Validate
    free: list[Change]
    blocks: list[Block]

    def run(self, *, together: bool = False) -> dict[str, Any]:
        """Join what must go together; return live + free. ``together``: all blocks of this submission make one.

        Raises:
            Invalid: no joining makes it valid; with every problem.
        """
        mine = [block for block in self.blocks if block.mine]
        if together and mine:
            self._merge(mine[0], (), mine[1:])
        while True:
            base, problems = problems_with(self.kind, self.live, self.free, self.validate)
            if problems:
                self._hold_free(problems)
            elif not any(self._widen(block, base) for block in list(self.blocks) if block.mine):
                return base

    def _hold_free(self, problems: tuple[Problem, ...]) -> None:
        """Put the free changes that a problem names into the group of the held change it names."""
        first = problems[0]
        named = [change for change in self.free if touches(change, first)]
        held = [block for block in self.blocks if any(touches(change, first) for change in block.changes)]
        held = [block for block in held if block.mine] or held
        if not held or not named:
            refuse(problems)
        self._merge(held[0], named, held[1:])

    def _widen(self, block: Block, base: dict[str, Any]) -> bool:
        """Take into a block what its problems name; return whether it had any."""
        problems = problems_with(self.kind, base, block.changes, self.validate)[1]
        if not problems:
            return False
        named = [change for change in self.free if any(touches(change, problem) for problem in problems)]
        others = [
            other
            for other in self.blocks
            if other is not block and any(touches(change, problem) for problem in problems for change in other.changes)
        ]
        if not named and not others:
            refuse(problems)
        self._merge(block, named, others)
        return True

    def _merge(self, block: Block, named: Sequence[Change], others: Sequence[Block]) -> None:
        block.mine = True
        block.changes += named
        for other in others:
            block.changes += other.changes
            block.sources |= other.sources
        self.free = [change for change in self.free if change not in named]
        self.blocks = [other for other in self.blocks if other not in others]


def touches(change: Change, problem: Problem) -> bool:
    """Return whether a problem names what a change is about; ``list[]`` names every item of the list."""
    for path in (problem.path, *problem.refs):
        if within(change.path, path) or within(path, change.path):
            return True
        if path.endswith("[]") and change.path.startswith(path[:-1]):
            return True
    return False


def refuse(problems: Sequence[Problem]) -> NoReturn:
    """Raise the problems."""
    first = problems[0]
    raise Invalid(first.message, where=first.path, hint=first.hint, problems=tuple(problems))
