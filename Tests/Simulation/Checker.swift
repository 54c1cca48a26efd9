/// Compares what every actor did and saw with what history says in the end. Knows nothing of the server.
struct Checker {
  private let log: ActorLog
  private var problems: [String] = []
  /// The history of each place, and where each message stands in it.
  private var truth: [String: [Seen]] = [:]
  private var positions: [String: [String: Int]] = [:]
  private var sendingNumbers: [String: Int] = [:]
  /// What was said first under the ids of messages that have been edited, and every text they had.
  private var originals: [String: String] = [:]
  private var versions: [String: [String]] = [:]
  private var edits: [String: Seen] = [:]
  /// The texts in history, before `canonical(_:)`.
  private var newest: [String: String] = [:]

  private init(_ log: ActorLog) { self.log = log }

  /// An empty answer: nothing lost, nothing twice, one order, nothing shown to the wrong people.
  static func problems(in log: ActorLog) -> [String] {
    var checker = Checker(log)
    checker.problems = log.complaints
    for (number, sending) in log.sendings.enumerated() { checker.sendingNumbers[sending.token] = number }
    checker.findEdits()
    checker.agreeOnHistory()
    checker.checkHistory()
    checker.checkSendings()
    checker.checkDeliveries()
    checker.checkCopies()
    checker.checkSightings()
    return checker.problems
  }

  private mutating func complain(_ problem: String) {
    if problems.count < 20 { problems.append(problem) }
  }

  // MARK: - Edits

  private mutating func findEdits() {
    for (number, sending) in log.sendings.enumerated() {
      for case .ok(let messageID, _) in sending.attempts where sending.edited == nil {
        originals[messageID] = log.sendings[number].text
      }
    }
    for history in log.histories {
      for message in history.messages {
        guard let edit = message.edit else {
          newest[message.messageID] = message.text
          continue
        }
        if edits.updateValue(message, forKey: message.messageID) == nil {
          versions[edit.messageID, default: []].append(edit.text)
        }
      }
    }
    // Of messages whose sender never learned their ids.
    for seen in log.deliveries.map(\.seen) + log.copies.flatMap(\.messages) where originals[seen.messageID] == nil {
      if let texts = versions[seen.messageID], !texts.contains(seen.text) { originals[seen.messageID] = seen.text }
    }
    for (messageID, texts) in versions.sorted(by: { $0.key < $1.key }) where newest[messageID] != texts.last {
      complain("\(messageID) says “\(newest[messageID] ?? "nothing")” and not “\(texts.last ?? "")”, its last text")
    }
  }

  /// A message under its first text, whichever it had when it was seen; and an edit however it was told.
  private func canonical(_ seen: Seen) -> Seen {
    var result = seen
    if let edit = edits[seen.messageID] {
      // For who does not know EDIT.
      if let words = edit.edit, seen.text == "* " + words.text { result.text = edit.text }
    } else if let original = originals[seen.messageID], versions[seen.messageID]?.contains(seen.text) == true {
      result.text = original
    }
    return result
  }

  // MARK: - One history

  private mutating func agreeOnHistory() {
    for history in log.histories {
      guard let known = truth[history.place] else {
        truth[history.place] = history.messages.map(canonical)
        var places: [String: Int] = [:]
        for (index, message) in history.messages.enumerated() {
          if places.updateValue(index, forKey: message.messageID) != nil {
            complain("\(history.place): \(message.messageID) stands in history twice")
          }
        }
        positions[history.place] = places
        continue
      }
      let messages = history.messages.map(canonical)
      if known != messages {
        complain(
          "\(history.place): \(history.actor) reads another history: \(Self.difference(known, messages))")
      }
    }
  }

  private mutating func checkHistory() {
    for (place, messages) in truth.sorted(by: { $0.key < $1.key }) {
      var lastTime = ""
      for (index, message) in messages.enumerated() {
        if message.sequence != index + 1 {
          complain("\(place): number \(message.sequence) stands at \(index + 1)")
        }
        if message.time < lastTime { complain("\(place): time goes back to \(message.time) after \(lastTime)") }
        lastTime = message.time
        if !message.isEdit, versions[message.messageID]?.contains(message.text) == true { continue }
        let words = message.edit?.text ?? message.text
        guard let sending = sending(of: words) else {
          complain("\(place): nobody said “\(message.text)”")
          continue
        }
        if sending.text != words { complain("\(place): \(sending.token) has another text") }
        if sending.edited != message.edit?.messageID { complain("\(place): \(sending.token) is of another message") }
        if sending.place.name != place { complain("\(sending.token) was for \(sending.place.name), not for \(place)") }
        if sending.account != message.sender { complain("\(sending.token) is said to be by \(message.sender)") }
      }
    }
  }

  private func sending(of text: String) -> ActorLog.Sending? {
    sendingNumbers[String(text.prefix(ActorLog.tokenLength))].map { log.sendings[$0] }
  }

  // MARK: - Every message sent

  private mutating func checkSendings() {
    for (number, sending) in log.sendings.enumerated() {
      let text = sending.edited.map { Seen.edit(of: $0, sending.text) } ?? sending.text
      let found = (truth[sending.place.name] ?? []).filter { $0.text == text }
      if found.count > 1 { complain("\(sending.token) is there \(found.count) times") }
      var isCertainlyAbsent = true
      for attempt in sending.attempts {
        switch attempt {
        case .fail: break
        case .unknown: isCertainlyAbsent = false
        case .ok(let messageID, let time):
          isCertainlyAbsent = false
          if let first = found.first {
            if first.messageID != messageID || first.time != time {
              complain(
                "\(sending.token) was acknowledged as \(messageID) \(time), and is \(first.messageID) \(first.time)")
            }
          } else {
            complain("\(sending.token) was acknowledged and is lost")
          }
        }
      }
      if log.promises.contains(number), found.isEmpty, !isCertainlyAbsent {
        complain("\(sending.token) was queued, not refused, and is lost")
      }
      if isCertainlyAbsent, !found.isEmpty { complain("\(sending.token) was refused and is there") }
      if !sending.hasKey, sending.attempts.count > 1 { complain("\(sending.token) was sent twice without a key") }
    }
  }

  // MARK: - Every message received

  private struct Stream: Hashable, Comparable {
    let actor: String
    let session: Int
    let place: String

    static func < (a: Self, b: Self) -> Bool { (a.actor, a.session, a.place) < (b.actor, b.session, b.place) }
  }

  private mutating func checkDeliveries() {
    var live: [Stream: [Int]] = [:]
    var retried: [Stream: Set<Int>] = [:]
    for delivery in log.deliveries {
      let seen = delivery.seen
      guard let position = positions[delivery.place]?[seen.messageID], let known = truth[delivery.place]?[position]
      else {
        complain(
          "\(delivery.actor) got “\(seen.text)” (\(seen.messageID)) in \(delivery.place), which is not in history")
        continue
      }
      if known != canonical(seen) {
        complain("\(delivery.actor) got \(seen) in \(delivery.place), history has \(known)")
      }
      let stream = Stream(actor: delivery.actor, session: delivery.session, place: delivery.place)
      if delivery.isOfRetry {
        retried[stream, default: []].insert(position)
      } else {
        live[stream, default: []].append(position)
      }
    }
    for (stream, positions) in live.sorted(by: { $0.key < $1.key }) {
      for (one, next) in zip(positions, positions.dropFirst()) where one >= next {
        complain("\(stream) got number \(next + 1) after \(one + 1)")
      }
      guard let first = positions.first, let last = positions.last, first <= last else { continue }
      let all = retried[stream, default: []].union(positions)
      // A client without chathistory that is shown a message for the first time is shown its newest text only.
      for position in first...last where !all.contains(position) && truth[stream.place]?[position].isEdit != true {
        complain("\(stream) was not shown number \(position + 1), but later ones")
      }
    }
  }

  private mutating func checkCopies() {
    for copy in log.copies {
      let known = (truth[copy.place] ?? []).filter { !copy.isOfEngine || !$0.isEdit }
      let messages = copy.messages.map(canonical)
      if messages != known {
        complain("\(copy.actor)'s copy of \(copy.place) differs: \(Self.difference(known, messages))")
      }
      for message in copy.messages where copy.isOfEngine && newest[message.messageID] != message.text {
        complain("\(copy.actor) has an old text of \(message.messageID): \(message.text)")
      }
    }
  }

  private mutating func checkSightings() {
    for sighting in log.sightings {
      guard let number = sendingNumbers[sighting.token] else {
        complain("\(sighting.actor) was shown \(sighting.token), which nobody said")
        continue
      }
      let place = log.sendings[number].place
      if !place.readers.contains(sighting.account) {
        complain("\(sighting.actor) was shown \(sighting.token) of \(place.name)")
      }
    }
  }

  private static func difference(_ known: [Seen], _ other: [Seen]) -> String {
    let index = zip(known, other).enumerated().first { $1.0 != $1.1 }?.offset ?? min(known.count, other.count)
    func message(_ list: [Seen]) -> String {
      index < list.count ? "\(list[index].sequence) \(list[index].text.prefix(ActorLog.tokenLength))" : "nothing"
    }
    return "\(known.count) and \(other.count) messages; at \(index + 1): \(message(known)) and \(message(other))"
  }
}
