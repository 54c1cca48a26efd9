import IRC
import ParleyStore

/// LIST: rooms, their size and topic; secret ones only to their members. Long lists come in slices.
enum ListCommand {
  static let command = Command(name: "LIST", minimumParameters: 0, handler: .user(run))

  /// ELIST conditions: M and N masks, U user counts, C creation and T topic times.
  private struct Filter {
    var masks: [Mask] = []
    var excluded: [Mask] = []
    var moreThan = -1
    var fewerThan = Int.max
    var createdAfter: Int64?
    var createdBefore: Int64?
    var topicAfter: Int64?
    var topicBefore: Int64?

    init(_ conditions: String, now: Int64) {
      for condition in conditions.split(separator: ",").map(String.init) {
        let number = Int64(condition.drop { !$0.isNumber }) ?? 0
        let minutesAgo = now - min(number, 1 << 40) * 60
        if condition.hasPrefix(">") {
          moreThan = Int(clamping: number)
        } else if condition.hasPrefix("<") {
          fewerThan = Int(clamping: number)
        } else if condition.hasPrefix("C<") {
          createdAfter = minutesAgo
        } else if condition.hasPrefix("C>") {
          createdBefore = minutesAgo
        } else if condition.hasPrefix("T<") {
          topicAfter = minutesAgo
        } else if condition.hasPrefix("T>") {
          topicBefore = minutesAgo
        } else if condition.hasPrefix("!") {
          excluded.append(Mask(String(condition.dropFirst())))
        } else {
          masks.append(Mask(condition))
        }
      }
    }

    func admits(_ room: Room) -> Bool {
      if !masks.isEmpty, !masks.contains(where: { $0.matches(room.name) }) { return false }
      if excluded.contains(where: { $0.matches(room.name) }) { return false }
      guard room.members.count > moreThan, room.members.count < fewerThan else { return false }
      let created = room.record.createdAt.seconds
      if let createdAfter, created < createdAfter { return false }
      if let createdBefore, created > createdBefore { return false }
      let topic = room.record.topicSetAt?.seconds
      if let topicAfter { guard let topic, topic >= topicAfter else { return false } }
      if let topicBefore { guard let topic, topic <= topicBefore else { return false } }
      return true
    }
  }

  /// Rooms looked at in one go, whether they are shown or not.
  private static let roomsPerSlice = 1_000

  private static func run(_ call: UserCall) -> Bool {
    let filter = Filter(call.parameter(0) ?? "", now: call.core.now.seconds)
    call.reply.numeric(.listStart, "Channel", "Users  Name")
    var rest = call.core.rooms.values.sorted { $0.id < $1.id }.map(\.folded)[...]
    call.core.sendLong(call.reply) { [unowned core = call.core] reply in
      var count = 0
      while !reply.isFull, count < roomsPerSlice, let name = rest.popFirst() {
        count += 1
        guard let room = core.rooms[name], !room.isSecret || room.contains(call.user), filter.admits(room) else {
          continue
        }
        reply.numeric(.list, room.name, String(room.members.count), room.record.topic)
      }
      if rest.isEmpty { reply.numeric(.listEnd, "End of /LIST") }
      return !rest.isEmpty
    }
    return false
  }
}
