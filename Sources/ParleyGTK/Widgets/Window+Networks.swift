import CGTK

// Networks: links that lead to them, and what their menus offer.

extension Window {
  func addNetworkActions() {
    let all: [(String, (Identity) -> Void)] = [
      ("network-messages", { [unowned self] in showServerMessages($0) }),
      ("network-edit", { [unowned self] in edit($0) }),
      ("network-connect", { [unowned self] in connect($0.id) }),
      ("network-disconnect", { [unowned self] in disconnect($0) }),
      ("network-remove", { [unowned self] in askToRemove($0) }),
    ]
    for (name, body) in all {
      addTargetedAction(to: widget, name) { [unowned self] target in
        if let identity = ID(target).flatMap(client.identity) { body(identity) }
      }
    }
  }

  func connect(_ id: ID) {
    client.engine.set("autoconnect", of: id, to: "1")
    client.engine.connect(id)
  }

  /// It stays so with the next start.
  private func disconnect(_ identity: Identity) {
    client.engine.set("autoconnect", of: identity.id, to: "0")
    client.engine.disconnect(identity.id)
  }

  private func showServerMessages(_ identity: Identity) {
    if let messages = client.serverChat(of: identity.id) { return open(messages) }
    toast("\(neutralLine(identity.name)) hasn't sent any messages")
  }

  private func edit(_ identity: Identity) {
    let edit = NetworkDialog(parent: widget, client: client, identity)
    edit.onSaved = { [unowned self] account, password, needsReconnection in
      let id = identity.id
      if !account.isEmpty, !password.isEmpty {
        actions.signIn(id, account: account, password: password)
      } else if needsReconnection, let now = client.identity(id), now.state != .offline {
        client.engine.disconnect(id)
        client.engine.connect(id)
      }
    }
    show(edit)
    edit.present()
  }

  private func askToRemove(_ identity: Identity) {
    let name = neutralLine(identity.name)
    ask(
      "Remove \(name)?", "All its chats and messages are deleted from this computer. This can't be undone.",
      [
        .init(title: "_Cancel"),
        .init(title: "_Remove", appearance: ADW_RESPONSE_DESTRUCTIVE) { [unowned self] in
          client.removeIdentity(identity.id)
          if client.identities.isEmpty { addNetwork() } else { showChats() }
        },
      ])
  }

  // MARK: Links

  /// Leads to the room of a link. An identity on its server joins it after a question, with its account; without one the link is
  /// filled in.
  func openLink(_ link: String) {
    guard let target = ServerLink(link), let identity = identity(for: target) else { return addNetwork(link: link) }
    let known = client.chat(named: target.room, identity: identity.id)
    if let known, known.isJoined || known.isWanted, !client.hidden.contains(known.id) {
      connectIfOffline(identity.id)
      return open(known.id)
    }
    if isShowingWelcome || conversation.chat == nil { showChats() }
    let name = neutralLine(identity.name)
    let nick = neutralLine(identity.nick)
    let room = target.room
    let other = ConfirmDialog.Answer(title: "_Other Nickname…") { [unowned self] in addNetwork(link: link) }
    if room.isEmpty {
      ask(
        "You're on \(name) already", "You're there as \(nick).",
        [
          .init(title: "_Cancel"), other,
          .init(title: "_Show", appearance: ADW_RESPONSE_SUGGESTED) { [unowned self] in
            connectIfOffline(identity.id)
            showServerMessages(identity)
          },
        ])
    } else {
      ask(
        "Join \(neutralLine(room))?", "You'll be there as \(nick) on \(name).",
        [
          .init(title: "_Cancel"), other,
          .init(title: "_Join", appearance: ADW_RESPONSE_SUGGESTED) { [unowned self] in
            connectIfOffline(identity.id)
            actions.join(room, identity: identity.id)
          },
        ])
    }
  }

  /// On the same server; one that is signed in before one that is not.
  private func identity(for link: ServerLink) -> Identity? {
    let there = client.identities.filter { identity in
      client.engine.value("link", of: identity.id).flatMap(ServerLink.init)?.isSameServer(as: link) ?? false
    }
    func rank(_ identity: Identity) -> Int {
      (identity.state == .online ? 2 : 0)
        + (client.engine.value("account", of: identity.id).map { $0.isEmpty ? 0 : 1 } ?? 0)
    }
    return there.max { rank($0) < rank($1) }
  }

  private func connectIfOffline(_ id: ID) {
    if client.identity(id)?.state != .online { connect(id) }
  }
}
