import IRC
import ParleyStore

/// Changes to a room's modes: all that are allowed in one command happen together, are stored together and shown together.
enum RoomModes {
  static func change(_ room: Room, _ call: UserCall) {
    call.core.charge(call.session, call.parameters[1].utf8.count / 8)
    let given = ModeCommand.grammar.parse(call.parameters[1], Array(call.parameters.dropFirst(2)))
    let items = withinLimit(given, room, call)
    let roles = room.roles(of: call.user)
    let rank = room.rank(of: call.user)
    let mayChange = rank >= Roles.halfOperator.rank
    var batch = RoomModeBatch(room: room, call: call, rank: rank)
    var hasComplained = false
    var incomplete: Set<Character> = []
    for item in items {
      switch item {
      case .listQuery(let mode): showList(mode, room, call, mayChange: mayChange)
      case .unknown(let mode):
        call.reply.numeric(.unknownMode, String(mode), "is not a mode this server knows")
      case .missingParameter(let mode, _):
        if mayChange, incomplete.insert(mode).inserted {
          call.reply.numeric(.invalidModeParam, room.name, String(mode), "*", "This mode needs a parameter")
        }
      case .change(let change):
        guard mayChange else {
          if !hasComplained {
            hasComplained = true
            let numeric: Numeric = roles == nil ? .notOnChannel : .chanOpPrivsNeeded
            let words = roles == nil ? "You're not on that channel" : "You're not a channel operator"
            call.reply.numeric(numeric, room.name, words)
          }
          continue
        }
        batch.apply(change)
      }
    }
    batch.commit()
  }

  /// As many changes with a parameter as one MODE may have (ISUPPORT `MODES`).
  private static func withinLimit(_ items: [ModeParseItem], _ room: Room, _ call: UserCall) -> [ModeParseItem] {
    var left = call.configuration.modesPerCommand
    return items.filter { item in
      guard case .change(let change) = item, change.parameter != nil else { return true }
      left -= 1
      if left < 0 {
        call.reply.numeric(
          .invalidModeParam, room.name, String(change.mode), "*",
          "One MODE has at most \(call.configuration.modesPerCommand) changes with a parameter")
      }
      return left >= 0
    }
  }

  private static func showList(_ mode: Character, _ room: Room, _ call: UserCall, mayChange: Bool) {
    guard !room.isHidden(from: call.user) else {
      return call.reply.numeric(.noSuchChannel, room.name, "No such channel")
    }
    if mode != "b", !mayChange {
      return call.reply.numeric(.chanOpPrivsNeeded, room.name, "You're not a channel operator")
    }
    let (entry, end, words): (Numeric, Numeric, String) =
      switch mode {
      case "b": (.banList, .endOfBanList, "End of channel ban list")
      case "e": (.exceptList, .endOfExceptList, "End of channel exception list")
      default: (.invexList, .endOfInvexList, "End of channel invite list")
      }
    call.core.charge(call.session, 1 + room[list: mode].count)
    for item in room[list: mode] {
      call.reply.numeric(entry, room.name, item.mask, item.setBy, String(item.setAt.seconds))
    }
    call.reply.numeric(end, room.name, words)
  }
}

/// One MODE command's changes, applied as they are found valid and submitted as one transaction.
private struct RoomModeBatch {
  let room: Room
  let call: UserCall
  let rank: Int
  private let change: RoomChange
  /// What has changed so far, each time it changed.
  private var steps: [ModeChange] = []
  private var changes: [Change] = []

  init(room: Room, call: UserCall, rank: Int) {
    self.room = room
    self.call = call
    self.rank = rank
    change = RoomChange(room, call.core)
  }

  mutating func apply(_ change: ModeChange) {
    switch change.mode {
    case "b", "e", "I": applyList(change)
    case "q", "a", "o", "h", "v": applyRole(change)
    case "k": applyKey(change)
    case "l": applyLimit(change)
    case "H":
      // It removes for good what was said.
      guard rank >= Roles.operator.rank else {
        return call.reply.numeric(.chanOpPrivsNeeded, room.name, "Your role is too low to set what is kept (+H)")
      }
      applyParameter(change)
    case "W", "f": applyParameter(change)
    case "P":
      guard call.user.isOperator else {
        return call.reply.numeric(.noPrivileges, "Permission denied: only server operators keep rooms (+P)")
      }
      applyFlag(change)
    case "r":
      call.reply.numeric(.noPrivileges, "Permission denied: rooms are registered through ChanServ (+r)")
    default: applyFlag(change)
    }
  }

  private mutating func applyFlag(_ change: ModeChange) {
    guard room.has(change.mode) != change.adding else { return }
    room.set(change.mode, change.adding)
    steps.append(change)
  }

  private mutating func applyKey(_ change: ModeChange) {
    if change.adding {
      let key = change.parameter ?? ""
      let isValid =
        !key.isEmpty && key.utf8.count <= call.configuration.keyLength && !key.hasPrefix(":")
        && !key.utf8.contains { $0 <= 32 || $0 == UInt8(ascii: ",") || $0 == 127 }
      guard isValid else {
        return call.reply.numeric(
          .invalidModeParam, room.name, "k", "*",
          "A key has 1 to \(call.configuration.keyLength) bytes, no spaces and no commas")
      }
      room.record.key = key
      steps.append(change)
    } else if !room.record.key.isEmpty {
      // Clients expect the old key, or anything, as parameter.
      steps.append(ModeChange(adding: false, mode: "k", parameter: room.record.key))
      room.record.key = ""
    }
  }

  private mutating func applyLimit(_ change: ModeChange) {
    if change.adding {
      guard let limit = Int(change.parameter ?? ""), limit > 0, limit < 1 << 31 else {
        return call.reply.numeric(
          .invalidModeParam, room.name, "l", TextLimit.truncate(change.parameter ?? "*", toBytes: 64),
          "A limit is a number above 0")
      }
      room.record.limit = limit
      steps.append(ModeChange(adding: true, mode: "l", parameter: String(limit)))
    } else if room.record.limit > 0 {
      room.record.limit = 0
      steps.append(ModeChange(adding: false, mode: "l", parameter: nil))
    }
  }

  private mutating func applyParameter(_ change: ModeChange) {
    guard let parameter = RoomParameter(mode: change.mode) else { return }
    let before = parameter.text(of: room.record)
    if change.adding {
      guard parameter.set(change.parameter ?? "", in: &room.record) else {
        return call.reply.numeric(
          .invalidModeParam, room.name, String(change.mode), TextLimit.truncate(change.parameter ?? "*", toBytes: 64),
          parameter.words)
      }
      let text = parameter.text(of: room.record)
      if text != before { steps.append(ModeChange(adding: true, mode: change.mode, parameter: text)) }
    } else if before != nil {
      parameter.clear(in: &room.record)
      steps.append(ModeChange(adding: false, mode: change.mode, parameter: nil))
    }
  }

  private mutating func applyList(_ change: ModeChange) {
    guard let given = change.parameter, !given.isEmpty else { return }
    guard !given.hasPrefix(":"), !given.utf8.contains(32) else {
      return call.reply.numeric(
        .invalidModeParam, room.name, String(change.mode), "*", "A mask has no spaces and no colon in front")
    }
    var mask = TextLimit.truncate(Ban.normalized(given), toBytes: 200)
    var list = room[list: change.mode]
    let position = list.firstIndex { FoldedName($0.mask) == FoldedName(mask) }
    if change.adding {
      guard position == nil else { return }
      guard list.count < call.configuration.listEntriesPerRoom else {
        return call.reply.numeric(.banListFull, room.name, String(change.mode), "Channel list is full")
      }
      let entry = RoomListEntry(
        room: room.id, mode: change.mode, mask: mask, setBy: call.user.source, setAt: call.core.now)
      list.append(entry)
      changes.append(.putListEntry(entry))
    } else {
      guard let position else { return }
      // Clients know it as it was shown when it was set.
      mask = list[position].mask
      changes.append(.removeListEntry(room.id, mode: change.mode, mask: mask))
      list.remove(at: position)
    }
    room[list: change.mode] = list
    steps.append(ModeChange(adding: change.adding, mode: change.mode, parameter: mask))
  }

  private mutating func applyRole(_ change: ModeChange) {
    guard let role = Roles(mode: change.mode), let nick = change.parameter else { return }
    guard let target = call.core.users[FoldedName(nick)] else {
      return call.reply.numeric(.noSuchNick, nick, "No such nick")
    }
    guard let current = room.roles(of: target) else {
      return call.reply.numeric(.userNotInChannel, target.nick, room.name, "They aren't on that channel")
    }
    // One gives and takes roles below one's own; operators and above also their own; one's own may always be given up.
    let isOwnLoss = target === call.user && !change.adding
    let mayTouch = rank > role.rank || (rank == role.rank && rank >= Roles.operator.rank)
    let outranked = !change.adding && room.rank(of: target) > rank
    guard isOwnLoss || (mayTouch && !outranked) else {
      return call.reply.numeric(.chanOpPrivsNeeded, room.name, "Your role is too low for this change")
    }
    guard current.contains(role) != change.adding else { return }
    let changed = change.adding ? current.union(role) : current.subtracting(role)
    self.change.setRoles(changed, of: target, in: room)
    if let account = target.account, let member = room.member(target) {
      changes.append(
        .putMembership(
          MembershipRecord(
            room: room.id, account: account.id, roles: changed.rawValue, joinedAt: member.joinedAt)))
      if let change = room.keepRoles(changed, of: account) { changes.append(change) }
    }
    steps.append(ModeChange(adding: change.adding, mode: change.mode, parameter: target.nick))
  }

  /// What is different in the end, in the order of the last steps: a mode that was set and unset again has not changed.
  private func net() -> [ModeChange] {
    let recordBefore = change.before
    var left: [ModeChange] = []
    for step in steps {
      if let parameter = RoomParameter(mode: step.mode) {
        left.removeAll { $0.mode == step.mode }
        if parameter.text(of: recordBefore) != parameter.text(of: room.record) { left.append(step) }
      } else if step.mode == "k" || step.mode == "l" {
        left.removeAll { $0.mode == step.mode }
        let isSame =
          step.mode == "k" ? recordBefore.key == room.record.key : recordBefore.limit == room.record.limit
        if !isSame { left.append(step) }
      } else if let earlier = left.firstIndex(where: { isOpposite($0, step) }) {
        left.remove(at: earlier)
      } else {
        left.append(step)
      }
    }
    // Without a key there is none to name but the one that clients know.
    return left.map { change in
      change.mode == "k" && !change.adding
        ? ModeChange(adding: false, mode: "k", parameter: recordBefore.key) : change
    }
  }

  private func isOpposite(_ one: ModeChange, _ other: ModeChange) -> Bool {
    one.mode == other.mode && one.adding != other.adding
      && one.parameter.map { FoldedName($0) } == other.parameter.map { FoldedName($0) }
  }

  /// The changes in as many lines as they need.
  private func lines(_ done: [ModeChange]) -> [Message] {
    func line(_ changes: [ModeChange]) -> Message {
      Message(source: call.user.source, command: "MODE", parameters: [room.name] + ModeGrammar.format(changes))
    }
    var chunks: [[ModeChange]] = [[]]
    for change in done {
      let longer = chunks[chunks.count - 1] + [change]
      if longer.count == 1 || line(longer).wire.utf8.count <= 510 {
        chunks[chunks.count - 1] = longer
      } else {
        chunks.append([change])
      }
    }
    return chunks.map(line)
  }

  func commit() {
    guard !steps.isEmpty else { return }
    let done = net()
    // What is kept no longer goes at the next opportunity.
    if done.contains(where: { $0.mode == "H" }) { call.core.expiredAt = nil }
    let room = room
    let members = change.changedUsers.compactMap { room.member($0) }
    call.core.storeRoom(
      room, change, changes, done.isEmpty ? [] : lines(done), call,
      show: { for member in members { room.showRoles(member.roles, member.number, of: member.user) } })
    if done.contains(where: { $0.mode == "P" && !$0.adding }) { call.core.afterEverything { $0.endIfEmpty(room) } }
  }
}
