import IRC
import ParleyStore

/// MODE: shows or changes the modes of a room or of oneself.
enum ModeCommand {
  static let command = Command(name: "MODE", minimumParameters: 1, handler: .user(run))

  /// Rooms: lists `beI`, key `k`, limit `l`, roles `qaohv`, and flags: `C` no CTCP, `M` guests may not speak, `P` permanent,
  /// `R` guests may not join, `i` by invitation, `m` moderated, `n` members only, `r` registered, `s` secret, `t` topic by
  /// operators, `J` history since joining only. With a parameter when set: `H` how much is kept, `W` slow mode, `f` floods
  /// (`RoomParameters`).
  static let grammar = ModeGrammar(lists: "beI", always: "k", whenSet: "HWfl", flags: "CJMPRimnrst", prefixes: "qaohv")

  private static func run(_ call: UserCall) -> Bool {
    let target = call.parameters[0]
    if Names.isChannel(target) {
      guard let room = call.core.rooms[FoldedName(target)] else {
        call.reply.numeric(.noSuchChannel, target, "No such channel")
        return true
      }
      if call.parameters.count == 1 { show(room, call) } else { RoomModes.change(room, call) }
    } else {
      userMode(target, call)
    }
    return true
  }

  private static func show(_ room: Room, _ call: UserCall) {
    guard !room.isHidden(from: call.user) else {
      return call.reply.numeric(.noSuchChannel, room.name, "No such channel")
    }
    call.reply.numeric(.channelModeIs, [room.name] + room.modeString(showingKey: room.contains(call.user)))
    call.reply.numeric(.creationTime, room.name, String(room.record.createdAt.seconds))
  }

  private static func userMode(_ target: String, _ call: UserCall) {
    let user = call.user
    guard let other = call.core.users[FoldedName(target)] else {
      return call.reply.numeric(.noSuchNick, target, "No such nick")
    }
    guard other === user else {
      return call.reply.numeric(.usersDontMatch, "Can't change or see the modes of other users")
    }
    guard let text = call.parameter(1) else { return call.reply.numeric(.umodeIs, "+" + user.modes) }
    var adding = true
    var changes: [ModeChange] = []
    var unknown = false
    for letter in text {
      switch letter {
      case "+": adding = true
      case "-": adding = false
      case "o":
        guard !adding, user.isOperator else { continue }
        call.core.setOperatorGrants(user, [])
        changes.append(ModeChange(adding: adding, mode: letter, parameter: nil))
      case _ where Core.keptModes.contains(letter):
        guard user.modes.contains(letter) != adding else { continue }
        call.core.set(letter, adding, of: user)
        changes.append(ModeChange(adding: adding, mode: letter, parameter: nil))
      case "r": continue
      default: unknown = true
      }
    }
    if unknown { call.reply.numeric(.umodeUnknownFlag, "Unknown mode flag") }
    guard !changes.isEmpty else { return }
    let line = Message(
      source: user.source, command: "MODE", parameters: [user.nick] + ModeGrammar.format(changes))
    keep(user, changes, call) { core in
      call.reply.send(line)
      core.deliver(line, to: .connections(user.reachableConnections(except: call.session)))
    }
  }

  /// An account keeps its modes.
  private static func keep(_ user: User, _ changes: [ModeChange], _ call: UserCall, _ done: @escaping (Core) -> Void) {
    let kept = Core.keptModes.filter { user.modes.contains($0) }
    guard let account = user.account, account.settings.modes != String(kept) else {
      return call.core.afterEverything(writingTo: call.reply, done)
    }
    var settings = account.settings
    settings.modes = String(kept)
    call.reply.isAwaited = true
    call.core.updateSettings(
      account, for: call.session, settings,
      undo: { core in
        for change in changes where Core.keptModes.contains(change.mode) {
          core.set(change.mode, !change.adding, of: user)
        }
      },
      fail: {
        call.reply.fail("MODE", "STORE_UNAVAILABLE", [user.nick], "The change could not be stored; nothing changed")
      },
      done: done)
  }
}
