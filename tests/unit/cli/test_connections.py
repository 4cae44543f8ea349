"""Connections by the command line."""

from __future__ import annotations

import json

import pytest

import bos


def test_a_connection_that_cannot_be_used_here_is_kept_and_says_so(shell, tmp_path):
    document = {"id": "tickets", "title": "Tickets", "connector": "jira", "address": "http://jira.bank.example"}
    file = tmp_path / "tickets.json"
    file.write_text(json.dumps(document))
    refused = shell.run("connection", "apply", file, "--rationale", "Why.", status=1).stderr
    assert "Jira has no address http://…" in refused
    document |= {"address": "https://jira.bank.example", "settings": {"project": "PAY", "deployment": "data-center"}}
    file.write_text(json.dumps(document))
    kept = shell.run("connection", "apply", file, "--rationale", "Why.")
    assert "connection tickets is at version 1" in kept.stdout
    assert "It cannot be used here as it is. " in kept.stderr
    assert shell.json("connection", "apply", file, "--rationale", "Again.")["version"] == 1


def test_an_empty_file_and_an_id_that_no_address_has_are_told_as_such(shell, tmp_path):
    file = tmp_path / "one.yaml"
    for text, words, status in (
        ("", "The file is empty.", 1),
        ("# nothing\n", "The file is empty.", 1),
        ("a: 1\n---\nb: 2\n", "Put each document into a file of its own.", 1),
        ("id: ../../x\ntitle: X\n", "'../../x' is no id.", 2),
    ):
        file.write_text(text)
        assert words in shell.run("connection", "apply", file, "--rationale", "Why.", status=status).stderr


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": "half \ud800"}, "title"),
        ({"id": "\ud800"}, "id"),
        ({"settings": {"step_seconds": "\ud800"}}, "settings.step_seconds"),
        ({"settings": {"\ud800": "x"}}, "settings"),
    ],
)
def test_half_a_character_in_a_file_is_told_in_a_sentence(shell, tmp_path, more, field):
    file, address = tmp_path / "half.json", "http://localhost:9090"
    document = {"id": "half", "title": "Half", "connector": "prometheus", "address": address, **more}
    file.write_text(json.dumps(document))
    done = shell.run("connection", "check", file, status=1)
    assert field in done.output
    assert "unexpectedly" not in done.output
    with bos.connect() as wb:
        found = [one for one in wb.connections.check(document) if one.severity == "error"]
    assert found
    assert all(one.path.startswith(field.partition(".")[0]) for one in found)


def test_half_a_character_in_an_id_is_told_in_a_sentence(shell, tmp_path):
    file = tmp_path / "half.json"
    file.write_text(json.dumps({"id": "\ud800", "title": "Half", "connector": "prometheus"}))
    done = shell.run("connection", "apply", file, "--rationale", "Why.", status=1)
    assert "A text has half a character" in done.stderr
    assert f"{file}, field id" in done.stderr
