import IRC

/// An entry of a room's lists: a mask, or an extended ban as ISUPPORT's EXTBAN tells: `a:ACCOUNT` matches who is signed in to an
/// account (IRCv3 "account-extban"), `m:MASK` keeps from speaking only, `m:a:ACCOUNT` does both.
struct Ban {
  static let types = "am"

  let isMute: Bool
  private let isAccount: Bool
  private let mask: Mask

  /// - Parameter text: as `normalized` gives it.
  init(_ text: String) {
    var rest = text[...]
    isMute = rest.hasPrefix("m:")
    if isMute { rest = rest.dropFirst(2) }
    isAccount = rest.hasPrefix("a:")
    if isAccount { rest = rest.dropFirst(2) }
    mask = Mask(String(rest))
  }

  func matches(_ user: User) -> Bool {
    guard isAccount else { return mask.matches(user.source) }
    guard let account = user.account else { return false }
    return mask.matches(account.name)
  }

  /// What somebody typed, in the form in which it is kept and shown.
  static func normalized(_ text: String) -> String {
    if text.hasPrefix("m:") { return "m:" + normalized(String(text.dropFirst(2)), nested: true) }
    return normalized(text, nested: false)
  }

  private static func normalized(_ text: String, nested: Bool) -> String {
    if text.hasPrefix("a:") { return "a:" + (text.utf8.count > 2 ? String(text.dropFirst(2)) : "*") }
    return Mask.normalized(nested && text.isEmpty ? "*" : text)
  }
}
