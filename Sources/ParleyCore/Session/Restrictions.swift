import IRC

/// Settings that restrict access and have become stricter: they apply to connected people, too.
extension Core {
  /// - Parameter before: the settings until now.
  func applyRestrictions(since before: Configuration) {
    if before.allowGuests, !configuration.allowGuests {
      endSessions("This server is for registered accounts now", code: "ACCOUNT_REQUIRED") {
        $0.user != nil && $0.account == nil && $0.newAccount == nil
      }
    }
    if configuration.connectionPassword != before.connectionPassword, !configuration.connectionPassword.isEmpty {
      endSessions("The server's password was changed; connect again with the new one", code: "PASSWORD_REQUIRED") {
        $0.user?.isOperator == false
      }
    }
    if configuration.sessionsPerAccount < before.sessionsPerAccount {
      for user in users.values.sorted(by: { $0.identity < $1.identity }) {
        guard let newest = user.sessions.last else { continue }
        replaceDevice(of: user, by: newest)
      }
    }
  }

  private func endSessions(_ reason: String, code: String, where isConcerned: (Session) -> Bool) {
    for session in sessions.values.sorted(by: { $0.id < $1.id }) where isConcerned(session) {
      let reply = makeReply(session, label: nil)
      reply.fail("*", code, [], reason)
      close(session, reason, reply: reply)
    }
  }
}
