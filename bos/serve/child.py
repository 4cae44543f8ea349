"""What every child process of ``bos up`` passes through: it ends when its supervisor does, however that ends.

Run as ``python -m bos.serve.child LIFELINE MODULE ARGUMENT…``. LIFELINE is the reading end of a pipe whose writing end
only the supervisor holds: the kernel closes it when the supervisor ends, even by SIGKILL. The process leads a group
of its own, which is ended as a whole.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

GRACE_SECONDS = 5.0  # as long as the supervisor itself waits for a child to end by SIGTERM


def _end_with(lifeline: int) -> None:
    """Wait for the supervisor's end; then ask this process and what it started to stop, and insist."""
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Run the module as a program."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    lifeline, module, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with, args=(int(lifeline),), daemon=True, name="lifeline").start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
