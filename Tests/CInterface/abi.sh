#!/bin/sh
# Prints what programs rely on of the header as it is: functions, constants, sizes. What it printed for a version that was released is kept
# in abi-VERSION.txt, and must be true for all later ones.
#
# usage: abi.sh [CC]
set -eu
cc=${1:-cc}
include=$(cd "$(dirname "$0")/../../include" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Without comments.
"$cc" -fpreprocessed -dD -E -P "$include/parley.h" >"$scratch/bare.h"
grep -o 'parley_[a-z_]*(' "$scratch/bare.h" | tr -d '(' | sort -u | sed 's/^/function /'
{
  echo '#include <parley.h>'
  echo '#include <stdio.h>'
  echo 'int main(void) {'
  # The version itself is what changes.
  grep -o 'PARLEY_[A-Z0-9_]*' "$scratch/bare.h" | sort -u | grep -v -e '^PARLEY_H$' -e '^PARLEY_VERSION_' |
    sed 's/.*/printf("constant & %lld\\n", (long long)&);/'
  for struct in parley_options parley_send_options; do
    printf '%s\n' "printf(\"size $struct %zu\\n\", sizeof($struct));"
    sed -n "/typedef struct $struct {/,/} $struct;/p" "$scratch/bare.h" | sed -n 's/.*[ *]\([a-z_]*\);$/\1/p' |
      grep -v "^$struct\$" |
      sed "s/.*/printf(\"offset $struct & %zu\\\\n\", offsetof($struct, &));/"
  done
  echo 'return 0; }'
} >"$scratch/print.c"
"$cc" -I "$include" "$scratch/print.c" -o "$scratch/print"
"$scratch/print"
