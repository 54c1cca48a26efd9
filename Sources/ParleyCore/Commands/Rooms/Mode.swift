import IRC
import ParleyStore

/// MODE: shows or changes the modes of a room or of oneself.
enum ModeCommand {
  static let command = Command(name: "MODE", minimumParameters: 1, handler: .user(run))

  /// Rooms: lists `beI`, key `k`, limit `l`, roles `qaohv`, and flags: `C` no CTCP, `M` guests may not speak, `P` permanent,
  /// `R` guests may not join, `i` by invitation, `m` moderated, `n` members only, `s` secret, `t` topic by operators. With a
  /// parameter when set: `H` how much is kept, `W` slow mode, `f` floods (`RoomParameters`). `J` history since joining only.
  static let grammar = ModeGrammar(lists: "beI", always: "k", whenSet: "HWfl", flags: "CJMPRimnst", prefixes: "qaohv")

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
    guard !room.isSecret || room.contains(call.user) else {
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
      case "i":
        guard user.isInvisible != adding else { continue }
        call.core.setInvisible(user, adding)
        changes.append(ModeChange(adding: adding, mode: letter, parameter: nil))
      case "o":
        guard !adding, user.isOperator else { continue }
        call.core.setOperator(user, false)
        changes.append(ModeChange(adding: adding, mode: letter, parameter: nil))
      case "w":
        guard user.wantsWallops != adding else { continue }
        user.wantsWallops = adding
        changes.append(ModeChange(adding: adding, mode: letter, parameter: nil))
      case "B":
        guard user.isBot != adding else { continue }
        user.isBot = adding
        changes.append(ModeChange(adding: adding, mode: letter, parameter: nil))
      case "r": continue
      default: unknown = true
      }
    }
    if unknown { call.reply.numeric(.umodeUnknownFlag, "Unknown mode flag") }
    guard !changes.isEmpty else { return }
    let line = Message(
      source: user.source, command: "MODE", parameters: [user.nick] + ModeGrammar.format(changes))
    call.reply.send(line)
    call.core.deliver(line, to: .connections(user.connections(except: call.session)))
  }
}
