"""What starts, watches and stops the processes of BOS on one machine.

``supervisor`` is ``bos up``, ``lab`` is ``bos lab``, ``doctor`` is ``bos doctor``. This module imports nothing, because
every child process passes through it.
"""
