"""BOS, a Business Observability System."""

__version__ = "0.1.0"
