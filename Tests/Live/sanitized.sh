#!/bin/sh
# Hostile input at a live server built with Address Sanitizer, which also looks for leaks at its end.
# Usage: Tests/Live/sanitized.sh SECONDS, after the tests were built in the release configuration.
set -eu

seconds=${1:?usage: sanitized.sh SECONDS}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

cd "$root"
swift build --sanitize=address --product parleyd --scratch-path .build-asan
status=0
PARLEYD="$root/.build-asan/debug/parleyd" PARLEY_HOSTILE_SECONDS="$seconds" \
  ASAN_OPTIONS="quarantine_size_mb=16:detect_leaks=1:log_path=$reports/report" \
  LSAN_OPTIONS="suppressions=$here/leaks.txt:print_suppressions=0" \
  swift test -c release --skip-build --disable-xctest --filter HostileTests || status=$?
if [ -n "$(ls "$reports")" ]; then
  cat "$reports"/* >&2
  exit 1
fi
exit "$status"
