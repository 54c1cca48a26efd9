/// Why a server did not let a person into a room.
struct JoinRefusal: Equatable {
  let room: String
  /// The server's own word: a numeric, or a code of FAIL.
  let code: String
  let reason: String
  /// A password was given with it.
  let hadPassword: Bool

  /// A password may help.
  var needsPassword: Bool { code == "475" }

  /// One sentence for people; the room's name in it is neutral already.
  var text: String {
    let room = neutralLine(room)
    switch code {
    case "403", "476", "479": return "There is no room \(room)"
    case "405": return "You're in too many rooms to join \(room)"
    case "471": return "\(room) is full"
    case "473": return "\(room) can only be joined by invitation"
    case "474": return "You're banned from \(room)"
    case "475": return hadPassword ? "That isn't the password of \(room)" : "\(room) needs a password"
    case "477": return "\(room) can only be joined with an account"
    case "489": return "\(room) can only be joined over an encrypted connection"
    default:
      let reason = neutralLine(reason)
      return reason.isEmpty ? "Can't join \(room)" : "Can't join \(room): \(reason)"
    }
  }
}
