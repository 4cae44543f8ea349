"""What a flow promises, for other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.client.exports import export
from bos.client.judged import Judged

if TYPE_CHECKING:
    from bos.client.exports import Exported


class Objectives(Judged):
    """A flow whose objectives other tools take."""

    def openslo(self) -> Exported:
        """Return the template as OpenSLO v1 (YAML): a service, and an SLO for each share that has a target.

        ``.notes`` say what is not carried, ``.write(path)`` writes the file.
        """
        return export(self._calls, f"{self._path}/export/openslo")
