"""The sample people of a demo, one for each role."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import yaml

from bos.errors import Internal
from bos.model.answers.people import SamplePerson
from bos.model.roles import ROLES
from bos.resources import share

if TYPE_CHECKING:
    from bos.home import Home


def sample_people(home: Home) -> tuple[SamplePerson, ...]:
    """Return the sample people of a home: none where it is no demo."""
    return _sample_people() if home.is_demo else ()


def sample_person(home: Home, person: str) -> SamplePerson | None:
    """Return a sample person of a home, or nothing."""
    return next((one for one in sample_people(home) if one.person == person), None)


@cache
def _sample_people() -> tuple[SamplePerson, ...]:
    file = share("data") / "people" / "sample.yaml"
    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))["people"]
        return tuple(
            SamplePerson(person=one["id"], display=one["name"], role=one["role"], role_title=ROLES[one["role"]])
            for one in entries
        )
    except (OSError, yaml.YAMLError, ValueError, KeyError, TypeError) as error:
        raise Internal("The sample people cannot be read.", hint="Install BOS again.") from error
