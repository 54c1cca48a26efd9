import IRC
import ParleyStore

/// Why somebody is a server operator.
struct OperatorGrant: Equatable {
  /// The operator's account.
  let account: AccountID
  /// The connection that has given its password with OPER, and with which the privileges end; nil: it is the user's own account.
  let connection: ConnectionID?
}

extension Core {
  /// - Parameter session: nil: the account is the user's own.
  func grantOperator(_ user: User, by account: Account, on session: Session?) {
    let isOwn = user.account === account
    let grant = OperatorGrant(account: account.id, connection: isOwn ? nil : session?.id)
    guard !user.operatorGrants.contains(grant) else { return }
    setOperatorGrants(user, user.operatorGrants + [grant])
  }

  /// Somebody signs in: the user of an operator's account becomes an operator. Comes before the new device is told of its modes.
  /// - Parameter session: the new device, if others are to be told; nil: all devices are told of their modes.
  func adoptOperator(_ user: User, on session: Session?) {
    guard let account = user.account, account.record.isOperator else { return }
    let wasOperator = user.isOperator
    grantOperator(user, by: account, on: nil)
    if let session, !wasOperator { tellOperator(user, "+o", except: session) }
  }

  /// A connection is no longer the user's.
  func endOperatorGrants(of user: User, on session: Session) {
    removeOperatorGrants(of: user) { $0.connection == session.id }
  }

  /// An account is no operator's any more, or its password has changed: what was had by it ends.
  /// - Parameter onlyOthers: its own user stays an operator.
  func endOperatorGrants(by account: Account, onlyOthers: Bool = false) {
    guard operatorCount > 0 else { return }
    let operators = users.values.filter(\.isOperator).sorted { $0.identity < $1.identity }
    for user in operators {
      removeOperatorGrants(of: user) { $0.account == account.id && !(onlyOthers && $0.connection == nil) }
    }
  }

  private func removeOperatorGrants(of user: User, where isOver: (OperatorGrant) -> Bool) {
    let left = user.operatorGrants.filter { !isOver($0) }
    guard left.count < user.operatorGrants.count else { return }
    setOperatorGrants(user, left)
    guard !user.isOperator else { return }
    tellOperator(user, "-o")
    endOperatorRoles(of: user)
  }

  /// Server operators are operators of the rooms of the server's own that they enter, and no longer than they are the server's.
  private func endOperatorRoles(of user: User) {
    for room in user.rooms where room.isPermanent && !room.isRegistered {
      if let account = user.account, room.record.founder == account.id { continue }
      guard let member = room.member(user), member.roles.contains(.operator) else { continue }
      let roles = member.roles.subtracting(.operator)
      let change = RoomChange(room, self)
      change.setRoles(roles, of: user, in: room)
      change.begin([], room, self)
      var hasFailed = false
      if let account = user.account {
        let membership = MembershipRecord(
          room: room.id, account: account.id, roles: roles.rawValue, joinedAt: member.joinedAt)
        transact(
          Transaction(.putMembership(membership)),
          undo: { core in
            hasFailed = true
            change.takeBack(room, core)
          }, settle: { _, _ in change.end(room) })
      } else {
        change.end(room)
      }
      let line = Message(
        source: configuration.serverName, command: "MODE", parameters: [room.name, "-o", user.nick])
      afterEverything { core in
        guard !hasFailed else { return }
        room.showRoles(roles, member.number, of: user)
        core.deliver(line, to: .room(room.id, except: nil))
      }
    }
  }

  /// The devices of a user are told what has become of its mode `o`.
  func tellOperator(_ user: User, _ change: String, except session: Session? = nil) {
    let line = Message(source: user.source, command: "MODE", parameters: [user.nick, change])
    afterEverything { core in
      let audience = user.reachableConnections(except: session)
      if !audience.isEmpty { core.deliver(line, to: .connections(audience)) }
    }
  }
}
