"""Events of a flow as a DataFrame, read as they come."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    import pandas as pd
    from _typeshed import WriteableBuffer

    from bos.client.transport import Calls

PIECE = 1024 * 1024


def frame(calls: Calls, path: str, params: Mapping[str, Any]) -> pd.DataFrame:
    """Return the events at an address: times aware in UTC, amounts as ``Decimal``, attributes as a dict each.

    ``.attrs`` of the frame says ``flow``, ``snapshot`` and ``generated``.

    Raises:
        BosError: of the class that the problem document names; Unavailable where the answer breaks off.
    """
    import pyarrow as pa  # noqa: PLC0415 - only who asks for events waits for it

    asked = {name: value for name, value in params.items() if value is not None}
    address = f"{path}?{urlencode(asked, doseq=True)}" if asked else path
    with io.BufferedReader(_Body(calls.stream(address)), PIECE) as body, pa.ipc.open_stream(body) as reader:
        table = reader.read_all()
    found: pd.DataFrame = table.to_pandas(maps_as_pydicts="strict")
    told = {key.decode().removeprefix("bos."): value.decode() for key, value in (table.schema.metadata or {}).items()}
    found.attrs = {**told, "generated": told.get("generated") == "true"}
    return found


class _Body(io.RawIOBase):
    """The pieces of an answer as one file."""

    def __init__(self, pieces: Generator[bytes, None, None]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def close(self) -> None:
        """End the answer."""
        self._pieces.close()
        super().close()

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer as far as one piece goes; 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        room = memoryview(buffer).cast("B")
        count = min(len(room), len(self._rest))
        room[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
