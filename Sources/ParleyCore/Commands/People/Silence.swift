import IRC
import ParleyStore

/// SILENCE: whom one does not want private messages and invitations from. Kept with the account; a guest's ends with it.
enum SilenceCommand {
  static let command = Command(name: "SILENCE", minimumParameters: 0, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    guard let words = call.parameter(0), words != call.user.nick else { return list(call) }
    for word in words.split(separator: ",").prefix(20) {
      let isRemoval = word.hasPrefix("-")
      let given = word.hasPrefix("+") || isRemoval ? String(word.dropFirst()) : String(word)
      guard !given.isEmpty else { continue }
      // Nobody speaks to one person and not to another: a mute is what it silences.
      let plain = given.hasPrefix("m:") ? String(given.dropFirst(2)) : given
      change(TextLimit.truncate(Ban.normalized(plain), toBytes: 200), isRemoval, call)
    }
    return true
  }

  private static func list(_ call: UserCall) -> Bool {
    for mask in call.user.silences.masks { call.reply.numeric(.sileList, call.user.nick, mask) }
    call.reply.numeric(.endOfSileList, call.user.nick, "End of Silence List")
    return true
  }

  private static func change(_ mask: String, _ isRemoval: Bool, _ call: UserCall) {
    let user = call.user
    let known = user.silences.known(mask)
    guard (known != nil) == isRemoval else { return }
    guard isRemoval || user.silences.masks.count < Silences.limit else {
      return call.reply.numeric(.sileListFull, mask, "Your silence list is full")
    }
    let before = user.silences
    let shown = known ?? mask
    if isRemoval { user.silences.remove(shown) } else { user.silences.add(shown) }
    var hasFailed = false
    if let account = user.account {
      let change: Change =
        isRemoval
        ? .removeSilence(account.id, mask: shown) : .putSilence(SilenceRecord(account: account.id, mask: shown))
      call.core.transact(
        Transaction(change), for: call.session,
        undo: { _ in
          hasFailed = true
          account.silences = before
        },
        fail: { _, _ in
          call.reply.fail("SILENCE", "STORE_UNAVAILABLE", [shown], "The change could not be stored; nothing changed")
        })
    }
    let line = Message(source: user.source, command: "SILENCE", parameters: [(isRemoval ? "-" : "+") + shown])
    call.core.afterEverything(writingTo: call.reply) { core in
      guard !hasFailed else { return }
      call.reply.send(line)
      core.deliver(line, to: .connections(user.reachableConnections(except: call.session)))
    }
  }
}

/// ACCEPT: lets somebody without an account write to one although one has mode R. Writing to somebody accepts them, too.
enum AcceptCommand {
  static let command = Command(name: "ACCEPT", minimumParameters: 1, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let user = call.user
    for word in call.parameters[0].split(separator: ",") {
      if word == "*" {
        for nick in user.accepted.nicks.values.sorted() { call.reply.numeric(.acceptList, nick) }
        call.reply.numeric(.endOfAccept, "End of /ACCEPT list")
        continue
      }
      let isRemoval = word.hasPrefix("-")
      let nick = word.hasPrefix("+") || isRemoval ? String(word.dropFirst()) : String(word)
      guard let other = call.core.users[FoldedName(nick)] else {
        call.reply.numeric(.noSuchNick, nick.isEmpty ? "*" : nick, "No such nick")
        continue
      }
      if isRemoval {
        if !user.accepted.remove(other) { call.reply.numeric(.acceptNot, other.nick, "is not on your accept list") }
      } else if user.accepted.contains(other.identity) {
        call.reply.numeric(.acceptExist, other.nick, "is already on your accept list")
      } else if !user.accepted.add(other) {
        call.reply.numeric(.acceptFull, "Accept list is full")
      }
    }
    return true
  }
}
