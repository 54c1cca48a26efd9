import CGTK

/// Ctrl+K: a few letters of a chat's name, Enter.
final class Switcher: Dialog {
  private let client: Client
  private let builder = Builder("switcher.ui")
  let dialog: Widget
  private let search: Widget
  private let list: Widget
  private let order: [ID]
  private var found: [ID] = []

  var onChosen: (ID) -> Void = { _ in }

  /// - Parameter order: all chats, in the order in which they are listed without letters.
  init(client: Client, parent: Widget, order: [ID]) {
    self.client = client
    self.order = order
    dialog = builder.widget("dialog")
    search = builder.widget("search")
    list = builder.widget("list")
    gtk_window_set_transient_for(dialog.cast(), parent.cast())
    on(search, "changed") { [unowned self] in find() }
    on(search, "activate") { [unowned self] in chooseSelected() }
    onPointer(list, "row-activated") { [unowned self] row in
      if let row { choose(Int(gtk_list_box_row_get_index(row.assumingMemoryBound(to: GtkListBoxRow.self)))) }
    }
    onKey(dialog, early: true) { [unowned self] in key($0) }
    onRequest(dialog, "close-request") { [unowned self] in
      // Else its cursor goes on blinking.
      gtk_window_set_focus(dialog.cast(), nil)
      return false
    }
    find()
  }

  func present() {
    parley_gtk_name_parts(dialog)
    gtk_window_present(dialog.cast())
    search.grabFocus()
  }

  // MARK: -

  private func find() {
    let letters = search.entryText
    let scored = order.enumerated().compactMap { place, id -> (score: Int, place: Int, id: ID)? in
      guard let chat = client.chat(id) else { return nil }
      if letters.isEmpty { return (chat.unread > 0 ? 1 : 0, place, id) }
      return fuzzyScore(letters, in: chat.name).map { ($0, place, id) }
    }
    found = scored.sorted { ($1.score, $0.place) < ($0.score, $1.place) }.prefix(50).map(\.id)
    while let row = gtk_list_box_get_row_at_index(list.cast(), 0) { gtk_list_box_remove(list.cast(), row.cast()) }
    for id in found { if let chat = client.chat(id) { gtk_list_box_append(list.cast(), row(chat)) } }
    select(0)
  }

  private func row(_ chat: Chat) -> Widget {
    let line = box(GTK_ORIENTATION_HORIZONTAL, spacing: 10, classes: ["chat-row"])
    let name = lineLabel(neutralLine(chat.name))
    gtk_widget_set_hexpand(name, 1)
    line.append(name)
    let network = client.identities.count > 1 ? client.identity(chat.identity)?.name ?? "" : ""
    line.append(lineLabel(neutralLine(network), classes: ["dim-label", "caption"]))
    if chat.unread > 0 { line.append(lineLabel(chat.unread > 99 ? "99+" : "\(chat.unread)", classes: ["badge"])) }
    let row: Widget = gtk_list_box_row_new()
    gtk_list_box_row_set_child(row.cast(), line)
    row.setAccessibleName(neutralLine(chat.name) + (chat.unread > 0 ? ", \(chat.unread) unread" : ""))
    return row
  }

  private func key(_ key: Key) -> Bool {
    switch key.value {
    case guint(GDK_KEY_Escape): close()
    case guint(GDK_KEY_Down): select(selected + 1)
    case guint(GDK_KEY_Up): select(selected - 1)
    default: return false
    }
    return true
  }

  private var selected: Int {
    gtk_list_box_get_selected_row(list.cast()).map { Int(gtk_list_box_row_get_index($0)) } ?? 0
  }

  private func select(_ place: Int) {
    guard let row = gtk_list_box_get_row_at_index(list.cast(), gint(clamping: place)) else { return }
    gtk_list_box_select_row(list.cast(), row)
  }

  private func chooseSelected() { choose(selected) }

  private func choose(_ place: Int) {
    guard found.indices.contains(place) else { return }
    let id = found[place]
    let action = onChosen
    close()
    action(id)
  }
}
