# Makes docs/c-api.md of include/parley.h: comments become text, declarations code. The header stays the only truth.
#
# usage: awk -f docs/reference.awk include/parley.h

function text(line) {
  gsub(/[*<]/, "\\\\&", line)
  return line
}

function say(line) {
  # Never two empty lines.
  if (line != "" || last != "") print line
  last = line
}

function fence(open) {
  if (open == in_code) return
  if (open) { say(""); say("```c") } else { say("```"); say("") }
  in_code = open
  pending = 0
}

function title(line) {
  fence(0)
  say("")
  say("## " line)
  say("")
}

BEGIN {
  say("# The C interface")
  say("")
  say("Made from [parley.h](../include/parley.h) by `make reference`; what is said there counts.")
  say("")
}

# The essay: the first comment, with titles in capitals.
FNR == 1 { in_essay = 1; next }
in_essay && /^ \*\/$/ { in_essay = 0; next }
in_essay {
  sub(/^ \* ?/, "")
  if ($0 ~ /^[A-Z][A-Z ]+$/) title(substr($0, 1, 1) tolower(substr($0, 2)))
  else if ($0 ~ /^    /) {
    fence(1)
    if (pending) say("")
    pending = 0
    say(substr($0, 5))
  }
  else if (in_code && $0 == "") pending = 1
  else { fence(0); say(text($0)) }
  next
}

/^#(ifndef|define|include|ifdef|endif)/ && !/PARLEY_[A-Z]*_?[A-Z]* [(0-9]/ { skipping = /^#ifdef/; if (/^#endif/) skipping = 0; next }
skipping { next }

# A section: a comment that begins with a line of hyphens, and has one line.
/^\/\* -+$/ { getline; sub(/^ \* /, ""); title($0); getline; next }

# A comment of its own before declarations.
/^\/\*/ {
  fence(0)
  say("")
  in_comment = 1
  sub(/^\/\* ?/, "")
}
in_comment {
  ends = sub(/ ?\*\/$/, "")
  sub(/^ \* ?/, "")
  say(text($0))
  if (ends) in_comment = 0
  next
}

/^$/ { fence(0); say(""); next }
{ fence(1); say($0) }
END { fence(0) }
