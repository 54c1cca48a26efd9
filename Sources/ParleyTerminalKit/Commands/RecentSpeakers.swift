/// Who spoke last in each chat, for completion.
package struct RecentSpeakers {
  private static let mostPerChat = 100
  private var nicks: [Int64: [String]] = [:]

  package init() {}

  package mutating func spoke(_ nick: String, in chat: Int64) {
    var list = nicks[chat] ?? []
    list.removeAll { $0 == nick }
    list.insert(nick, at: 0)
    nicks[chat] = Array(list.prefix(Self.mostPerChat))
  }

  package mutating func forget(_ chat: Int64) { nicks[chat] = nil }

  /// The members, those who spoke last first. Who has left and is no member is not among them, unless nobody is known.
  package func ordered(_ members: [String], in chat: Int64) -> [String] {
    let recent = nicks[chat] ?? []
    guard !members.isEmpty else { return recent }
    let known = Set(members)
    let speakers = recent.filter(known.contains)
    let others = Set(speakers)
    return speakers + members.filter { !others.contains($0) }
  }
}
