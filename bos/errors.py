"""Every error BOS raises on purpose, in one tree.

BosError                 anything below; carries code, message, where, hint, HTTP status
├── UsageError           400  the call itself is wrong (an unknown option, a bad combination)
├── Unauthenticated      401  nobody is signed in, or the token is not known
├── Forbidden            403  signed in, but not allowed (codes ``role``, ``four-eyes``)
├── NotFound             404  no such document, version, job, …
├── Conflict             409  somebody else was there first (codes ``exists``, ``superseded``, ``decided``, …)
├── Stale                412  written against an older state; carries both values
├── Invalid              422  content that breaks rules; carries every problem
│   ├── FormulaError     422  a KPI formula that cannot be read; has line and column
│   ├── NotExpressible   422  a formula an engine cannot compute; names the node
│   └── InputError       422  a file that cannot be read; has file and row
├── TooMany              429  more requests than a caller may make; says when to ask again
├── Cancelled            499  a job was cancelled by a person
├── Internal             500  a fault of ours; carries an incident number, never a traceback
└── Unavailable          503  something BOS needs does not answer (database, server, lake)

A message says what is wrong; ``where`` says where; ``hint`` says what to do next.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a document.

    ``path`` is the field (list items by id, as in ``outcomes[returns].target``), ``refs`` are the other
    paths the problem follows from. ``severity`` is ``error`` (refuses) or ``attention`` (is shown).
    """

    path: str
    message: str
    hint: str = ""
    code: str = "invalid"
    refs: tuple[str, ...] = ()
    severity: Literal["error", "attention"] = "error"

    def as_dict(self) -> dict[str, Any]:
        """Return the problem as plain JSON data."""
        return {**asdict(self), "refs": list(self.refs)}


@dataclass(eq=False)
class BosError(Exception):
    """Base of the tree. ``details`` is plain JSON data that a program can act on."""

    message: str
    where: str = ""
    hint: str = ""
    code: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "error"

    def __post_init__(self) -> None:
        """Fill the code of the class where none is given."""
        self.code = self.code or self.default_code
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the message, where and what to do, on one line."""
        where = f" ({self.where})" if self.where else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.message}{where}{hint}"


class UsageError(BosError):
    """The call itself is wrong."""

    status = 400
    default_code = "usage"


class Unauthenticated(BosError):
    """Nobody is signed in, or the token is not known."""

    status = 401
    default_code = "unauthenticated"


class Forbidden(BosError):
    """Signed in, but not allowed; ``code`` is ``role`` or ``four-eyes``."""

    status = 403
    default_code = "role"


class NotFound(BosError):
    """No such thing."""

    status = 404
    default_code = "not-found"


class Conflict(BosError):
    """Somebody else was there first."""

    status = 409
    default_code = "conflict"


class Stale(BosError):
    """Written against an older state; ``details`` carries both values."""

    status = 412
    default_code = "stale"


@dataclass(eq=False)
class Invalid(BosError):
    """Content that breaks rules; ``problems`` lists every one of them."""

    problems: tuple[Problem, ...] = ()

    status: ClassVar[int] = 422
    default_code: ClassVar[str] = "invalid"


@dataclass(eq=False)
class FormulaError(Invalid):
    """A KPI formula that cannot be read. Line and column count from 1."""

    line: int = 1
    column: int = 1

    default_code: ClassVar[str] = "formula"


@dataclass(eq=False)
class NotExpressible(Invalid):
    """A formula this engine cannot compute; ``node`` is the part of it, as text."""

    node: str = ""

    default_code: ClassVar[str] = "not-expressible"


@dataclass(eq=False)
class InputError(Invalid):
    """A file that cannot be read; ``where`` names the file and, where known, the row."""

    default_code: ClassVar[str] = "input"


class TooMany(BosError):
    """More requests than a caller may make; ``details['retry_after']`` says in how many seconds to ask again."""

    status = 429
    default_code = "too-many"


class Cancelled(BosError):
    """A job was cancelled by a person."""

    status = 499
    default_code = "cancelled"


class Internal(BosError):
    """A fault of ours. ``details['incident']`` is the number under which the log has the cause."""

    status = 500
    default_code = "internal"


class Unavailable(BosError):
    """Something BOS needs does not answer."""

    status = 503
    default_code = "unavailable"
