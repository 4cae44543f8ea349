"""What is said of the ways between steps."""

from bos.dashboards.paths import _slowest

DAY = 86_400.0


def test_the_slowest_way_is_one_that_enough_cases_went():
    ways = [("Sent", "Posted", 900, DAY, 2 * DAY), ("Held", "Posted", 40, 13 * DAY, 20 * DAY)]
    assert _slowest(ways) == (
        "The slowest way is Sent → Posted: half of 900 cases took at most 1 d, 95 % at most 2 d. "
        "Left out is 1 way of small numbers."
    )
    near = [*ways[:1], ("Held", "Posted", 90, 13 * DAY, 20 * DAY)]
    assert _slowest(near) == "The slowest way is Held → Posted: half of 90 cases took at most 13 d, 95 % at most 20 d."


def test_a_way_that_one_case_went_alone_says_so():
    assert _slowest([("Held", "Posted", 1, 17.0008 * DAY, 17.0008 * DAY)]) == (
        "The slowest way is Held → Posted: the one case that went it took 17 d."
    )
