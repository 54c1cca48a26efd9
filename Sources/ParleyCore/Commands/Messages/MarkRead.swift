import IRC
import ParleyStore

/// MARKREAD (draft/read-marker): up to when one has read a room or a private conversation, on all of one's devices.
enum MarkReadCommand {
  static let command = Command(name: "MARKREAD", minimumParameters: 0, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let core = call.core
    guard let target = call.parameter(0) else {
      call.reply.fail("MARKREAD", "NEED_MORE_PARAMS", [], "Missing parameters")
      return true
    }
    guard target.utf8.count <= 255 else {
      call.reply.fail("MARKREAD", "INVALID_PARAMS", [TextLimit.truncate(target, toBytes: 64)], "Not a target")
      return true
    }
    guard let given = call.parameter(1) else {
      show(target, call)
      return true
    }
    guard given.hasPrefix("timestamp="), let read = Timestamp(iso8601: String(given.dropFirst("timestamp=".count)))
    else {
      call.reply.fail(
        "MARKREAD", "INVALID_PARAMS", [target, TextLimit.truncate(given, toBytes: 64)], "Expected timestamp=")
      return true
    }
    let key = core.markerKey(target)
    // Nothing that is still to be said can have been read.
    let time = min(read, core.now)
    if let known = call.user.readMarkers[key], known >= time {
      show(target, call)
      return true
    }
    set(target, key, time, call)
    return true
  }

  /// Behind what is still being stored.
  private static func show(_ target: String, _ call: UserCall) {
    call.core.afterEverything(writingTo: call.reply) { core in call.reply.send(core.markerLine(target, of: call.user)) }
  }

  private static func set(_ target: String, _ key: String, _ time: Timestamp, _ call: UserCall) {
    let user = call.user
    call.core.charge(call.session, WorkCost.change)
    let before = user.readMarkers
    let surplus = before.surplus(for: key)
    if let surplus { user.readMarkers[surplus] = nil }
    var hasFailed = false
    if let account = user.account {
      account.readMarkers.beginStoring(key, time)
      var changes: [Change] = [.putReadMarker(ReadMarkerRecord(account: account.id, target: key, time: time))]
      if let surplus { changes.append(.removeReadMarker(account.id, target: surplus)) }
      call.core.transact(
        Transaction(changes), for: call.session,
        undo: { _ in
          hasFailed = true
          account.readMarkers.endStoring(key, nil)
          account.readMarkers[key] = before[key]
          if let surplus { account.readMarkers[surplus] = before[surplus] }
        },
        fail: { _, _ in
          call.reply.fail("MARKREAD", "STORE_UNAVAILABLE", [target], "The marker could not be stored; nothing changed")
        },
        settle: { _, _ in account.readMarkers.endStoring(key, time) })
    } else {
      user.readMarkers[key] = time
    }
    let line = Message(
      source: call.configuration.serverName, command: "MARKREAD", parameters: [target, "timestamp=\(time.iso8601)"])
    call.core.afterEverything(writingTo: call.reply) { core in
      guard !hasFailed else { return }
      call.reply.send(line)
      core.deliver(
        line, to: .connections(user.reachableConnections(except: call.session)), requires: .draftReadMarker)
    }
  }
}
