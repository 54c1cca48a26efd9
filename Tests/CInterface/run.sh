#!/bin/sh
# Runs the C programs beside it, and the examples' engine with them, with another tool below.
#
# usage: run.sh valgrind LIBRARY-FOLDER      memory errors and leaks
#        run.sh race LIBRARY-FOLDER          data races: the library there is built with --sanitize=thread
set -eu
tool=$1
libraries=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
include=$(cd "$here/../../include" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0
flags="-std=c11 -g -O1 -pthread"
cc=cc
if [ "$tool" = valgrind ]; then
  # Valgrind trips over the library's debugging information, which is newer than it.
  strip --strip-debug -o "$scratch/libparley.so" "$libraries/libparley.so"
  libraries=$scratch
fi
if [ "$tool" = race ]; then
  cc=clang
  flags="$flags -fsanitize=thread"
fi
for source in "$here"/programs/*.c; do
  name=$(basename "$source" .c)
  # Thread Sanitizer does not follow a process with threads through fork().
  [ "$tool/$name" != race/forking ] || continue
  # shellcheck disable=SC2086
  $cc $flags -I "$include" "$source" -o "$scratch/$name" -L "$libraries" -lparley -Wl,-rpath,"$libraries"
  mkdir "$scratch/$name.d"
  set -- "$scratch/$name"
  [ "$name" != folder ] || set -- "$@" "$scratch/$name.d"
  case $tool in
  valgrind)
    leaks=full
    # In a child that has lost the threads, what they held looks lost.
    [ "$name" != forking ] || leaks=no
    set -- valgrind --quiet --error-exitcode=99 --leak-check=$leaks --show-leak-kinds=definite \
      --errors-for-leak-kinds=definite "$@"
    ;;
  race)
    TSAN_OPTIONS="halt_on_error=0 exitcode=66"
    export TSAN_OPTIONS
    ;;
  esac
  if timeout 600 "$@" >"$scratch/output" 2>&1; then
    echo "$name: ok"
  else
    echo "$name: failed with $?"
    head -n 80 "$scratch/output"
    failures=$((failures + 1))
  fi
done
exit $((failures > 0))
