"""Settings come from the call, the environment and bos.toml, in this order."""

from __future__ import annotations

from pathlib import Path

import pytest

from bos.errors import UsageError
from bos.settings import DEFAULT_PORT, Settings


def test_without_anything_the_home_is_in_the_persons_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = Settings.load(env={})
    assert settings.home == tmp_path / ".bos"
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", DEFAULT_PORT, None)


def test_the_call_wins_over_the_environment_and_that_over_the_file(tmp_path):
    (tmp_path / "bos.toml").write_text('port = 1\nlog_level = "debug"\nmemory_limit = "1GB"\n')
    settings = Settings.load(env={"BOS_HOME": str(tmp_path), "BOS_PORT": "2", "BOS_LOG_LEVEL": "error"}, port=3)
    assert (settings.port, settings.log_level, settings.memory_limit) == (3, "error", "1GB")


def test_an_empty_variable_is_no_setting(tmp_path):
    assert Settings.load(home=tmp_path, env={"BOS_URL": "", "BOS_PORT": ""}).url is None


def test_a_home_may_be_relative_or_have_a_space(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Settings.load(home="my home", env={}).home == tmp_path / "my home"
    assert Settings.load(home=tmp_path, env={}, state_dir="x").state_dir == Path("x")


@pytest.mark.parametrize("port", ["eighty", "-1", "65536", "1.5", "0x50"])
def test_a_port_that_is_none_is_refused_with_the_flag_that_sets_it(tmp_path, port):
    with pytest.raises(UsageError, match="--port"):
        Settings.load(home=tmp_path, env={"BOS_PORT": port})


@pytest.mark.parametrize("text", ["port = ", "\xff", 'colour = "red"', 'home = "/elsewhere"'])
def test_a_file_that_is_wrong_says_so_and_is_not_guessed_at(tmp_path, text):
    (tmp_path / "bos.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=r"bos\.toml"):
        Settings.load(home=tmp_path, env={})


@pytest.mark.parametrize("engine", ["duckdb", "local", "local[2]", "local[*]", "spark://host:7077", "yarn"])
def test_an_engine_is_duckdb_or_a_master_of_spark(tmp_path, engine):
    assert Settings.load(home=tmp_path, env={"BOS_ENGINE": engine}).engine == engine


@pytest.mark.parametrize("engine", ["spark", "local[0]", "local[two]", "spark://", "DuckDB"])
def test_an_engine_that_is_none_is_refused_with_those_there_are(tmp_path, engine):
    with pytest.raises(UsageError, match="no engine") as caught:
        Settings.load(home=tmp_path, env={"BOS_ENGINE": engine})
    assert "spark://host:7077" in caught.value.hint
