"""A home with content, a key, and the functions that back it up and bring it back."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from types import SimpleNamespace

import pyrage
import pytest

import bos
from bos.backup import restore as restoring
from bos.backup import seal, take
from bos.home import Home
from bos.settings import Settings
from bos.telemetry.staging import WORKING

FLOW = "kept-flow"
STEPS = [{"id": "post", "title": "Post"}]
MAPPING = {"case": "case", "step": "step", "time": "time", "amount": "amount"}


def quiet(_):
    """Say nothing."""


@dataclass
class Kept:
    """A home with content, and the pair of keys of its backups."""

    settings: Settings
    folder: object
    public: str
    private: object
    make_store: object
    flow = FLOW

    def client(self):
        return self.connect(self.settings)

    @staticmethod
    def connect(settings):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BOS_DATABASE_URL", settings.database_url)
            return bos.connect(settings.home)

    def back_up(self, name="b.age", *, settings=None, keys=None, say=quiet):
        to = self.folder / name
        done = take.backup(
            settings or self.settings, to, keys or self.folder / f"{name}.keys", seal.recipients([self.public]), say=say
        )
        return SimpleNamespace(file=to, keys=keys or self.folder / f"{name}.keys", done=done)

    def empty(self, name, **over):
        """Return the settings of a home that is not there, on an empty database."""
        url = self.make_store(empty=True)
        return Settings.load(home=self.folder / name, env={}, **{"database_url": url, **over})

    def bring_back(self, made, settings, *, private=None, keys=True, say=quiet):
        with_keys = seal.identities(private or self.private)
        return restoring.restore(settings, made.file, made.keys if keys else None, with_keys, say=say)

    def plain(self, file):
        """Return name → content of an archive, read with the key alone, as any program that knows age and tar does."""
        identity = pyrage.x25519.Identity.from_str(self.private.read_text().splitlines()[-1])
        data = pyrage.decrypt(file.read_bytes(), [identity])
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            return {one.name: archive.extractfile(one).read() for one in archive}


def content_of(wb, tmp):
    """Put documents, events and a run into a home."""
    wb.templates.create("loan-payment-processing", id="kept-payments", title="Kept payments")
    binding = {"event": "posted", "fields": []}
    wb.signals.put("kept.posted", {"title": "Posted", "type": "process", "binding": binding}, rationale="First.")
    sections = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
    template = {
        "title": "Kept <b>flow</b>", "currency": "EUR", "binding": {"mapping": MAPPING},
        "flow": {"correlation_key": ["case"], "steps": STEPS},
        "process_signals": [{"id": "posted", "signal": "kept.posted", "step": "post"}],
        "outcomes": [{"id": "money", "title": "Money", "measure": {"formula": "sum(posted.amount)", "unit": "EUR"}}],
        "ownership": [{"id": n.replace("_", "-"), "covers": n, "accountable": "process_owner"} for n in sections],
    }  # fmt: skip
    wb.templates.put(FLOW, template, rationale="First.")
    log = tmp / "log.csv"
    lines = [f"c{n},posted,2026-01-{1 + n % 28:02}T10:00:00Z,{n}.25" for n in range(500)]
    log.write_text("\n".join(["case,step,time,amount", *lines, ",posted,2026-01-01T10:00:00Z,1"]) + "\n")
    flow = wb.flow(FLOW)
    flow.import_events(log)
    flow.evaluate()


@pytest.fixture(scope="module")
def kept(make_store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    settings = Settings.load(home=folder / "a home", env={}, database_url=make_store())
    private = folder / "key"
    made = Kept(settings, folder, seal.make_key(private), private, make_store)
    Home(settings.home).session_key()
    Home(settings.home).pseudonym_key()
    with made.client() as wb:
        content_of(wb, folder)
    notebook = settings.home / "notebooks" / "mine.ipynb"
    notebook.parent.mkdir()
    notebook.write_text("my own analysis")
    waits = settings.home / "staging" / ("a" * 32)
    waits.mkdir(parents=True)
    (waits / "waits.csv").write_text("case,step,time\n")
    (waits / ".part").write_text("half of a fi")
    left = settings.home / "staging" / f"{WORKING}left" / "files"
    left.mkdir(parents=True)
    (left / "raw.csv").write_text("case,step,time\n")
    (settings.home / "bos.toml").write_text('log_level = "debug"\noidc_client_secret = "planted secret"\n')
    return made
