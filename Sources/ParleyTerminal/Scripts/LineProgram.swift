import CParley
import Glibc
import ParleyTerminalKit

/// The face for programs: an object on each line, both ways. Commands in, events and answers out.
final class LineProgram {
  /// Bytes of one line of input.
  private static let longestLine = 1 << 20

  let setup: Setup
  let errand: Errand
  var engine: Engine { errand.engine }
  var identity: Identity?
  /// Requests under way, with the `id` that the script gave and what it asked for.
  var requests: [Int64: Asked] = [:]
  private var input: [UInt8] = []
  private var hasInput = true
  private(set) var status = ExitStatus.done
  private var chats: [Int64: Chat] = [:]

  struct Asked {
    var id: JSON?
    var isMessage: Bool
    /// Its answer is the list of who is ignored.
    var isIgnored = false
    /// Messages of the request that are queued.
    var messages: [Int64] = []
  }

  init(_ setup: Setup) throws(Ending) {
    self.setup = setup
    errand = try Errand(setup)
  }

  // MARK: The loop

  func run() throws(Ending) -> ExitStatus {
    defer { engine.close() }
    let identity = try errand.identity()
    self.identity = identity
    try errand.connect(identity)
    // Commands wait for the connection: most of them mean nothing without one.
    try waitUntilOnline(identity)
    while hasInput {
      try tellEvents()
      wait()
    }
    return try finish()
  }

  private func waitUntilOnline(_ identity: Identity) throws(Ending) {
    let deadline = errand.deadline
    while true {
      guard let event = try errand.next(until: deadline) else {
        // Says with which reason.
        try errand.waitUntilOnline(identity)
        return
      }
      try tell(event)
      if event.kind == .identity, event.identityOf?.state == .online { return }
    }
  }

  private func wait() {
    var waits = [
      pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      pollfd(fd: engine.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&waits, nfds_t(waits.count), -1) > 0 else { return }
    if waits[1].revents != 0 { engine.dispatch() }
    if waits[0].revents != 0 { readInput() }
  }

  private func tellEvents() throws(Ending) {
    while let event = try errand.next(until: 0) { try tell(event) }
  }

  /// After the end of input: what was asked is waited for; what was not sent in time is dropped.
  private func finish() throws(Ending) -> ExitStatus {
    let deadline = errand.deadline
    while !requests.isEmpty, let event = try errand.next(until: deadline) { try tell(event) }
    let late = requests.values
    for message in late.flatMap(\.messages) where engine.message(message)?.state == .pending {
      if let request = try? engine.discard(message) { _ = try errand.finish(request) } else { fail(.undelivered) }
    }
    if !late.isEmpty {
      fail(.unreachable)
      Output.diagnosis("\(late.count) commands were not finished within \(setup.options.timeout) s")
    }
    return status
  }

  /// The gravest end counts: a message that was lost before a connection that was.
  func fail(_ status: ExitStatus) {
    self.status = ExitStatus(rawValue: max(self.status.rawValue, status.rawValue)) ?? status
  }

  // MARK: Input

  private func readInput() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return }
    if count <= 0 {
      hasInput = false
      if !input.isEmpty { take(input) }
      input = []
      return
    }
    input += buffer.prefix(count)
    while let end = input.firstIndex(of: 0x0A) {
      take(Array(input[..<end]))
      input.removeSubrange(...end)
    }
    if input.count > Self.longestLine {
      refuse(nil, "TOO_LONG", "a line has at most \(Self.longestLine) bytes")
      hasInput = false
      input = []
    }
  }

  private func take(_ bytes: [UInt8]) {
    guard bytes.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { return }
    do {
      obey(try JSONReader.read(bytes))
    } catch {
      refuse(nil, "JSON", error.description)
    }
  }

  /// A command that means nothing.
  func refuse(_ id: JSON?, _ code: String, _ reason: String) {
    fail(.usage)
    answer("error", id, [JSON.Member("code", .string(code)), JSON.Member("reason", .string(reason))])
  }

  func answer(_ event: String, _ id: JSON?, _ members: [JSON.Member] = []) {
    Output.json(EventJSON.object(event, [JSON.Member("id", id ?? .null)] + members))
  }

  // MARK: Names

  /// A chat as it was last told, or as it is.
  func chat(_ id: Int64) -> Chat? {
    if chats[id] == nil { chats[id] = engine.chat(id) }
    return chats[id]
  }

  func note(_ chat: Chat) { chats[chat.id] = chat }

  func network(_ identity: Int64) -> String {
    if let known = self.identity, known.id == identity { return known.network }
    return engine.identities().first { $0.id == identity }?.network ?? ""
  }
}
