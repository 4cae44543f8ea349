"""The state of a watched KPI, look by look: sequences worked by hand, and what holds for all of them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.kpi.watching import Patience, slot, step

NAMES = {"o": "ok", "w": "warning", "b": "breach", "h": "withheld", "n": "no_data"}


def states(looks, patience):
    """Return the letters of the states that count after each look."""
    held, told = None, ""
    for letter in looks:
        held = step(held, NAMES[letter], patience)
        told += next(key for key, name in NAMES.items() if name == held.state)
    return told


@pytest.mark.parametrize(
    ("looks", "worse", "better", "counts"),
    [
        ("owbwo", 1, 1, "owbwo"),
        ("obobobo", 2, 2, "ooooooo"),  # never twice in a row
        ("obbooo", 2, 2, "oobboo"),
        ("owbo", 2, 2, "ooww"),  # both are at least warnings; one ok does not end it
        ("owboo", 2, 2, "oowwo"),
        ("bowo", 1, 2, "bbww"),  # two looks were better than a breach, the worse of them a warning
        ("bowoo", 1, 2, "bbwwo"),
        ("bnnoo", 2, 2, "bbnno"),  # no data is no recovery, and takes two looks as a worse state does
        ("bnono", 2, 2, "bbbbb"),
        ("nb", 1, 3, "nb"),
        ("nooo", 1, 3, "nnno"),
        ("nwooo", 1, 3, "nwwwo"),
        ("hn", 1, 1, "hn"),
        ("ohnhn", 3, 1, "ooohh"),
    ],
)
def test_states_by_hand(looks, worse, better, counts):
    assert states(looks, Patience(worse, better)) == counts


LOOKS = st.text("owbhn", min_size=1, max_size=30)


@given(LOOKS)
def test_without_patience_every_look_counts(looks):
    assert states(looks, Patience()) == looks


@given(LOOKS, st.integers(1, 4), st.integers(1, 4), st.sampled_from("owbhn"))
def test_what_goes_on_counts_in_the_end(looks, worse, better, last):
    patience = Patience(worse, better)
    assert states(looks + last * (2 * max(worse, better)), patience)[-1] == last


@given(LOOKS, st.integers(1, 4), st.integers(1, 4))
def test_a_level_that_counts_was_seen(looks, worse, better):
    told = states(looks, Patience(worse, better))
    assert all(one in looks[: at + 1] for at, one in enumerate(told))


@given(LOOKS, st.integers(2, 4))
def test_one_look_never_ends_a_breach(looks, better):
    told = states(looks, Patience(1, better))
    for at in range(1, len(looks)):
        if told[at - 1] == "b" and looks[at - 1] == "b" and looks[at] in "ow":
            assert told[at] == "b"


def test_spans_are_counted_from_1970():
    quarter = timedelta(minutes=15)
    at = datetime(2026, 11, 29, 9, 14, 59, tzinfo=UTC)
    assert slot(at, quarter) + 1 == slot(at + timedelta(seconds=1), quarter)
    assert slot(datetime(1970, 1, 1, tzinfo=UTC), quarter) == 0
