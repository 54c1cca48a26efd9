import CGTK

/// A row of the sidebar: a network with its state, or a chat with its last line and what is unread.
final class SidebarRow {
  let widget: Widget
  /// The title of the section that begins with this row.
  var section: String?
  private var shown: AnyHashable?
  private var menuButton: Widget?
  private var canDisconnect: Bool?

  /// Called when a menu of the row closes.
  var onMenuClosed: () -> Void = {}

  init() {
    widget = gtk_list_box_row_new()
    g_object_ref_sink(widget)
  }

  deinit { g_object_unref(widget) }

  func show(_ identity: Identity) {
    let state = [identity.name, identity.nick, "\(identity.state)"] as AnyHashable
    guard shown != state else { return }
    shown = state
    gtk_list_box_row_set_selectable(widget.cast(), 0)
    let line = box(GTK_ORIENTATION_HORIZONTAL, spacing: 8, classes: ["network-row"])
    let button = networkMenu(identity)
    // It stays the same button, since its menu may be open.
    g_object_ref(button)
    defer { g_object_unref(button) }
    if let old = gtk_widget_get_parent(button) { gtk_box_remove(old.cast(), button) }
    let dot: Widget = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0)
    gtk_widget_set_valign(dot, GTK_ALIGN_CENTER)
    dot.addClass("status-dot")
    switch identity.state {
    case .online: dot.addClass("online")
    case .connecting, .signingIn, .waiting: dot.addClass("busy")
    case .stopped: dot.addClass("stopped")
    case .offline: break
    }
    line.append(dot)
    let name = lineLabel(neutralLine(identity.name), classes: ["network-name"])
    gtk_widget_set_hexpand(name, 1)
    line.append(name)
    line.append(lineLabel(neutralLine(identity.nick), classes: ["dim-label", "caption"]))
    line.append(button)
    gtk_list_box_row_set_child(widget.cast(), line)
    widget.setAccessibleName(
      "Network \(neutralLine(identity.name)), \(stateName(identity.state)), as \(neutralLine(identity.nick))")
  }

  private func networkMenu(_ identity: Identity) -> Widget {
    let button: Widget = menuButton ?? gtk_menu_button_new()
    menuButton = button
    let name = "Menu of \(neutralLine(identity.name))"
    gtk_widget_set_tooltip_text(button, name)
    let canDisconnect = identity.state != .offline && identity.state != .stopped
    guard canDisconnect != self.canDisconnect else { return button }
    self.canDisconnect = canDisconnect
    button.addClass("flat")
    gtk_menu_button_set_icon_name(button.cast(), "view-more-symbolic")
    let target = "::\(identity.id)"
    let model = menu([
      ("Server _Messages", "win.network-messages" + target), ("_Edit…", "win.network-edit" + target),
      canDisconnect
        ? ("_Disconnect", "win.network-disconnect" + target) : ("_Connect", "win.network-connect" + target),
      ("_Remove…", "win.network-remove" + target),
    ])
    gtk_menu_button_set_menu_model(button.cast(), model?.cast())
    if let model { g_object_unref(model.raw) }
    ParleyGTK.onMenuClosed(button) { [weak self] in self?.onMenuClosed() }
    parley_gtk_name_parts(button)
    button.setAccessibleName(name)
    return button
  }

  func show(_ chat: Chat, _ client: Client) {
    let settings = client.settings(chat.id)
    let look = Look(chat: chat, settings: settings)
    guard shown != AnyHashable(look) else { return }
    shown = look
    let name = neutralLine(chat.name)
    let line = box(GTK_ORIENTATION_HORIZONTAL, spacing: 10, classes: ["chat-row"])
    line.setClass("unread", chat.unread > 0 && !settings.isMuted)
    line.append(picture(chat, name))
    line.append(texts(look, name))
    if let badge = badge(look) { line.append(badge) }
    gtk_list_box_row_set_child(widget.cast(), line)
    widget.setAccessibleName(spoken(look, name))
  }

  /// All that decides how a chat looks here.
  private struct Look: Hashable {
    let name: String
    let line: String
    let time: String
    let unread: Int64
    let mentions: Int64
    let isDraft: Bool
    let isMuted: Bool
    let isJoined: Bool

    init(chat: Chat, settings: ChatSettings) {
      name = chat.name
      isDraft = !settings.draft.isEmpty
      let said = neutralLine(chat.lastText)
      line =
        isDraft
        ? "Draft: \(neutralLine(settings.draft))"
        : said.isEmpty ? "" : chat.kind == .room ? "\(neutralLine(chat.lastNick)): \(said)" : said
      time = chat.lastTime > 0 ? LocalTime(chat.lastTime).short : ""
      unread = chat.unread
      // Every private message is for the person, whether it names them or not.
      mentions = chat.kind == .person ? chat.unread : chat.mentions
      isMuted = settings.isMuted
      isJoined = chat.isJoined || chat.kind != .room
    }
  }

  private func picture(_ chat: Chat, _ name: String) -> Widget {
    let picture: Widget
    if chat.kind == .room {
      picture = gtk_label_new("#")
      picture.addClass("chat-sign")
    } else {
      picture = avatar(32, name)
    }
    gtk_widget_set_valign(picture, GTK_ALIGN_CENTER)
    return picture
  }

  private func texts(_ look: Look, _ name: String) -> Widget {
    let column = box(GTK_ORIENTATION_VERTICAL)
    gtk_widget_set_hexpand(column, 1)
    gtk_widget_set_valign(column, GTK_ALIGN_CENTER)
    let top = box(GTK_ORIENTATION_HORIZONTAL, spacing: 6)
    let title = lineLabel(name, classes: ["chat-name"])
    gtk_widget_set_hexpand(title, 1)
    title.setClass("dim-label", !look.isJoined)
    top.append(title)
    top.append(lineLabel(look.time, classes: ["dim-label", "caption", "numeric"]))
    column.append(top)
    if !look.line.isEmpty {
      column.append(lineLabel(look.line, classes: ["caption", look.isDraft ? "draft" : "dim-label"]))
    }
    return column
  }

  private func badge(_ look: Look) -> Widget? {
    guard look.unread > 0 else { return nil }
    let label: Widget = gtk_label_new(look.isMuted ? "•" : look.unread > 99 ? "99+" : "\(look.unread)")
    label.addClass("badge")
    label.setClass("mention", look.mentions > 0 && !look.isMuted)
    gtk_widget_set_valign(label, GTK_ALIGN_CENTER)
    return label
  }

  private func spoken(_ look: Look, _ name: String) -> String {
    var text = name
    if look.mentions > 0 {
      text += ", \(look.unread) unread, \(look.mentions) for you"
    } else if look.unread > 0 {
      text += ", \(look.unread) unread"
    }
    if look.isMuted { text += ", muted" }
    if !look.isJoined { text += ", not joined" }
    return look.line.isEmpty ? text : "\(text), \(look.line)"
  }
}

/// For people.
func stateName(_ state: Identity.State) -> String {
  switch state {
  case .offline: "offline"
  case .connecting: "connecting"
  case .signingIn: "signing in"
  case .online: "online"
  case .waiting: "offline, will try again"
  case .stopped: "disconnected"
  }
}
