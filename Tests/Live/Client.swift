import Foundation
import IRC
import Processes

/// An IRC client of the plainest kind: it sends lines and waits for lines. Used by one thread.
final class Client {
  /// Everything that a modern client asks for.
  static let modern = [
    "message-tags", "server-time", "batch", "echo-message", "labeled-response", "standard-replies",
    "draft/chathistory", "parley.chat/seq",
  ]

  /// Of all accounts.
  static let password = ServerProcess.password

  let name: String
  let socket: Socket
  private let tls: TLSFilter?
  private var framer = LineFramer(limit: 65_536)
  private var inbox: [Message] = []
  private var next = 0
  private var syncs = 0
  private(set) var hasEnded = false

  /// - Parameters:
  ///   - preamble: bytes ahead of everything, also of TLS.
  ///   - source: as in `Socket`.
  ///   - protocols: offered with ALPN.
  init(
    _ name: String, port: UInt16, secure: Bool = false, receiveBuffer: Int32 = 0, preamble: [UInt8] = [],
    source: UInt16? = nil, protocols: [String] = []
  ) throws {
    self.name = name
    socket = try Socket(port: port, receiveBuffer: receiveBuffer, source: source)
    tls = secure ? try TLSFilter(protocols: protocols) : nil
    if !preamble.isEmpty { try write(preamble) }
    try flushTLS()
  }

  var fingerprint: String? { tls?.fingerprint }
  var negotiatedProtocol: String? { tls?.negotiatedProtocol }

  // MARK: - Lines

  func send(_ line: String) throws { try send(bytes: Array((line + "\r\n").utf8)) }

  func send(bytes: [UInt8]) throws {
    guard let tls else { return try write(bytes) }
    tls.encrypt(bytes)
    try flushTLS()
  }

  /// The end of what this client sends, as TLS and TCP say it.
  func endOutput() throws {
    tls?.close()
    try flushTLS()
    socket.shutOutput()
  }

  private func flushTLS() throws {
    if let bytes = try tls?.takeOutput(), !bytes.isEmpty { try write(bytes) }
  }

  /// Reads while the server does not take more, so that neither waits for the other.
  private func write(_ bytes: [UInt8]) throws {
    let deadline = Deadline(seconds: 20)
    var rest = bytes[...]
    while true {
      guard let count = socket.write(rest) else { throw LiveError("\(name): the connection is gone") }
      rest = rest.dropFirst(count)
      if rest.isEmpty { return }
      if tls == nil { try pump() }
      guard socket.waitWritable(deadline), !deadline.hasPassed else { throw LiveError("\(name): cannot send") }
    }
  }

  /// Takes what has arrived, without waiting.
  func pump() throws {
    guard !hasEnded else { return }
    guard var bytes = socket.read() else {
      hasEnded = true
      return
    }
    if let tls {
      bytes = try tls.decrypt(bytes)
      try flushTLS()
    }
    var lines: [[UInt8]] = []
    bytes.withUnsafeBytes { raw in
      framer.consume(raw) { frame in
        if case .line(let line) = frame { lines.append(Array(line)) }
      }
    }
    for line in lines {
      let message = try Message(parsing: line, limits: .client)
      if message.command == "PING" {
        try send("PONG :\(message.parameters.last ?? "")")
      } else {
        inbox.append(message)
      }
    }
  }

  /// What has arrived and has not been looked at.
  func take() -> [Message] {
    defer {
      inbox = []
      next = 0
    }
    return Array(inbox[next...])
  }

  /// The next line; nil at the end of the stream.
  func receive(seconds: Double = 20) throws -> Message? {
    let deadline = Deadline(seconds: seconds)
    while true {
      if next < inbox.count {
        defer { next += 1 }
        return inbox[next]
      }
      inbox = []
      next = 0
      if hasEnded { return nil }
      guard socket.waitReadable(deadline), !deadline.hasPassed else {
        throw LiveError("\(name): nothing for \(seconds) s")
      }
      try pump()
    }
  }

  /// Skips lines up to one that fits.
  @discardableResult
  func wait(
    for what: String, seconds: Double = 20, where fits: (Message) throws -> Bool
  ) throws -> Message {
    var skipped: [String] = []
    do {
      let deadline = Deadline(seconds: seconds)
      while let message = try receive(seconds: Double(deadline.milliseconds) / 1000) {
        if try fits(message) { return message }
        skipped.append(message.text)
      }
    } catch {
      throw LiveError("\(error) while waiting for \(what), after:\n\(skipped.suffix(20).joined(separator: "\n"))")
    }
    throw LiveError("\(name): end of stream instead of \(what), after:\n\(skipped.suffix(20).joined(separator: "\n"))")
  }

  @discardableResult
  func wait(command: String, seconds: Double = 20) throws -> Message {
    try wait(for: command, seconds: seconds) { $0.command == command }
  }

  /// Waits for a message with this text.
  @discardableResult
  func wait(text: String, seconds: Double = 20) throws -> Message {
    try wait(for: "`\(text)`", seconds: seconds) { $0.parameters.last == text }
  }

  /// Everything that the server had to say up to now.
  func sync(seconds: Double = 20) throws -> [Message] {
    syncs += 1
    let token = "\(name)-\(syncs)"
    try send("PING \(token)")
    var messages: [Message] = []
    let deadline = Deadline(seconds: seconds)
    while let message = try receive(seconds: Double(deadline.milliseconds) / 1000) {
      if message.command == "PONG", message.parameters.last == token { return messages }
      messages.append(message)
    }
    throw LiveError("\(name): end of stream instead of PONG, after:\n\(messages.map(\.text).joined(separator: "\n"))")
  }

  /// Reads up to the end of the stream, and closes.
  func readToEnd(seconds: Double = 20) throws -> [Message] {
    let deadline = Deadline(seconds: seconds)
    var messages: [Message] = []
    while let message = try receive(seconds: Double(deadline.milliseconds) / 1000) { messages.append(message) }
    socket.close()
    return messages
  }

  // MARK: - Registration

  func request(_ capabilities: [String]) throws {
    try send("CAP LS 302")
    try send("CAP REQ :\(capabilities.joined(separator: " "))")
    let answer = try wait(for: "CAP ACK") { $0.command == "CAP" && ["ACK", "NAK"].contains($0.parameters[1]) }
    guard answer.parameters[1] == "ACK" else { throw LiveError("\(name): \(answer.text)") }
  }

  func authenticate(_ account: String, password: String, with mechanism: Mechanism) throws {
    try send("AUTHENTICATE \(mechanism.rawValue)")
    try wait(command: "AUTHENTICATE")
    switch mechanism {
    case .plain: try respond("\0\(account)\0\(password)")
    case .scram:
      let scram = ScramClient(name: account, password: password)
      try respond(scram.first)
      let (message, signature) = try scram.final(try challenge())
      try respond(message)
      guard try challenge() == signature else { throw LiveError("\(name): wrong server signature") }
      try send("AUTHENTICATE +")
    }
    let outcome = try wait(for: "903 or 904") { ["903", "904"].contains($0.command) }
    guard outcome.command == "903" else { throw LiveError("\(name): \(outcome.text)") }
  }

  private func respond(_ text: String) throws { try send("AUTHENTICATE \(Base64.encode(Array(text.utf8)))") }

  private func challenge() throws -> String {
    let text = try wait(for: "AUTHENTICATE or 904") { ["AUTHENTICATE", "904"].contains($0.command) }
    guard text.command == "AUTHENTICATE", let bytes = Base64.decode(text.parameters[0]) else {
      throw LiveError("\(name): \(text.text)")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// NICK, USER, CAP END, and the welcome.
  func register() throws {
    try send("NICK \(name)")
    try send("USER \(name) 0 * :\(name)")
    try send("CAP END")
    try wait(command: "001")
  }

  // MARK: - Rooms and history

  func join(_ room: String) throws {
    try send("JOIN \(room)")
    // A sign-in ends with the lines of other rooms.
    try wait(for: "the names of \(room)") { $0.command == "366" && $0.parameters[1] == room }
  }

  /// The messages of one CHATHISTORY answer.
  func history(_ query: String) throws -> [Message] {
    try send("CHATHISTORY \(query)")
    let start = try wait(for: "a batch") { message in
      if message.command == "FAIL" { throw LiveError(message.text) }
      return message.command == "BATCH" && message.parameters[0].hasPrefix("+")
    }
    let reference = String(start.parameters[0].dropFirst())
    var messages: [Message] = []
    while let message = try receive() {
      if message.command == "BATCH", message.parameters[0] == "-\(reference)" { return messages }
      if message[tag: "batch"] == reference { messages.append(message) }
    }
    throw LiveError("\(name): end of stream within history")
  }

  /// A whole conversation, page by page.
  func wholeHistory(_ target: String) throws -> [Message] {
    var all: [Message] = []
    while true {
      let page = try history("AFTER \(target) parley.chat/seq=\(all.last?.sequence ?? 0) 1000")
      if page.isEmpty { return all }
      all += page
    }
  }
}

extension Message {
  /// For people.
  var text: String {
    var bytes: [UInt8] = []
    encode(into: &bytes)
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
  }

  var nick: String { source.map { String($0.prefix { $0 != "!" }) } ?? "" }

  var sequence: Int { self[tag: "parley.chat/seq"].flatMap(Int.init) ?? 0 }
}
