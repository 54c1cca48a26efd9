import CGTK

/// The window: puts the parts together and passes between them.
final class Window {
  let client: Client
  private let builder = Builder("window.ui")
  let widget: Widget
  let sidebar: Sidebar
  private(set) var conversation: Conversation
  private let welcome: WelcomePage
  private let leaflet: Widget
  private let pages: Widget
  let actions: WindowActions

  /// The dialog that is open, or was last: its widgets outlive their closing by a moment.
  private var dialog: (any Dialog)?
  private var certificate: Question?
  /// The chat that was open before this one.
  private var previous: ID?

  init(application: UnsafeMutablePointer<GtkApplication>, client: Client) {
    self.client = client
    widget = builder.widget("window")
    leaflet = builder.widget("leaflet")
    pages = builder.widget("pages")
    actions = WindowActions(client: client)
    sidebar = Sidebar(client: client)
    conversation = Conversation(client: client, actions: actions)
    welcome = WelcomePage(client: client)
    gtk_window_set_application(widget.cast(), application)
    client.observer = self
    actions.window = self
    build()
    restore()
    connectSignals()
    addActions()
    addKeys()
  }

  func present() {
    parley_gtk_name_parts(widget)
    gtk_window_present(widget.cast())
  }

  /// What a person sees first: the first run's page, or the chat of last time.
  func start(link: String?) {
    if client.identities.isEmpty || link != nil {
      addNetwork(link: link)
    } else {
      showChats()
      if let last = client.engine.value("gtk-chat").flatMap(ID.init), client.chat(last) != nil { open(last) }
    }
    for identity in client.identities
    where identity.state == .offline
      && client.engine.value("autoconnect", of: identity.id) == "1"
    { client.engine.connect(identity.id) }
  }

  // MARK: Parts

  private func build() {
    let sidebarPage = adw_leaflet_append(leaflet.cast(), sidebar.widget)
    adw_leaflet_page_set_name(sidebarPage, "sidebar")
    let separator: Widget = gtk_separator_new(GTK_ORIENTATION_VERTICAL)
    adw_leaflet_page_set_navigatable(adw_leaflet_append(leaflet.cast(), separator), 0)
    let conversationPage = adw_leaflet_append(leaflet.cast(), conversation.widget)
    adw_leaflet_page_set_name(conversationPage, "conversation")
    gtk_stack_add_titled(pages.cast(), welcome.widget, "welcome", "Welcome")
  }

  private func connectSignals() {
    sidebar.onChosen = { [unowned self] in open($0) }
    conversation.onBack = { [unowned self] in _ = adw_leaflet_navigate(leaflet.cast(), ADW_NAVIGATION_DIRECTION_BACK) }
    conversation.composer.onSend = { [unowned self] in actions.send($0) }
    conversation.members.onChosen = { [unowned self] in actions.write(to: $0) }
    conversation.bars.onEdit = { [unowned self] in signIn($0) }
    conversation.bars.onCertificate = { [unowned self] in showCertificate($0) }
    welcome.onDone = { [unowned self] in connected($0) }
    welcome.onCancel = { [unowned self] in showChats() }
    onNotify(leaflet, "folded") { [unowned self] in foldedChanged() }
    onNotify(widget, "is-active") { [unowned self] in activeChanged() }
    on(builder.widget("certificate_refuse"), "clicked") { [unowned self] in answerCertificate(nil) }
    on(builder.widget("certificate_trust"), "clicked") { [unowned self] in answerCertificate("trust") }
    onRequest(widget, "close-request") { [unowned self] in
      save()
      return false
    }
    foldedChanged()
  }

  private func foldedChanged() {
    let isFolded = Bool(adw_leaflet_get_folded(leaflet.cast()))
    sidebar.setFolded(isFolded)
    conversation.setFolded(isFolded)
  }

  private func activeChanged() {
    let isActive = Bool(gtk_window_is_active(widget.cast()))
    conversation.messages.isWatched = isActive && isShowingChats
    if !isActive { conversation.composer.saveDraft() }
  }

  var isShowingChats: Bool {
    gtk_stack_get_visible_child_name(pages.cast()).map { String(cString: $0) } == "chats"
  }

  private func show(_ page: String) {
    gtk_stack_set_visible_child_name(pages.cast(), page)
    activeChanged()
  }

  // MARK: Pages

  func showChats() {
    show("chats")
    if conversation.chat == nil, let first = sidebar.chats.first, !Bool(adw_leaflet_get_folded(leaflet.cast())) {
      open(first)
    }
  }

  func addNetwork(link: String? = nil) {
    show("welcome")
    welcome.open(link: link)
  }

  private func connected(_ identity: ID) {
    show("chats")
    client.readChats()
    let rooms = client.chats.values.filter { $0.identity == identity && $0.kind == .room }
    if let room = rooms.min(by: { $0.id < $1.id }) {
      open(room.id)
    } else {
      conversation.close()
      join(identity: identity)
    }
  }

  func open(_ id: ID) {
    guard let chat = client.currentChat(id) else { return }
    show("chats")
    if conversation.chat?.id != id {
      previous = conversation.chat?.id
      conversation.open(chat)
      sidebar.select(id)
      client.engine.set("gtk-chat", to: "\(id)")
      updateChatActions()
    }
    adw_leaflet_set_visible_child_name(leaflet.cast(), "conversation")
    conversation.composer.focus()
    activeChanged()
  }

  func openPrevious() {
    if let previous { open(previous) }
  }

  func toast(_ text: String) {
    let toast = adw_toast_new("")
    // A title is markup.
    adw_toast_set_title(toast, escaped(neutralLine(text)))
    adw_toast_overlay_add_toast(builder.widget("toasts").cast(), toast)
  }

  // MARK: Dialogs

  func join(identity: ID? = nil) {
    let join = JoinDialog(client: client, parent: widget, identity: identity ?? conversation.chat?.identity)
    join.onJoin = { [unowned self] room, identity in actions.join(room, identity: identity) }
    join.onWrite = { [unowned self] nick, identity in actions.write(to: nick, identity: identity) }
    dialog = join
    join.present()
  }

  /// Made each time: GTK 4.8 ends the program when a screen reader asks about a window that has never been shown.
  func showKeys() {
    let builder = Builder("shortcuts.ui")
    let help = builder.widget("help_overlay")
    gtk_window_set_transient_for(help.cast(), widget.cast())
    gtk_window_present(help.cast())
  }

  func switchChat() {
    let switcher = Switcher(client: client, parent: widget, order: sidebar.chats)
    switcher.onChosen = { [unowned self] in open($0) }
    dialog = switcher
    switcher.present()
  }

  func showWhole(_ message: Message) {
    let text = TextDialog(parent: widget, title: neutralLine(message.nick), text: saidText(message))
    dialog = text
    text.present()
  }

  private func signIn(_ id: ID) {
    guard let identity = client.identity(id) else { return }
    let account = client.engine.value("account", of: id).flatMap { $0.isEmpty ? nil : $0 } ?? identity.nick
    let signIn = SignInDialog(
      parent: widget, network: neutralLine(identity.name), reason: neutralLine(identity.trouble), account: account)
    signIn.onSignIn = { [unowned self] in actions.signIn(id, account: $0, password: $1) }
    dialog = signIn
    signIn.present()
  }

  private func askRoomKey(_ question: Question) {
    let room = client.chat(question.chat).map { neutralLine($0.name) } ?? "The room"
    let ask = KeyDialog(parent: widget, room: room)
    ask.onAnswer = { [unowned self] in client.answer(question, $0, keep: true) }
    dialog = ask
    ask.present()
  }

  private func showCertificate(_ question: Question) {
    certificate = question
    dialog?.close()
    let host = client.identity(question.identity)?.host ?? ""
    let prints = question.text.split(separator: " ").map(String.init)
    adw_status_page_set_description(
      builder.widget("certificate").cast(),
      escaped(
        (prints.first == "-"
          ? "\(neutralLine(host)) shows a certificate that nothing vouches for. Someone may be listening in. "
          : "\(neutralLine(host)) shows another certificate than it did until now. Someone may be listening in. ")
          + "Trust the new one only if whoever runs the server has told you of it."))
    adw_action_row_set_subtitle(builder.widget("certificate_old").cast(), fingerprint(prints.first ?? ""))
    adw_action_row_set_subtitle(
      builder.widget("certificate_new").cast(), fingerprint(prints.count > 1 ? prints[1] : ""))
    show("certificate")
    builder.widget("certificate_refuse").grabFocus()
  }

  private func answerCertificate(_ answer: String?) {
    if let certificate { client.answer(certificate, answer, keep: true) }
    certificate = nil
    showChats()
  }

  /// In groups that one can compare.
  private func fingerprint(_ hex: String) -> String {
    var result = ""
    for (place, character) in neutralLine(hex).prefix(128).enumerated() {
      if place > 0, place % 4 == 0 { result += " " }
      result.append(character)
    }
    return escaped(result)
  }

  // MARK: Remembering

  private func restore() {
    guard let geometry = client.engine.value("gtk-window") else { return }
    let numbers = geometry.split(separator: " ").compactMap { gint($0) }
    guard numbers.count == 3, (360...10_000).contains(numbers[0]), (480...10_000).contains(numbers[1]) else { return }
    gtk_window_set_default_size(widget.cast(), numbers[0], numbers[1])
    if numbers[2] == 1 { gtk_window_maximize(widget.cast()) }
  }

  func save() {
    conversation.composer.saveDraft()
    var width: gint = 0
    var height: gint = 0
    gtk_window_get_default_size(widget.cast(), &width, &height)
    client.engine.set("gtk-window", to: "\(width) \(height) \(gtk_window_is_maximized(widget.cast()))")
  }
}

extension Window: ClientObserver {
  func identitiesChanged() {
    sidebar.identitiesChanged()
    conversation.bars.update()
    welcome.identitiesChanged()
    if let asked = certificate, !client.questions.contains(where: { $0.request == asked.request }) {
      certificate = nil
      showChats()
    }
  }

  func chatChanged(_ id: ID) {
    sidebar.chatChanged(id)
    conversation.chatChanged(id)
    if conversation.chat?.id == id { updateChatActions() }
  }

  func arrived(_ message: Message) { conversation.arrived(message) }

  func changed(_ message: Message) { conversation.messages.changed(message) }

  func historyChanged(_ chat: ID) { if conversation.chat?.id == chat { conversation.messages.historyChanged() } }

  func membersChanged(_ chat: ID) { if conversation.chat?.id == chat { conversation.members.membersChanged() } }

  func typing(_ chat: ID, nick: String, state: Int64) { conversation.typing(chat, nick: nick, state: state) }

  func asked(_ question: Question) {
    if welcome.answers(question) { return }
    switch question.kind {
    case .certificate: showCertificate(question)
    case .roomKey: askRoomKey(question)
    case .password:
      if !actions.answers(question) { conversation.bars.update() }
    case .newPassword: conversation.bars.update()
    }
  }

  func everythingChanged() {
    sidebar.everythingChanged()
    conversation.bars.update()
    if let chat = conversation.chat {
      if let now = client.chat(chat.id) { conversation.open(now) } else { conversation.close() }
    }
  }
}
