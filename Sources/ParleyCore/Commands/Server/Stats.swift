import IRC
import ParleyStore

/// STATS: `u` since when the server runs, `o` who its operators are, for operators (modern.ircdocs.horse, "STATS message"). There is
/// nothing to say of other letters, which is no error.
enum StatsCommand {
  static let command = Command(name: "STATS", minimumParameters: 1, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    guard ServerTarget.isThisServer(call.parameter(1), call) else { return true }
    let query = call.parameters[0].first.map(String.init) ?? "*"
    switch query {
    case "u": uptime(call)
    case "o":
      guard call.user.isOperator else {
        call.reply.numeric(.noPrivileges, "Permission denied: who the operators are is for operators")
        return true
      }
      for account in call.core.accounts.all where account.record.isOperator {
        call.reply.numeric(.statsOLine, "O", "*", "*", account.name)
      }
    default: break
    }
    call.reply.numeric(.endOfStats, query, "End of /STATS report")
    return true
  }

  private static func uptime(_ call: UserCall) {
    let seconds = call.core.instant.seconds - call.core.startedAtInstant.seconds
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : String(number) }
    call.reply.numeric(
      .statsUptime,
      "Server Up \(seconds / 86_400) days \(seconds / 3_600 % 24):\(two(seconds / 60 % 60)):\(two(seconds % 60))")
  }
}
