import CGTK

/// Topic and people of a room. The list makes widgets only for rows in view: rooms have thousands of people.
final class MembersPane {
  private let client: Client
  private let topic: Widget
  private let count: Widget
  private let list: Widget
  private let names: OpaquePointer
  private var members: [Member] = []
  private var chat: ID?
  private var work: Later?

  var onChosen: (String) -> Void = { _ in }
  /// Members are only read while the pane is open.
  var isOpen = false {
    didSet { if isOpen != oldValue { later() } }
  }

  init(_ builder: Builder, client: Client) {
    self.client = client
    topic = builder.widget("topic")
    count = builder.widget("members_count")
    list = builder.widget("members")
    names = gtk_string_list_new(nil)
    parley_gtk_label_without_hyphens(topic)
    let factory: OpaquePointer = gtk_signal_list_item_factory_new()
    onPointer(factory, "setup") { item in
      guard let item else { return }
      let line = box(GTK_ORIENTATION_HORIZONTAL, spacing: 8)
      line.append(avatar(24, ""))
      let name = lineLabel()
      gtk_widget_set_hexpand(name, 1)
      line.append(name)
      line.append(lineLabel(classes: ["dim-label", "caption"]))
      gtk_list_item_set_child(OpaquePointer(item), line)
    }
    onPointer(factory, "bind") { [unowned self] item in if let item { bind(OpaquePointer(item)) } }
    gtk_list_view_set_model(list.cast(), gtk_no_selection_new(names)?.cast())
    gtk_list_view_set_factory(list.cast(), factory)
    onNumber(list, "activate") { [unowned self] place in
      if members.indices.contains(Int(place)) { onChosen(members[Int(place)].nick) }
    }
  }

  func open(_ chat: Chat?) {
    self.chat = chat?.id
    chatChanged(chat)
    membersChanged()
  }

  func chatChanged(_ chat: Chat?) {
    guard let chat else { return topic.setText("") }
    let cut = beginning(of: chat.topic)
    let topicText = cut ?? chat.topic
    gtk_label_set_wrap_mode(topic.cast(), labelWrapMode(for: topicText))
    let text = markup(topicText, isCut: cut != nil)
    gtk_label_set_markup(topic.cast(), text.isEmpty && chat.kind == .room ? "<i>No topic</i>" : text)
  }

  func membersChanged() { later() }

  /// Recently joined rooms may change many times in a moment.
  private func later() {
    guard isOpen, work == nil else { return }
    work = .after(milliseconds: 100) { [unowned self] in
      work = nil
      read()
    }
  }

  private func read() {
    let now = chat.map { client.engine.members($0) } ?? []
    guard now != members else { return }
    let kept = commonPrefix(now, members)
    let old = members.count
    members = now
    let added = now[kept...].map(\.nick)
    splice(names, at: kept, removing: old - kept, adding: added)
    count.setText(now.count == 1 ? "1 person" : "\(now.count) people")
  }

  private func commonPrefix(_ one: [Member], _ other: [Member]) -> Int {
    var length = 0
    while length < min(one.count, other.count), one[length] == other[length] { length += 1 }
    return length
  }

  private func bind(_ item: OpaquePointer) {
    let place = Int(gtk_list_item_get_position(item))
    guard members.indices.contains(place), let line = gtk_list_item_get_child(item),
      let avatar = gtk_widget_get_first_child(line),
      let name = gtk_widget_get_next_sibling(avatar), let role = gtk_widget_get_next_sibling(name)
    else { return }
    let member = members[place]
    let nick = neutralLine(member.nick)
    adw_avatar_set_text(avatar.cast(), nick)
    name.setText(nick)
    role.setText(roleName(member.roles))
    line.setClass("member-away", member.isAway)
    setRowName(
      line, [nick, roleName(member.roles), member.isAway ? "away" : ""].filter { !$0.isEmpty }.joined(separator: ", "))
  }
}

/// For people; the prefixes are those of RFC 2812 and what networks have added.
private func roleName(_ prefixes: String) -> String {
  switch prefixes.first {
  case "~": "founder"
  case "&": "admin"
  case "@": "operator"
  case "%": "half-operator"
  default: ""
  }
}
