import IRC

/// A client. With keys it behaves as our engine has to: a lasting outbox, a copy of every conversation, and a cursor in each
/// from which it catches up after a disconnection, and it changes messages and moves read markers. Without, it is a plain IRC client.
final class Device: Participant, CustomStringConvertible {
  let actor: String
  let account: String
  let address: String
  let name: String
  let hasKeys: Bool
  /// What it may read, with the target that names it.
  let places: [(place: Place, target: String)]
  /// What it may not read, and tries.
  let temptations: [String]
  /// The room it leaves and comes back to, if it does.
  let wandersIn: Int?
  let stage: Stage
  var dice: Dice { stage.dice }

  // Lasting.
  var budget: Int
  var counter = 0
  var outbox: [Pending] = []
  var copies: [[Seen]]
  var known: [Set<String>]
  var isRegistered = false
  var isSetUp = false
  var session = 0
  /// What it was told it has read, by target.
  var markers: [String: String] = [:]

  // For one connection.
  var wire: Wire?
  var isReady = false
  var framer = LineFramer(limit: ParserLimits.client.contentBytes)
  var batches: [String: Batch] = [:]
  var unsynced: [Int] = []
  var early: [[Seen]]
  var query: Query?
  var joined: Set<String> = []
  var unechoed: [String: Int] = [:]
  var lastLabel = 0
  /// What it takes back, until it is told what became of it.
  var redaction: Redaction?
  var presence = Presence.inside
  /// Where each place goes on being caught up with; nil: behind its copy.
  var points: [String?]
  var lines: [String: Lines] = [:]

  // The last reading.
  var unread: [Int] = []
  var reading: [Seen] = []
  var readingPoint: String?

  struct Pending {
    let counter: Int
    let sending: Int
    let target: String
    let text: String
    var change: Change?
    /// Of the attempt on this connection; empty: not sent on it yet.
    var label = ""
  }

  struct Redaction {
    let sending: Int
    let label: String
    /// Somebody else said it: it stays.
    let isForeign: Bool
  }

  /// Of who wanders, in its room.
  enum Presence { case inside, leaving, outside, joining }

  struct Batch {
    var type: String
    var label: String
  }

  struct Query {
    enum Purpose { case catchingUp(Int), reading(Int), temptation }
    var purpose: Purpose
    var page: [Seen] = []
    /// The ids of everything in the answer, what nobody has said included.
    var ids: [String] = []
  }

  /// Messages of several lines that are on their way.
  struct Lines {
    var message: Message
    var text = ""
  }

  init(
    account: String, device: String, hasKeys: Bool, address: String, budget: Int,
    places: [(place: Place, target: String)], temptations: [String], wandersIn room: String? = nil, stage: Stage
  ) {
    actor = "\(account)/\(device)"
    self.account = account
    name = device
    self.hasKeys = hasKeys
    self.address = address
    self.budget = budget
    self.places = places
    self.temptations = temptations
    wandersIn = room.flatMap { room in places.firstIndex { $0.target == room } }
    self.stage = stage
    copies = Array(repeating: [], count: places.count)
    known = Array(repeating: [], count: places.count)
    early = Array(repeating: [], count: places.count)
    points = Array(repeating: nil, count: places.count)
  }

  // MARK: - Connection

  func connected(_ wire: Wire) {
    self.wire = wire
    session += 1
    framer = LineFramer(limit: ParserLimits.client.contentBytes)
    var capabilities = "sasl message-tags server-time echo-message parley.chat/seq draft/account-registration"
    if hasKeys { capabilities += " labeled-response batch draft/chathistory draft/event-playback parley.chat/edit" }
    if hasKeys { capabilities += " draft/message-redaction draft/read-marker draft/multiline" }
    for line in [
      "CAP REQ :\(capabilities)", "NICK \(account)", "USER \(account) 0 * :\(account)", "AUTHENTICATE PLAIN",
    ] {
      wire.write(line)
    }
  }

  var wantsConnection: Bool { wire == nil }
  var alarm: Int64? { nil }

  func refused() {}

  // It has nothing of its own that could break.
  func suffer(_ weather: Weather) {}
  func recover() {}

  /// The connection is gone. What was sent and not answered is unknown.
  func disconnected() {
    stage.trace.note("\(actor) has lost its connection")
    wire?.isAbandoned = true
    wire = nil
    isReady = false
    batches = [:]
    unsynced = []
    early = Array(repeating: [], count: places.count)
    query = nil
    joined = []
    redaction = nil
    presence = .inside
    unechoed = [:]
    reading = []
    readingPoint = nil
    points = Array(repeating: nil, count: places.count)
    lines = [:]
    for index in outbox.indices { outbox[index].label = "" }
  }

  func receive(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      framer.consume(buffer) { frame in
        guard case .line(let line) = frame else { return complain("got an endless line") }
        for token in ActorLog.tokens(in: line) {
          stage.log.sightings.append(.init(actor: actor, account: account, token: token))
        }
        guard let message = try? Message(parsing: line, limits: .client) else { return complain("got nonsense") }
        handle(message)
      }
    }
  }

  func complain(_ words: String) { stage.log.complaints.append("\(actor) \(words)") }

  func write(_ line: String) {
    stage.trace.note("\(actor) → \(line)")
    wire?.write(line)
  }
}
