import IRC
import ParleyStore

/// SILENCE: whom one does not want private messages and invitations from. Kept with the account; a guest's ends with it.
enum SilenceCommand {
  static let command = Command(name: "SILENCE", minimumParameters: 0, handler: .user(run))

  /// Masks of one line; the rest is not looked at.
  private static let masksAtOnce = 20

  private static func run(_ call: UserCall) -> Bool {
    guard let words = call.parameter(0), words != call.user.nick else { return list(call) }
    let before = call.user.silences
    var done: [SilenceChange] = []
    for word in words.split(separator: ",").prefix(masksAtOnce) {
      let isRemoval = word.hasPrefix("-")
      let given = word.hasPrefix("+") || isRemoval ? String(word.dropFirst()) : String(word)
      guard !given.isEmpty else { continue }
      // Nobody speaks to one person and not to another: a mute is what it silences.
      let plain = given.hasPrefix("m:") ? String(given.dropFirst(2)) : given
      let mask = TextLimit.truncate(Ban.normalized(plain), toBytes: 200)
      call.core.charge(call.session, 1 + call.user.silences.masks.count / 4)
      if let change = change(mask, isRemoval, call) { done.append(change) }
    }
    if !done.isEmpty { keep(done, before, call) }
    return true
  }

  private static func list(_ call: UserCall) -> Bool {
    for mask in call.user.silences.masks { call.reply.numeric(.sileList, call.user.nick, mask) }
    call.reply.numeric(.endOfSileList, call.user.nick, "End of Silence List")
    return true
  }

  /// - Returns: what has changed; nil: nothing.
  private static func change(_ mask: String, _ isRemoval: Bool, _ call: UserCall) -> SilenceChange? {
    let user = call.user
    let known = user.silences.known(mask)
    guard (known != nil) == isRemoval else { return nil }
    guard isRemoval || user.silences.masks.count < Silences.limit else {
      call.reply.numeric(.sileListFull, mask, "Your silence list is full")
      return nil
    }
    let shown = known ?? mask
    if isRemoval { user.silences.remove(shown) } else { user.silences.add(shown) }
    return SilenceChange(mask: shown, isRemoval: isRemoval)
  }

  /// Stored together, then told one by one.
  private static func keep(_ done: [SilenceChange], _ before: Silences, _ call: UserCall) {
    let user = call.user
    call.core.charge(call.session, WorkCost.change)
    var hasFailed = false
    if let account = user.account {
      call.core.transact(
        Transaction(done.map { $0.stored(for: account.id) }), for: call.session,
        undo: { _ in
          hasFailed = true
          account.silences = before
        },
        fail: { _, _ in
          for change in done {
            call.reply.fail(
              "SILENCE", "STORE_UNAVAILABLE", [change.mask], "The change could not be stored; nothing changed")
          }
        })
    }
    let lines = done.map { change in
      Message(source: user.source, command: "SILENCE", parameters: [(change.isRemoval ? "-" : "+") + change.mask])
    }
    call.core.afterEverything(writingTo: call.reply) { core in
      guard !hasFailed else { return }
      for line in lines {
        call.reply.send(line)
        core.deliver(line, to: .connections(user.reachableConnections(except: call.session)))
      }
    }
  }
}

private struct SilenceChange {
  let mask: String
  let isRemoval: Bool

  func stored(for account: AccountID) -> Change {
    isRemoval
      ? .removeSilence(account, mask: mask) : .putSilence(SilenceRecord(account: account, mask: mask))
  }
}

/// ACCEPT: lets somebody without an account write to one although one has mode R. Writing to somebody accepts them, too.
enum AcceptCommand {
  static let command = Command(name: "ACCEPT", minimumParameters: 1, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let words = call.parameters[0].split(separator: ",").map(String.init)
    // The list is shown once, however often it is asked for.
    let list = words.firstIndex(of: "*")
    return call.forEach(words.indices.filter { words[$0] != "*" || $0 == list }) { index in
      change(words[index], call)
    }
  }

  private static func change(_ word: String, _ call: UserCall) {
    let user = call.user
    call.core.charge(call.session, word == "*" ? 1 + user.accepted.nicks.count : 1)
    if word == "*" {
      for nick in user.accepted.nicks.values.sorted() { call.reply.numeric(.acceptList, nick) }
      return call.reply.numeric(.endOfAccept, "End of /ACCEPT list")
    }
    let isRemoval = word.hasPrefix("-")
    let nick = word.hasPrefix("+") || isRemoval ? String(word.dropFirst()) : word
    guard let other = call.core.users[FoldedName(nick)] else {
      return call.reply.numeric(.noSuchNick, nick.isEmpty ? "*" : nick, "No such nick")
    }
    if isRemoval {
      if !user.accepted.remove(other) { call.reply.numeric(.acceptNot, other.nick, "is not on your accept list") }
    } else if user.accepted.contains(other.identity) {
      call.reply.numeric(.acceptExist, other.nick, "is already on your accept list")
    } else if !user.accepted.add(other) {
      call.reply.numeric(.acceptFull, "Accept list is full")
    }
  }
}
