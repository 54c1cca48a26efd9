"""The face for scripts."""

import json
import os
import signal
import subprocess

from stage import PARLEY, expect, objects, until


def scene_a_shell_script_sends_and_reads_json(stage):
    """As in the manual: lines in, lines out, and the status says whether all was delivered."""
    script = f"""
    set -e
    printf '%s\\n' '{{"cmd":"join","room":"#lobby","id":"j"}}' '{{"cmd":"send","room":"#lobby","text":"gr\\u00fc\\u00dfe \\ud83d\\ude80","id":1}}' \\
      | '{PARLEY}' --directory '{stage.folder}/alice' --link '{stage.server.link}' --nick alice --json > '{stage.folder}/out'
    '{PARLEY}' --directory '{stage.folder}/bob' --link '{stage.server.link}' --nick bob --json history '#lobby'
    """
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60)
    expect(done.returncode == 0, f"{done}")
    told = objects((stage.folder / "out").read_text())
    acks = {event["id"]: event for event in told if event["event"] == "ack"}
    expect(set(acks) == {"j", 1}, f"{acks}")
    expect(all(event["v"] == 1 for event in told), "without version")
    rows = [row for row in objects(done.stdout) if row["kind"] == "text"]
    expect([row["text"] for row in rows] == ["grüße 🚀"], f"{rows}")
    expect(rows[0]["msgid"] == acks[1]["msgid"], "another msgid")
    expect(rows[0]["nick"] == "alice" and rows[0]["room"] == "#lobby" and rows[0]["time"].endswith("Z"), f"{rows}")


def scene_send_from_arguments_and_standard_input(stage):
    expect(stage.script("alice", "send", "#lobby", "one", "two  three", "--json").returncode == 0, "not sent")
    expect(stage.script("alice", "send", "#lobby", input="from\nstandard input\n").returncode == 0, "not sent")
    lines = stage.script("bob", "tail", "#lobby").stdout.splitlines()
    texts = [line.split("> ", 1)[-1].strip() for line in lines if "alice>" in line or line.startswith("  ")]
    expect("one two  three --json" in texts and "from" in texts and "standard input" in texts, f"{lines}")


def scene_tail_follows(stage):
    command = [PARLEY, "--directory", str(stage.folder / "alice"), "--link", stage.server.link, "--nick", "alice",
               "--json", "tail", "#lobby", "-f"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tail:
        bob = stage.person("bob")
        bob.hear("alice")
        for number in range(20):
            bob.say(f"line {number}")
        seen = []
        while len(seen) < 20:
            event = json.loads(tail.stdout.readline())
            if event["kind"] == "text":
                seen.append(event["text"])
        tail.terminate()
    expect(seen == [f"line {number}" for number in range(20)], f"{seen}")


def scene_statuses(stage):
    """0 delivered, 2 usage, 3 sign-in, 4 network, 5 not delivered."""
    stage.server.account("owner", "a long enough password")
    status = lambda *words, **more: stage.script(*words, **more).returncode
    expect(status("alice", "send", "#lobby", "text") == 0, "0")
    expect(status("alice", "--nonsense") == 2, "2: an option")
    expect(status("alice", "send") == 2, "2: no room")
    expect(status("alice", "send", "#lobby", input="\n") == 2, "2: no text")
    expect(status("new", "send", "#lobby", "text", link=False) == 2, "2: nobody is set up")
    expect(status("alice", "history", "#lobby", "--since", "yesteryear") == 2, "2: a time")
    expect(status("owner", "send", "#lobby", "x", environment={"PARLEY_PASSWORD": "wrong password"}) == 3, "3: wrong password")
    file = stage.folder / "secret"
    file.write_text("a long enough password\n")
    right = stage.script("owner", "send", "#lobby", "x", environment={"PARLEY_PASSWORD_FILE": str(file)})
    expect(right.returncode == 0, f"0: right password: {right}")
    expect(status("alice", "send", "nobody-here", "text") == 5, "5: no such nick")
    refused = stage.script("alice", "--json", input='{"cmd":"send","room":"nobody-here","text":"x","id":7}\n')
    expect(refused.returncode == 5, f"5: {refused}")
    error = [event for event in objects(refused.stdout) if event["event"] == "error"]
    expect(len(error) == 1 and error[0]["id"] == 7 and error[0]["reason"], f"{error}")
    garbage = stage.script("alice", "--json", input='{"cmd":"send"\n{"cmd":"dance","id":1}\n')
    expect(garbage.returncode == 2 and len([e for e in objects(garbage.stdout) if e["event"] == "error"]) == 2, f"{garbage}")
    stage.server.kill()
    late = stage.script("alice", "--timeout", "2", "send", "#lobby", "never said")
    expect(late.returncode == 4 and late.stderr.count("\n") == 1, f"4: {late}")
    # What is here is told without the server; the status says that it was not asked.
    local = stage.script("alice", "--timeout", "2", "history", "#lobby")
    expect(local.returncode == 4 and "text" in local.stdout, f"{local}")
    stage.server.start()
    expect("never said" not in stage.script("bob", "history", "#lobby").stdout, "it was said after all")


def scene_a_password_is_no_argument(stage):
    done = stage.script("alice", "--password", "secret", "send", "#lobby", "x")
    expect(done.returncode == 2 and "no option" in done.stderr, f"{done}")


def scene_output_for_people_is_harmless_in_pipes_too(stage):
    mallory = stage.person("mallory")
    mallory.say(b"\x1b]0;owned\x07 \xc2\x9b31m hostile")
    mallory.send("PING :done")
    mallory.hear("done")
    for words in (["tail", "#lobby"], ["--json", "tail", "#lobby"]):
        out = stage.script("alice", *words).stdout
        expect("hostile" in out, out)
        expect(not any(ord(letter) < 32 and letter not in "\n\t" or 127 <= ord(letter) < 160 for letter in out), repr(out))


def scene_rooms_and_search(stage):
    stage.script("alice", "send", "#lobby", "needle in the haystack")
    found = stage.script("alice", "search", "need", link=False).stdout
    expect("#lobby" in found and "<alice> needle in the haystack" in found, found)
    expect(stage.script("alice", "rooms", link=False).stdout.startswith("#lobby\t"), "not in the lobby")
    listed = objects(stage.script("alice", "--json", "rooms", "--all").stdout)
    expect(any(room["room"] == "#lobby" for room in listed), f"{listed}")


def scene_nothing_is_lost_or_said_twice_when_the_server_dies(stage):
    """A script sends 200 messages; the server is killed and started again three times meanwhile."""
    command = [PARLEY, "--directory", str(stage.folder / "alice"), "--link", stage.server.link, "--nick", "alice",
               "--timeout", "60", "--json"]
    stage.server.account("alice", "a long enough password")
    environment = {"PARLEY_PASSWORD": "a long enough password", "LANG": "C.UTF-8", "HOME": str(stage.folder)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as program:
        send = lambda command: (program.stdin.write(json.dumps(command) + "\n"), program.stdin.flush())
        send({"cmd": "join", "room": "#lobby", "id": "join"})
        for number in range(200):
            send({"cmd": "send", "room": "#lobby", "text": f"number {number}.", "id": number})
            if number % 50 == 49 and number < 199:
                stage.server.kill()
                stage.server.start()
        out, _ = program.communicate()
    expect(program.returncode == 0, f"{program.returncode}: {out[-2000:]}")
    acks = [event["id"] for event in objects(out) if event["event"] == "ack" and event["id"] != "join"]
    expect(acks == list(range(200)), f"{acks}")
    rows = objects(stage.script("bob", "--json", "--limit", "1000", "history", "#lobby").stdout)
    texts = [row["text"] for row in rows if row["kind"] == "text"]
    expect(texts == [f"number {number}." for number in range(200)], f"{texts}")


def scene_twenty_sends_at_once_all_succeed(stage):
    expect(stage.script("alice", "send", "#lobby", "warm").returncode == 0, "not sent")
    followers = [stage.follow("alice", "--timeout", "60", "send", "#lobby", f"at once {number}.") for number in range(20)]
    statuses = [follower.ended(90) for follower in followers]
    expect(statuses == [0] * 20, f"{statuses}: {[follower.text() for follower in followers]}")
    history = stage.script("bob", "--limit", "100", "history", "#lobby").stdout
    expect(all(history.count(f"at once {number}.") == 1 for number in range(20)), history)


def scene_an_empty_text_is_a_mistake_and_reads_nothing(stage):
    for text in ("", "  "):
        done = stage.script("alice", "send", "#lobby", text, input="must not be read\n")
        expect(done.returncode == 2 and "no text" in done.stderr, f"{done}")
    expect(stage.script("alice", "send", "#lobby", "-", input="from input\n").returncode == 0, "a hyphen is standard input")
    history = stage.script("bob", "history", "#lobby").stdout
    expect("from input" in history and "must not be read" not in history, history)


def scene_lines_are_sent_as_they_come(stage):
    command = [PARLEY, "--directory", str(stage.folder / "alice"), "--link", stage.server.link, "--nick", "alice",
               "--lines", "send", "#lobby"]
    bob = stage.person("bob")
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as lines:
        for number in range(3):
            lines.stdin.write(f"line {number}\n\n")
            lines.stdin.flush()
            bob.hear(f"PRIVMSG #lobby :line {number}")
        lines.stdin.write("without an end")
        lines.stdin.close()
        expect(lines.wait(30) == 0, "not all were sent")
    bob.hear("without an end")
    expect(stage.script("alice", "--lines", "send", "#lobby", "text").returncode == 2, "--lines with a text")


def scene_a_key_sends_once(stage):
    send = lambda text, key: stage.script("alice", "--json", "--key", key, "send", "#lobby", text)
    first, again = send("once only", "build-1"), send("once only", "build-1")
    ids = [objects(done.stdout)[-1]["msgid"] for done in (first, again)]
    expect(first.returncode == again.returncode == 0 and ids[0] == ids[1], f"{first} {again}")
    other = send("another text", "build-1")
    expect(other.returncode == 2 and objects(other.stdout)[-1]["code"] == "KEY_IN_USE", f"{other}")
    expect(send("once only", "build-2").returncode == 0, "another key")
    history = stage.script("bob", "history", "#lobby").stdout
    expect(history.count("once only") == 2 and "another text" not in history, history)
    # The server is away, and the first attempt gives up: the second does it.
    stage.server.kill()
    late = stage.script("alice", "--timeout", "2", "--key", "build-3", "send", "#lobby", "late")
    expect(late.returncode == 4, f"{late}")
    stage.server.start()
    expect(send("late", "build-3").returncode == 0, "the second attempt")
    expect(stage.script("bob", "history", "#lobby").stdout.count("> late") == 1, "late")


def scene_output_that_cannot_be_written_is_a_failure(stage):
    expect(stage.script("alice", "send", "#lobby", "text").returncode == 0, "not sent")
    base = [PARLEY, "--directory", str(stage.folder / "alice"), "--link", stage.server.link, "--nick", "alice"]
    environment = dict(os.environ, LANG="C.UTF-8", LC_ALL="C.UTF-8", HOME=str(stage.folder))
    for words in (["history", "#lobby"], ["--json", "history", "#lobby"], ["--json", "rooms"], ["--help"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([*base, *words], stdout=full, stderr=subprocess.PIPE, text=True, env=environment,
                                  stdin=subprocess.DEVNULL, timeout=60)
        expect(done.returncode == 4 and "cannot be written" in done.stderr, f"{words}: {done}")
    # What was asked for is done all the same, and the status says so when the reader has only had enough.
    said = '{"cmd":"join","room":"#lobby"}\\n{"cmd":"send","room":"#lobby","text":"unread answer"}\\n'
    shell = f"printf '{said}' | {{ {' '.join(base)} --json; echo $? >&2; }} | head -n 1"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, env=environment, timeout=60)
    expect(done.stderr.strip() == "0", f"{done}")
    expect("unread answer" in stage.script("bob", "history", "#lobby").stdout, "not sent")
    piped = subprocess.run(["bash", "-c", f"{' '.join(base)} history '#lobby' | head -n 1; exit ${{PIPESTATUS[0]}}"],
                           capture_output=True, text=True, env=environment, timeout=60)
    expect(piped.returncode == 0, f"{piped}")
    closed = subprocess.run(["bash", "-c", f"{' '.join(base)} send '#lobby' x >&-"], capture_output=True, text=True,
                            env=environment, timeout=60)
    expect(closed.returncode == 0, f"{closed}")


def scene_a_signal_leaves_nothing_half_done(stage):
    expect(stage.script("alice", "send", "#lobby", "warm").returncode == 0, "not sent")
    stage.server.kill()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        waiting = stage.follow("alice", "--timeout", "60", "--json", "send", "#lobby", "never said")
        # The folder is locked as soon as the command waits for the server.
        until("it has not begun", lambda: waiting.process.poll() is None
              and stage.script("alice", "--timeout", "1", "rooms", link=False).returncode == 4)
        waiting.process.send_signal(number)
        expect(waiting.ended() == 4, f"{number}: {waiting.text()}")
        expect("told to end" in waiting.text(), waiting.text())
    stage.server.start()
    expect(stage.script("alice", "send", "#lobby", "after").returncode == 0, "not sent")
    history = stage.script("bob", "history", "#lobby").stdout
    expect("after" in history and "never said" not in history, history)
    follow = stage.follow("alice", "tail", "#lobby", "-f")
    follow.hears("after")
    follow.process.terminate()
    expect(follow.ended() == 0, follow.text())


def scene_a_server_that_never_answered_is_not_kept(stage):
    lost = stage.script("new", "--timeout", "2", "--link", "irc://127.0.0.1:1", "--nick", "new", "send", "#lobby", "x", link=False)
    expect(lost.returncode == 4, f"{lost}")
    again = stage.script("new", "send", "#lobby", "x", link=False)
    expect(again.returncode == 2 and "Nobody is set up" in again.stderr, f"{again}")


def scene_a_password_of_this_run_goes_before_one_that_is_kept(stage):
    stage.server.account("owner", "a long enough password")
    right = {"PARLEY_PASSWORD": "a long enough password"}
    expect(stage.script("owner", "send", "#lobby", "as a guest").returncode in (0, 3, 5), "a guest")
    expect(stage.script("owner", "send", "#lobby", "signed in", environment=right).returncode == 0, "right")
    wrong = stage.script("owner", "send", "#lobby", "x", environment={"PARLEY_PASSWORD": "another password"})
    expect(wrong.returncode == 3, f"{wrong}")
    rows = objects(stage.script("bob", "--json", "history", "#lobby").stdout)
    expect([row["account"] for row in rows if row.get("text") == "signed in"] == ["owner"], f"{rows}")


def scene_tail_follows_edits_and_removals_and_begins_behind_a_message(stage):
    command = [PARLEY, "--directory", str(stage.folder / "alice"), "--link", stage.server.link, "--nick", "alice", "--json"]
    environment = dict(os.environ, LANG="C.UTF-8", LC_ALL="C.UTF-8", HOME=str(stage.folder))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as alice:
        def ask(**words):
            alice.stdin.write(json.dumps(words) + "\n")
            alice.stdin.flush()
            while True:
                event = json.loads(alice.stdout.readline())
                if event["event"] in ("ack", "error") and event["id"] == words["id"]:
                    return event

        ask(cmd="join", room="#lobby", id="join")
        acks = [ask(cmd="send", room="#lobby", text=f"number {number}", id=number) for number in range(3)]
        first = acks[0]["msgid"]
        rows = objects(stage.script("bob", "--json", "--after", first, "history", "#lobby").stdout)
        expect([row["text"] for row in rows if row["kind"] == "text"] == ["number 1", "number 2"], f"{rows}")
        unknown = stage.script("bob", "--json", "--after", "no-such-id", "history", "#lobby")
        expect(unknown.returncode == 5 and objects(unknown.stdout)[-1]["event"] == "error", f"{unknown}")
        follow = stage.follow("bob", "--json", "--after", first, "tail", "#lobby", "-f")
        follow.hears("number 2")
        edited = ask(cmd="edit", msgid=acks[1]["msgid"], text="another text", id="e")
        expect(edited["event"] == "ack", f"{edited}")
        follow.hears("another text")
        removed = ask(cmd="redact", msgid=acks[2]["msgid"], room="#lobby", reason="wrong", id="r")
        expect(removed["event"] == "ack", f"{removed}")
        follow.hears('"removed"')
        reply = ask(cmd="send", room="#lobby", text="an answer", reply_msgid=first, id="a")
        expect(reply["reply_msgid"] == first and reply["reply"] == acks[0]["message"], f"{reply}")
        alice.stdin.close()
        expect(alice.wait(30) == 0, "it does not end with 0")
    for event in objects(follow.text()):
        expect(event["host"] == "127.0.0.1" and event["identity"] > 0 and event["v"] == 1, f"{event}")


def scene_arguments_are_strict_and_errors_are_objects(stage):
    commands = [{"cmd": "send", "room": "#lobby", "text": "x", "reply_to": 4, "id": 1},
                {"cmd": "history", "room": "#lobby", "limits": 4, "id": 2},
                {"cmd": "react", "text": "x", "id": 3},
                {"cmd": "react", "message": 1, "msgid": "x", "text": "x", "id": 4}]
    done = stage.script("alice", "--json", input="".join(json.dumps(command) + "\n" for command in commands))
    errors = [event for event in objects(done.stdout) if event["event"] == "error"]
    expect(done.returncode == 2 and [error["id"] for error in errors] == [1, 2, 3, 4], f"{done}")
    expect(all(error["code"] == "ARGUMENT" and error["reason"] for error in errors), f"{errors}")
    mistake = stage.script("alice", "--json", "--nonsense")
    expect(mistake.returncode == 2 and objects(mistake.stdout)[0]["code"] == "USAGE", f"{mistake}")
    stage.server.kill()
    late = stage.script("alice", "--json", "--timeout", "2", "send", "#lobby", "x")
    expect(late.returncode == 4 and objects(late.stdout)[-1]["status"] == 4, f"{late}")


def scene_text_without_a_locale(stage):
    for name in ("C", "POSIX", "xx_YY.UTF-8"):
        done = stage.script("alice", "send", "#lobby", input="grüße 漢字\n", environment={"LC_ALL": name, "LANG": name})
        expect(done.returncode == 0, f"{name}: {done}")
    told = stage.script("alice", "history", "#lobby", environment={"LC_ALL": "C", "LANG": "C"})
    expect(told.stdout.count("grüße 漢字") == 3, told.stdout)
    latin = {"LC_ALL": "xx_YY.ISO-8859-1", "LANG": "C"}
    base = [PARLEY, "--directory", str(stage.folder / "alice"), "send", "#lobby"]
    environment = dict(os.environ, HOME=str(stage.folder), **latin)
    done = subprocess.run(base, input="Köln".encode("latin-1"), capture_output=True, env=environment, timeout=60)
    expect(done.returncode == 0, f"{done}")
    expect("Köln" in stage.script("bob", "history", "#lobby").stdout, "not sent as UTF-8")
