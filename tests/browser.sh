#!/bin/sh
# Makes sure that there is a Chromium for the tests of pages: from the distribution's packages, where it is missing and
# this user may install them. Never fails: the tests that need a browser say why they skip.
for name in "${BOS_CHROMIUM:-chromium}" chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ]; then root=""; elif sudo -n true 2>/dev/null; then root="sudo -n"; else root="none"; fi
if [ "$root" = none ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "No Chromium was found, and this user cannot install it: the tests of pages are skipped." >&2
  exit 0
fi
echo "Installing Chromium from the distribution's packages"
export DEBIAN_FRONTEND=noninteractive
install() { $root apt-get install -qq -y --no-install-recommends chromium fonts-liberation >/dev/null 2>&1; }
install || { $root apt-get update -qq >/dev/null 2>&1 && install; } ||
  echo "Chromium could not be installed: the tests of pages are skipped." >&2
exit 0
