#!/bin/sh
# Makes sure that there is an nginx for the test of a proxy: the program alone, taken out of the distribution's package
# into .venv, so that nothing is installed or started. Never fails: the test says why it skips.
command -v nginx >/dev/null 2>&1 && exit 0
[ -x .venv/nginx/usr/sbin/nginx ] && exit 0
command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || exit 0
echo "Fetching nginx from the distribution's packages"
folder=$(mktemp -d)
here=$PWD
fetch() { (cd "$folder" && apt-get download -qq nginx >/dev/null 2>&1); }
fetch || { apt-get update -qq >/dev/null 2>&1 && fetch; } || echo "nginx could not be fetched." >&2
for package in "$folder"/*.deb; do
  [ -f "$package" ] && dpkg-deb -x "$package" "$here/.venv/nginx"
done
rm -rf "$folder"
exit 0
