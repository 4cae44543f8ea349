"""Numbers about the server itself, for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from bos.errors import BosError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client.metrics_core import Metric

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Requests by route template (never by address, so their number is bounded), and jobs by state.

    ``jobs`` returns how many jobs are in each state; it is asked when somebody looks.
    """

    def __init__(self, jobs: Callable[[], Mapping[str, int]]) -> None:
        self._registry = CollectorRegistry()
        self._jobs = jobs
        self._requests = Counter(
            "bos_http_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._duration = Histogram(
            "bos_http_request_duration_seconds",
            "Time from the request to the end of its answer",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._registry.register(self)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._duration.labels(method, route).observe(seconds)

    def collect(self) -> Iterator[Metric]:
        """Yield what is counted when it is asked for; while the database does not answer, there is nothing to count."""
        jobs = GaugeMetricFamily("bos_jobs", "Jobs by state", labels=("state",))
        up = GaugeMetricFamily("bos_database_up", "1 while the database answers")
        try:
            for state, number in self._jobs().items():
                jobs.add_metric((state,), number)
            up.add_metric((), 1)
        except BosError:
            up.add_metric((), 0)
        yield jobs
        yield up

    def describe(self) -> Iterator[Metric]:
        """Yield the names, so that registering asks nobody."""
        yield GaugeMetricFamily("bos_jobs", "Jobs by state", labels=("state",))
        yield GaugeMetricFamily("bos_database_up", "1 while the database answers")

    def text(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self._registry)
