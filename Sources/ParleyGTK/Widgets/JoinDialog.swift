import CGTK

/// Rooms of a server, the largest first; a name that is not among them can be joined, or written to, all the same.
final class JoinDialog: Dialog {
  private let client: Client
  private let builder = Builder("join.ui")
  let dialog: Widget
  private let search: Widget
  private let names: OpaquePointer = gtk_string_list_new(nil)
  private var rooms: [ListedRoom] = []
  private var shown: [ListedRoom] = []
  private let identities: [Identity]
  private var identity: Identity?

  var onJoin: (_ room: String, _ identity: ID) -> Void = { _, _ in }
  var onWrite: (_ nick: String, _ identity: ID) -> Void = { _, _ in }

  init(client: Client, parent: Widget, identity: ID?) {
    self.client = client
    dialog = builder.widget("dialog")
    search = builder.widget("search")
    identities = client.identities
    self.identity = identities.first { $0.id == identity } ?? identities.first
    gtk_window_set_transient_for(dialog.cast(), parent.cast())
    gtk_search_entry_set_key_capture_widget(search.cast(), dialog)
    makeList()
    makeNetworks()
    on(search, "search-changed") { [unowned self] in filter() }
    on(search, "changed") { [unowned self] in showButtons() }
    on(search, "activate") { [unowned self] in activated() }
    on(builder.widget("join"), "clicked") { [unowned self] in join(typedRoom) }
    on(builder.widget("write"), "clicked") { [unowned self] in write() }
    onKey(dialog, early: true) { [unowned self] key in
      guard key.value == guint(GDK_KEY_Escape) else { return false }
      close()
      return true
    }
    onRequest(dialog, "close-request") { [unowned self] in
      // Else its cursor goes on blinking.
      gtk_window_set_focus(dialog.cast(), nil)
      return false
    }
    showButtons()
    ask()
  }

  func present() {
    parley_gtk_name_parts(dialog)
    gtk_window_present(dialog.cast())
    search.grabFocus()
  }

  // MARK: The list

  private func makeList() {
    let list = builder.widget("rooms")
    let factory: OpaquePointer = gtk_signal_list_item_factory_new()
    onPointer(factory, "setup") { item in
      guard let item else { return }
      let line = box(GTK_ORIENTATION_HORIZONTAL, spacing: 12, classes: ["chat-row"])
      let column = box(GTK_ORIENTATION_VERTICAL)
      gtk_widget_set_hexpand(column, 1)
      column.append(lineLabel(classes: ["heading"]))
      column.append(lineLabel(classes: ["dim-label", "caption"]))
      line.append(column)
      line.append(lineLabel(classes: ["dim-label", "numeric"]))
      gtk_list_item_set_child(OpaquePointer(item), line)
    }
    onPointer(factory, "bind") { [unowned self] item in if let item { bind(OpaquePointer(item)) } }
    gtk_list_view_set_model(list.cast(), gtk_no_selection_new(names)?.cast())
    gtk_list_view_set_factory(list.cast(), factory)
    onNumber(list, "activate") { [unowned self] place in
      if shown.indices.contains(Int(place)) { join(shown[Int(place)].name) }
    }
  }

  private func bind(_ item: OpaquePointer) {
    let place = Int(gtk_list_item_get_position(item))
    guard shown.indices.contains(place), let line = gtk_list_item_get_child(item),
      let column = gtk_widget_get_first_child(line),
      let name = gtk_widget_get_first_child(column), let topic = gtk_widget_get_next_sibling(name),
      let count = gtk_widget_get_next_sibling(column)
    else { return }
    let room = shown[place]
    name.setText(neutralLine(room.name))
    topic.setText(neutralLine(room.topic))
    topic.isVisible = !room.topic.isEmpty
    count.setText("\(room.members)")
    setRowName(line, "\(neutralLine(room.name)), \(room.members) people, \(neutralLine(room.topic))")
  }

  private func makeNetworks() {
    guard identities.count > 1 else { return }
    let drop = builder.widget("network")
    drop.isVisible = true
    let titles = gtk_string_list_new(nil)
    for identity in identities { gtk_string_list_append(titles, neutralLine(identity.name)) }
    gtk_drop_down_set_model(drop.cast(), titles)
    if let place = identities.firstIndex(where: { $0.id == identity?.id }) {
      gtk_drop_down_set_selected(drop.cast(), guint(clamping: place))
    }
    onNotify(drop, "selected") { [unowned self] in
      let place = Int(gtk_drop_down_get_selected(drop.cast()))
      guard identities.indices.contains(place) else { return }
      identity = identities[place]
      ask()
    }
  }

  private func ask() {
    rooms = []
    filter()
    guard let identity else { return note("Add a network first.") }
    note("Asking the server for its rooms…")
    client.engine.finish(client.engine.rooms(identity.id)) { [weak self] outcome in
      guard let self, self.identity?.id == identity.id else { return }
      switch outcome {
      case .success(let event) where event.error == nil:
        rooms = event.rooms
        filter()
      case .success(let event): note(neutralLine(event.reason))
      case .failure(let error): note(error.text)
      }
    }
  }

  private func note(_ text: String) {
    builder.widget("note").setText(text)
    gtk_stack_set_visible_child_name(builder.widget("stack").cast(), "note")
  }

  private func filter() {
    let letters = search.entryText.lowercased()
    shown = letters.isEmpty ? rooms : rooms.filter { "\($0.name) \($0.topic)".lowercased().contains(letters) }
    replace(names, with: shown.map(\.name))
    if !shown.isEmpty {
      gtk_stack_set_visible_child_name(builder.widget("stack").cast(), "rooms")
    } else {
      note(rooms.isEmpty ? "This server doesn't list any rooms." : "No listed room matches.")
    }
  }

  // MARK: What is written

  private var typed: String { String(search.entryText.filter { !$0.isWhitespace }) }

  private var typedRoom: String { roomName(typed) }

  private func showButtons() {
    let name = typed
    let join = builder.widget("join")
    let write = builder.widget("write")
    join.isVisible = !name.isEmpty
    gtk_button_set_label(join.cast(), "Join \(neutralLine(typedRoom))")
    join.setAccessibleName("Join \(neutralLine(typedRoom))")
    write.isVisible = !name.isEmpty && typedRoom != name
    gtk_button_set_label(write.cast(), "Write to \(neutralLine(name))")
    write.setAccessibleName("Write to \(neutralLine(name))")
  }

  private func activated() {
    if shown.count == 1, let only = shown.first { join(only.name) } else if !typed.isEmpty { join(typedRoom) }
  }

  private func join(_ room: String) {
    guard let identity else { return }
    let action = onJoin
    close()
    action(room, identity.id)
  }

  private func write() {
    guard let identity, !typed.isEmpty else { return }
    let nick = typed
    let action = onWrite
    close()
    action(nick, identity.id)
  }
}
