#!/bin/sh
# Runs the irctest suite against parleyd: IRCTEST=/path/to/irctest Tests/Conformance/run.sh [pytest arguments]
#
# PARLEYD names the server (default: the release build), PYTHON an interpreter that has irctest's requirements,
# JOBS how many tests run at once. The suite itself is not part of this repository.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
: "${IRCTEST:?set IRCTEST to a checkout of https://github.com/progval/irctest}"
PARLEYD=${PARLEYD:-$root/.build/release/parleyd}
PYTHON=${PYTHON:-python3}
[ -x "$PARLEYD" ] || { echo "no server at $PARLEYD: build it, or set PARLEYD" >&2; exit 2; }
export PARLEYD
export PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}"
cd "$IRCTEST"
if [ $# -eq 0 ]; then
  set -- -m 'not implementation-specific and not deprecated' irctest/server_tests
fi
if [ -n "${JOBS:-}" ]; then set -- -n "$JOBS" "$@"; fi
exec "$PYTHON" -m pytest -p no:cacheprovider --controller parley_controller -q "$@"
