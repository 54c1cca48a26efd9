import IRC
import ParleyStore

/// WHO: people in a room, or whose nick, user or host matches; WHOX fields when asked for. It describes people as others have been
/// shown them by then. Long lists come in slices.
enum WhoCommand {
  static let command = Command(name: "WHO", minimumParameters: 0, handler: .user(run))

  private struct Request {
    /// WHOX field letters in the order of RPL_WHOSPCRPL; nil: the classic reply.
    var fields: Set<Character>?
    var token = ""
    var operatorsOnly = false
  }

  private static func run(_ call: UserCall) -> Bool {
    let mask = call.parameter(0) ?? "*"
    let request = parse(call.parameter(1))
    let core = call.core
    if let room = core.rooms[FoldedName(mask)], Names.isChannel(mask) {
      guard !room.isHidden(from: call.user) else { return end(mask, call) }
      listMembers(of: room, mask, request, call)
      return false
    }
    if Names.isChannel(mask) { return end(mask, call) }
    if let user = core.users[FoldedName(mask)] {
      core.afterEverything(writingTo: call.reply) { _ in
        describe(user, nil, nil, request, call.reply, call)
        _ = end(mask, call)
      }
      return true
    }
    guard mask.utf8.count <= 100 else { return end(mask, call) }
    listMatching(Mask(mask == "0" ? "*" : mask), mask, request, call)
    return false
  }

  /// People looked at before it is asked whether the slice is full.
  private static let peoplePerStep = 16

  private static func parse(_ text: String?) -> Request {
    var request = Request()
    guard let text else { return request }
    let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    request.operatorsOnly = parts[0].contains("o")
    guard parts.count > 1 else { return request }
    let fields = parts[1].split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    request.fields = Set(fields[0])
    if fields.count > 1 { request.token = TextLimit.truncate(String(fields[1]), toBytes: 3) }
    return request
  }

  private static func isVisible(_ user: User, to asker: User) -> Bool {
    if user === asker || !user.isInvisible { return true }
    return user.rooms.contains { $0.contains(asker) }
  }

  private static func matches(_ user: User, _ mask: Mask) -> Bool {
    if let face = user.earlierFace.value {
      return [face.nick, face.username, face.host, face.source, face.realname].contains { mask.matches($0) }
    }
    return mask.matches(user.nick) || mask.matches(user.username) || mask.matches(user.host)
      || mask.matches(user.source) || mask.matches(user.realname)
  }

  private static func end(_ mask: String, _ call: UserCall) -> Bool {
    call.reply.numeric(.endOfWho, mask, "End of WHO list")
    return true
  }

  private static func listMembers(of room: Room, _ mask: String, _ request: Request, _ call: UserCall) {
    var cursor = MemberCursor(room)
    let slice = call.configuration.sliceLooks
    call.core.sendLong(call.reply, isWork: true) { [unowned core = call.core] reply in
      let isMember = room.isShown(call.user)
      let isHidden = room.isHidden(from: call.user)
      var looked = 0
      while !isHidden, !cursor.isAtEnd, looked < slice, !reply.isFull {
        let members = cursor.next(min(peoplePerStep, slice - looked))
        looked += max(1, members.count)
        for member in members {
          guard isMember || !member.user.isInvisible || member.user === call.user else { continue }
          if request.operatorsOnly, !member.user.isOperator { continue }
          describe(member.user, member.shownRoles, room, request, reply, call)
        }
      }
      core.charge(call.session, 1 + looked)
      let isOver = isHidden || cursor.isAtEnd
      if isOver { _ = end(mask, call) }
      return !isOver
    }
  }

  private static func listMatching(_ pattern: Mask, _ mask: String, _ request: Request, _ call: UserCall) {
    var cursor: Int64?
    let cost = WorkCost.match(pattern)
    let slice = WorkCost.slice(call.configuration.sliceLooks, of: cost)
    call.core.sendLong(call.reply, isWork: true) { [unowned core = call.core] reply in
      var looked = 0
      repeat {
        let users = core.users.next(min(peoplePerStep, slice - looked), after: &cursor)
        looked += max(1, users.count)
        for user in users {
          if request.operatorsOnly, !user.isOperator { continue }
          guard isVisible(user, to: call.user), matches(user, pattern) else { continue }
          describe(user, nil, nil, request, reply, call)
        }
      } while cursor != nil && looked < slice && !reply.isFull
      core.charge(call.session, 1 + looked * cost)
      if cursor == nil { _ = end(mask, call) }
      return cursor != nil
    }
  }

  private static func describe(
    _ user: User, _ roles: Roles?, _ room: Room?, _ request: Request, _ reply: Reply, _ call: UserCall
  ) {
    let face = user.shown
    // Without a room asked for, one that both are in, or that everybody may see.
    let shown = room ?? user.rooms.first { $0.isShown(call.user) || (!$0.isSecret && !user.isInvisible) }
    let own = roles ?? shown?.shownRoles(of: user)
    let prefix =
      reply.session.has(.multiPrefix) ? own?.prefixes ?? "" : own?.highestPrefix.map(String.init) ?? ""
    let flags =
      (face.away == nil ? "H" : "G") + (user.isOperator ? "*" : "") + (user.isBot ? "B" : "") + prefix
    let roomName = shown?.shownName ?? "*"
    guard let fields = request.fields else {
      return reply.numeric(
        .whoReply, roomName, face.username, face.host, call.configuration.serverName, face.nick, flags,
        "0 \(face.realname)")
    }
    var values: [String] = []
    func add(_ field: Character, _ value: @autoclosure () -> String) {
      if fields.contains(field) { values.append(value()) }
    }
    add("t", request.token.isEmpty ? "0" : request.token)
    add("c", roomName)
    add("u", face.username)
    add("i", "255.255.255.255")
    add("h", face.host)
    add("s", call.configuration.serverName)
    add("n", face.nick)
    add("f", flags)
    add("d", "0")
    add("l", String(call.core.instant.seconds - user.lastSpokeAt.seconds))
    add("a", face.account ?? "0")
    add("o", "n/a")
    add("r", face.realname)
    reply.numeric(.whoSpcRpl, values)
  }
}
