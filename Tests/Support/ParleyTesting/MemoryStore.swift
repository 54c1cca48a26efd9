public import IRC
public import ParleyStore

/// The store's protocol in a few dictionaries: a second implementation, for scenes, and as a model to hold the real one against.
public final class MemoryStore: Store {
  private struct DeviceKeys {
    var highest: Int64 = 0
    var results: [Int64: (hash: Int64, receipt: Receipt)] = [:]
  }

  private struct State {
    var snapshot = Snapshot()
    var events: [Conversation: [StoredEvent]] = [:]
    /// The last event of each, which may be gone.
    var tails: [Conversation: Receipt] = [:]
    var keys: [Identity: [String: DeviceKeys]] = [:]
    /// What only the sender of an event sees, by message id.
    var ownTexts: [String: String] = [:]
    /// Who has ever said something in a private conversation.
    var speakers: [Conversation: Set<Identity>] = [:]
  }

  private var state = State()
  /// The next commit fails with it.
  public var failure: StoreError?

  /// So many of the next changes of rooms are refused, as those of a damaged row are.
  public var roomRefusals = 0
  /// Each page with an event of one of these texts fails as a damaged one does, before it begins.
  public var damagedTexts: Set<String> = []
  /// Each question about pages and conversations fails with it.
  public var readFailure: StoreError?

  /// What is stored of metadata.
  public var metadata: [MetadataRecord] { state.snapshot.metadata }

  /// Without the checks of a commit: what earlier versions left behind.
  public func setFingerprints(_ fingerprints: [String], of account: AccountID) {
    for index in state.snapshot.accounts.indices where state.snapshot.accounts[index].id == account {
      state.snapshot.accounts[index].fingerprints = fingerprints
    }
  }

  /// Without the checks of a commit: what a damaged file is read as.
  public func damage(_ change: (inout Snapshot) -> Void) { change(&state.snapshot) }

  public init() { state.snapshot.secret = [UInt8](repeating: 7, count: 32) }

  public func load() throws(StoreError) -> Snapshot { state.snapshot }

  public func commit(_ batch: [Transaction]) throws(StoreError) -> [Outcome] {
    if let failure {
      self.failure = nil
      throw failure
    }
    return batch.map { apply($0) }
  }

  private func apply(_ transaction: Transaction) -> Outcome {
    var next = state
    var receipts: [Receipt] = []
    for change in transaction.changes {
      switch change {
      case .append(let event):
        if let outcome = Self.answer(event, &next) { return outcome }
        guard Self.meetsCondition(event, next) else { return .refused(.conditionNotMet) }
        guard Self.hasRoom(for: event, next) else { return .refused(.tooManyReferences) }
        receipts.append(Self.append(event, &next))
      case .amend(let conversation, let id, let text, let isUnheard):
        guard Self.amend(conversation, id, text, isUnheard, &next) else { return .refused(.changedMeanwhile) }
      case .createAccount(let record):
        guard !next.snapshot.accounts.contains(where: { FoldedName($0.name) == FoldedName(record.name) }) else {
          return .refused(.nameTaken)
        }
        if Self.hasAnothers(record, record.fingerprints, next) { return .refused(.certificateTaken) }
        next.snapshot.accounts.append(record)
        next.snapshot.nextAccount = max(next.snapshot.nextAccount, record.id.rawValue + 1)
      case .updateAccount(var record):
        guard
          let index = next.snapshot.accounts.firstIndex(where: { $0.id == record.id && $0.revision == record.revision })
        else { return .refused(.changedMeanwhile) }
        if next.snapshot.accounts[index].isDamaged { return .refused(.damaged) }
        let before = next.snapshot.accounts[index].fingerprints
        if Self.hasAnothers(record, record.fingerprints.filter { !before.contains($0) }, next) {
          return .refused(.certificateTaken)
        }
        record.revision += 1
        next.snapshot.accounts[index] = record
      case .setProfile(let id, let nick, let realname):
        guard let index = next.snapshot.accounts.firstIndex(where: { $0.id == id }) else { continue }
        next.snapshot.accounts[index].nick = nick
        next.snapshot.accounts[index].realname = realname
      case .deleteAccount(let id):
        if let name = next.snapshot.accounts.first(where: { $0.id == id })?.name {
          let masks = ["a:" + name, "m:a:" + name].map { FoldedName($0) }
          next.snapshot.listEntries.removeAll { ["e", "I"].contains($0.mode) && masks.contains(FoldedName($0.mask)) }
        }
        next.snapshot.accounts.removeAll { $0.id == id }
        next.snapshot.memberships.removeAll { $0.account == id }
        next.snapshot.devices.removeAll { $0.account == id }
        next.snapshot.readMarkers.removeAll { $0.account == id }
        next.snapshot.metadata.removeAll { $0.owner == .account(id) }
        next.snapshot.verifications.removeAll { $0.account == id }
        next.snapshot.silences.removeAll { $0.account == id }
        next.snapshot.settings.removeAll { $0.account == id }
        next.snapshot.roomRoles.removeAll { $0.account == id }
        next.snapshot.invitations.removeAll { $0.account == id }
        for index in next.snapshot.reservations.indices where next.snapshot.reservations[index].account == id {
          next.snapshot.reservations[index].account = nil
        }
        for index in next.snapshot.rooms.indices where next.snapshot.rooms[index].founder == id {
          next.snapshot.rooms[index].founder = nil
        }
      case .putRoom(let record):
        if roomRefusals > 0 {
          roomRefusals -= 1
          return .refused(.damaged)
        }
        let others = next.snapshot.rooms.filter { $0.id != record.id }
        guard !others.contains(where: { FoldedName($0.name) == FoldedName(record.name) }) else {
          return .refused(.nameTaken)
        }
        if next.snapshot.rooms.contains(where: { $0.id == record.id && $0.isDamaged }) { return .refused(.damaged) }
        next.snapshot.rooms.removeAll { $0.id == record.id }
        next.snapshot.rooms.append(record)
        next.snapshot.nextRoom = max(next.snapshot.nextRoom, record.id.rawValue + 1)
      case .deleteRoom(let id):
        if next.snapshot.rooms.contains(where: { $0.id == id && $0.isDamaged }) { continue }
        next.snapshot.rooms.removeAll { $0.id == id }
        next.snapshot.listEntries.removeAll { $0.room == id }
        next.snapshot.memberships.removeAll { $0.room == id }
        next.snapshot.metadata.removeAll { $0.owner == .room(id) }
        next.snapshot.roomRoles.removeAll { $0.room == id }
        next.snapshot.invitations.removeAll { $0.room == id }
      case .putListEntry(let entry):
        next.snapshot.listEntries.removeAll {
          $0.room == entry.room && $0.mode == entry.mode && $0.mask == entry.mask
        }
        next.snapshot.listEntries.append(entry)
      case .removeListEntry(let room, let mode, let mask):
        next.snapshot.listEntries.removeAll { $0.room == room && $0.mode == mode && $0.mask == mask }
      case .putMembership(var record):
        let known = next.snapshot.memberships.first { $0.room == record.room && $0.account == record.account }
        record.since = known?.since ?? min(record.since, next.snapshot.lastPosition)
        next.snapshot.memberships.removeAll { $0.room == record.room && $0.account == record.account }
        next.snapshot.memberships.append(record)
      case .removeMembership(let room, let account):
        next.snapshot.memberships.removeAll { $0.room == room && $0.account == account }
      case .putDevice(let record):
        next.snapshot.devices.removeAll { $0.account == record.account && $0.device == record.device }
        next.snapshot.devices.append(record)
      case .removeDevice(let account, let device):
        next.snapshot.devices.removeAll { $0.account == account && $0.device == device }
      case .putReadMarker(let record):
        next.snapshot.readMarkers.removeAll { $0.account == record.account && $0.target == record.target }
        next.snapshot.readMarkers.append(record)
      case .removeReadMarker(let account, let target):
        next.snapshot.readMarkers.removeAll { $0.account == account && $0.target == target }
      case .moveReadMarkers(let room, let old, let new):
        let members = Set(next.snapshot.memberships.filter { $0.room == room }.map(\.account))
        for marker in next.snapshot.readMarkers where marker.target == old && members.contains(marker.account) {
          next.snapshot.readMarkers.removeAll {
            $0.account == marker.account && ($0.target == old || $0.target == new)
          }
          next.snapshot.readMarkers.append(
            ReadMarkerRecord(account: marker.account, target: new, time: marker.time))
        }
      case .putMetadata(let record):
        next.snapshot.metadata.removeAll { $0.owner == record.owner && $0.key == record.key }
        next.snapshot.metadata.append(record)
      case .removeMetadata(let owner, let key):
        next.snapshot.metadata.removeAll { $0.owner == owner && $0.key == key }
      case .putVerification(let record):
        if next.snapshot.verifications.contains(where: { $0.account == record.account && $0.isDamaged }) {
          return .refused(.damaged)
        }
        next.snapshot.verifications.removeAll { $0.account == record.account }
        next.snapshot.verifications.append(record)
      case .removeVerification(let account): next.snapshot.verifications.removeAll { $0.account == account }
      case .putSilence(let record):
        next.snapshot.silences.removeAll { $0 == record }
        next.snapshot.silences.append(record)
      case .removeSilence(let account, let mask):
        next.snapshot.silences.removeAll { $0.account == account && $0.mask == mask }
      case .putSettings(let settings):
        next.snapshot.settings.removeAll { $0.account == settings.account }
        next.snapshot.settings.append(settings)
      case .putRoomRoles(let record):
        next.snapshot.roomRoles.removeAll { $0.room == record.room && $0.account == record.account }
        next.snapshot.roomRoles.append(record)
      case .removeRoomRoles(let room, let account):
        next.snapshot.roomRoles.removeAll { $0.room == room && $0.account == account }
      case .putInvitation(let record):
        next.snapshot.invitations.removeAll { $0.account == record.account && $0.room == record.room }
        next.snapshot.invitations.append(record)
      case .removeInvitation(let account, let room):
        next.snapshot.invitations.removeAll { $0.account == account && $0.room == room }
      case .putReservation(let record):
        if next.snapshot.reservations.contains(where: { FoldedName($0.name) == FoldedName(record.name) && $0.isDamaged }
        ) {
          return .refused(.damaged)
        }
        next.snapshot.reservations.removeAll { FoldedName($0.name) == FoldedName(record.name) }
        next.snapshot.reservations.append(record)
      case .removeReservation(let name):
        next.snapshot.reservations.removeAll { FoldedName($0.name) == FoldedName(name) }
      case .forgetGuest(let identity): next.keys[identity] = nil
      case .expire(let policy, let now):
        Self.expire(policy, now, &next)
        Self.removeGuestData(policy.guests, now, &next)
      case .released(let position): next.snapshot.releasedPosition = max(next.snapshot.releasedPosition, position)
      }
    }
    state = next
    return .committed(receipts)
  }

  private static func hasAnothers(_ account: AccountRecord, _ fingerprints: [String], _ state: State) -> Bool {
    state.snapshot.accounts.contains { other in
      other.id != account.id && other.fingerprints.contains { fingerprints.contains($0) }
    }
  }

  private static func answer(_ event: NewEvent, _ state: inout State) -> Outcome? {
    guard let key = event.key else { return nil }
    let device = state.keys[event.sender]?[key.device] ?? DeviceKeys()
    if let known = device.results[key.counter] {
      return known.hash == key.bodyHash ? .duplicate(known.receipt) : .refused(.keyReused)
    }
    return key.counter <= device.highest - 1_000 ? .refused(.keyTooOld) : nil
  }

  private static func amend(
    _ conversation: Conversation, _ id: String, _ text: String?, _ isUnheard: Bool, _ state: inout State
  ) -> Bool {
    guard var events = state.events[conversation],
      let index = events.firstIndex(where: { $0.receipt.messageID == id && $0.kind != .erased })
    else { return false }
    if let text {
      guard EventKinds.messages.contains(events[index].kind) else { return false }
      state.ownTexts[id] = isUnheard ? text : nil
      if isUnheard { return true }
      events[index].text = text
    } else {
      (events[index].kind, events[index].text, events[index].clientTags) = (.erased, "", "")
      for other in events.indices where events[other].reference == id && events[other].kind == .edit {
        (events[other].kind, events[other].text, events[other].clientTags) = (.erased, "", "")
      }
    }
    state.events[conversation] = events
    return true
  }

  private static func removeGuestData(_ retention: GuestRetention, _ now: Timestamp, _ state: inout State) {
    guard retention.seconds > 0 else { return }
    let horizon = now.milliseconds - Int64(retention.seconds) * 1_000
    for (conversation, events) in state.events {
      guard case .direct(let low, let high) = conversation, low.rawValue < 0,
        !retention.staying.contains(low), !retention.staying.contains(high)
      else { continue }
      let last = events.last?.receipt ?? state.tails[conversation]
      if let last, last.time.milliseconds >= horizon { continue }
      state.events[conversation] = nil
      state.speakers[conversation] = nil
    }
  }

  private static func expire(_ policy: RetentionPolicy, _ now: Timestamp, _ state: inout State) {
    for (conversation, events) in state.events {
      var own = policy
      var kept = events[...]
      if case .room(let id) = conversation {
        if let room = state.snapshot.rooms.first(where: { $0.id == id }) {
          own = policy.limited(by: room.retention)
        } else {
          kept = []
        }
      }
      let messages = kept.filter { EventKinds.messages.contains($0.kind) }
      if own.messages > 0, let first = messages.suffix(own.messages).first, messages.count >= own.messages {
        kept = kept.drop { $0.receipt.sequence < first.receipt.sequence }
      }
      let horizon = now.milliseconds - Int64(own.seconds) * 1_000
      if own.seconds > 0 { kept = kept.drop { $0.receipt.time.milliseconds < horizon } }
      let gone = Set(events.dropLast(kept.count).map(\.receipt.messageID))
      state.events[conversation] = kept.map { event in
        guard event.kind == .edit, gone.contains(event.reference) else { return event }
        var erased = event
        (erased.kind, erased.text, erased.clientTags) = (.erased, "", "")
        return erased
      }
    }
  }

  private static func meetsCondition(_ event: NewEvent, _ state: State) -> Bool {
    switch event.condition {
    case .always: true
    case .never: false
    case .knownConversation: state.events[event.conversation] != nil
    }
  }

  private static func hasRoom(for event: NewEvent, _ state: State) -> Bool {
    guard let limit = event.referenceLimit, !event.reference.isEmpty else { return true }
    let others = (state.events[event.conversation] ?? []).filter {
      $0.kind == event.kind && $0.reference == event.reference
    }
    let own = others.filter { $0.sender == event.sender }
    return limit.admits(
      all: others.count + 1, own: own.count + 1,
      ownBytes: own.reduce(event.clientTags.utf8.count) { $0 + $1.clientTags.utf8.count })
  }

  private static func append(_ event: NewEvent, _ state: inout State) -> Receipt {
    correctTimes(of: event.conversation, event.time, &state)
    let last = state.tails[event.conversation]
    state.snapshot.lastPosition += 1
    let receipt = Receipt(
      position: state.snapshot.lastPosition, sequence: (last?.sequence ?? 0) + 1,
      messageID: "m\(state.snapshot.lastPosition)",
      time: max(event.time, last?.time.adding(milliseconds: 1) ?? event.time))
    state.tails[event.conversation] = receipt
    let isKnown = state.events[event.conversation]?.contains { $0.receipt.messageID == event.reference } ?? false
    var stored = StoredEvent(
      receipt: receipt, kind: event.kind, sender: event.sender, source: event.source, account: event.account,
      target: event.target, text: event.text, clientTags: event.clientTags, reference: isKnown ? event.reference : "")
    stored.isUnheard = event.isUnheard
    state.ownTexts[receipt.messageID] = event.ownText
    if case .direct = event.conversation, EventKinds.messages.contains(event.kind) {
      state.speakers[event.conversation, default: []].insert(event.sender)
    }
    state.events[event.conversation, default: []].append(stored)
    if let key = event.key {
      var device = state.keys[event.sender]?[key.device] ?? DeviceKeys()
      device.highest = max(device.highest, key.counter)
      device.results[key.counter] = (key.bodyHash, receipt)
      state.keys[event.sender, default: [:]][key.device] = device
    }
    return receipt
  }

  /// As `TimeCorrection` does it: events dated by a clock that was ahead get times that have come.
  private static func correctTimes(of conversation: Conversation, _ now: Timestamp, _ state: inout State) {
    guard state.snapshot.clock != nil, var tail = state.tails[conversation],
      tail.time > now.adding(milliseconds: TimeCorrection.tolerance)
    else { return }
    var events = state.events[conversation] ?? []
    let first = events.firstIndex { $0.receipt.time > now } ?? events.endIndex
    let floor = first > events.startIndex ? events[first - 1].receipt.time.milliseconds : Int64.min
    let times = TimeCorrection.corrected(
      events[first...].map(\.receipt.time.milliseconds), after: floor,
      by: tail.time.milliseconds - now.milliseconds)
    for (index, time) in zip(first..., times) { events[index].receipt.time = Timestamp(milliseconds: time) }
    tail.time = events.last?.receipt.time ?? now
    state.events[conversation] = events
    state.tails[conversation] = tail
  }

  public func reader() throws(StoreError) -> any StoreReader { MemoryReader(self) }
  public func maintain() throws(StoreError) -> Bool { false }
  public func keep(_ clock: ClockRecord, now: Timestamp) { state.snapshot.clock = clock }
  public let reporter = StoreReporter()
  public func changedElsewhere() throws(StoreError) -> Bool { false }
  public func backup(to path: String) throws(StoreError) { throw StoreError(.unusable, "nothing to copy") }
  public func check() throws(StoreError) -> [String] { [] }
  public func close() {}

  fileprivate func events(_ conversation: Conversation) -> [StoredEvent] { state.events[conversation] ?? [] }

  /// What a reader sees of a conversation.
  fileprivate func events(_ conversation: Conversation, for reader: Identity?) -> [StoredEvent] {
    events(conversation).filter { $0.isVisible(to: reader) }.map { event in
      guard event.sender == reader, event.kind != .erased, let text = state.ownTexts[event.receipt.messageID] else {
        return event
      }
      var own = event
      own.text = text
      return own
    }
  }

  fileprivate func hasSpoken(_ identity: Identity, in conversation: Conversation) -> Bool {
    state.speakers[conversation]?.contains(identity) ?? false
  }

  fileprivate var accounts: [AccountRecord] { state.snapshot.accounts }
  fileprivate var conversations: [Conversation] { Array(state.events.keys) }
}

private final class MemoryReader: StoreReader {
  private let store: MemoryStore

  init(_ store: MemoryStore) { self.store = store }

  func page(_ query: HistoryQuery) throws(StoreError) -> HistoryPage {
    if let failure = store.readFailure { throw failure }
    return try read(query)
  }

  private func refuseDamage(_ events: [StoredEvent]) throws(StoreError) {
    if events.contains(where: { store.damagedTexts.contains($0.text) }) { throw StoreError(.fatal, "damaged") }
  }

  private func read(_ query: HistoryQuery) throws(StoreError) -> HistoryPage {
    let stored = store.events(query.conversation)
    let all = store.events(query.conversation, for: query.reader).filter {
      $0.receipt.sequence >= query.firstSequence && $0.receipt.position > query.after
    }
    let visible = all.filter { query.kinds.contains($0.kind) && $0.kind != .erased }
    if case .rest(let rest) = query.range {
      let portion = Self.portion(
        visible.filter { rest.sequences.contains($0.receipt.sequence) }, rest.page, all, query)
      try refuseDamage(portion.events)
      return portion
    }
    var page = Self.page(query, stored, visible)
    var wider = query
    // Around a point, one on each side.
    if case .around = query.range { wider.limit += 2 } else { wider.limit += 1 }
    var hasMore = Self.page(wider, stored, visible).count > page.count
    var omitted = 0
    if case .missed(let position) = query.range {
      omitted = visible.count { $0.receipt.position > position } - page.count
    }
    // Whole events that fit, from the end at which the query begins.
    func cost(_ event: StoredEvent) -> Int {
      let reactions = query.contextLimit > 0 ? stored.count { $0.reference == event.receipt.messageID } : 0
      return 200 + event.text.utf8.count + event.clientTags.utf8.count + 300 * min(reactions, 200)
    }
    var isFromEnd = false
    switch query.range {
    case .before, .latest, .missed: isFromEnd = true
    case .between:
      var one = query
      one.limit = 1
      let narrow = Self.page(one, stored, visible)
      isFromEnd = narrow.first?.receipt.sequence != page.first?.receipt.sequence
    case .after, .around, .rest: break
    }
    var bytes = 0
    let ordered = isFromEnd ? page.reversed() : page
    let fitting = ordered.enumerated().prefix { index, event in
      bytes += cost(event)
      return index == 0 || bytes <= query.byteLimit
    }.count
    if fitting < page.count {
      omitted += omitted > 0 || isFromEnd ? page.count - fitting : 0
      page = Array(isFromEnd ? page.suffix(fitting) : page.prefix(fitting))
      hasMore = true
    }
    try refuseDamage(page)
    guard let first = page.first?.receipt.position, let last = page.last?.receipt.position else {
      return HistoryPage([], hasMore: hasMore)
    }
    var answer = Self.portion(page, first...last, all, query)
    answer.hasMore = hasMore
    if case .missed = query.range { answer.omitted = min(omitted, HistoryPage.omissionLimit) }
    return answer
  }

  /// The first ones of a page, with their context.
  private static func portion(
    _ events: [StoredEvent], _ page: ClosedRange<LogPosition>, _ all: [StoredEvent], _ query: HistoryQuery
  ) -> HistoryPage {
    var bytes = 0
    let count = events.enumerated().prefix { index, event in
      bytes += 200 + event.text.utf8.count + event.clientTags.utf8.count
      return index == 0 || bytes <= query.portion
    }.count
    var portion = Array(events.prefix(count))
    for index in portion.indices where query.contextLimit > 0 && EventKinds.messages.contains(portion[index].kind) {
      let id = portion[index].receipt.messageID
      portion[index].context = all.filter {
        $0.kind == .tagMessage && $0.reference == id && !page.contains($0.receipt.position)
      }.suffix(query.contextLimit)
    }
    var answer = HistoryPage(portion, hasMore: false)
    answer.looked = if case .rest = query.range { min(count + 1, events.count) } else { events.count }
    if count < events.count, let last = portion.last, let end = events.last {
      answer.rest = HistoryRest(sequences: last.receipt.sequence + 1...end.receipt.sequence, page: page)
    }
    return answer
  }

  private static func page(_ query: HistoryQuery, _ stored: [StoredEvent], _ events: [StoredEvent]) -> [StoredEvent] {
    /// How many events lie before the point, and how many at or before it.
    func bounds(_ point: HistoryPoint) -> (below: Int, through: Int)? {
      switch point {
      case .sequence(let number):
        return (
          events.count { $0.receipt.sequence < number }, events.count { $0.receipt.sequence <= number }
        )
      case .time(let time):
        return (events.count { $0.receipt.time < time }, events.count { $0.receipt.time <= time })
      case .messageID(let id):
        // Also of an event that is not shown: its place counts.
        guard let number = stored.first(where: { $0.receipt.messageID == id })?.receipt.sequence else { return nil }
        return (events.count { $0.receipt.sequence < number }, events.count { $0.receipt.sequence <= number })
      }
    }
    switch query.range {
    case .before(let point):
      guard let bound = bounds(point) else { return [] }
      return Array(events[..<bound.below].suffix(query.limit))
    case .after(let point):
      guard let bound = bounds(point) else { return [] }
      return Array(events[bound.through...].prefix(query.limit))
    case .latest(let point):
      guard let point else { return Array(events.suffix(query.limit)) }
      guard let bound = bounds(point) else { return [] }
      return Array(events[bound.through...].suffix(query.limit))
    case .around(let point):
      guard let bound = bounds(point) else { return [] }
      return events[..<bound.below].suffix(query.limit / 2)
        + events[bound.below...].prefix(query.limit - query.limit / 2)
    case .between(let first, let second):
      guard let a = bounds(first), let b = bounds(second) else { return [] }
      if a.through <= b.below { return Array(events[a.through..<b.below].prefix(query.limit)) }
      if b.through <= a.below { return Array(events[b.through..<a.below].suffix(query.limit)) }
      return []
    case .missed(let position):
      return Array(events.filter { $0.receipt.position > position }.suffix(query.limit))
    case .rest: return []
    }
  }

  func find(messageID: String, in conversation: Conversation) throws(StoreError) -> StoredEvent? {
    store.events(conversation).first { $0.receipt.messageID == messageID }
  }

  func summaries(
    of identity: Identity, rooms: [RoomID], after: Timestamp, before: Timestamp, kinds: EventKinds, limit: Int
  ) throws(StoreError) -> [ConversationSummary] {
    var found: [ConversationSummary] = []
    for conversation in store.conversations {
      guard
        let last = store.events(conversation, for: identity).last(where: {
          kinds.contains($0.kind) && $0.kind != .erased
        }),
        last.receipt.time > after, last.receipt.time < before
      else {
        continue
      }
      switch conversation {
      case .room(let id):
        if rooms.contains(id) {
          found.append(
            ConversationSummary(
              conversation: conversation, last: last.receipt.time, position: last.receipt.position,
              sequence: last.receipt.sequence, peerNick: ""))
        }
      case .direct(let one, let other):
        guard one == identity || other == identity else { continue }
        let nick = last.sender == identity ? last.target : Source(parsing: last.source).name
        found.append(
          ConversationSummary(
            conversation: conversation, last: last.receipt.time, position: last.receipt.position,
            sequence: last.receipt.sequence, peerNick: nick))
      }
    }
    return Array(found.sorted { $0.last < $1.last }.prefix(limit))
  }

  func missed(
    by identity: Identity, after: LogPosition, kinds: EventKinds
  ) throws(StoreError) -> [ConversationSummary] {
    if let failure = store.readFailure { throw failure }
    let all = try summaries(
      of: identity, rooms: [], after: Timestamp(milliseconds: .min), before: Timestamp(milliseconds: .max),
      kinds: kinds, limit: .max)
    return all.filter { $0.position > after }.map { summary in
      var summary = summary
      summary.isAnswered = store.hasSpoken(identity, in: summary.conversation)
      return summary
    }
  }

  func conversation(of identity: Identity, withNick nick: String) throws(StoreError) -> Conversation? {
    let far = Timestamp(milliseconds: .max)
    let summaries = try summaries(
      of: identity, rooms: [], after: Timestamp(milliseconds: .min), before: far, kinds: .everything, limit: .max)
    return summaries.last { FoldedName($0.peerNick) == FoldedName(nick) }?.conversation
  }

  func search(
    _ text: String, in conversations: [Conversation], before: LogPosition, limit: Int
  ) throws(StoreError) -> [StoredEvent] {
    let found = conversations.flatMap { store.events($0) }.filter { $0.text.contains(text) }
    return Array(
      found.filter { $0.receipt.position < before }.sorted { $0.receipt.position > $1.receipt.position }.prefix(limit))
  }

  func accounts() throws(StoreError) -> [AccountRecord] { store.accounts }

  func account(named name: String) throws(StoreError) -> AccountRecord? {
    store.accounts.first { FoldedName($0.name) == FoldedName(name) }
  }
}
