import IRC
import ParleyStore

/// A page of history on its way to the client that has asked for it, read from the store slice by slice as the client takes it.
struct HistoryAnswer {
  private let call: UserCall
  private let conversation: Conversation
  private let name: String
  /// The conversation is not the asker's to read any more.
  private let refuse: () -> Void
  /// The store cannot read it.
  private let fail: () -> Void
  /// A message id that was asked about is of no message there.
  private let unknownPoint: () -> Void

  /// - Parameter call: its session is parked.
  init(
    _ call: UserCall, _ conversation: Conversation, _ name: String, refuse: @escaping () -> Void,
    fail: @escaping () -> Void, unknownPoint: @escaping () -> Void = {}
  ) {
    self.call = call
    self.conversation = conversation
    self.name = name
    self.refuse = refuse
    self.fail = fail
    self.unknownPoint = unknownPoint
  }

  static func showsReactions(_ session: Session) -> Bool {
    session.has(.draftEventPlayback) && session.has(.messageTags) && session.has(.batch)
  }

  /// - Parameters:
  ///   - byteLimit: bytes at which the page ends.
  ///   - before: written once there is an answer, with the page as far as it has been read.
  ///   - after: written behind the last line.
  func begin(
    _ query: HistoryQuery, byteLimit: Int = HistoryPage.byteLimit,
    before: @escaping (HistoryPage, Reply) -> Void = { _, _ in },
    after: @escaping (Reply) -> Void = { _ in }
  ) {
    var query = query
    query.byteLimit = byteLimit
    query.portion = call.configuration.sliceBytes
    call.core.ask(.history(query), for: call.session) { result in
      guard !call.session.isClosed else { return }
      guard call.historyStart(of: conversation) != nil else {
        refuse()
        return call.end()
      }
      guard case .page(let page) = result else {
        fail()
        return call.end()
      }
      // Other clients get an empty batch, as of a place behind which there is nothing.
      if !page.isPointKnown, call.session.has(.parleySeq) {
        unknownPoint()
        return call.end()
      }
      before(page, call.reply)
      let batch = HistoryBatch.open("chathistory", [name], isLast: !page.hasMore, call)
      send(page, query, batch, after)
    }
  }

  private func send(
    _ first: HistoryPage, _ query: HistoryQuery, _ batch: HistoryBatch?, _ after: @escaping (Reply) -> Void
  ) {
    var next = query
    var lines: StoredLines? = StoredLines(first) { write($0, batch) }
    var hasFailed = false
    call.core.sendLong(call.reply) { reply, source in
      if hasFailed {
        // Before the end of the batch, which alone would say that this was all.
        fail()
        batch?.close()
        return .finished
      }
      guard let portion = lines else {
        call.core.ask(.history(next), for: call.session) { result in
          guard !call.session.isClosed else { return }
          if case .page(let found) = result {
            lines = StoredLines(found) { write($0, batch) }
          } else {
            hasFailed = true
          }
          call.core.proceed(with: source)
        }
        return .waiting
      }
      guard portion.write(to: reply) else { return .more }
      lines = nil
      guard let rest = portion.rest else {
        batch?.close()
        after(reply)
        return .finished
      }
      next.range = .rest(rest)
      return .more
    }
  }

  /// A message and its reactions, if the asker may still read them.
  private func write(_ event: StoredEvent, _ batch: HistoryBatch?) -> [PartialDelivery] {
    guard event.receipt.position > call.historyStart(of: conversation) ?? .max else { return [] }
    // A room's messages come under the name it has now; whoever was put out of it meanwhile gets no more of them.
    let target = Names.isChannel(name) ? name : nil
    var reactions: [UInt8] = []
    for reaction in Reactions.standing(event.context) {
      let delivery = HistoryLine.delivery(reaction, to: target)
      guard delivery.encodingKey(call.session.capabilities) != nil else { continue }
      delivery.encode(
        for: call.session.capabilities, batch: batch?.name, mark: "draft/chathistory-context", into: &reactions)
    }
    return [
      PartialDelivery(HistoryLine.delivery(event, to: target), inBatch: batch?.name),
      PartialDelivery(encoded: reactions, inBatch: batch?.name),
    ]
  }
}

/// The events of a portion of a page on their way into slices.
final class StoredLines {
  /// What is left of the page behind the portion.
  let rest: HistoryRest?
  /// The last one comes first, so that what has been written takes no memory.
  private var events: [StoredEvent]
  /// Lines of an event; none: it is not shown.
  private let deliveries: (StoredEvent) -> [PartialDelivery]
  /// Of the event at hand, the last one first.
  private var parts: [PartialDelivery] = []

  init(_ page: HistoryPage, _ deliveries: @escaping (StoredEvent) -> [PartialDelivery]) {
    events = page.events.reversed()
    rest = page.rest
    self.deliveries = deliveries
  }

  /// Fills a reply.
  /// - Returns: whether everything has been written.
  func write(to reply: Reply) -> Bool {
    while true {
      if parts.isEmpty {
        guard let event = events.popLast() else { return true }
        parts = deliveries(event).reversed()
      }
      while !parts.isEmpty {
        if reply.isFull { return false }
        guard reply.send(&parts[parts.count - 1]) else { return false }
        parts.removeLast()
      }
    }
  }
}

/// A batch around an answer about history.
struct HistoryBatch {
  let name: String
  private let call: UserCall

  /// - Parameter isLast: nothing more lies in the direction that was asked for.
  /// - Returns: nil: the client knows no batches.
  static func open(_ type: String, _ parameters: [String], isLast: Bool, _ call: UserCall) -> HistoryBatch? {
    guard call.session.has(.batch) else { return nil }
    let batch = HistoryBatch(name: call.core.randomName(), call: call)
    let tags = isLast && call.session.has(.messageTags) ? [Tag("draft/chathistory-end")] : []
    call.reply.send(
      Message(
        tags: tags, source: call.configuration.serverName, command: "BATCH",
        parameters: ["+" + batch.name, type] + parameters))
    return batch
  }

  func close() {
    call.reply.send(Message(source: call.configuration.serverName, command: "BATCH", parameters: ["-" + name]))
  }
}
