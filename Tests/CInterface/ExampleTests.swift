import Foundation
import Processes
import Testing

extension CInterface {
  /// The examples, built as their first lines say, against a live server.
  @Suite("Examples", .serialized)
  struct ExampleTests {
    let folder: TemporaryFolder
    let server: ServerProcess

    init() throws {
      folder = try TemporaryFolder()
      server = try ServerProcess(in: folder)
    }

    @Test("minimal: says back what it is told")
    func minimal() throws {
      let program = try start("minimal", [link("#minimal"), "parrot"])
      defer { kill(program.pid, SIGKILL) }
      let carol = try Person("carol", port: server.plainPort, in: "#minimal")
      try carol.waitForMember("parrot", of: "#minimal", program)
      try carol.say("pretty bird", to: "#minimal")
      try carol.wait(for: "PRIVMSG #minimal :pretty bird")
    }

    @Test("echo.py: the same in Python, with ctypes alone")
    func python() throws {
      let program = try Program(
        ["python3", Parts.examples + "/echo.py", link("#python"), "pyrrot"],
        environment: ["PARLEY_LIBRARY": Parts.library])
      defer { kill(program.pid, SIGKILL) }
      let carol = try Person("carol", port: server.plainPort, in: "#python")
      try carol.waitForMember("pyrrot", of: "#python", program)
      try carol.say("grüß Gott", to: "#python")
      try carol.wait(for: "PRIVMSG #python :grüß Gott")
    }

    @Test("embed_poll: says what is typed, shows what is said, ends when everything is delivered")
    func embedPoll() throws {
      let input = folder.file("input")
      try "one\ntwo\n\nthree".write(toFile: input, atomically: true, encoding: .utf8)
      let carol = try Person("carol", port: server.plainPort, in: "#poll")
      let (status, output) = try Program.run(
        [try build("embed_poll"), link(), "typist", "#poll"], input: input, seconds: 30)
      #expect(status == 0, "\(output)")
      for word in ["one", "two", "three"] { try carol.wait(for: "PRIVMSG #poll :\(word)") }
    }

    @Test("embed_poll: without an account's password it says so and ends")
    func password() throws {
      try Person.register("typist", port: server.plainPort)
      let program = try build("embed_poll")
      let input = folder.file("input")
      try "signed in\n".write(toFile: input, atomically: true, encoding: .utf8)
      let wrong = try Program.run(
        [program, link(), "typist", "#poll"], environment: ["PARLEY_PASSWORD": "wrong"], input: input,
        seconds: 30)
      #expect(wrong.status == 1)
      #expect(wrong.output.contains("PARLEY_E_SIGN_IN"), "\(wrong.output)")
      let right = try Program.run(
        [program, link(), "typist", "#poll"], environment: ["PARLEY_PASSWORD": ServerProcess.password], input: input,
        seconds: 30)
      #expect(right.status == 0, "\(right.output)")
    }

    @Test("bot: kill -9 at any moment, and every command is answered exactly once")
    func bot() throws {
      try Person.register("marvin", port: server.plainPort)
      let program = try build("bot")
      let arguments = [program, folder.file("bot.data"), link("#bot"), "marvin"]
      let environment = ["PARLEY_PASSWORD": ServerProcess.password]
      var bot = try Program(arguments, environment: environment)
      defer { kill(bot.pid, SIGKILL) }
      let carol = try Person("carol", port: server.plainPort, in: "#bot")
      try carol.waitForMember("marvin", of: "#bot", bot)
      try carol.say("!help", to: "#bot")
      try carol.wait(for: "NOTICE #bot :I know !ping")
      try carol.say("!seen carol", to: "#bot")
      try carol.wait(for: "NOTICE #bot :carol was here at")
      var asked = 0
      for round in 0..<6 {
        for _ in 0..<4 {
          asked += 1
          try carol.say("!echo number \(asked).", to: "#bot")
        }
        // Now with the answers on their way, now before they are, now after they were.
        if round % 3 != 0 { try carol.wait(for: "NOTICE #bot :number \(asked - 4 + round % 3).") }
        kill(bot.pid, SIGKILL)
        _ = try bot.wait()
        bot = try Program(arguments, environment: environment)
      }
      // Answers come in the order of the questions: after the last nothing is on its way.
      asked += 1
      try carol.say("!echo number \(asked).", to: "#bot")
      try carol.wait(for: "NOTICE #bot :number \(asked).", seconds: 40)
      let judge = try Person("judge", port: server.plainPort, in: "#bot")
      try judge.send("CAP REQ :draft/chathistory batch")
      try judge.wait(for: " ACK ")
      try judge.send("CHATHISTORY LATEST #bot * 200", "PING end")
      let history = try judge.wait(for: "PONG")
      for number in 1...asked {
        let answers = history.components(separatedBy: "NOTICE #bot :number \(number).").count - 1
        #expect(answers == 1, "number \(number) was answered \(answers) times")
      }
    }

    @Test("bridge: what is said in one room is said in the other, once, and does not come back")
    func bridge() throws {
      let other = try ServerProcess(in: folder, data: folder.file("other"))
      let program = try start(
        "bridge",
        [folder.file("bridge.data"), "joiner", link(), "#here", "irc://127.0.0.1:\(other.plainPort)", "#there"])
      defer { kill(program.pid, SIGKILL) }
      let carol = try Person("carol", port: server.plainPort, in: "#here")
      let dave = try Person("dave", port: other.plainPort, in: "#there")
      try carol.waitForMember("joiner", of: "#here", program)
      try dave.waitForMember("joiner", of: "#there", program)
      try carol.say("hello over there", to: "#here")
      try dave.wait(for: "PRIVMSG #there :<carol> hello over there")
      try dave.say("hello back", to: "#there")
      let heard = try carol.wait(for: "PRIVMSG #here :<dave> hello back")
      #expect(!heard.contains("<carol>"), "\(heard)")
      try carol.say("the last", to: "#here")
      let there = try dave.wait(for: "PRIVMSG #there :<carol> the last")
      #expect(!there.contains("hello"), "said twice, or came back: \(there)")
    }

    @Test("two devices of one account and a friend who is away see the same, and are told of everything once")
    func devices() throws {
      for account in ["alice", "bob"] { try Person.register(account, port: server.plainPort) }
      let program = try Compiler.build("\(Parts.folder)/programs/devices.c", in: folder)
      let (status, output) = try Program.run(
        [program, link()], environment: ["PARLEY_PASSWORD": ServerProcess.password], seconds: 120)
      #expect(status == 0, "\(output)")
      #expect(output == "ok\n")
    }

    // MARK: - Helpers

    private func link(_ room: String = "") -> String {
      "irc://127.0.0.1:\(server.plainPort)" + (room.isEmpty ? "" : "/" + room)
    }

    private func build(_ name: String) throws -> String {
      try Compiler.build("\(Parts.examples)/\(name).c", in: folder, flags: ["-std=c11"])
    }

    private func start(_ name: String, _ arguments: [String]) throws -> Program {
      try Program([try build(name)] + arguments)
    }
  }
}

extension Person {
  /// Makes an account, as people do.
  static func register(_ account: String, port: UInt16) throws {
    let person = try Person(account, port: port)
    try person.send("REGISTER * * :\(ServerProcess.password)")
    try person.wait(for: "Account registered")
    try person.send("QUIT")
  }

  /// Waits until a program's nick is in a room.
  func waitForMember(_ nick: String, of room: String, _ program: Program) throws {
    let deadline = Deadline(seconds: 30)
    while !deadline.hasPassed {
      try send("NAMES \(room)")
      if try wait(for: " 366 ").contains(nick) { return }
      // Its JOIN is told: nothing has to be asked again before that.
      do { try wait(for: "JOIN \(room)") } catch {
        throw LiveError("\(nick) does not come to \(room); the program printed:\n\(program.output.text)")
      }
    }
    throw LiveError("\(nick) does not come to \(room)")
  }
}
