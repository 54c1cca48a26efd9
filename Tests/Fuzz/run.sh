#!/bin/sh
# Fuzzes everything of the IRC module that reads the wire. Usage: Tests/Fuzz/run.sh SECONDS
# Builds in a temporary folder; a finding is printed with its input and left in Tests/Fuzz/findings.
set -eu

seconds=${1:?usage: run.sh SECONDS}
case $seconds in '' | *[!0-9]*) echo "run.sh: SECONDS must be a number" >&2; exit 2 ;; esac
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

swiftc -O -sanitize=fuzzer,address -parse-as-library -swift-version 6 -module-name ParserFuzz \
  -o "$work/fuzz" "$here"/../../Sources/IRC/*.swift "$here"/ParserFuzz.swift

mkdir "$work/corpus" "$work/findings"
printf '@a=b\\s;+c/d= :nick!user@host PRIVMSG #room :hello there\r\nPING x\n' >"$work/corpus/message"
printf ':s MODE #room +ob-v+k alice *!*@* bob key' >"$work/corpus/mode"
printf ':s 005 nick PREFIX=(qaohv)~&@%%+ CHANMODES=beI,k,l,imnst NETWORK=a\\x20b :are supported' >"$work/corpus/isupport"
printf '*a?b\\**\n2026-11-22T15:27:08.123Z' >"$work/corpus/time"
printf 'nick!u@h\nZm9vYg==' >"$work/corpus/base64"

status=0
"$work/fuzz" -max_total_time="$seconds" -max_len=2048 -timeout=10 -print_final_stats=1 \
  -artifact_prefix="$work/findings/" "$work/corpus" || status=$?
if [ "$status" -ne 0 ] && [ -n "$(ls "$work/findings")" ]; then
  mkdir -p "$here/findings"
  cp "$work"/findings/* "$here/findings/"
fi
exit "$status"
