#!/bin/sh
# Makes sure that there are a Prometheus, a VictoriaMetrics and an Alertmanager for the tests: the programs alone, taken
# out of the distribution's packages into .venv, so that nothing is installed or started. Never fails: the tests say why
# they skip.
for name in prometheus promtool prometheus-alertmanager victoria-metrics; do
  command -v "$name" >/dev/null 2>&1 || [ -x ".venv/prometheus/usr/bin/$name" ] || missing=yes
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || exit 0
echo "Fetching Prometheus, Alertmanager and VictoriaMetrics from the distribution's packages"
folder=$(mktemp -d)
here=$PWD
fetch() { (cd "$folder" && apt-get download -qq prometheus prometheus-alertmanager victoria-metrics >/dev/null 2>&1); }
fetch || { apt-get update -qq >/dev/null 2>&1 && fetch; } || echo "They could not be fetched." >&2
for package in "$folder"/*.deb; do
  [ -f "$package" ] && dpkg-deb -x "$package" "$here/.venv/prometheus"
done
rm -rf "$folder"
exit 0
