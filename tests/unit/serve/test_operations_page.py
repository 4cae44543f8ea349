"""The page on operations names every setting, and what it says about addresses is true."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path

from bos.settings import Settings
from bos.store.embedded_place import DATA_PATH_BYTES, SERVICE_ACCOUNTS

PAGE = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
SETTINGS = PAGE.partition("## Settings")[2].splitlines()


def test_every_setting_has_a_row_with_its_default():
    for field in fields(Settings):
        row = next(line for line in SETTINGS if line.startswith(f"| `{field.name}` |"))
        assert f"`BOS_{field.name.upper()}`" in row
        if field.default not in (None, MISSING):
            assert f"`{field.default}`" in row


def test_the_accounts_and_the_longest_path_are_those_of_the_code():
    assert ", ".join(f"`{name}`" for name in SERVICE_ACCOUNTS) in PAGE
    assert f"up to {DATA_PATH_BYTES} bytes" in PAGE
