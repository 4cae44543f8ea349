"""Others are let in only with a sign-on and TLS; what is missing is said before anything starts."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from bos.errors import UsageError
from bos.home import Home
from bos.serve.doors import check_open_to_others, open_doors
from bos.settings import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is asked about
SIGN_ON = {"oidc_issuer": "https://login.bank.example"}
PUBLIC = {"public_url": "https://bos.bank.example:8765"}


@pytest.fixture
def tls(make_certificate, tmp_path):
    certificate_, key = make_certificate(tmp_path)
    return {"tls_certificate": certificate_, "tls_key": key}


def settings_of(tmp_path, **given):
    return Settings.load(home=tmp_path / "home", env={}, **given)


def test_on_this_machine_nothing_is_needed_and_with_everything_others_may_come(tmp_path, tls):
    check_open_to_others(settings_of(tmp_path))
    check_open_to_others(settings_of(tmp_path, **SIGN_ON))
    check_open_to_others(settings_of(tmp_path, host=EVERYWHERE, **SIGN_ON, **PUBLIC, **tls))


@pytest.mark.parametrize(
    ("given", "has_certificate", "where"),
    [
        ({"host": EVERYWHERE}, False, "BOS_HOST"),
        ({"host": "192.0.2.1"}, False, "BOS_HOST"),
        ({"host": "bos.bank.example"}, False, "BOS_HOST"),
        ({"host": EVERYWHERE, **SIGN_ON}, False, "BOS_HOST"),
        ({"host": EVERYWHERE, **PUBLIC}, True, "BOS_TLS_CERTIFICATE"),
        (SIGN_ON, True, "BOS_PUBLIC_URL"),
        ({**SIGN_ON, "public_url": "http://localhost:8765"}, True, "BOS_PUBLIC_URL"),
        ({"first_admin": "ada"}, False, "BOS_FIRST_ADMIN"),
    ],
)
def test_what_is_missing_is_named(tmp_path, tls, given, has_certificate, where):
    with pytest.raises(UsageError) as caught:
        check_open_to_others(settings_of(tmp_path, **given, **(tls if has_certificate else {})))
    assert caught.value.where == where
    assert caught.value.hint


def test_a_demo_takes_no_sign_on(tmp_path):
    Home(tmp_path / "home").mark_demo()
    with pytest.raises(UsageError, match="A demo"):
        check_open_to_others(settings_of(tmp_path, **SIGN_ON))


@pytest.mark.parametrize("fault", ["of another", "with a passphrase", "none", "no file"])
def test_a_certificate_that_cannot_be_used_is_told_before_anything_starts(make_certificate, tmp_path, tls, fault):
    if fault == "of another":
        tls["tls_key"] = make_certificate(tmp_path, "other")[1]
    elif fault == "with a passphrase":
        tls = dict(zip(tls, make_certificate(tmp_path, "closed", password=b"x"), strict=True))
    elif fault == "none":
        tls["tls_certificate"].write_text("none")
    else:
        tls["tls_key"].unlink()
    with pytest.raises(UsageError, match="cannot be used together"):
        check_open_to_others(settings_of(tmp_path, **SIGN_ON, **PUBLIC, **tls))


def test_with_a_certificate_what_runs_here_comes_by_doors_of_its_own(tmp_path, tls):
    given = settings_of(tmp_path, host=EVERYWHERE, port=0, apps_port=0, **SIGN_ON, **PUBLIC, **tls)
    with ExitStack() as stack:
        doors = open_doors(given, stack)
        hosts = [one.getsockname()[0] for one in (doors.api, doors.apps, doors.public_api, doors.public_apps)]
        assert hosts == ["127.0.0.1", "127.0.0.1", EVERYWHERE, EVERYWHERE]
        assert (doors.port, doors.apps_port) == (doors.public_api.getsockname()[1], doors.public_apps.getsockname()[1])
    with ExitStack() as stack:
        doors = open_doors(settings_of(tmp_path, port=0, apps_port=0), stack)
        assert (doors.public_api, doors.public_apps) == (None, None)
