import IRC

/// What everybody has seen of all conversations; says where two of them disagree.
struct Ledger {
  /// A place in a conversation.
  struct Place: Hashable {
    let conversation: String
    let sequence: Int
  }

  /// A message: its text is unique over the whole run.
  struct Entry: Hashable {
    let text: String
    let messageID: String
    let time: String

    init(_ message: Message) {
      text = message.parameters.last ?? ""
      messageID = message[tag: "msgid"] ?? ""
      time = message[tag: "time"] ?? ""
    }
  }

  private(set) var sent: [String: Set<String>] = [:]
  private(set) var acknowledged: Set<String> = []
  private(set) var delivered: Set<String> = []
  private var places: [Place: Entry] = [:]
  /// The last place each connection was shown, by conversation.
  private var shown: [String: [String: Int]] = [:]
  private(set) var problems: [String] = []
  /// Of all that anybody was shown.
  private(set) var highestNumber = 0

  mutating func send(_ text: String, in conversation: String) { sent[conversation, default: []].insert(text) }

  /// An echo: the message is stored. A duplicate's answer stands outside the order.
  mutating func acknowledge(_ message: Message, in conversation: String, by connection: String, isDuplicate: Bool) {
    see(message, in: conversation, by: isDuplicate ? nil : connection)
    acknowledged.insert(message.parameters.last ?? "")
  }

  mutating func deliver(_ message: Message, in conversation: String, to connection: String) {
    see(message, in: conversation, by: connection)
    delivered.insert(message.parameters.last ?? "")
  }

  private mutating func see(_ message: Message, in conversation: String, by connection: String?) {
    let place = Place(conversation: conversation, sequence: message.sequence)
    let entry = Entry(message)
    if place.sequence < 1 || entry.messageID.isEmpty { problems.append("without place or msgid: \(message.text)") }
    if let known = places[place], known != entry { problems.append("\(place) is \(known) and \(entry)") }
    places[place] = entry
    highestNumber = max(highestNumber, place.sequence)
    guard let connection else { return }
    let last = shown[connection]?[conversation] ?? 0
    if place.sequence <= last { problems.append("\(connection) is shown \(place) after \(last)") }
    shown[connection, default: [:]][conversation] = place.sequence
  }

  /// Compares what was seen with a conversation's whole history.
  mutating func check(_ history: [Message], of conversation: String) {
    let name = "history of \(conversation)"
    // Each start of the server begins with a higher number.
    if zip(history, history.dropFirst()).contains(where: { $0.sequence >= $1.sequence }) {
      problems.append("\(name): numbers do not rise")
    }
    let entries = history.map(Entry.init)
    let numbered = Dictionary(zip(history.map(\.sequence), entries), uniquingKeysWith: { $1 })
    let texts = Set(entries.map(\.text))
    if texts.count != entries.count { problems.append("\(name) has \(entries.count - texts.count) twice") }
    if Set(entries.map(\.messageID)).count != entries.count { problems.append("\(name) has a msgid twice") }
    if zip(entries, entries.dropFirst()).contains(where: { $0.time > $1.time }) {
      problems.append("\(name): time goes backwards")
    }
    let sent = sent[conversation] ?? []
    if !texts.isSubset(of: sent) {
      problems.append("\(name) has what nobody sent: \(texts.subtracting(sent).sorted())")
    }
    let missing = acknowledged.union(delivered).intersection(sent).subtracting(texts)
    if !missing.isEmpty { problems.append("\(name) lacks \(missing.sorted())") }
    for (place, entry) in places where place.conversation == conversation {
      guard numbered[place.sequence] == entry else {
        problems.append("\(place) was shown as \(entry), but stands otherwise in history")
        continue
      }
    }
  }
}
