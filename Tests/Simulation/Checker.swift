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
  /// What has been taken back, and who had said it.
  private var redacted: Set<String> = []
  private var senders: [String: String] = [:]
  /// The texts in history, before `canonical(_:)`.
  private var newest: [String: String] = [:]
  /// What a restored server may have lost, and what it has not lost of it.
  private let losable: Set<String>
  private var isRestored: Bool { !log.losses.isEmpty }
  /// Texts of edits, by the message, and messages that somebody took back: a restored server may have forgotten it.
  private var editedTexts: [String: Set<String>] = [:]
  private var takenBack: Set<String> = []

  private init(_ log: ActorLog) {
    self.log = log
    losable = log.losable
    guard isRestored else { return }
    for sending in log.sendings {
      switch sending.change?.kind {
      case .edit: editedTexts[sending.change?.messageID ?? "", default: []].insert(sending.text)
      case .redaction: takenBack.insert(sending.change?.messageID ?? "")
      case nil: break
      }
    }
  }

  /// An empty answer: nothing lost, nothing twice, one order, nothing shown to the wrong people.
  static func problems(in log: ActorLog) -> [String] {
    var checker = Checker(log)
    checker.problems = log.complaints
    for (number, sending) in log.sendings.enumerated() { checker.sendingNumbers[sending.token] = number }
    checker.findRedactions()
    checker.findEdits()
    checker.agreeOnHistory()
    checker.checkHistory()
    checker.checkSendings()
    checker.checkDeliveries()
    checker.checkCopies()
    checker.checkSightings()
    checker.checkMarkers()
    return checker.problems
  }

  private mutating func complain(_ problem: String) {
    if problems.count < 20 { problems.append(problem) }
  }

  // MARK: - Redactions

  private mutating func findRedactions() {
    for seen in log.deliveries.map(\.seen) + log.copies.flatMap(\.messages) { senders[seen.messageID] = seen.sender }
    for sending in log.sendings {
      for case .ok(let messageID, _) in sending.attempts { senders[messageID] = sending.account }
    }
    for message in log.histories.flatMap(\.messages) {
      guard let change = message.change, change.kind == .redaction else { continue }
      redacted.insert(change.messageID)
      if let sender = senders[change.messageID], sender != message.sender {
        complain("\(message.sender) took back \(change.messageID), which \(sender) had said")
      }
    }
    for messageID in log.unknownMessages.sorted()
    where !redacted.contains(messageID) && !losable.contains(messageID) && !takenBack.contains(messageID) {
      complain("\(messageID) was said not to be there, and nobody took it back")
    }
  }

  /// Something is gone that was taken back: the message itself, or an edit of it.
  private func isErased(_ seen: Seen) -> Bool {
    if redacted.contains(seen.messageID) { return true }
    if let change = seen.change { return change.kind == .edit && redacted.contains(change.messageID) }
    guard seen.text.hasPrefix("* "), let change = sending(of: String(seen.text.dropFirst(2)))?.change else {
      return false
    }
    return redacted.contains(change.messageID)
  }

  /// It was taken back, or is an edit of what was, and a restored server has it again: who was told so need not have it.
  private func wasErasedOnce(_ seen: Seen) -> Bool {
    takenBack.contains(seen.messageID)
      || seen.change.map { $0.kind == .edit && takenBack.contains($0.messageID) } ?? false
  }

  // MARK: - Edits

  private mutating func findEdits() {
    for (number, sending) in log.sendings.enumerated() {
      for case .ok(let messageID, _) in sending.attempts where sending.change == nil {
        originals[messageID] = log.sendings[number].text
      }
    }
    for history in log.histories {
      for message in history.messages {
        guard let change = message.change else {
          newest[message.messageID] = message.text
          continue
        }
        if change.kind == .edit, edits.updateValue(message, forKey: message.messageID) == nil {
          versions[change.messageID, default: []].append(message.words)
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
      if seen.text == "* " + edit.words { result.text = edit.text }
    } else if let original = originals[seen.messageID], versions[seen.messageID]?.contains(seen.text) == true {
      result.text = original
    } else if let original = originals[seen.messageID] ?? newest[seen.messageID] {
      // An edit that is lost; or the first line of a long message, for who gets lines one by one.
      let isLost = editedTexts[seen.messageID]?.contains(seen.text) == true
      if isLost || original.utf8.count > 10_000 && seen.text.utf8.count > 300 && original.hasPrefix(seen.text) {
        result.text = original
      }
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
      var lastNumber = 0
      checkHoles(place, messages)
      for message in messages {
        if message.sequence <= lastNumber {
          complain("\(place): number \(message.sequence) stands behind \(lastNumber)")
        }
        lastNumber = message.sequence
        if isErased(message) { complain("\(place): \(message.text) is still there") }
        if message.time <= lastTime { complain("\(place): time does not grow: \(message.time) after \(lastTime)") }
        lastTime = message.time
        if message.change == nil, versions[message.messageID]?.contains(message.text) == true { continue }
        let words = message.words
        guard let sending = sending(of: words) else {
          complain("\(place): nobody said “\(message.text)”")
          continue
        }
        if sending.text != words { complain("\(place): \(sending.token) has another text") }
        if sending.change != message.change { complain("\(place): \(sending.token) is of another message") }
        if sending.place.name != place { complain("\(sending.token) was for \(sending.place.name), not for \(place)") }
        if sending.account != message.sender { complain("\(sending.token) is said to be by \(message.sender)") }
      }
    }
  }

  /// Each number that is not there was taken back; so were the edits of what was.
  private mutating func checkHoles(_ place: String, _ messages: [Seen]) {
    let holes = (messages.last.map { dense($0.sequence) } ?? 0) - messages.count
    let redactions = Set(messages.compactMap(\.change).filter { $0.kind == .redaction })
    let edits = log.sendings.count { sending in
      sending.place.name == place && sending.change.map { $0.kind == .edit && redacted.contains($0.messageID) } == true
    }
    let reactions = log.reactions[place] ?? 0
    if !(redactions.count...redactions.count + edits + reactions).contains(holes) {
      complain("\(place): \(holes) numbers are missing, for \(redactions.count) redactions and \(edits) edits")
    }
  }

  /// A number without what its epoch adds to it.
  private func dense(_ number: Int) -> Int { number - (log.epochs.filter { $0 < number }.max() ?? 0) }

  private func sending(of text: String) -> ActorLog.Sending? {
    sendingNumbers[String(text.prefix(ActorLog.tokenLength))].map { log.sendings[$0] }
  }

  // MARK: - Every message sent

  private mutating func checkSendings() {
    for (number, sending) in log.sendings.enumerated() {
      let found = (truth[sending.place.name] ?? []).filter { $0.text == sending.shownText }
      if found.count > 1 { complain("\(sending.token) is there \(found.count) times") }
      var isCertainlyAbsent = true
      for attempt in sending.attempts {
        switch attempt {
        case .fail: break
        case .unknown: isCertainlyAbsent = false
        case .done:
          isCertainlyAbsent = false
          if found.isEmpty, !isErased(sending), !log.lostChanges.contains(number), !isOfLost(sending) {
            complain("\(sending.token) was done and is not there")
          }
        case .ok(let messageID, let time):
          isCertainlyAbsent = false
          if let first = found.first {
            if first.messageID != messageID || first.time != time {
              complain(
                "\(sending.token) was acknowledged as \(messageID) \(time), and is \(first.messageID) \(first.time)")
            }
          } else if !redacted.contains(messageID), !isErased(sending), !losable.contains(messageID) {
            complain("\(sending.token) was acknowledged and is lost")
          }
        }
      }
      if log.promises.contains(number), found.isEmpty, !isCertainlyAbsent, !isAcknowledged(sending) {
        complain("\(sending.token) was queued, not refused, and is lost")
      }
      if isCertainlyAbsent, !found.isEmpty { complain("\(sending.token) was refused and is there") }
      if !sending.hasKey, sending.attempts.count > 1 { complain("\(sending.token) was sent twice without a key") }
    }
  }

  /// An edit that went with what it changed.
  private func isErased(_ sending: ActorLog.Sending) -> Bool {
    sending.change.map { $0.kind == .edit && redacted.contains($0.messageID) } ?? false
  }

  /// A change of a message that may be lost: the change went with it.
  private func isOfLost(_ sending: ActorLog.Sending) -> Bool {
    sending.change.map { losable.contains($0.messageID) } ?? false
  }

  private func isAcknowledged(_ sending: ActorLog.Sending) -> Bool {
    sending.attempts.contains { if case .ok = $0 { true } else { false } }
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
      let stream = Stream(actor: delivery.actor, session: delivery.session, place: delivery.place)
      if isErased(seen) {
        if !delivery.isOfRetry { live[stream, default: []].append(seen.sequence) }
        continue
      }
      guard let position = positions[delivery.place]?[seen.messageID], let known = truth[delivery.place]?[position]
      else {
        if losable.contains(seen.messageID) {
          if !delivery.isOfRetry { live[stream, default: []].append(seen.sequence) }
          continue
        }
        complain(
          "\(delivery.actor) got “\(seen.text)” (\(seen.messageID)) in \(delivery.place), which is not in history")
        continue
      }
      if known != canonical(seen) {
        complain("\(delivery.actor) got \(seen) in \(delivery.place), history has \(known)")
      }
      if delivery.isOfRetry {
        retried[stream, default: []].insert(seen.sequence)
      } else {
        live[stream, default: []].append(seen.sequence)
      }
    }
    for (stream, numbers) in live.sorted(by: { $0.key < $1.key }) {
      for (one, next) in zip(numbers, numbers.dropFirst()) where one >= next {
        complain("\(stream) got number \(next) after \(one)")
      }
      // The numbers of what is lost tell nothing about those of what came instead.
      let kept = numbers.filter(Set((truth[stream.place] ?? []).map(\.sequence)).contains)
      guard let first = kept.first, let last = kept.last, first <= last else { continue }
      let all = retried[stream, default: []].union(numbers)
      // A client without chathistory that is shown a message for the first time is shown its newest text only.
      // What was taken back was not shown, even if a restored server has it again.
      for message in truth[stream.place] ?? []
      where message.change == nil && (first...last).contains(message.sequence) && !all.contains(message.sequence)
        && !(isRestored && takenBack.contains(message.messageID))
      {
        complain("\(stream) was not shown number \(message.sequence), but later ones")
      }
    }
  }

  private mutating func checkCopies() {
    for copy in log.copies {
      let held = Set(copy.messages.map(\.messageID))
      let known = (truth[copy.place] ?? []).filter {
        (!copy.isOfEngine || $0.change == nil) && (held.contains($0.messageID) || !wasErasedOnce($0))
      }
      for messageID in copy.lost.sorted() {
        if positions[copy.place]?[messageID] != nil {
          complain("\(copy.actor) says that \(messageID) is lost, and it is there")
        }
        if !losable.contains(messageID) { complain("\(copy.actor) says that \(messageID) is lost, which cannot be") }
      }
      let messages = copy.messages.filter { !isErased($0) }.map(canonical)
      if messages != known {
        complain("\(copy.actor)'s copy of \(copy.place) differs: \(Self.difference(known, messages))")
      }
      for messageID in copy.removed.sorted() where !redacted.contains(messageID) && !takenBack.contains(messageID) {
        complain("\(copy.actor) has removed \(messageID), which nobody took back")
      }
      for message in copy.messages where copy.isOfEngine && redacted.contains(message.messageID) {
        complain("\(copy.actor) still has \(message.messageID), which was taken back: \(message.text)")
      }
      for message in copy.messages
      where copy.isOfEngine && !redacted.contains(message.messageID) && newest[message.messageID] != message.text
        && editedTexts[message.messageID]?.contains(message.text) != true
      {
        complain("\(copy.actor) has an old text of \(message.messageID): \(message.text)")
      }
    }
  }

  private mutating func checkSightings() {
    for sighting in log.sightings {
      if let owner = log.secrets[sighting.token] {
        if owner != sighting.account { complain("\(sighting.actor) was shown \(sighting.token) of \(owner)") }
        continue
      }
      guard let number = sendingNumbers[sighting.token] else {
        complain("\(sighting.actor) was shown \(sighting.token), which nobody said")
        continue
      }
      let place = log.sendings[number].place
      // An account in one of its lives is `name~life`.
      if !place.readers.contains(String(sighting.account.prefix { $0 != "~" })) {
        complain("\(sighting.actor) was shown \(sighting.token) of \(place.name)")
      }
    }
  }

  /// All devices of an account are told the same in the end, and not less than what one was told before.
  private mutating func checkMarkers() {
    // A restored server has forgotten some.
    if isRestored { return }
    var told: [String: String] = [:]
    for marker in log.markers where marker.time != "*" {
      let key = "\(marker.account) in \(marker.place)"
      told[key] = max(told[key] ?? "", marker.time)
    }
    var final: [String: String] = [:]
    for marker in log.markers where marker.isFinal {
      let key = "\(marker.account) in \(marker.place)"
      if let known = told[key], log.earliestSetBack != nil, log.mayFollow(known, marker.time) {
        // Markers in the future ended when the clock was set back: at the same time for every device.
        if final.updateValue(marker.time, forKey: key) ?? marker.time != marker.time {
          complain("\(marker.actor) was told in the end \(marker.time) for \(key), other devices another time")
        }
        continue
      }
      if marker.time != told[key] ?? "*" {
        complain("\(marker.actor) was told in the end \(marker.time) for \(key), where \(told[key] ?? "*") was known")
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
