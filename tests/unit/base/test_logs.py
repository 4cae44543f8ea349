"""Faults stand in the log under the number that a person is told."""

import json
import logging
from contextlib import contextmanager

from bos.logs import incident, to_file


@contextmanager
def writing(path):
    """Have the root logger write to a file for as long as the block lasts."""
    root = logging.getLogger()
    before = list(root.handlers)
    to_file(str(path))
    try:
        yield
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()


def test_what_fails_in_a_page_stands_in_the_log_that_others_write_even_when_that_is_put_aside(tmp_path):
    path = tmp_path / "apps.log"
    log = logging.getLogger("widgets.some")
    told = []
    with writing(path):
        for number in range(2):
            try:
                int(f"token=abc{number}")
            except ValueError as error:
                told.append(incident(log, error).details["incident"])
            if not number:
                path.rename(tmp_path / "apps.log.1")
        log.info("of no interest")
    for name, number in zip(("apps.log.1", "apps.log"), told, strict=True):
        (line,) = (tmp_path / name).read_text().splitlines()
        entry = json.loads(line)
        assert entry["message"] == f"incident {number}"
        assert "ValueError" in entry["trace"]
        assert "abc" not in entry["trace"]
