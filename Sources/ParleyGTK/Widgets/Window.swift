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
  /// The one before, whose handlers may still be called while it closes.
  private var closingDialog: (any Dialog)?
  private let removals: Removals
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
    removals = Removals(builder, client: client)
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

  /// What a person sees first: the first run's page, with the link filled in, or the chat of last time.
  func start(link: String?) {
    // Read before anything is opened, which changes it.
    let last = client.engine.value("gtk-chat").flatMap(ID.init)
    if client.identities.isEmpty {
      addNetwork(link: link)
    } else {
      if let last, client.chat(last) != nil, !client.hidden.contains(last) { open(last) } else { showChats() }
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
    sidebar.onMenuClosed = { [unowned self] in
      // Only what is in view can take the keyboard.
      let isAlone = Bool(adw_leaflet_get_folded(leaflet.cast())) || conversation.chat == nil
      if isAlone { sidebar.focus() } else { conversation.composer.focus() }
    }
    conversation.composer.onSend = { [unowned self] in actions.send($0) }
    conversation.composer.onFilesPasted = { [unowned self] in toast("Pictures and files can't be sent yet") }
    conversation.roomBar.onJoin = { [unowned self] in actions.join($0) }
    conversation.roomBar.onPassword = { [unowned self] in askRoomPassword($0, chat: $1.id) }
    conversation.invitations.onJoin = { [unowned self] in actions.join($0, identity: $1) }
    removals.onUndone = { [unowned self] in open($0) }
    conversation.members.onChosen = { [unowned self] in actions.write(to: $0) }
    conversation.bars.onEdit = { [unowned self] in signIn($0) }
    conversation.bars.onConnect = { [unowned self] in connect($0) }
    conversation.bars.onCertificate = { [unowned self] in showCertificate($0) }
    welcome.onDone = { [unowned self] in connected($0, room: $1) }
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

  var isShowingWelcome: Bool {
    gtk_stack_get_visible_child_name(pages.cast()).map { String(cString: $0) } == "welcome"
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

  private func connected(_ identity: ID, room: String) {
    show("chats")
    client.readChats()
    let named = room.isEmpty ? nil : client.chat(named: room, identity: identity)
    if !room.isEmpty, !(named?.isWanted ?? false) {
      actions.join(room, identity: identity)
      return
    }
    if let named { return open(named.id) }
    let rooms = client.chats.values.filter {
      $0.identity == identity && $0.kind == .room && !client.hidden.contains($0.id)
    }
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
    show(join)
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
    show(switcher)
    switcher.present()
  }

  func showWhole(_ message: Message) {
    let text = TextDialog(parent: widget, title: neutralLine(message.nick), text: saidText(message))
    show(text)
    text.present()
  }

  private func signIn(_ id: ID) {
    guard let identity = client.identity(id) else { return }
    let account = client.engine.value("account", of: id).flatMap { $0.isEmpty ? nil : $0 } ?? identity.nick
    let question = client.questions.first { $0.identity == id }
    if let question, question.kind == .serverPassword { return askServerPassword(question) }
    let isWrong = question?.isRepeated ?? (identity.error == .signIn)
    let signIn = SignInDialog(
      parent: widget, network: neutralLine(identity.name), reason: isWrong ? "Wrong account name or password." : "",
      account: account)
    signIn.onSignIn = { [unowned self] in actions.signIn(id, account: $0, password: $1) }
    show(signIn)
    signIn.present()
  }

  /// Asks at once only if nothing else is being asked; the room's bar has the same button.
  func askRoomPassword(_ refusal: JoinRefusal, chat: ID) {
    guard !(dialog?.dialog.isVisible ?? false) else { return }
    let ask = KeyDialog(parent: widget, refusal)
    ask.onJoin = { [unowned self] password in
      if let chat = client.chat(chat) { actions.join(chat.name, identity: chat.identity, key: password) }
    }
    show(ask)
    ask.present()
  }

  /// What a server or a bouncer wants before it asks for any account.
  private func askServerPassword(_ question: Question) {
    guard let identity = client.identity(question.identity) else { return }
    let name = neutralLine(identity.name)
    let ask = KeyDialog(
      parent: widget, heading: question.isRepeated ? "Wrong Password" : "\(name) Needs a Password",
      body: question.isRepeated
        ? "\(name) does not accept the password of the server." : "The person who runs it can tell you.",
      label: "Password of the server", accept: "_Connect")
    ask.onJoin = { [unowned self] password in client.answer(question, password, keep: true) }
    show(ask)
    ask.present()
  }

  func ask(_ heading: String, _ body: String, _ answers: [ConfirmDialog.Answer]) {
    let ask = ConfirmDialog(parent: widget, heading: heading, body: body, answers)
    show(ask)
    ask.present()
  }

  /// Deletes the open chat after a question; for a moment it can be brought back.
  func askToDelete() {
    guard let chat = conversation.chat, chat.kind != .server else { return }
    let name = neutralLine(chat.name)
    let body =
      chat.kind == .room
      ? "You leave the room, and its messages are deleted from this computer."
      : "The messages of this conversation are deleted from this computer."
    ask(
      "Delete \(name)?", body,
      [
        .init(title: "_Cancel"),
        .init(title: "_Delete", appearance: ADW_RESPONSE_DESTRUCTIVE) { [unowned self] in
          if conversation.chat?.id == chat.id { conversation.close() }
          removals.remove(chat)
          showChats()
        },
      ])
  }

  /// Keeps a dialog, and closes the one before.
  func show(_ new: any Dialog) {
    dialog?.close()
    closingDialog = dialog
    dialog = new
  }

  /// On request, or at the first run: a page that comes by itself would take what is being typed.
  private func showCertificate(_ question: Question) {
    certificate = question
    dialog?.close()
    let host = neutralLine(client.identity(question.identity)?.host ?? "")
    let prints = certificateFingerprints(question)
    let advice =
      prints.count > 1
      ? "Someone may be listening in. Trust the new one only if whoever runs the server has told you about it."
      : "Trust it only if it is the one that whoever runs the server has told you about."
    adw_status_page_set_description(
      builder.widget("certificate").cast(), escaped("\(host) \(certificateNews(question)). \(advice)"))
    let old = builder.widget("certificate_old")
    old.isVisible = prints.count > 1
    adw_action_row_set_subtitle(old.cast(), fingerprint(prints.count > 1 ? prints[0] : ""))
    adw_action_row_set_subtitle(builder.widget("certificate_new").cast(), fingerprint(prints.last ?? ""))
    show("certificate")
    // Keys that were meant for something else must not answer.
    gtk_window_set_focus(widget.cast(), nil)
  }

  private func answerCertificate(_ answer: String?) {
    let question = certificate
    certificate = nil
    if let question { client.answer(question, answer, keep: true) }
    if answer == nil, let question, welcome.certificateRefused(question.identity) { return show("welcome") }
    if let question, welcome.isConnecting(question.identity) { show("welcome") } else { showChats() }
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
    removals.finishAll()
    var width: gint = 0
    var height: gint = 0
    gtk_window_get_default_size(widget.cast(), &width, &height)
    client.engine.set("gtk-window", to: "\(width) \(height) \(gtk_window_is_maximized(widget.cast()))")
  }
}

extension Window: ClientObserver {
  func identitiesChanged() {
    sidebar.identitiesChanged()
    conversation.identitiesChanged()
    welcome.identitiesChanged()
    if let asked = certificate, !client.questions.contains(where: { $0.request == asked.request }) {
      certificate = nil
      if welcome.isConnecting(asked.identity) { show("welcome") } else { showChats() }
    }
  }

  func chatChanged(_ id: ID) {
    sidebar.chatChanged(id)
    conversation.chatChanged(id)
    if conversation.chat?.id == id { updateChatActions() }
  }

  func arrived(_ message: Message) {
    conversation.arrived(message)
    removals.arrived(message)
    tellOfKick(message)
  }

  /// The open room says it in its bar.
  private func tellOfKick(_ message: Message) {
    guard message.kind == .kicked, let chat = client.chat(message.chat), !chat.isJoined,
      client.isOwnNick(message.target, identity: chat.identity), chat.id != conversation.chat?.id
    else { return }
    toast(Absence.removed(by: message.nick, reason: message.text).text(room: chat.name))
  }

  func changed(_ message: Message) { conversation.messages.changed(message) }

  func historyChanged(_ chat: ID) { if conversation.chat?.id == chat { conversation.messages.historyChanged() } }

  func membersChanged(_ chat: ID) { if conversation.chat?.id == chat { conversation.members.membersChanged() } }

  func typing(_ chat: ID, nick: String, state: Int64) { conversation.typing(chat, nick: nick, state: state) }

  func asked(_ question: Question) {
    if welcome.answers(question) { return }
    switch question.kind {
    case .certificate:
      // The bar says it, and leads to the page. The first page has no bar, and nothing is typed there while it connects.
      if welcome.isConnecting(question.identity) { showCertificate(question) } else { conversation.bars.update() }
    case .password:
      if !actions.answers(question) { conversation.bars.update() }
    case .serverPassword:
      conversation.bars.update()
      if welcome.isConnecting(question.identity) { askServerPassword(question) }
    case .newPassword: conversation.bars.update()
    }
  }

  func everythingChanged() {
    sidebar.everythingChanged()
    conversation.identitiesChanged()
    if let chat = conversation.chat {
      if let now = client.chat(chat.id) { conversation.open(now) } else { conversation.close() }
    }
  }
}
