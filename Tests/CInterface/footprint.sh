#!/bin/sh
# What libparley costs: its size, and what an engine with a large cache takes of its host.
#
# usage: footprint.sh LIBRARY-FOLDER [MESSAGES]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
built=$(cd "$1" && pwd)
count=${2:-100000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

strip --strip-unneeded -o "$scratch/libparley.so" "$built/libparley.so"
cc -std=c11 -O1 -pthread -I "$here/../../include" "$here/footprint/footprint.c" -o "$scratch/footprint" \
  -L "$scratch" -lparley -Wl,-rpath,"$scratch"
printf 'library, stripped   %s MB\n' "$(stat -c %s "$scratch/libparley.so" | awk '{ printf "%.1f", $1 / 1e6 }')"
"$scratch/footprint" fill "$scratch/folder" "$count"
printf 'with %s messages:\n' "$count"
"$scratch/footprint" measure "$scratch/folder"
