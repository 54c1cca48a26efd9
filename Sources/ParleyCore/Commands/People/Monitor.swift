import IRC

/// MONITOR: tells when people come and go (IRCv3 "monitor", section "MONITOR command"). Who is away with all devices is offline.
enum MonitorCommand {
  static let command = Command(name: "MONITOR", minimumParameters: 1, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    call.core.charge(call.session, 1 + nicks(call).count)
    switch call.parameters[0].uppercased() {
    case "+": add(nicks(call), call)
    case "-": for nick in nicks(call) { call.core.monitors.unwatch(FoldedName(nick), by: call.session) }
    case "C": call.core.monitors.clear(call.session)
    case "L":
      call.core.charge(call.session, call.session.monitored.count)
      write(call.session.monitored.values.sorted(), .monList, to: call.reply)
      call.reply.numeric(.endOfMonList, "End of MONITOR list")
    case "S": status(call.session.monitored.values.sorted(), call)
    default: call.reply.numeric(.unknownError, "MONITOR", "Expected +, -, C, L or S")
    }
    return true
  }

  private static func nicks(_ call: UserCall) -> [String] {
    (call.parameter(1) ?? "").split(separator: ",").map(String.init)
  }

  private static func add(_ nicks: [String], _ call: UserCall) {
    var added: [String] = []
    for (number, nick) in nicks.enumerated() {
      guard call.core.isNick(nick) else {
        call.reply.numeric(.erroneousNickname, TextLimit.truncate(nick, toBytes: 64), "Erroneous nickname")
        continue
      }
      guard call.core.monitors.watch(nick, by: call.session) else {
        let left = TextLimit.truncate(nicks[number...].joined(separator: ","), toBytes: 300)
        call.reply.numeric(.monListFull, String(MonitorBook.limit), left, "Monitor list is full")
        break
      }
      added.append(nick)
    }
    status(added, call)
  }

  private static func status(_ nicks: [String], _ call: UserCall) {
    call.core.charge(call.session, nicks.count)
    var online: [String] = []
    var offline: [String] = []
    for nick in nicks {
      if let user = call.core.users[FoldedName(nick)], !user.sessions.isEmpty {
        online.append(user.source)
      } else if let service = Service.named(nick) {
        online.append(service.source(call.core))
      } else {
        offline.append(nick)
      }
    }
    write(online, .monOnline, to: call.reply)
    write(offline, .monOffline, to: call.reply)
    if !online.isEmpty, call.session.isMetadataAware { call.core.postponeMetadata(MetadataSync.everything, call.reply) }
  }

  /// Separated by commas, in as many lines as they need.
  private static func write(_ names: [String], _ numeric: Numeric, to reply: Reply) {
    reply.list(numeric, [], separator: ",") { list in for name in names { list.add(name) } }
  }
}
