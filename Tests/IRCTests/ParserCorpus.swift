// swift-format-ignore-file
// Made by Data/convert.py from Data/*.yaml; do not edit. See Data/LICENSE.

import IRC

extension ParserCorpus {
  static let join: [Join] = [
    Join(Message(
      tags: [], source: nil,
      command: "foo", parameters: ["bar", "baz", "asdf"]),
      matches: ["foo bar baz asdf", "foo bar baz :asdf"]),
    Join(Message(
      tags: [], source: "src",
      command: "AWAY", parameters: []),
      matches: [":src AWAY"]),
    Join(Message(
      tags: [], source: "src",
      command: "AWAY", parameters: [""]),
      matches: [":src AWAY :"]),
    Join(Message(
      tags: [], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", "asdf"]),
      matches: [":coolguy foo bar baz asdf", ":coolguy foo bar baz :asdf"]),
    Join(Message(
      tags: [], source: nil,
      command: "foo", parameters: ["bar", "baz", "asdf quux"]),
      matches: ["foo bar baz :asdf quux"]),
    Join(Message(
      tags: [], source: nil,
      command: "foo", parameters: ["bar", "baz", ""]),
      matches: ["foo bar baz :"]),
    Join(Message(
      tags: [], source: nil,
      command: "foo", parameters: ["bar", "baz", ":asdf"]),
      matches: ["foo bar baz ::asdf"]),
    Join(Message(
      tags: [], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", "asdf quux"]),
      matches: [":coolguy foo bar baz :asdf quux"]),
    Join(Message(
      tags: [], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", "  asdf quux "]),
      matches: [":coolguy foo bar baz :  asdf quux "]),
    Join(Message(
      tags: [], source: "coolguy",
      command: "PRIVMSG", parameters: ["bar", "lol :) "]),
      matches: [":coolguy PRIVMSG bar :lol :) "]),
    Join(Message(
      tags: [], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", ""]),
      matches: [":coolguy foo bar baz :"]),
    Join(Message(
      tags: [], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", "  "]),
      matches: [":coolguy foo bar baz :  "]),
    Join(Message(
      tags: [], source: "coolguy",
      command: "foo", parameters: ["b\u{9}ar", "baz"]),
      matches: [":coolguy foo b\u{9}ar baz", ":coolguy foo b\u{9}ar :baz"]),
    Join(Message(
      tags: [Tag("asd", "")], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", "  "]),
      matches: ["@asd :coolguy foo bar baz :  ", "@asd= :coolguy foo bar baz :  "]),
    Join(Message(
      tags: [Tag("asd", "")], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", "  "]),
      matches: ["@asd :coolguy foo bar baz :  "]),
    Join(Message(
      tags: [Tag("a", "b\\and\u{A}k"), Tag("d", "gh;764")], source: nil,
      command: "foo", parameters: []),
      matches: ["@a=b\\\\and\\nk;d=gh\\:764 foo", "@d=gh\\:764;a=b\\\\and\\nk foo"]),
    Join(Message(
      tags: [Tag("a", "b\\and\u{A}k"), Tag("d", "gh;764")], source: nil,
      command: "foo", parameters: ["par1", "par2"]),
      matches: ["@a=b\\\\and\\nk;d=gh\\:764 foo par1 par2", "@a=b\\\\and\\nk;d=gh\\:764 foo par1 :par2", "@d=gh\\:764;a=b\\\\and\\nk foo par1 par2", "@d=gh\\:764;a=b\\\\and\\nk foo par1 :par2"]),
    Join(Message(
      tags: [Tag("foo", "\\\\;\\s \u{D}\u{A}")], source: nil,
      command: "COMMAND", parameters: []),
      matches: ["@foo=\\\\\\\\\\:\\\\s\\s\\r\\n COMMAND"]),
  ]

  static let split: [Split] = [
    Split("foo bar baz asdf",
      Message(
      tags: [], source: nil,
      command: "foo", parameters: ["bar", "baz", "asdf"])),
    Split(":coolguy foo bar baz asdf",
      Message(
      tags: [], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", "asdf"])),
    Split("foo bar baz :asdf quux",
      Message(
      tags: [], source: nil,
      command: "foo", parameters: ["bar", "baz", "asdf quux"])),
    Split("foo bar baz :",
      Message(
      tags: [], source: nil,
      command: "foo", parameters: ["bar", "baz", ""])),
    Split("foo bar baz ::asdf",
      Message(
      tags: [], source: nil,
      command: "foo", parameters: ["bar", "baz", ":asdf"])),
    Split(":coolguy foo bar baz :asdf quux",
      Message(
      tags: [], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", "asdf quux"])),
    Split(":coolguy foo bar baz :  asdf quux ",
      Message(
      tags: [], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", "  asdf quux "])),
    Split(":coolguy PRIVMSG bar :lol :) ",
      Message(
      tags: [], source: "coolguy",
      command: "PRIVMSG", parameters: ["bar", "lol :) "])),
    Split(":coolguy foo bar baz :",
      Message(
      tags: [], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", ""])),
    Split(":coolguy foo bar baz :  ",
      Message(
      tags: [], source: "coolguy",
      command: "foo", parameters: ["bar", "baz", "  "])),
    Split("@a=b;c=32;k;rt=ql7 foo",
      Message(
      tags: [Tag("a", "b"), Tag("c", "32"), Tag("k", ""), Tag("rt", "ql7")], source: nil,
      command: "foo", parameters: [])),
    Split("@a=b\\\\and\\nk;c=72\\s45;d=gh\\:764 foo",
      Message(
      tags: [Tag("a", "b\\and\u{A}k"), Tag("c", "72 45"), Tag("d", "gh;764")], source: nil,
      command: "foo", parameters: [])),
    Split("@c;h=;a=b :quux ab cd",
      Message(
      tags: [Tag("c", ""), Tag("h", ""), Tag("a", "b")], source: "quux",
      command: "ab", parameters: ["cd"])),
    Split(":src JOIN #chan",
      Message(
      tags: [], source: "src",
      command: "JOIN", parameters: ["#chan"])),
    Split(":src JOIN :#chan",
      Message(
      tags: [], source: "src",
      command: "JOIN", parameters: ["#chan"])),
    Split(":src AWAY",
      Message(
      tags: [], source: "src",
      command: "AWAY", parameters: [])),
    Split(":src AWAY ",
      Message(
      tags: [], source: "src",
      command: "AWAY", parameters: [])),
    Split(":cool\u{9}guy foo bar baz",
      Message(
      tags: [], source: "cool\u{9}guy",
      command: "foo", parameters: ["bar", "baz"])),
    Split(":coolguy!ag@net\u{3}5w\u{3}ork.admin PRIVMSG foo :bar baz",
      Message(
      tags: [], source: "coolguy!ag@net\u{3}5w\u{3}ork.admin",
      command: "PRIVMSG", parameters: ["foo", "bar baz"])),
    Split(":coolguy!~ag@n\u{2}et\u{3}05w\u{F}ork.admin PRIVMSG foo :bar baz",
      Message(
      tags: [], source: "coolguy!~ag@n\u{2}et\u{3}05w\u{F}ork.admin",
      command: "PRIVMSG", parameters: ["foo", "bar baz"])),
    Split("@tag1=value1;tag2;vendor1/tag3=value2;vendor2/tag4= :irc.example.com COMMAND param1 param2 :param3 param3",
      Message(
      tags: [Tag("tag1", "value1"), Tag("tag2", ""), Tag("vendor1/tag3", "value2"), Tag("vendor2/tag4", "")], source: "irc.example.com",
      command: "COMMAND", parameters: ["param1", "param2", "param3 param3"])),
    Split(":irc.example.com COMMAND param1 param2 :param3 param3",
      Message(
      tags: [], source: "irc.example.com",
      command: "COMMAND", parameters: ["param1", "param2", "param3 param3"])),
    Split("@tag1=value1;tag2;vendor1/tag3=value2;vendor2/tag4 COMMAND param1 param2 :param3 param3",
      Message(
      tags: [Tag("tag1", "value1"), Tag("tag2", ""), Tag("vendor1/tag3", "value2"), Tag("vendor2/tag4", "")], source: nil,
      command: "COMMAND", parameters: ["param1", "param2", "param3 param3"])),
    Split("COMMAND",
      Message(
      tags: [], source: nil,
      command: "COMMAND", parameters: [])),
    Split("@foo=\\\\\\\\\\:\\\\s\\s\\r\\n COMMAND",
      Message(
      tags: [Tag("foo", "\\\\;\\s \u{D}\u{A}")], source: nil,
      command: "COMMAND", parameters: [])),
    Split(":gravel.mozilla.org 432  #momo :Erroneous Nickname: Illegal characters",
      Message(
      tags: [], source: "gravel.mozilla.org",
      command: "432", parameters: ["#momo", "Erroneous Nickname: Illegal characters"])),
    Split(":gravel.mozilla.org MODE #tckk +n ",
      Message(
      tags: [], source: "gravel.mozilla.org",
      command: "MODE", parameters: ["#tckk", "+n"])),
    Split(":services.esper.net MODE #foo-bar +o foobar  ",
      Message(
      tags: [], source: "services.esper.net",
      command: "MODE", parameters: ["#foo-bar", "+o", "foobar"])),
    Split("@tag1=value\\\\ntest COMMAND",
      Message(
      tags: [Tag("tag1", "value\\ntest")], source: nil,
      command: "COMMAND", parameters: [])),
    Split("@tag1=value\\1 COMMAND",
      Message(
      tags: [Tag("tag1", "value1")], source: nil,
      command: "COMMAND", parameters: [])),
    Split("@tag1=value1\\ COMMAND",
      Message(
      tags: [Tag("tag1", "value1")], source: nil,
      command: "COMMAND", parameters: [])),
    Split("@tag1=1;tag2=3;tag3=4;tag1=5 COMMAND",
      Message(
      tags: [Tag("tag1", "5"), Tag("tag2", "3"), Tag("tag3", "4")], source: nil,
      command: "COMMAND", parameters: [])),
    Split("@tag1=1;tag2=3;tag3=4;tag1=5;vendor/tag2=8 COMMAND",
      Message(
      tags: [Tag("tag1", "5"), Tag("tag2", "3"), Tag("tag3", "4"), Tag("vendor/tag2", "8")], source: nil,
      command: "COMMAND", parameters: [])),
    Split(":SomeOp MODE #channel :+i",
      Message(
      tags: [], source: "SomeOp",
      command: "MODE", parameters: ["#channel", "+i"])),
    Split(":SomeOp MODE #channel +oo SomeUser :AnotherUser",
      Message(
      tags: [], source: "SomeOp",
      command: "MODE", parameters: ["#channel", "+oo", "SomeUser", "AnotherUser"])),
  ]

  static let userhost: [Userhost] = [
    Userhost("coolguy", nick: "coolguy", user: "", host: ""),
    Userhost("coolguy!ag@127.0.0.1", nick: "coolguy", user: "ag", host: "127.0.0.1"),
    Userhost("coolguy!~ag@localhost", nick: "coolguy", user: "~ag", host: "localhost"),
    Userhost("coolguy@127.0.0.1", nick: "coolguy", user: "", host: "127.0.0.1"),
    Userhost("coolguy!ag", nick: "coolguy", user: "ag", host: ""),
    Userhost("coolguy!ag@net\u{3}5w\u{3}ork.admin", nick: "coolguy", user: "ag", host: "net\u{3}5w\u{3}ork.admin"),
    Userhost("coolguy!~ag@n\u{2}et\u{3}05w\u{F}ork.admin", nick: "coolguy", user: "~ag", host: "n\u{2}et\u{3}05w\u{F}ork.admin"),
  ]

  static let hostnames: [Hostname] = [
    Hostname("irc.example.com", isValid: true),
    Hostname("i.coolguy.net", isValid: true),
    Hostname("irc-srv.net.uk", isValid: true),
    Hostname("iRC.CooLguY.NeT", isValid: true),
    Hostname("gsf.ds342.co.uk", isValid: true),
    Hostname("324.net.uk", isValid: true),
    Hostname("xn--bcher-kva.ch", isValid: true),
    Hostname("services.", isValid: true),
    Hostname("-lol-.net.uk", isValid: false),
    Hostname("-lol.net.uk", isValid: false),
    Hostname("_irc._sctp.lol.net.uk", isValid: false),
    Hostname("irc", isValid: false),
    Hostname("com", isValid: false),
    Hostname("", isValid: false),
    Hostname(" ", isValid: false),
    Hostname("example. net", isValid: false),
    Hostname("ex ample.org", isValid: false),
    Hostname(" example.org", isValid: false),
    Hostname("example.org ", isValid: false),
  ]

  static let masks: [MaskCase] = [
    MaskCase("*@127.0.0.1",
      matches: ["coolguy!ab@127.0.0.1", "cooldud3!~bc@127.0.0.1"],
      fails: ["coolguy!ab@127.0.0.5", "cooldud3!~d@124.0.0.1"]),
    MaskCase("cool*@*",
      matches: ["coolguy!ab@127.0.0.1", "cooldud3!~bc@127.0.0.1", "cool132!ab@example.com"],
      fails: ["koolguy!ab@127.0.0.5", "cooodud3!~d@124.0.0.1"]),
    MaskCase("cool!*@*",
      matches: ["cool!guyab@127.0.0.1", "cool!~dudebc@127.0.0.1", "cool!312ab@example.com"],
      fails: ["coolguy!ab@127.0.0.1", "cooldud3!~bc@127.0.0.1", "koolguy!ab@127.0.0.5", "cooodud3!~d@124.0.0.1"]),
    MaskCase("cool!?username@*",
      matches: ["cool!ausername@127.0.0.1", "cool!~username@127.0.0.1"],
      fails: ["cool!username@127.0.0.1"]),
    MaskCase("cool!a?*@*",
      matches: ["cool!ab@127.0.0.1", "cool!abc@127.0.0.1"],
      fails: ["cool!a@127.0.0.1"]),
    MaskCase("cool[guy]!*@*",
      matches: ["cool[guy]!guy@127.0.0.1", "cool[guy]!a@example.com"],
      fails: ["coolg!ab@127.0.0.1", "cool[!ac@127.0.1.1"]),
  ]
}
