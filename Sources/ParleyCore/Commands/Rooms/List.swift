import IRC
import ParleyStore

/// LIST: rooms, their size and topic; secret ones only to their members. Long lists come in slices.
enum ListCommand {
  static let command = Command(name: "LIST", minimumParameters: 0, handler: .user(run))

  /// Rooms looked at before it is asked whether the slice is full.
  private static let roomsPerStep = 16

  private static func run(_ call: UserCall) -> Bool {
    guard let filter = filter(call) else { return true }
    let cost = filter.cost
    let slice = WorkCost.slice(call.configuration.sliceLooks, of: cost)
    call.reply.numeric(.listStart, "Channel", "Users  Name")
    var cursor: Int64?
    call.core.sendLong(call.reply, isWork: true) { [unowned core = call.core] reply in
      var looked = 0
      repeat {
        let rooms = core.rooms.next(min(roomsPerStep, slice - looked), after: &cursor)
        looked += max(1, rooms.count)
        for room in rooms where !room.isHidden(from: call.user) {
          let (record, members) = (room.shownRecord, room.shownCount)
          guard members > 0 || room.isKept, filter.admits(room, record, members: members) else { continue }
          reply.numeric(.list, record.name, String(members), record.topic)
        }
      } while cursor != nil && looked < slice && !reply.isFull
      core.charge(call.session, looked * cost)
      if cursor == nil { reply.numeric(.listEnd, "End of /LIST") }
      return cursor != nil
    }
    return false
  }

  /// `LIST [masks and conditions] [conditions, or this server]`; nil: another server has been asked.
  private static func filter(_ call: UserCall) -> ListFilter? {
    var conditions = call.parameter(0).map { [$0] } ?? []
    if let second = call.parameter(1) {
      if second.split(separator: ",").allSatisfy({ ListFilter.isCondition(String($0)) }) {
        conditions.append(second)
      } else if !ServerTarget.isThisServer(second, call) {
        return nil
      }
    }
    return ListFilter(conditions, now: call.core.now.seconds)
  }
}
