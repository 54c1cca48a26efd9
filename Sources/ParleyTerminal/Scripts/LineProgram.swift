import CParley
import Glibc
import ParleyTerminalKit

/// The face for programs: an object on each line, both ways. Commands in, events and answers out.
final class LineProgram {
  /// Bytes of one line of input.
  private static let longestLine = 1 << 20

  let setup: Setup
  let errand: Errand
  let output: Output
  var engine: Engine { errand.engine }
  var identity: Identity?
  /// Requests under way, with the `id` that the script gave and what it asked for.
  var requests: [Int64: Asked] = [:]
  /// Messages that were told, by the server's ids.
  var told = KnownMessages()
  private var input: [UInt8] = []
  private var hasInput = true
  private(set) var status = ExitStatus.done
  private var chats: [Int64: Chat] = [:]
  private var places: [Int64: EventJSON.Place] = [:]

  struct Asked {
    var id: JSON?
    var isMessage: Bool
    /// Its answer is the list of who is ignored.
    var isIgnored = false
    /// Messages of the request that are queued.
    var messages: [Int64] = []
  }

  init(_ setup: Setup, _ access: any Access, _ output: Output) {
    self.setup = setup
    self.output = output
    errand = Errand(setup, access, output)
  }

  // MARK: The loop

  func run() throws(Ending) -> ExitStatus {
    defer { errand.access.close() }
    let identity = try errand.identity()
    self.identity = identity
    try errand.connect(identity)
    // Commands wait for the connection: most of them mean nothing without one.
    try errand.waitUntilOnline(identity) { (event) throws(Ending) in try self.tell(event) }
    while hasInput, !errand.access.isInterrupted {
      if let event = try errand.next(until: Clock.now() + 60_000, orInput: true) { try tell(event) }
      readInput()
    }
    return try finish()
  }

  /// After the end of input: what was asked is waited for; what was not sent in time is dropped.
  private func finish() throws(Ending) -> ExitStatus {
    let deadline = errand.deadline
    while !requests.isEmpty, let event = try errand.next(until: deadline) { try tell(event) }
    let late = requests
    if !late.isEmpty {
      let reason = errand.reason
      errand.windUp()
      for (request, asked) in late { try giveUp(request, asked, reason) }
      output.diagnosis("\(late.count) commands were not finished \(reason)")
    } else if hasInput {
      fail(.unreachable)
      output.diagnosis("Told to end; commands that came before are done")
    }
    return status
  }

  /// Takes back what was not sent, and answers the command with what became of it.
  private func giveUp(_ request: Int64, _ asked: Asked, _ reason: String) throws(Ending) {
    var isStuck = false
    for message in asked.messages where engine.message(message)?.state == .pending {
      let discarding = try? engine.discard(message)
      let done = try discarding.flatMap { (number) throws(Ending) in try errand.finish(number) }
      if done?.result != Int32(PARLEY_OK) { isStuck = true }
    }
    requests[request] = nil
    fail(isStuck ? .undelivered : .unreachable)
    let words = isStuck ? "sent, but not acknowledged \(reason)" : "not done \(reason)"
    answer(
      "error", asked.id, [JSON.Member("code", .string("PARLEY_E_TIMEOUT")), JSON.Member("reason", .string(words))])
  }

  /// The gravest end counts: a message that was lost before a connection that was.
  func fail(_ status: ExitStatus) {
    self.status = ExitStatus(rawValue: max(self.status.rawValue, status.rawValue)) ?? status
  }

  // MARK: Input

  private func readInput() {
    guard let bytes = errand.access.takeInput() else {
      hasInput = false
      if !input.isEmpty { take(input) }
      input = []
      return
    }
    input += bytes
    var start = 0
    while let end = input[start...].firstIndex(of: 0x0A) {
      take(Array(input[start..<end]))
      start = end + 1
    }
    input.removeFirst(start)
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
    output.json(EventJSON.object(event, [JSON.Member("id", id ?? .null)] + (identity?.place.members ?? []) + members))
  }

  // MARK: Names

  /// A chat as it was last told, or as it is.
  func chat(_ id: Int64) -> Chat? {
    if chats[id] == nil { chats[id] = engine.chat(id) }
    return chats[id]
  }

  func note(_ chat: Chat) { chats[chat.id] = chat }

  func note(_ identity: Identity) { places[identity.id] = identity.place }

  func place(_ identity: Int64) -> EventJSON.Place {
    if places[identity] == nil { for known in engine.identities() { note(known) } }
    return places[identity] ?? EventJSON.Place(identity: identity, network: "", host: "")
  }
}

/// The numbers of messages by the server's ids, of those that were met last.
struct KnownMessages {
  private static let most = 20_000
  private var numbers: [String: Int64] = [:]

  mutating func note(_ row: Row) {
    guard let id = row.networkID else { return }
    if numbers.count >= Self.most { numbers = [:] }
    numbers[id] = row.id
  }

  func number(_ networkID: String) -> Int64? { numbers[networkID] }
}
