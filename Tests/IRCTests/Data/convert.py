#!/usr/bin/env python3
"""Writes ../ParserCorpus.swift from the YAML files beside this script (github.com/ircdocs/parser-tests).

The tests read Swift literals, because SwiftPM's resources need Foundation and YAML needs a library.
Usage: python3 convert.py   (needs PyYAML)
"""
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent


def load(name):
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))["tests"]


def string(text):
    if text is None:
        return "nil"
    out = []
    for character in text:
        if character in '"\\':
            out.append("\\" + character)
        elif " " <= character <= "~":
            out.append(character)
        else:
            out.append(f"\\u{{{ord(character):X}}}")
    return '"' + "".join(out) + '"'


def array(texts):
    return "[" + ", ".join(string(text) for text in texts or []) + "]"


def tags(pairs):
    return "[" + ", ".join(f"Tag({string(key)}, {string(value)})" for key, value in (pairs or {}).items()) + "]"


def message(atoms):
    return (
        f"Message(\n      tags: {tags(atoms.get('tags'))}, source: {string(atoms.get('source'))},"
        f"\n      command: {string(atoms['verb'])}, parameters: {array(atoms.get('params'))})"
    )


def section(name, kind, rows):
    return f"\n  static let {name}: [{kind}] = [\n" + "".join(f"    {row},\n" for row in rows) + "  ]\n"


def main():
    text = "// swift-format-ignore-file\n// Made by Data/convert.py from Data/*.yaml; do not edit. See Data/LICENSE.\n\n"
    text += "import IRC\n\nextension ParserCorpus {"
    text += section(
        "join", "Join",
        (f"Join({message(case['atoms'])},\n      matches: {array(case['matches'])})" for case in load("msg-join")))
    text += section(
        "split", "Split",
        (f"Split({string(case['input'])},\n      {message(case['atoms'])})" for case in load("msg-split")))
    text += section(
        "userhost", "Userhost",
        (
            f"Userhost({string(case['source'])}, nick: {string(case['atoms'].get('nick', ''))}, "
            f"user: {string(case['atoms'].get('user', ''))}, host: {string(case['atoms'].get('host', ''))})"
            for case in load("userhost-split")))
    text += section(
        "hostnames", "Hostname",
        (f"Hostname({string(case['host'])}, isValid: {str(case['valid']).lower()})"
         for case in load("validate-hostname")))
    text += section(
        "masks", "MaskCase",
        (f"MaskCase({string(case['mask'])},\n      matches: {array(case['matches'])},\n      fails: {array(case['fails'])})"
         for case in load("mask-match")))
    text += "}\n"
    (FOLDER.parent / "ParserCorpus.swift").write_text(text, encoding="utf-8")


main()
