"""The face for scripts."""

import json
import subprocess

from stage import PARLEY, expect, objects


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
