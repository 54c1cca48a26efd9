import IRC
import ParleyStore

/// WHO: people in a room, or whose nick, user or host matches; WHOX fields when asked for.
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
      guard !room.isSecret || room.contains(call.user) else { return end(mask, call) }
      let isMember = room.contains(call.user)
      let people = room.members.filter { isMember || !$0.user.isInvisible || $0.user === call.user }
      return list(people.map { ($0.user, $0.roles) }, room, mask, request, call)
    }
    if Names.isChannel(mask) { return end(mask, call) }
    if let user = core.users[FoldedName(mask)] { return list([(user, nil)], nil, mask, request, call) }
    guard mask.utf8.count <= 100 else { return end(mask, call) }
    let pattern = Mask(mask == "0" ? "*" : mask)
    let people = core.users.values.filter { isVisible($0, to: call.user) && matches($0, pattern) }
    return list(
      people.sorted { $0.folded < $1.folded }.map { ($0, nil) }, nil, mask, request, call)
  }

  /// So few are told without slices.
  private static let peopleAtOnce = 40

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
    mask.matches(user.nick) || mask.matches(user.username) || mask.matches(user.host) || mask.matches(user.source)
      || mask.matches(user.realname)
  }

  private static func end(_ mask: String, _ call: UserCall) -> Bool {
    call.reply.numeric(.endOfWho, mask, "End of WHO list")
    return true
  }

  private static func list(
    _ people: [(User, Roles?)], _ room: Room?, _ mask: String, _ request: Request, _ call: UserCall
  ) -> Bool {
    var rest = people[...]
    let write = { (reply: Reply) -> Bool in
      while !reply.isFull, let (user, roles) = rest.popFirst() {
        if !request.operatorsOnly || user.isOperator { describe(user, roles, room, request, reply, call) }
      }
      if rest.isEmpty { reply.numeric(.endOfWho, mask, "End of WHO list") }
      return !rest.isEmpty
    }
    if people.count <= peopleAtOnce {
      while write(call.reply) {}
      return true
    }
    call.core.sendLong(call.reply, next: write)
    return false
  }

  private static func describe(
    _ user: User, _ roles: Roles?, _ room: Room?, _ request: Request, _ reply: Reply, _ call: UserCall
  ) {
    // Without a room asked for, one that both are in, or that everybody may see.
    let shown = room ?? user.rooms.first { $0.contains(call.user) || (!$0.isSecret && !user.isInvisible) }
    let own = roles ?? shown?.roles(of: user)
    let prefix =
      reply.session.has(.multiPrefix) ? own?.prefixes ?? "" : own?.highestPrefix.map(String.init) ?? ""
    let flags = user.whoFlags + prefix
    guard let fields = request.fields else {
      return reply.numeric(
        .whoReply, shown?.name ?? "*", user.username, user.host, call.configuration.serverName, user.nick, flags,
        "0 \(user.realname)")
    }
    var values: [String] = []
    func add(_ field: Character, _ value: @autoclosure () -> String) {
      if fields.contains(field) { values.append(value()) }
    }
    add("t", request.token.isEmpty ? "0" : request.token)
    add("c", shown?.name ?? "*")
    add("u", user.username)
    add("i", "255.255.255.255")
    add("h", user.host)
    add("s", call.configuration.serverName)
    add("n", user.nick)
    add("f", flags)
    add("d", "0")
    add("l", String(call.core.instant.seconds - user.lastSpokeAt.seconds))
    add("a", user.account?.name ?? "0")
    add("o", "n/a")
    add("r", user.realname)
    reply.numeric(.whoSpcRpl, values)
  }
}
