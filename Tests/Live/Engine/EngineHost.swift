import Foundation
import Processes

/// A program of its own with an engine inside (host.c): it is told lines, and what it prints is remembered. Used by one thread.
final class EngineHost {
  let name: String
  private let command: [String]
  private let environment: [String: String]
  private var pid: pid_t = -1
  /// Standard input and output of the program; -1: it does not run.
  private(set) var descriptor: Int32 = -1
  private var unread: [UInt8] = []
  private var answers: [HostLine] = []
  private var hasEnded = true
  /// How it ended, as waitpid() says.
  private var status: Int32 = 0

  // MARK: What it has printed, over all its lives

  private(set) var states: [HostState] = []
  /// From MESSAGE events.
  private(set) var messages: [HostRow] = []
  /// From QUEUED events: safe on disk.
  private(set) var queued: [HostRow] = []
  /// From CHANGED events.
  private(set) var changes: [HostRow] = []
  /// Results of finished requests of this life.
  private(set) var done: [Int: Int] = [:]
  /// Rooms as their last CHAT event said.
  private(set) var chats: [String: HostChat] = [:]
  private(set) var lines = 0

  /// - Parameters:
  ///   - program: host.c, compiled.
  ///   - password: of the account that is named like its nick; nil: a guest.
  init(_ name: String, program: String, folder: String, password: String? = ServerProcess.password) throws {
    self.name = name
    command = [program, folder]
    environment = password.map { ["PARLEY_PASSWORD": $0] } ?? [:]
    try start()
  }

  deinit { kill() }

  /// Compiles the program and links it with the library.
  static func compile(in folder: TemporaryFolder) throws -> String {
    let program = folder.file("host")
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/host.c"
    let (status, output) = try Program.run(
      [
        "cc", "-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I", BuildFolder.sources + "/include", source,
        "-o", program, "-L", BuildFolder.path, "-lparley", "-Wl,-rpath," + BuildFolder.path,
      ], seconds: 60)
    guard status == 0 else { throw LiveError("host.c does not compile:\n\(output)") }
    return program
  }

  // MARK: - Its lives

  /// Starts it, again on the same folder.
  func start() throws {
    var pair: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 else { throw LiveError("no sockets") }
    for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(pair[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pair[1], 0)
    posix_spawn_file_actions_adddup2(&actions, pair[1], 1)
    var vector = command.map { strdup($0) } + [nil]
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var settings = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in vector + settings { free(pointer) } }
    let result = posix_spawn(&pid, command[0], &actions, nil, &vector, &settings)
    guard result == 0 else {
      close(pair[0])
      throw LiveError("\(name): cannot start: errno \(result)")
    }
    (descriptor, hasEnded) = (pair[0], false)
    (unread, answers, done, chats) = ([], [], [:], [:])
    _ = try answer("OPEN")
  }

  /// `kill -9`. What it has printed before counts.
  func kill() {
    guard pid > 0 else { return }
    Foundation.kill(pid, SIGKILL)
    while !hasEnded { read() }
    close(descriptor)
    waitpid(pid, &status, 0)
    (pid, descriptor) = (-1, -1)
  }

  /// Forgets what it has printed so far.
  func clear() { (states, messages, queued, changes, done, chats) = ([], [], [], [], [:], [:]) }

  /// Ends it as hosts end.
  func quit() throws {
    try tell("quit")
    let result = try answer("CLOSED").number(0)
    guard result == 0 else { throw LiveError("\(name): parley_close: \(result)") }
    kill()
  }

  // MARK: - Lines

  func tell(_ line: String) throws {
    var bytes = Array((line + "\n").utf8)[...]
    let deadline = Deadline(seconds: 20)
    while !bytes.isEmpty {
      let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
      let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, flags) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else {
        // It may wait for us to read.
        guard count < 0, errno == EAGAIN || errno == EINTR, !deadline.hasPassed else {
          throw LiveError("\(name): cannot be told `\(line)`: errno \(errno)")
        }
        pump()
      }
    }
  }

  /// Does a command.
  /// - Returns: what the function returned.
  @discardableResult
  func ask(_ line: String) throws -> Int {
    try tell(line)
    return try answer("RESULT").number(0)
  }

  /// Does a command that takes time, and waits for its DONE.
  @discardableResult
  func perform(_ line: String, seconds: Double = 20) throws -> Int {
    let request = try ask(line)
    guard request > 0 else { throw LiveError("\(name): `\(line)` returned \(request)") }
    try wait(for: "DONE of `\(line)`", seconds: seconds) { done[request] != nil }
    return done[request] ?? 0
  }

  /// Rows that a command prints.
  func rows(_ line: String) throws -> [HostRow] {
    try tell(line)
    var rows: [HostRow] = []
    while true {
      let line = try answer(nil)
      if line.word == "END" { return rows }
      if let row = line.row { rows.append(row) }
    }
  }

  /// The next line that is no event.
  private func answer(_ word: String?) throws -> HostLine {
    try wait(for: word ?? "rows") { !answers.isEmpty }
    let line = answers.removeFirst()
    if let word, line.word != word { throw LiveError("\(name): `\(line.text)` instead of \(word)") }
    return line
  }

  /// Reads until something is so.
  func wait(for what: String, seconds: Double = 20, until isSo: () -> Bool) throws {
    let deadline = Deadline(seconds: seconds)
    while !isSo() {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard !hasEnded else {
        kill()
        throw LiveError("\(name) ended (signal \(status & 0x7F), status \(status >> 8)) instead of bringing \(what)")
      }
      guard poll(&entry, 1, deadline.milliseconds) > 0 else { throw LiveError("waited for \(what) of \(account)") }
      read()
    }
  }

  /// Takes what has come, without waiting.
  func pump() {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    if !hasEnded, poll(&entry, 1, 0) > 0 { read() }
  }

  /// For people, when something went wrong.
  var account: String {
    let states = states.suffix(6).map { "\($0.milliseconds) \($0.state) \($0.result) \($0.nick) \($0.reason)" }
    let messages = messages.suffix(3).map { "\($0.chat) \($0.kind) \($0.nick): \($0.text)" }
    return "\(name), states \(states), last messages \(messages), results \(done.values.filter { $0 != 0 })"
  }

  private func read() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count < 0, errno == EINTR { return }
    guard count > 0 else {
      hasEnded = true
      return
    }
    unread += buffer[..<count]
    while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
      hear(HostLine(String(decoding: unread[..<end], as: UTF8.self)))
      unread.removeSubrange(...end)
    }
  }

  private func hear(_ line: HostLine) {
    lines += 1
    switch line.word {
    case "STATE": states.append(HostState(line))
    case "MESSAGE": if let row = line.row { messages.append(row) }
    case "QUEUED": if let row = line.row { queued.append(row) }
    case "CHANGED": if let row = line.row { changes.append(row) }
    case "DONE": done[line.number(0)] = line.number(1)
    case "CHAT": chats[line.field(0)] = HostChat(isJoined: line.number(1) == 1, topic: line.field(2))
    default: answers.append(line)
    }
  }
}

extension EngineHost {
  /// Adds the identity, named like the host.
  func live(at port: UInt16) throws {
    guard try ask("identity irc://127.0.0.1:\(port) \(name)") > 0 else { throw LiveError("\(name): no identity") }
  }

  func waitUntilOnline(seconds: Double = 20) throws {
    try wait(for: "being online", seconds: seconds) { states.last?.state == .online }
  }

  func waitForMessage(_ text: String, seconds: Double = 20) throws {
    try wait(for: "`\(text)`", seconds: seconds) { messages.contains { $0.text == text } }
  }

  func isJoined(_ room: String) -> Bool { chats[room]?.isJoined == true }
}
