"""What BOS is about: flows, signals, value outcomes, and how their versions are compared."""
