"""A connector that somebody else wrote, from ``bos/ports.py`` and the page on connectors alone."""

import pyarrow as pa

from bos.errors import BosError
from bos.ports import Finding, Wanted
from bos.wire import answered


class Tickertape:
    """Prices, as ``SYMBOL,PRICE`` lines over HTTP."""

    name = "tickertape"
    title = "Tickertape"
    purpose = "Pulls prices of a market."
    schemes = ("http", "https")
    example = "https://tape.example"
    settings = (
        Wanted("market", "Which market is read.", needed=True, example="XAMS"),
        Wanted("pace", "How fast prices come.", label="Pace of prices", default="slow", choices=("slow", "fast")),
    )
    secrets = (Wanted("key", "The key of the subscription."),)
    unproven = "It met nothing but the server of a test."

    def __init__(self, target):
        self._target = target
        self._client = target.http()

    def close(self):
        self._client.close()

    def doctor(self):
        try:
            lines = self._lines()
        except BosError as error:
            yield Finding("Answer", ok=False, words=error.message, hint=error.hint)
            return
        yield Finding("Answer", ok=True, words=f"{len(lines)} prices.")

    def read(self, query, *, start, end):
        rows = [line.split(",") for line in self._lines() if line.startswith(query)]
        yield pa.RecordBatch.from_pylist([{"time": min(start, end), "value": float(price)} for _, price in rows])

    def _lines(self):
        params = {"market": self._target.settings["market"]}
        if (key := self._target.secret("key", needed=False)) is not None:
            params["key"] = key
        return answered(self._client.get("/prices", params=params), self.title).text.split()


class Broken:
    name = "broken"
