import IRC

/// Where a command writes its answer. It never writes to a connection: what is collected here leaves at its place in the effect
/// stream, with the label or the batch that labeled-response asks for.
final class Reply {
  let session: Session
  let serverName: String
  /// How its lines name the client: the nick it has at the reply's place in the order.
  var addressee: String
  private let sliceBytes: Int
  private let label: String?
  private let makeBatch: () -> String
  private(set) var bytes: [UInt8] = []
  /// Where each line starts, and whether it already stands in a batch of its own; kept only when there is a label.
  private var lines: [(start: Int, isInBatch: Bool)] = []
  private var openBatch: String?
  /// Something will be written to it later, in the effect stream: it has to keep its place there.
  var isAwaited = false

  init(
    session: Session, label: String?, serverName: String, addressee: String, sliceBytes: Int,
    makeBatch: @escaping () -> String
  ) {
    self.session = session
    self.addressee = addressee
    self.label = label
    self.serverName = serverName
    self.sliceBytes = sliceBytes
    self.makeBatch = makeBatch
  }

  var isLabeled: Bool { label != nil }
  /// A slice is complete.
  var isFull: Bool { bytes.count >= sliceBytes }
  var size: Int { bytes.count }
  private var countedBytes = 0

  /// Charges the session's budget with what has been written since the last call.
  func count() {
    if bytes.count > countedBytes { session.output.spend(bytes.count - countedBytes) }
    countedBytes = bytes.count
  }
  var isEmpty: Bool { bytes.isEmpty }

  /// The last parameter may contain spaces.
  func numeric(_ numeric: Numeric, _ parameters: String...) { self.numeric(numeric, parameters) }

  func numeric(_ numeric: Numeric, _ parameters: [String]) {
    send(Message(source: serverName, command: numeric.text, parameters: [addressee] + parameters))
  }

  func send(_ message: Message, inBatch batch: String? = nil) {
    begin(inBatch: batch != nil)
    if let batch {
      var tagged = message
      tagged.tags.insert(Tag("batch", batch), at: 0)
      tagged.encode(into: &bytes)
    } else {
      message.encode(into: &bytes)
    }
  }

  /// A line as others get it, in the form this session's capabilities ask for.
  func send(_ delivery: Delivery, inBatch batch: String? = nil, mark: String? = nil) {
    guard delivery.encodingKey(session.capabilities) != nil else { return }
    begin(inBatch: batch != nil)
    delivery.encode(for: session.capabilities, batch: batch, mark: mark, into: &bytes)
  }

  /// As many lines of a delivery as there is room for, one at least.
  /// - Returns: whether the delivery is complete.
  func send(_ part: inout PartialDelivery) -> Bool {
    guard part.isFor(session.capabilities) else { return true }
    begin(inBatch: part.isInBatch)
    return part.write(for: session.capabilities, bytes: max(1, sliceBytes - bytes.count), into: &bytes)
  }

  func fail(_ command: String, _ code: String, _ context: [String] = [], _ description: String) {
    standard(.fail, command, code, context, description)
  }

  func note(_ command: String, _ code: String, _ context: [String] = [], _ description: String) {
    standard(.note, command, code, context, description)
  }

  /// standard-replies: FAIL, WARN and NOTE may be sent whether or not the client asked for the capability.
  private func standard(
    _ kind: StandardReply.Kind, _ command: String, _ code: String, _ context: [String], _ description: String
  ) {
    var message = StandardReply(kind, command: command, code: code, context: context, description: description).message
    message.source = serverName
    send(message)
  }

  private func begin(inBatch: Bool) {
    if label != nil { lines.append((bytes.count, inBatch)) }
  }

  /// The bytes collected so far, with label and batch. Empties the reply.
  /// - Parameter isComplete: false when more of a long answer follows: a label then opens its batch now.
  func take(isComplete: Bool) -> [UInt8] {
    defer {
      bytes = []
      lines = []
      countedBytes = 0
    }
    guard let label else { return bytes }
    var out: [UInt8] = []
    if openBatch == nil, isComplete, lines.count < 2 {
      if lines.isEmpty {
        Message(tags: [Tag("label", label)], source: serverName, command: "ACK").encode(into: &out)
      } else {
        append(line: 0, tag: "label", value: label, to: &out)
      }
      return out
    }
    let batch: String
    if let openBatch {
      batch = openBatch
    } else {
      batch = makeBatch()
      openBatch = batch
      Message(
        tags: [Tag("label", label)], source: serverName, command: "BATCH",
        parameters: ["+" + batch, "labeled-response"]
      ).encode(into: &out)
    }
    for number in lines.indices {
      if lines[number].isInBatch {
        out.append(contentsOf: bytes[range(of: number)])
      } else {
        append(line: number, tag: "batch", value: batch, to: &out)
      }
    }
    if isComplete {
      Message(source: serverName, command: "BATCH", parameters: ["-" + batch]).encode(into: &out)
      openBatch = nil
    }
    return out
  }

  private func range(of number: Int) -> Range<Int> {
    lines[number].start..<(number + 1 < lines.count ? lines[number + 1].start : bytes.count)
  }

  private func append(line number: Int, tag: String, value: String, to out: inout [UInt8]) {
    let range = range(of: number)
    out.append(UInt8(ascii: "@"))
    out.append(utf8: tag)
    out.append(UInt8(ascii: "="))
    TagEscape.append(value, to: &out)
    guard let first = bytes[range].first, first == UInt8(ascii: "@") else {
      out.append(UInt8(ascii: " "))
      out.append(contentsOf: bytes[range])
      return
    }
    out.append(UInt8(ascii: ";"))
    out.append(contentsOf: bytes[range.dropFirst()])
  }
}
