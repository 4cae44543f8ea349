"""The command line: every command speaks to ``bos.client``; only ``up`` starts processes."""
