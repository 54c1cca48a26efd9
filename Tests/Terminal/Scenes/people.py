"""The face for people."""

import os
import pathlib
import re
import signal
import time

from stage import PARLEY, PARLEYD, Terminal, answers, expect, free_port, objects, until


def scene_first_start_asks_for_server_nick_and_password(stage):
    me = stage.again("me")
    me.sees("Server, or an invitation's link:")
    me.enter(f"{stage.server.link}/#lobby")
    me.sees(r"Your nick \[me\]:")
    me.enter("alice")
    me.sees("Password")
    me.press("Enter")
    me.sees("connected as alice, a guest")
    me.sees_prompt(r"^\[#lobby\]>")
    me.press("C-d")
    expect(me.ended() == 0, "it does not end with 0")
    expect(" echo " in me.stty() and " icanon " in me.stty(), "the terminal is not given back")


def scene_a_password_without_account_offers_to_make_one(stage):
    me = stage.again("me")
    me.sees("Server, or")
    me.enter(f"{stage.server.link}/#lobby")
    me.sees("Your nick")
    me.enter("alice")
    me.sees("Password")
    me.enter("correct horse battery")
    me.sees("does not accept this password")
    me.sees_prompt(r"^\[1\]")
    me.enter("2")
    me.sees("The account alice is made")
    me.never_saw("correct horse")
    me.press("C-d")
    me.ended()
    # The next start asks nothing.
    me.stage.tmux("kill-session", "-t", "me")
    me = stage.again("me")
    me.sees("connected as alice, signed in as alice")


def scene_make_run_starts_a_server_and_a_client_again_and_again(stage):
    script = pathlib.Path(__file__).resolve().parents[3] / "docs" / "run.sh"
    data = stage.folder / "data"
    data.mkdir()
    port = free_port()
    (data / "parleyd.conf").write_text(f"listen = ircs://127.0.0.1:{free_port()}\nlisten = irc://127.0.0.1:{port}\n")
    built = stage.folder / "built"
    built.mkdir()
    (built / "parleyd").symlink_to(pathlib.Path(PARLEYD).resolve())
    (built / "parley-terminal").symlink_to(pathlib.Path(PARLEY).resolve())
    places = {"BUILT": str(built), "DISPLAY": "", "WAYLAND_DISPLAY": ""}

    def run(name):
        return Terminal(stage, name, ["sh", str(script), str(data)], environment=places)

    first = run("first")
    first.sees("Your nick")
    first.enter("alice")
    first.sees("Password .empty: as a guest.")
    first.press("Enter")
    first.sees("connected as alice, a guest")
    first.enter("the first time")
    first.sees("alice.*the first time")
    first.press("C-d")
    expect(first.ended() == 0, "it does not end with 0")
    second = run("second")
    second.sees("connected as alice, a guest")
    # Somebody else starts it while it runs.
    third = run("third")
    third.sees("Another Parley has the folder")
    second.enter("the second time")
    second.sees("alice.*the second time")
    second.press("C-d")
    expect(second.ended() == 0, "it does not end with 0")
    until("the server goes on without its client", lambda: not answers(port))


def scene_messages_that_arrive_do_not_disturb_what_is_typed(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    bob = stage.irssi("bob")
    alice.sees("bob came in")
    # The cursor stands in the middle of a line that is wider than the terminal, with an emoji in it.
    typed = "this line is being edited 🚀 while others talk, and it is a good deal longer than the terminal is wide, so it wraps"
    alice.type(typed)
    for _ in range(30):
        alice.press("Left")
    for number in range(5):
        bob.enter(f"message {number} from irssi")
        alice.sees(f"bob │ message {number} from irssi$")
    alice.type("XYZ")
    expected = typed[:-30] + "XYZ" + typed[-30:]
    flat = lambda: alice.screen().replace("\n", "")
    until(lambda: f"the line is damaged:\n{alice.screen()}", lambda: expected in flat())
    alice.press("Enter")
    bob.sees("XYZ")
    for number in range(5):
        alice.sees_once(f"message {number} from irssi$")
    expect(flat().count("while others talk") == 1, lambda: f"the line is there more than once:\n{alice.screen()}")


def scene_tab_completes_commands_nicks_rooms_and_emoji(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    for nick in ("bernard", "Bertha", "zoe"):
        stage.person(nick).say(f"I am {nick}")
        alice.sees(f"I am {nick}$")
    alice.type("/sea")
    alice.press("Tab")
    alice.sees_prompt(r"> /search$")
    alice.press("C-c")
    # Who spoke last comes first; once more is the next one.
    alice.type("be")
    alice.press("Tab")
    alice.sees_prompt(r"> Bertha:$")
    alice.press("Tab")
    alice.sees_prompt(r"> bernard:$")
    alice.press("C-c")
    alice.sees_prompt(r">$")
    alice.type("hello be")
    alice.press("Tab")
    alice.sees_prompt(r"> hello Bertha$")
    alice.press("C-c")
    alice.type("look at #lo")
    alice.press("Tab")
    alice.sees_prompt(r"> look at #lobby$")
    alice.press("C-c")
    alice.type(":rocket")
    alice.press("Tab")
    alice.sees_prompt(r"> 🚀")


def scene_the_terminal_changes_its_size(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    bob = stage.person("bob")
    alice.type("half a line")
    alice.resize(50, 20)
    alice.sees_prompt(r"> half a line$")
    words = " ".join(f"word{number}" for number in range(30))
    bob.say(words)
    alice.sees("word29$")
    for line in alice.lines():
        expect("word" not in line or len(line) < 50, f"too wide: {line!r}")
    # Text hangs below text, not below the nick.
    rows = [line for line in alice.lines() if "word" in line]
    columns = {line.index("word") for line in rows}
    expect(len(rows) > 3 and len(columns) == 1, lambda: f"no hanging indent:\n{alice.screen()}")
    alice.resize(120, 30)
    alice.press("Enter")
    bob.hear("half a line")


def scene_connection_lost_and_regained_with_what_was_typed_meanwhile(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    stage.server.kill()
    began = time.monotonic()
    alice.sees("no connection:", limit=1.5)
    alice.sees_prompt(r"offline\]>", limit=1.5)
    expect(time.monotonic() - began < 1.5, "the loss was said late")
    alice.enter("said while offline")
    alice.sees(r"alice │ said while offline …$")
    alice.sees_prompt("1 waiting")
    stage.server.start()
    alice.enter("/connect")
    alice.sees("connected again as alice")
    alice.sees(r"alice │ said while offline$|✓ .. is sent")
    alice.sees_prompt(r"^\[#lobby\]>")
    history = stage.script("dora", "history", "#lobby")
    expect(history.stdout.count("said while offline") == 1, f"not exactly once:\n{history.stdout}")


def scene_killed_while_a_message_waits_it_is_sent_by_the_next_start(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    stage.server.kill()
    alice.sees("no connection")
    alice.enter("survives kill")
    alice.sees("survives kill …")
    os.kill(alice.process(), signal.SIGKILL)
    stage.tmux("kill-session", "-t", "alice")
    stage.server.start()
    alice = stage.again("alice")
    alice.sees("connected as alice")
    alice.sees_once("survives kill$")
    history = stage.script("dora", "history", "#lobby")
    expect(history.stdout.count("survives kill") == 1, history.stdout)


def scene_hostile_text_reaches_the_terminal_harmless(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    title = alice.title
    mallory = stage.person("mallory")
    hostile = [
        b"\x1b]0;owned\x07title", b"\x1b[2J\x1b[Hcleared", b"\x1b[31mred", b"\x9b31mc1", b"\xc2\x9b2Jc1 in utf-8",
        b"\x1bP+q544e\x1b\\dcs", b"\x1b[6nreport", b"\x1b[?1049halternate", b"back\x08\x08\x08\x08space",
        "abc\u202egnp.exe".encode(), "\u2066isolate".encode(), b"\x02bold\x02 \x0304,01colour\x0f",
        b"\x0e\x0fshift", b"bell\x07", "zalgo" .encode() + "\u0301".encode() * 200,
        b"\x1b[200~pasted\x1b[201~", b"\x1b]52;c;b3duZWQ=\x07clipboard",
    ]
    for line in hostile:
        mallory.say(line)
    mallory.say("the end of it")
    alice.sees("the end of it$")
    screen = alice.screen(history=True)
    expect(alice.title == title, f"the title is {alice.title!r}")
    for harmless in ("title", "cleared", "red", "report", "alternate", "clipboard", "abcgnp.exe", "isolate", "bold colour"):
        expect(harmless in screen, f"{harmless!r} is missing in:\n{screen}")
    for scalar in "\u202e\u2066\x1b\x07\x9b":
        expect(scalar not in screen, f"{scalar!r} is in:\n{screen}")
    colours = stage.tmux("capture-pane", "-p", "-e", "-t", "alice")
    row = next(line for line in colours.split("\n") if "[31mred" in line.replace("\x1b", "") or "red" in line)
    expect("\x1b[31mred" not in row, f"the colour came through: {row!r}")
    # So can a topic be.
    mallory.send("JOIN #evil")
    mallory.send(b"TOPIC #evil :\x1b]0;owned\x07topic")
    mallory.hear("TOPIC #evil")
    alice.enter("/join #evil")
    alice.sees("topic: ␛]0;owned␇topic")
    expect(alice.title == title, f"the title is {alice.title!r}")
    alice.type("still here")
    alice.sees_prompt("> still here$")


def scene_a_large_paste_asks_first(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    bob = stage.person("bob")
    alice.paste("\n".join(f"pasted line {number}" for number in range(6)))
    alice.sees("pasted line 5")
    alice.press("Enter")
    alice.sees(r"Send 6 lines to #lobby\? \[y/N\]")
    alice.enter("n")
    alice.sees("Not sent")
    alice.press("Up")
    alice.sees_prompt("pasted line 5$")
    alice.press("Enter")
    alice.sees(r"Send 6 lines")
    alice.enter("y")
    bob.hear("pasted line 5")
    # Fewer lines go without a question, as one message.
    alice.paste("one\ntwo\nthree")
    alice.press("Enter")
    bob.hear("three")


def scene_tags_name_messages_for_reply_reaction_and_removal(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    bob = stage.chat("bob")
    bob.sees("connected as bob")
    bob.enter("what do you think?")
    tag = alice.sees(r"^\d\d:\d\d (\w\w) +bob │ what do you think\?$").group(1)
    alice.enter(f"/reply {tag} a lot")
    bob.sees("↳ bob: what do you think\\?")
    bob.sees("a lot$")
    alice.enter(f"/react {tag} :+1:")
    bob.sees(r"^ +│ 👍$")
    alice.sees(r"^ +│ 👍\*$")
    own = alice.sees(r"^\d\d:\d\d (\w\w) +alice │ ↳").group(1)
    alice.enter("/network")
    alice.sees(r"it can: accounts")
    alice.enter(f"/edit {own} a little")
    bob.sees(r"a little \(edited\)")
    alice.enter(f"/redact {own} wrong")
    bob.sees(r"\(removed")
    alice.enter("/ignore")
    alice.sees("You ignore nobody")
    alice.enter("/ignore bob")
    alice.sees("You hear nothing of bob in private")
    alice.enter("/ignore")
    alice.sees(r"You ignore bob\.")
    alice.enter("/unignore bob")
    alice.sees("You hear bob again")
    alice.enter("/reply zz text")
    alice.sees("no message zz on the screen")


def scene_rooms_and_people_switch_with_alt_and_unread_is_counted(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    bob = stage.person("bob", "#team")
    alice.enter("/join team")
    alice.sees("──── #team, 2 here")
    alice.sees_prompt(r"^\[#team\]>")
    alice.press("M-1")
    alice.sees_prompt(r"^\[#lobby\]>")
    bob.say("one")
    bob.say("two")
    alice.sees_prompt(r"^\[#lobby 2\]>")
    bob.say("alice: three")
    alice.sees_prompt(r"^\[#lobby 3!\]>")
    alice.sees(r"bob in #team: alice: three \(Alt\+2\)")
    alice.press("M-a")
    alice.sees_prompt(r"^\[#team\]>")
    alice.sees("──── 3 new ────")
    bob.say("psst", to="alice")
    alice.sees(r"bob: psst \(Alt\+3\)")
    alice.enter("/go bob")
    alice.sees_prompt(r"^\[bob\]>")
    alice.enter("yes?")
    bob.hear("yes?")
    alice.enter("/chats")
    alice.sees(r"3 bob \(here\)")


def scene_typing_is_told_in_the_prompt(stage):
    alice, bob = stage.chat("alice"), stage.chat("bob")
    alice.sees("bob came in|connected as alice")
    bob.sees("connected as bob")
    bob.type("I am thinking")
    alice.sees_prompt("bob types")
    bob.press("Enter")
    alice.sees("I am thinking$")
    alice.sees_prompt(r"^\[#lobby\]>")


def scene_older_messages_come_with_more(stage):
    bob = stage.person("bob")
    for number in range(120):
        bob.say(f"old message {number}.")
        if number % 10 == 9:
            bob.send("PING :pause")
            bob.hear("pause")
            bob.heard = b""
            time.sleep(1.1)  # the server's own limit on how fast one may talk
    alice = stage.chat("alice", rows=40)
    alice.sees(r"old message 119\.$")
    alice.never_saw(r"old message 60\.$")
    for page in range(1, 12):
        alice.enter("/more")
        until("/more does nothing", lambda: alice.screen(history=True).count("── older ──") == page
              or "This is where it begins" in alice.screen())
        if "This is where it begins" in alice.screen():
            break
    screen = alice.screen(history=True)
    for number in range(120):
        count = len(re.findall(rf"old message {number}\.$", screen, re.M))
        expect(count == 1, f"message {number} is there {count} times in:\n{screen}")


def scene_a_changed_certificate_is_shouted_about(stage):
    alice = stage.chat("alice", link=f"{stage.server.tls_link}/#lobby")
    alice.sees("connected as alice")
    stage.server.kill()
    alice.sees("no connection")
    for file in stage.server.folder.rglob("*.pem"):
        file.unlink()
    # A question must not take the Enter that was meant for a line.
    alice.type("half a line")
    stage.server.start()
    alice.sees("THE CERTIFICATE OF 127.0.0.1 HAS CHANGED")
    prints = re.findall(r"(?:[0-9a-f]{4} ){15}[0-9a-f]{4}", alice.screen())
    prints = prints[-2:]
    expect(len(prints) == 2 and prints[0] != prints[1], lambda: f"two fingerprints are to be seen:\n{alice.screen()}")
    alice.sees_prompt("half a line$")
    alice.press("Enter")
    alice.sees_prompt("Type trust")
    alice.enter("yes")
    alice.sees("Not connected")
    alice.sees_prompt("offline.*\\]>")
    alice.enter("/connect")
    alice.sees_prompt("Type trust")
    alice.enter("trust")
    alice.sees("connected again as alice")


def scene_signals_leave_the_terminal_as_it_was(stage):
    for number in (signal.SIGTERM, signal.SIGHUP):
        alice = stage.chat("alice")
        alice.sees("connected as alice")
        alice.type("half")
        alice.sees_prompt("half$")
        alice.press("C-c")
        alice.sees_prompt(r"\]>$")
        os.kill(alice.process(), number)
        expect(alice.ended() == 0, "it does not end with 0")
        expect(" echo " in alice.stty() and " icanon " in alice.stty(), "the terminal is not given back")
        stage.tmux("kill-session", "-t", "alice")


def scene_stopped_and_continued_from_a_shell(stage):
    shell = Terminal(stage, "shell", ["bash", "--norc", "-i"])
    shell.sees_prompt("[#$]$")
    shell.enter(f"'{PARLEY}' --directory '{stage.folder}/alice' --nick alice {stage.server.link}/#lobby")
    shell.sees("connected as alice")
    shell.type("half a line")
    shell.sees_prompt("half a line$")
    shell.press("C-z")
    shell.sees("Stopped")
    shell.enter("echo $((6 * 7))")
    shell.sees("^42$")
    stage.person("bob").say("meanwhile")
    shell.enter("fg")
    shell.sees("bob │ meanwhile$")
    shell.sees_prompt(r"^\[#lobby\]> half a line$")


def scene_no_color_and_a_terminal_that_has_only_ascii(stage):
    alice = stage.chat("alice", environment={"NO_COLOR": "1"})
    alice.sees("connected as alice")
    stage.person("bob").say("grüße 🚀")
    alice.sees("grüße 🚀$")
    expect("\x1b[" not in stage.tmux("capture-pane", "-p", "-e", "-t", "alice"), "there are colours")
    plain = stage.chat("carol", environment={"LC_ALL": "de_DE.US-ASCII"})
    plain.sees("connected as carol")
    plain.sees(r"bob \| gr.+")
    expect(all(ord(letter) < 128 for letter in plain.screen()), f"more than ASCII:\n{plain.screen()}")
    plain.enter("still works")
    alice.sees("carol │ still works$")


def scene_what_was_typed_is_found_again_per_room(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    alice.enter("typed in the lobby")
    alice.sees("alice │ typed in the lobby$")
    alice.enter("/join other")
    alice.sees_prompt(r"^\[#other\]>")
    alice.press("Up")
    alice.sees_prompt(r"^\[#other\]>$")
    alice.press("C-c")
    alice.press("C-d")
    alice.ended()
    stage.tmux("kill-session", "-t", "alice")
    alice = stage.again("alice")
    alice.sees("connected as alice")
    alice.sees_prompt(r"^\[#other\]>")
    alice.press("M-1")
    alice.sees_prompt(r"^\[#lobby\]>")
    alice.press("C-r")
    alice.type("lobby")
    alice.sees_prompt(r"typed in the lobby")
    # Messages arrive while somebody searches.
    stage.person("bob").say("beside the search")
    alice.sees("bob │ beside the search$")
    alice.press("C-c")
    alice.sees_prompt(r"^\[#lobby\]>$")


def scene_commands_of_scripts_work_beside_a_chat(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    alice.sees("You are in #lobby")
    sent = stage.script("alice", "send", "#lobby", "from a script", link=False)
    expect(sent.returncode == 0 and not sent.stderr, f"{sent}")
    alice.sees("alice │ from a script$")
    told = stage.script("alice", "--json", "history", "#lobby", link=False)
    texts = [row["text"] for row in objects(told.stdout) if row["kind"] == "text"]
    expect(told.returncode == 0 and texts == ["from a script"], f"{told}")
    expect("from a script" in stage.script("alice", "search", "script", link=False).stdout, "search")
    expect(stage.script("alice", "rooms", link=False).stdout.startswith("#lobby\t"), "rooms")
    expect(stage.script("alice", "send", "nobody-here", "x", link=False).returncode == 5, "a refusal")
    lines = stage.script("alice", "--lines", "send", "#lobby", input="first\n\nsecond\n", link=False)
    expect(lines.returncode == 0, f"{lines}")
    alice.sees("alice │ first$")
    alice.sees("alice │ second$")
    # Another chat is no command: it is refused in one sentence.
    second = Terminal(stage, "second", [PARLEY, "--directory", str(stage.folder / "alice")])
    second.sees("Another Parley has the folder")
    expect(second.ended() == 4, "it does not end with 4")
    # A command that follows ends with the program that serves it, and says so.
    follow = stage.follow("alice", "tail", "#lobby", "-f")
    alice.enter("for those who follow")
    follow.hears("for those who follow")
    alice.press("C-d")
    expect(alice.ended() == 0, "it does not end with 0")
    expect(follow.ended() is not None, "it goes on")


def scene_the_page_is_written_anew_after_a_resize(stage):
    alice = stage.chat("alice", rows=20)
    alice.sees("You are in #lobby")
    bob = stage.person("bob")
    for number in range(6):
        bob.say(f"message number {number}")
    alice.sees("message number 5$")
    for typed in ("", "half a line", "word " * 30):
        alice.type(typed)
        for columns, rows in ((35, 20), (90, 20), (60, 20), (120, 20), (90, 12), (90, 24), (90, 20)):
            alice.resize(columns, rows)
            # The line is redrawn last.
            until(lambda: f"not redrawn:\n{alice.screen()}", lambda: "[#lobby]>" in alice.screen())
            time.sleep(0.2)
        screen = alice.screen(history=True)
        for number in range(6):
            expect(f"message number {number}" in screen, f"message {number} is lost in:\n{screen}")
        expect(screen.count("[#lobby]>") == 1, f"the line is there more than once:\n{screen}")
        alice.press("C-c")
    alice.enter("after all of it")
    bob.hear("after all of it")


def scene_a_long_address_stays_whole(stage):
    alice = stage.chat("alice", columns=60)
    alice.sees("You are in #lobby")
    address = "https://example.org/" + "a-long-way/" * 12 + "end"
    bob = stage.person("bob")
    bob.say(f"look at {address} please")
    alice.sees("please$")
    joined = stage.tmux("capture-pane", "-p", "-J", "-t", "alice")
    expect(address in joined, lambda: f"broken in:\n{joined}")
    bob.say("and below it")
    alice.sees("and below it$")


def scene_ctrl_l_and_more_agree(stage):
    alice = stage.chat("alice")
    alice.sees("You are in #lobby")
    bob = stage.person("bob")
    bob.say("to be cleared")
    alice.sees("to be cleared$")
    alice.press("C-l")
    until("the screen is not cleared", lambda: "to be cleared" not in alice.screen())
    alice.enter("/more")
    alice.sees("to be cleared$")
    alice.enter("/clear")
    until("the screen is not cleared", lambda: "to be cleared" not in alice.screen())
    alice.enter("/more")
    alice.sees("to be cleared$")
    bob.say("and more")
    alice.sees("bob │ and more$")


def scene_keys_work_in_every_editing_mode(stage):
    alice = stage.chat("alice")
    alice.sees("You are in #lobby")
    bob = stage.person("bob")
    alice.type("one")
    alice.press("M-Enter")
    alice.type("two")
    alice.press("C-a")
    alice.type("X")
    alice.press("Enter")
    bob.hear("Xtwo" if "Xtwo" in alice.screen() else "Xone")
    inputrc = stage.folder / "inputrc"
    inputrc.write_text("set editing-mode vi\nset keyseq-timeout 100\n")
    carol = stage.chat("carol", environment={"INPUTRC": str(inputrc)})
    carol.sees("You are in #lobby")
    carol.enter("/join other")
    carol.sees_prompt(r"^\[#other\]>")
    carol.press("M-1")
    carol.sees_prompt(r"^\[#lobby\]>")
    carol.type("/sea")
    carol.press("Tab")
    carol.sees_prompt(r"> /search$")
    carol.press("C-c")
    carol.type("typed in vi")
    carol.press("Escape")
    time.sleep(0.3)
    carol.press("M-2")
    carol.sees_prompt(r"^\[#other\]> typed in vi$")


def scene_what_irssi_people_type_by_habit_says_nothing_aloud(stage):
    alice = stage.chat("alice")
    alice.sees("You are in #lobby")
    bob = stage.person("bob")
    bob.send("JOIN #side")
    bob.hear(" 366 bob #side")
    alice.sees("bob came in")
    for line, seen in (
        ("/notice bob psst-one", "to bob"),
        ("/part #nowhere", "no room #nowhere"),
        ("/topic #nowhere psst-two", "no room #nowhere"),
        ("/kick #nowhere bob psst-three", "no room #nowhere"),
        ("/msg #side psst-four", "You are not in #side"),
        (" /msg NickServ identify psst-five", "A space stands before"),
        ("/identify psst-six", "Password of"),
    ):
        alice.enter(line)
        alice.sees(seen)
        if "Password" in seen:
            alice.press("C-c")
    alice.sees_prompt(r"^\[#lobby\]>")
    bob.hear("psst-one")
    alice.enter("identify psst-seven")
    alice.sees_prompt(r"for all to read\? \[y/N\]")
    alice.enter("")
    alice.enter("/msg NickServ identify psst-eight")
    alice.sees("to NickServ: sent, and not kept")
    alice.enter("/query NickServ")
    alice.sees_prompt(r"^\[NickServ.*\]>")
    alice.enter("identify psst-nine")
    alice.press("M-1")
    alice.enter("/join mine")
    alice.sees_prompt(r"^\[#mine.*\]>")
    bob.send("JOIN #mine")
    bob.hear(" 366 bob #mine")
    alice.press("M-1")
    alice.sees_prompt(r"^\[#lobby.*\]>")
    alice.enter("/topic #mine a topic")
    bob.hear("TOPIC #mine :a topic")
    alice.enter("/op #mine bob")
    bob.hear("MODE #mine +o :bob")
    alice.enter("/query bob hello there")
    alice.sees_prompt(r"^\[bob.*\]>")
    bob.hear("hello there")
    alice.enter("/whois bob")
    alice.sees("bob")
    alice.press("M-1")
    alice.enter("/mode +t")
    alice.enter("/join side")
    alice.sees_prompt(r"^\[#side.*\]>")
    alice.enter("/part #side goodbye")
    bob.hear("PART #side goodbye")
    heard = bob.heard.decode(errors="replace")
    for number in ("two", "three", "four", "five", "six", "seven", "eight", "nine"):
        expect(f"psst-{number}" not in heard, f"psst-{number} was said:\n{heard}")
    kept = b"".join(file.read_bytes() for file in (stage.folder / "alice").rglob("*") if file.is_file())
    for number in ("eight", "nine", "six"):
        expect(f"psst-{number}".encode() not in kept, f"psst-{number} is kept")
    alice.enter("/quit see you")
    bob.hear("see you")
    expect(alice.ended() == 0, "it does not end with 0")


def scene_secrets_cannot_be_got_back_by_a_key(stage):
    alice = stage.chat("alice")
    alice.sees("You are in #lobby")
    alice.enter("/login")
    alice.sees_prompt("Password of")
    alice.type("open sesame")
    alice.press("C-u")
    alice.type("open")
    alice.press("C-w")
    alice.press("C-c")
    alice.sees_prompt(r"^\[#lobby\]>$")
    alice.press("C-y")
    alice.type("/")
    alice.sees_prompt(r"^\[#lobby\]> +/$")
    alice.press("C-c")
    # Nor what was cut before a line with a password was sent.
    alice.type("/msg NickServ identify sesame")
    alice.press("C-u", "C-y", "Enter")
    alice.sees("to NickServ: sent")
    alice.press("C-y")
    alice.press("Up")
    alice.type("!")
    alice.sees_prompt(r"!$")
    alice.never_saw("open sesame")
    expect("sesame" not in alice.prompt, f"{alice.prompt!r}")


def scene_nothing_is_forgotten_without_a_question(stage):
    alice = stage.chat("alice")
    alice.sees("You are in #lobby")
    alice.enter("worth keeping")
    tag = alice.sees(r"^\d\d:\d\d (\w\w) +alice │ worth keeping$").group(1)
    alice.enter("/clo")
    alice.sees("/close is done only when it is written in full")
    alice.enter("/close")
    alice.sees_prompt(r"Forget #lobby and its messages on this computer\? \[y/N\]")
    alice.enter("")
    alice.sees("Nothing is forgotten")
    alice.enter("/close #elsewhere")
    alice.sees("There is no chat #elsewhere")
    alice.enter("/join other")
    alice.sees_prompt(r"^\[#other\]>")
    alice.enter(f"/redact {tag}")
    alice.sees(f"{tag} is a message of #lobby|There is no message {tag}")
    alice.enter("/close")
    alice.sees_prompt(r"Forget #other")
    alice.enter("y")
    alice.sees_prompt(r"^\[#lobby\]>")
    alice.enter("/server list")
    alice.sees(r"1 127\.0\.0\.1, alice: online")
    alice.enter("/server remove 1")
    alice.sees_prompt("Remove 127.0.0.1")
    alice.enter("n")
    alice.sees("Nothing is removed")


def scene_a_mistyped_server_is_not_kept(stage):
    me = stage.again("me")
    me.sees("Server, or")
    me.enter(f"127.0.0.1:{free_port()}")
    me.sees("Your nick")
    me.enter("alice")
    me.sees("Password")
    me.press("Enter")
    me.sees("no connection")
    me.sees("is not kept until it has answered")
    me.sees_prompt("Another server, or Enter")
    me.enter(f"{stage.server.link}/#lobby")
    me.sees("Your nick")
    me.enter("alice")
    me.sees("Password")
    me.press("Enter")
    me.sees("connected as alice, a guest")
    me.sees("You are in #lobby")
    me.enter("/server list")
    me.sees("1 127.0.0.1, alice: online")
    me.never_saw("^. 2 127")
    me.press("C-d")
    me.ended()
    stage.tmux("kill-session", "-t", "me")
    gone = stage.again("other", environment={})
    gone.sees("Server, or")
    gone.enter(f"127.0.0.1:{free_port()}")
    gone.sees("Your nick")
    gone.enter("bob")
    gone.sees("Password")
    gone.press("Enter")
    gone.sees_prompt("Another server")
    gone.press("C-d")
    gone.sees_prompt(r"offline.*\]>|parley")
    gone.press("C-d")
    gone.ended()
    stage.tmux("kill-session", "-t", "other")
    stage.again("other").sees("Server, or")


def scene_invitations_the_room_of_a_link_and_waiting_messages_are_told(stage):
    alice = stage.chat("alice")
    alice.sees("You are in #lobby")
    bob = stage.person("bob", "#secret")
    bob.send("INVITE alice #secret")
    alice.sees("bob invites you to #secret: /join #secret")
    alice.enter("/chats")
    alice.sees("1 #lobby, in it")
    alice.press("C-d")
    alice.ended()
    stage.tmux("kill-session", "-t", "alice")
    alice = stage.chat("alice", link=f"{stage.server.link}/#later")
    alice.sees("You are in #later|#later, 1 here")
    alice.sees_prompt(r"^\[#later\]>")
    stage.server.kill()
    alice.sees("no connection")
    alice.enter("to be sent later")
    alice.sees("to be sent later …")
    alice.enter("/quit")
    alice.sees("1 message waits to be sent: the next start does it")


def scene_a_locale_that_says_nothing_is_utf_8(stage):
    for number, name in enumerate(("C", "POSIX", "xx_YY.UTF-8", "xx_YY")):
        nick = f"local{number}"
        one = stage.chat(nick, environment={"LC_ALL": name, "LANG": name})
        one.sees("You are in #lobby")
        one.enter("grüße 漢字")
        one.sees(f"{nick} │ grüße 漢字$")


def scene_it_starts_fast_and_stays_small(stage):
    alice = stage.chat("alice")
    alice.sees("connected as alice")
    alice.press("C-d")
    alice.ended()
    stage.tmux("kill-session", "-t", "alice")
    alice = stage.again("alice")
    alice.sees("connected as alice")
    status = open(f"/proc/{alice.process()}/status").read()
    resident = int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))
    print(f"      resident: {resident / 1024:.1f} MiB")
    expect(resident < 24 * 1024, f"{resident} kB are resident")
