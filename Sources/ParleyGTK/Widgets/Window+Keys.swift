import CGTK

// Actions, and the keys that lead to them.

extension Window {
  func addActions() {
    let plain: [(String, () -> Void)] = [
      ("join", { [unowned self] in join() }),
      ("show-help-overlay", { [unowned self] in showKeys() }),
      ("switcher", { [unowned self] in switchChat() }),
      ("add-network", { [unowned self] in addNetwork() }),
      ("details", { [unowned self] in conversation.toggleDetails() }),
      ("leave", { [unowned self] in actions.leave() }),
      ("rejoin", { [unowned self] in actions.rejoin() }),
      ("remove", { [unowned self] in askToDelete() }),
      ("newest", { [unowned self] in conversation.messages.goToEnd() }),
    ]
    for (name, body) in plain { addAction(to: widget, name, body) }
    addNetworkActions()
    addToggle(to: widget, "pin", isOn: false) { [unowned self] isOn in
      if let chat = conversation.chat { client.setPinned(isOn, chat.id) }
    }
    addToggle(to: widget, "mute", isOn: false) { [unowned self] isOn in
      if let chat = conversation.chat { client.setMuted(isOn, chat.id) }
    }
  }

  /// What the open chat can.
  func updateChatActions() {
    guard let chat = conversation.chat else { return }
    let settings = client.settings(chat.id)
    setToggle(of: widget, "pin", settings.isPinned)
    setToggle(of: widget, "mute", settings.isMuted)
    let isIn = chat.isJoined || chat.isWanted
    setEnabled(of: widget, "leave", chat.kind == .room && isIn)
    setEnabled(of: widget, "rejoin", chat.kind == .room && !isIn)
    setEnabled(of: widget, "remove", chat.kind != .server)
  }

  func addKeys() {
    onKey(widget, early: true) { [unowned self] in shortcut($0) }
    onKey(widget) { [unowned self] in unclaimed($0) }
    conversation.composer.onKeyPassed = { [unowned self] in passed($0) }
  }

  /// Keys that do the same wherever the focus is.
  private func shortcut(_ key: Key) -> Bool {
    let isShifted = key.has(GDK_SHIFT_MASK)
    switch key.value {
    case guint(GDK_KEY_Page_Up) where key.has(GDK_CONTROL_MASK): step(-1, unreadOnly: isShifted)
    case guint(GDK_KEY_Page_Down) where key.has(GDK_CONTROL_MASK): step(1, unreadOnly: isShifted)
    case guint(GDK_KEY_Tab) where key.has(GDK_CONTROL_MASK): openPrevious()
    case guint(GDK_KEY_1)...guint(GDK_KEY_9) where key.modifiers == GDK_ALT_MASK.rawValue:
      let place = Int(key.value) - Int(GDK_KEY_1)
      if sidebar.chats.indices.contains(place) { open(sidebar.chats[place]) }
    case guint(GDK_KEY_Up) where key.modifiers == GDK_ALT_MASK.rawValue: conversation.messages.focusLast()
    default: return false
    }
    return true
  }

  /// Keys that nothing else wanted: what prints goes to the composer.
  private func unclaimed(_ key: Key) -> Bool {
    guard conversation.chat != nil, !conversation.composer.hasFocus else { return false }
    if let message = conversation.messages.focusedMessage {
      switch key.value {
      case guint(GDK_KEY_c) where key.modifiers == 0 || key.modifiers == GDK_CONTROL_MASK.rawValue:
        actions.copy(message)
        return true
      case guint(GDK_KEY_Delete) where message.state == .failed || message.state == .pending:
        actions.discard(message.id)
        return true
      default: break
      }
    }
    if key.value == guint(GDK_KEY_Escape) {
      conversation.composer.focus()
      return true
    }
    guard key.isPrintable, isShowingChats else { return false }
    conversation.composer.take(key)
    return true
  }

  /// Keys of the composer that are not for the text.
  private func passed(_ key: Key) -> Bool {
    switch key.value {
    case guint(GDK_KEY_Escape): conversation.messages.goToEnd()
    case guint(GDK_KEY_Page_Up) where key.modifiers == 0: conversation.messages.anchor.scroll(pages: -1)
    case guint(GDK_KEY_Page_Down) where key.modifiers == 0: conversation.messages.anchor.scroll(pages: 1)
    case guint(GDK_KEY_End) where key.has(GDK_CONTROL_MASK): conversation.messages.goToEnd()
    default: return false
    }
    return true
  }

  private func step(_ direction: Int, unreadOnly: Bool) {
    let chats = sidebar.chats
    guard !chats.isEmpty else { return }
    let current = conversation.chat.flatMap { chats.firstIndex(of: $0.id) } ?? (direction > 0 ? -1 : 0)
    for distance in 1...chats.count {
      let place = ((current + direction * distance) % chats.count + chats.count) % chats.count
      guard !unreadOnly || (client.chat(chats[place])?.unread ?? 0) > 0 else { continue }
      return open(chats[place])
    }
  }
}
