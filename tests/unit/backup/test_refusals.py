"""What a backup and a restore refuse: nothing is half-written, nothing is overwritten, and it is said why."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pyrage
import pytest

from bos.actions.context import open_context
from bos.backup import seal
from bos.backup.files import safe
from bos.errors import BosError, Conflict, Invalid, Unavailable, UsageError
from bos.home import Home


@pytest.fixture(scope="module")
def made(kept):
    return kept.back_up("good.age")


def archive(kept, name, members):
    """Seal an archive of (TarInfo or name, content) for the key; return what bring_back takes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for about, content in members:
            info = about if isinstance(about, tarfile.TarInfo) else tarfile.TarInfo(about)
            if info.isreg():
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    file = kept.folder / name
    file.write_bytes(pyrage.encrypt(out.getvalue(), [pyrage.x25519.Recipient.from_str(kept.public)]))
    return SimpleNamespace(file=file, keys=kept.folder / "good.age.keys")


@pytest.mark.parametrize("how", ["cut in the head", "cut", "cut at the end", "a byte in the middle", "nothing", "text"])
def test_a_damaged_backup_is_refused_the_home_stays_closed_and_a_good_one_finishes_it(kept, made, how):
    data = bytearray(made.file.read_bytes())
    data[len(data) // 2] ^= how == "a byte in the middle"
    cut = {"cut in the head": 40, "cut": len(data) // 2, "cut at the end": len(data) - 5, "nothing": 0}.get(how)
    bad = kept.folder / f"{how}.age"
    bad.write_bytes(b"bos backup" * 100 if how == "text" else data[:cut])
    new = kept.empty(f"from {how}")
    with pytest.raises(Invalid) as caught:
        kept.bring_back(SimpleNamespace(file=bad, keys=made.keys), new)
    assert caught.value.code == "damaged"
    with pytest.raises(Conflict, match="not restored whole"):
        open_context(new)
    assert kept.bring_back(made, new).trouble == ()
    open_context(new).close()


def test_another_key_opens_nothing(kept, made):
    other = kept.folder / "another key"
    seal.make_key(other)
    with pytest.raises(Invalid) as caught:
        kept.bring_back(made, kept.empty("by another key"), private=other)
    assert caught.value.code == "key"


@pytest.mark.parametrize(
    "name",
    [
        "files/../../evil",
        "files/lake/../../evil",
        "/evil",
        "files/evil",
        "files/token",
        "files/lake/./x",
        "files/lake//x",
    ],
)
def test_a_file_that_belongs_into_no_home_is_written_nowhere(kept, made, name):
    genuine = kept.plain(made.file)
    bad = archive(kept, "hostile.age", [*genuine.items(), (name, b"evil")])
    new = kept.empty(f"hostile {name.replace('/', ' ')}")
    with pytest.raises(Invalid) as caught:
        kept.bring_back(bad, new)
    assert caught.value.code == "damaged"
    assert not list(kept.folder.rglob("evil"))
    assert new.home.exists()
    assert not (new.home / "token").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_what_is_no_file_is_refused(kept, made, kind):
    link = tarfile.TarInfo("files/lake/link")
    link.type, link.linkname = kind, "/etc/passwd"
    new = kept.empty(f"link {kind}")
    with pytest.raises(Invalid, match="no file"):
        kept.bring_back(archive(kept, "link.age", [*kept.plain(made.file).items(), (link, b"")]), new)
    assert not (new.home / "lake" / "link").is_symlink()


def test_a_link_that_lies_in_the_way_is_not_followed(kept, made):
    outside = kept.folder / "outside"
    outside.mkdir()
    new = kept.empty("linked")
    Home(new.home).begin_restore()
    (new.home / "lake").symlink_to(outside)
    with pytest.raises(BosError):
        kept.bring_back(made, new)
    assert not list(outside.iterdir())


def test_what_is_no_backup_or_of_a_newer_bos_is_refused(kept, made):
    told = json.loads(kept.plain(made.file)["manifest.json"])
    cases = [
        ([("notes.txt", b"x")], Invalid, "no backup"),
        ([("manifest.json", b"{]")], Invalid, "no backup"),
        ([("manifest.json", b"[1]")], Invalid, "no backup"),
        ([("manifest.json", json.dumps({**told, "tables": 3}).encode())], Invalid, "no backup"),
        ([("manifest.json", json.dumps({**told, "format": "bos-backup-9"}).encode())], Unavailable, "newer BOS"),
        ([("manifest.json", json.dumps({**told, "migration": "9999"}).encode())], Unavailable, "newer BOS"),
    ]
    for number, (members, error, words) in enumerate(cases):
        with pytest.raises(error, match=words):
            kept.bring_back(archive(kept, f"no-{number}.age", members), kept.empty(f"no {number}"))


def test_a_backup_that_is_not_as_it_says_leaves_the_home_closed(kept, made):
    genuine = kept.plain(made.file)
    told = json.loads(genuine["manifest.json"])
    told["tables"]["journal"] += 1
    told["lake"][0]["rows"] += 1
    genuine["manifest.json"] = json.dumps(told).encode()
    new = kept.empty("other counts")
    done = kept.bring_back(archive(kept, "counts.age", list(genuine.items())), new)
    entries = told["entries"]
    assert done.trouble == (
        f"The table journal has {entries} rows, not {entries + 1}.",
        f"The events of {kept.flow} have 500 rows, not 501.",
    )
    with pytest.raises(Conflict, match="not restored whole"):
        open_context(new)


def test_a_home_or_a_database_that_holds_something_is_left_alone(kept, made):
    with pytest.raises(Conflict) as caught:
        kept.bring_back(made, kept.settings)
    assert caught.value.code == "not-empty"
    assert not Home(kept.settings.home).is_restoring
    taken = kept.empty("on a full database", database_url=kept.settings.database_url)
    with pytest.raises(Conflict) as caught:
        kept.bring_back(made, taken)
    assert caught.value.code == "not-empty"
    with kept.client() as wb:
        assert wb.audit_verify().ok


def test_no_file_is_overwritten_and_none_is_left_where_a_backup_fails(kept, made):
    before = made.file.read_bytes()
    with pytest.raises(Conflict):
        kept.back_up("good.age")
    with pytest.raises(Conflict):
        kept.back_up("new.age", keys=made.keys)
    assert made.file.read_bytes() == before
    with pytest.raises(Unavailable):
        kept.back_up("no folder/new.age")

    def full(_):
        raise OSError(28, os.strerror(28))

    with pytest.raises(Unavailable, match="No space left"):
        kept.back_up("full.age", say=full)
    assert not [path for path in kept.folder.iterdir() if "new.age" in path.name or "full.age" in path.name]


def test_a_disk_that_is_full_is_told_by_the_writing_itself(kept):
    with (
        Path("/dev/full").open("wb", buffering=0) as out,
        pytest.raises(Unavailable, match="No space left"),
        seal.sealed(out, seal.recipients([kept.public])) as stream,
    ):
        stream.write(b"x" * (4 << 20))


def test_keys_are_read_in_words(kept, tmp_path):
    for text, words in (
        ("", "no private key"),
        ("age1nonsense", "no private key"),
        ("AGE-SECRET-KEY-1XX", "no private"),
    ):
        (tmp_path / "key").write_text(text)
        with pytest.raises(UsageError, match=words):
            seal.identities(tmp_path / "key")
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="no text"):
        seal.identities(tmp_path / "key")
    for given, words in (
        ([], "No key"),
        (["age1nonsense"], "no public key"),
        ([str(tmp_path / "absent")], "cannot be read"),
    ):
        with pytest.raises(UsageError, match=words):
            seal.recipients(given)
    assert [str(key) for key in seal.recipients([str(kept.private)])] == [kept.public]
    secret = kept.private.read_text().split()[-1]
    with pytest.raises(UsageError, match="This is the private key") as caught:
        seal.recipients([secret])
    assert secret not in str(caught.value)
    shutil.copy(kept.private, tmp_path / "copy")
    with pytest.raises(Conflict):
        seal.make_key(tmp_path / "copy")


def test_names_of_files_that_a_home_has_are_taken_as_they_are():
    for name in ("lake/events/a flow/_delta_log/0.json", "reports/x/ü.html", "lake/events/x/..a"):
        assert safe(name) == name
