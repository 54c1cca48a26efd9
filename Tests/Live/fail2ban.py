"""Applies a fail2ban filter to a log as fail2ban does, and prints the address of each match.

usage: fail2ban.py FILTER LOG [MODE]
"""
import configparser
import re
import sys

parser = configparser.ConfigParser(interpolation=configparser.BasicInterpolation(), strict=False)
parser.read(sys.argv[1], encoding="utf-8")
definition = parser["Definition"]

def expand(text):
    while True:
        expanded = re.sub(r"<([\w-]+)>", lambda tag: definition.get(tag[1], tag[0]), text)
        if expanded == text:
            return text
        text = expanded

mode = sys.argv[3] if len(sys.argv) > 3 else definition["mode"]
address = r"(?P<address>\[?[0-9a-fA-F:.]+\]?)"
prefix = re.compile(definition["prefregex"].replace("<F-CONTENT>", "(?P<content>").replace("</F-CONTENT>", ")"))
expression = definition["failregex"].replace("<_events_<mode>>", definition["_events_" + mode])
failure = re.compile(expand(expression).replace("<ADDR>", address))
for line in open(sys.argv[2], encoding="utf-8"):
    line = re.sub(r"^time=\S+Z", "", line.rstrip("\n"))
    content = prefix.match(line)
    found = content and failure.match(content["content"])
    if found:
        print(found["address"])
