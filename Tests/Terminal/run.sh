#!/bin/sh
# The terminal client as people and scripts meet it: the program itself in tmux, a real server, irssi as the other person.
#
#   Tests/Terminal/run.sh [NAME …]        scenes whose names contain one of the words; all without any
#
# Needs tmux, irssi and python3, and what `swift build -c release` has built. PARLEY, PARLEYD: other programs than those.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build="$here/../../.build/release"
PARLEY=${PARLEY:-$build/parley-terminal}
PARLEYD=${PARLEYD:-$build/parleyd}
export PARLEY PARLEYD PYTHONDONTWRITEBYTECODE=1
for program in tmux irssi python3; do
  command -v "$program" >/dev/null || { echo "run.sh: $program is missing" >&2; exit 2; }
done
[ -x "$PARLEY" ] && [ -x "$PARLEYD" ] || { echo "run.sh: build first: swift build -c release" >&2; exit 2; }
exec python3 "$here/Scenes/main.py" "$@"
