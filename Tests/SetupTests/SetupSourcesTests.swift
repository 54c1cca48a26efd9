import Foundation
import ParleyCore
import ParleyServer
import Testing

@Suite("Where settings come from")
struct SetupSourcesTests {
  @Test("a file that is gone at a reload is an error, and one that comes is read")
  func vanished() throws {
    let folder = try TemporaryFolder()
    try folder.write("parleyd.conf", "guests = false")
    let sources = SetupSources.sample(folder: folder.path)
    let setup = try sources.load()
    #expect(!setup.server.core.allowGuests)
    #expect(unlink(folder.path + "/parleyd.conf") == 0)
    #expect(throws: SetupError.self) { try sources.reload(over: setup) }
    let without = try sources.load()
    #expect(try sources.reload(over: without).server.core.allowGuests)
    try folder.write("parleyd.conf", "guests = false")
    #expect(try !sources.reload(over: without).server.core.allowGuests)
  }

  @Test("defaults < configuration file < --set < options")
  func precedence() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "parleyd.conf",
      """
      # A comment
      network = FromFile
      threads = 3
      name = file.example.org
      trust = 10.0.0.0/8
      trust = 10.1.0.0/16
      listen = irc://127.0.0.1:7001
      """)
    var sources = SetupSources.sample(folder: folder.path)
    var setup = try sources.load()
    #expect(setup.server.core.networkName == "FromFile")
    #expect(setup.server.trusted.map(\.description) == ["10.0.0.0/8", "10.1.0.0/16"])
    #expect(setup.server.listeners.map(\.description) == ["irc://127.0.0.1:7001"])
    #expect(setup.server.core.nickLength == Configuration().nickLength)

    sources.assignments = ["threads=4", "name=set.example.org", "trust = 192.168.0.0/16"]
    setup = try sources.load()
    #expect(setup.server.threads == 4)
    #expect(setup.server.trusted.map(\.description) == ["192.168.0.0/16"])
    #expect(setup.server.core.serverName == "set.example.org")

    sources.name = "option.example.org"
    sources.trusted = ["172.16.0.0/12", "::1"]
    sources.listeners = ["ircs://[::1]"]
    sources.threads = 5
    setup = try sources.load()
    #expect(setup.server.core.serverName == "option.example.org")
    #expect(setup.server.trusted.map(\.description) == ["172.16.0.0/12", "::1"])
    #expect(setup.server.listeners.map(\.description) == ["ircs://[::1]:6697"])
    #expect(setup.server.threads == 5)
    #expect(setup.server.core.networkName == "FromFile")
  }

  @Test("a list with nothing behind its = is emptied")
  func emptyList() throws {
    let folder = try TemporaryFolder()
    try folder.write("parleyd.conf", "motd = hello\n")
    var sources = SetupSources.sample(folder: folder.path)
    #expect(try sources.load().server.core.messageOfTheDay == ["hello"])
    sources.assignments = ["motd="]
    #expect(try sources.load().server.core.messageOfTheDay == [])
    sources.assignments = ["motd=\"\"", "motd=  two  "]
    #expect(try sources.load().server.core.messageOfTheDay == ["", "two"])
  }

  @Test(
    "a file's error names file and line",
    arguments: [
      ("nick-length = 9\n\nthreads = 99\n", "line 3: `threads`: 99 is out of range: 1 to 64"),
      ("threads = many\n", "line 1: `threads`: `many` is not a whole number"),
      ("# x\r\nthread = 2\r\n", "line 2: `thread`: there is no such setting; `parleyd config` shows them all"),
      ("guests = yes\n", "line 1: `guests`: `yes` is neither true nor false"),
      ("\n = 3\n", "line 2: there is no key before the ="),
      ("guests\n", "line 1: `guests` is not of the form key = value"),
      ("network = a\nmotd = x\nnetwork = b\n", "line 3: `network` is set in line 1 already"),
      ("network = two words\n", "line 1: `network`: `two words` is not one word"),
      ("network =\n", "line 1: `network`: it must not be empty"),
      ("name = chat\n", "line 1: `name`: `chat` is no server name: a host name with a dot, such as chat.example.org"),
      ("trust = 10.0.0.0/33\n", "line 1: `trust`: `10.0.0.0/33` is no network such as 10.0.0.0/8 or 2001:db8::/32"),
      ("lobby = lobby\n", "line 1: `lobby`: `lobby` is no room: # and up to 63 bytes without comma or space"),
      (
        "log-level = loud\n",
        "line 1: `log-level`: `loud` is none of trace, debug, info, notice, warning, error, critical"
      ),
      ("motd = \(String(repeating: "x", count: 401))\n", "line 1: `motd`: a line has at most 400 bytes, this one 401"),
    ])
  func fileErrors(text: String, error: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("parleyd.conf", text)
    let sources = SetupSources.sample(folder: folder.path)
    #expect(sentence { try sources.load() } == "\(folder.path)/parleyd.conf, \(error)")
  }

  @Test("errors of the command line are usage errors, those of files are not")
  func usage() throws {
    var sources = SetupSources.sample()
    for assignment in ["threads=0", "nothing", "no-such-key=1"] {
      sources.assignments = [assignment]
      #expect(throws: SetupError.self) { try sources.load() }
      do throws(SetupError) { _ = try sources.load() } catch { #expect(error.isUsage) }
    }
    sources.assignments = []
    sources.configurationFile = "/nonexistent/parleyd.conf"
    do throws(SetupError) { _ = try sources.load() } catch {
      #expect(!error.isUsage)
      #expect(error.description == "Cannot read /nonexistent/parleyd.conf: No such file or directory")
    }
  }

  @Test("the folder's own configuration cannot move the folder; a named one can")
  func movingTheFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write("parleyd.conf", "data-folder = /elsewhere\n")
    var sources = SetupSources(machine: .sample())
    sources.configurationFile = "\(folder.path)/parleyd.conf"
    #expect(try sources.load().server.dataFolder == "/elsewhere")
    sources.configurationFile = nil
    sources.assignments = ["data-folder=\(folder.path)"]
    #expect(try sources.load().server.dataFolder == folder.path)
  }

  @Test("where data is kept by default")
  func defaultFolder() {
    func folder(_ home: String, _ dataHome: String, isRoot: Bool = false) -> String {
      Machine(hostName: "", home: home, dataHome: dataHome, isRoot: isRoot).dataFolder
    }
    #expect(folder("/home/a", "") == "/home/a/.local/share/parleyd")
    #expect(folder("/home/a", "/data") == "/data/parleyd")
    #expect(folder("/home/a", "relative") == "/home/a/.local/share/parleyd")
    #expect(folder("/root", "/data", isRoot: true) == "/var/lib/parleyd")
    var sources = SetupSources(machine: .sample(home: ""))
    #expect(sentence { try sources.load() } == "There is no home folder to keep data in: say where with --data")
    sources.dataFolder = "here"
    #expect(sentence { try sources.load() } == nil)
  }

  @Test(
    "the server's name by default has a dot",
    arguments: [
      ("chat.example.org", "chat.example.org"), ("Tower", "tower.localhost"), ("", "parley.localhost"),
      ("under_score", "parley.localhost"), ("a..b", "parley.localhost"),
    ])
  func defaultName(hostName: String, serverName: String) {
    #expect(Machine.sample(hostName: hostName).serverName == serverName)
  }

  @Test("what does not go together is refused")
  func refusals() {
    func refusal(_ assignments: String...) -> String? {
      var sources = SetupSources.sample()
      sources.assignments = assignments
      return sentence { try sources.load() }
    }
    #expect(refusal("listen=") == "There is nothing to listen on: give at least one `listen`")
    #expect(
      refusal("listen=irc://[::]:6667")
        == "irc://[::]:6667 would send passwords and messages readable for everybody on the way: "
        + "use ircs://, or allow it with `insecure-plaintext = true`")
    #expect(refusal("listen=irc://[::]:6667", "insecure-plaintext=true") == nil)
    #expect(refusal("listen=irc://[::1]:6667", "listen=irc://127.8.0.1") == nil)
    #expect(
      refusal("listen=ircs://[::1]", "listen=ircs://[::1]:6697") == "ircs://[::1]:6697 is to be listened on twice")
    #expect(refusal("listen=ircs://[::1]:0", "listen=ircs://[::1]:0") == nil)
    #expect(refusal("certificate=/a.pem") == "`certificate` and `key` belong together: set both or none")
    #expect(refusal("motd=two\nlines") == "--set: the value of `motd` goes over more than one line")
  }
}
