import CGTK

/// One chat: header, connection bars, messages, who types, composer, and beside them topic and people.
final class Conversation {
  private let client: Client
  private let builder = Builder("conversation.ui")
  let widget: Widget
  let messages: MessageList
  let composer: Composer
  let members: MembersPane
  let bars: ConnectionBars
  let roomBar: RoomBar
  let invitations: InvitationBars
  private let flap: Widget
  private let details: Widget
  private let typingLabel: Widget
  private var typers: [String: Later] = [:]
  private(set) var chat: Chat?

  var onBack: () -> Void = {}

  init(client: Client, actions: any MessageActions) {
    self.client = client
    widget = builder.widget("conversation")
    flap = builder.widget("flap")
    details = builder.widget("details")
    typingLabel = builder.widget("typing")
    messages = MessageList(builder, client: client, actions: actions)
    composer = Composer(builder, client: client)
    members = MembersPane(builder, client: client)
    bars = ConnectionBars(builder, client: client)
    roomBar = RoomBar(builder, client: client)
    invitations = InvitationBars(builder, client: client)
    on(builder.widget("back"), "clicked") { [unowned self] in onBack() }
    on(details, "toggled") { [unowned self] in
      showDetails(Bool(gtk_toggle_button_get_active(details.cast())))
    }
    onNotify(flap, "reveal-flap") { [unowned self] in
      gtk_toggle_button_set_active(details.cast(), adw_flap_get_reveal_flap(flap.cast()))
    }
    onMenuClosed(builder.widget("chat_menu_button")) { [unowned self] in composer.focus() }
    composer.nicks = { [unowned self] in nicksToComplete() }
    close()
  }

  // MARK: Opening

  func open(_ chat: Chat) {
    self.chat = chat
    typers = [:]
    showTypers()
    gtk_stack_set_visible_child_name(builder.widget("stack").cast(), "chat")
    messages.open(chat)
    composer.open(chat)
    members.open(chat)
    roomBar.open(chat)
    details.isVisible = chat.kind == .room
    builder.widget("chat_menu_button").isVisible = chat.kind != .server
    if chat.kind != .room { showDetails(false) }
    showTitle(chat)
  }

  func close() {
    chat = nil
    messages.close()
    composer.close()
    members.open(nil)
    roomBar.open(nil)
    details.isVisible = false
    builder.widget("chat_menu_button").isVisible = false
    gtk_stack_set_visible_child_name(builder.widget("stack").cast(), "none")
    adw_window_title_set_title(builder.object("title"), "")
    adw_window_title_set_subtitle(builder.object("title"), "")
  }

  /// In the narrow window the sidebar is a page of its own.
  func setFolded(_ isFolded: Bool) { builder.widget("back").isVisible = isFolded }

  func toggleDetails() {
    guard chat?.kind == .room else { return }
    showDetails(!Bool(adw_flap_get_reveal_flap(flap.cast())))
  }

  private func showDetails(_ isShown: Bool) {
    adw_flap_set_reveal_flap(flap.cast(), isShown.gtk)
    gtk_toggle_button_set_active(details.cast(), isShown.gtk)
    members.isOpen = isShown
  }

  private func showTitle(_ chat: Chat) {
    let name = chat.kind == .server ? "Server messages" : neutralLine(chat.name)
    adw_window_title_set_title(builder.object("title"), name)
    let network = client.identities.count > 1 ? client.identity(chat.identity)?.name ?? "" : ""
    let topic = neutralLine(chat.topic)
    let text = topic.isEmpty ? network : topic
    // Unlike the title of a row, this is no markup.
    adw_window_title_set_subtitle(builder.object("title"), neutralLine(text))
    if chat.kind == .room {
      let members = chat.memberCount == 1 ? "1 person" : "\(chat.memberCount) people"
      details.setAccessibleName("People and topic, \(members)")
    }
  }

  // MARK: What changes

  func chatChanged(_ id: ID) {
    invitations.update()
    guard id == chat?.id else { return }
    guard let chat = client.chat(id) else { return close() }
    self.chat = chat
    showTitle(chat)
    members.chatChanged(chat)
    messages.chatChanged()
    roomBar.update()
  }

  func identitiesChanged() {
    bars.update()
    roomBar.update()
    invitations.update()
  }

  func typing(_ chat: ID, nick: String, state: Int64) {
    guard chat == self.chat?.id else { return }
    // Who says nothing more has gone away: specification of +typing, 6 s.
    typers[nick] = state == 1 ? .after(milliseconds: 6000) { [unowned self] in stopped(nick) } : nil
    showTypers()
  }

  private func stopped(_ nick: String) {
    typers[nick] = nil
    showTypers()
  }

  func arrived(_ message: Message) {
    messages.arrived(message)
    invitations.arrived(message)
    if message.chat == chat?.id, message.kind == .kicked { roomBar.update() }
    if message.chat == chat?.id, typers[message.nick] != nil { stopped(message.nick) }
  }

  private func showTypers() {
    let nicks = typers.keys.sorted().prefix(4).map(neutralLine)
    switch nicks.count {
    // The line stays, so that nothing moves when somebody starts.
    case 0: typingLabel.setText("")
    case 1: typingLabel.setText("\(nicks[0]) is typing…")
    case 2, 3: typingLabel.setText("\(nicks.joined(separator: ", ")) are typing…")
    default: typingLabel.setText("Several people are typing…")
    }
  }

  /// Recent speakers first, then everybody.
  private func nicksToComplete() -> [String] {
    guard let chat else { return [] }
    let own = client.identity(chat.identity)?.nick
    var nicks: [String] = []
    var seen: Set<String> = own.map { [$0] } ?? []
    for message in (messages.window?.messages ?? []).reversed() where message.kind?.isSaid ?? false {
      if seen.insert(message.nick).inserted { nicks.append(message.nick) }
    }
    for member in client.engine.members(chat.id) where seen.insert(member.nick).inserted { nicks.append(member.nick) }
    return nicks
  }
}
