import CGTK

/// Networks with their rooms and people. Rows are changed in place; the list is only put together anew when its order changes.
final class Sidebar {
  private let client: Client
  private let builder = Builder("sidebar.ui")
  let widget: Widget
  private let list: Widget
  private(set) var items: [SidebarItem] = []
  private var rows: [SidebarItem: SidebarRow] = [:]
  private var work: Later?
  private var lastWork: Int64 = 0
  private var stale: Set<ID> = []
  private var isSelecting = false
  private var selected: ID?

  var onChosen: (ID) -> Void = { _ in }
  /// Called when a menu here closes: the keyboard needs a place.
  var onMenuClosed: () -> Void = {}

  init(client: Client) {
    self.client = client
    widget = builder.widget("sidebar")
    list = builder.widget("list")
    gtk_list_box_set_header_func(
      list.cast(),
      { row, _, sidebar in
        guard let row, let sidebar else { return }
        Unmanaged<Sidebar>.fromOpaque(sidebar).takeUnretainedValue().setHeader(of: row)
      }, Unmanaged.passUnretained(self).toOpaque(), nil)
    ParleyGTK.onMenuClosed(builder.widget("menu_button")) { [unowned self] in onMenuClosed() }
    onPointer(list, "row-activated") { [unowned self] in if let row = $0 { activated(row) } }
    rebuild()
  }

  /// Chats in the order in which they are listed.
  var chats: [ID] { items.compactMap(\.chat).filter { !client.hidden.contains($0) } }

  func focus() { builder.widget("menu_button").grabFocus() }

  func chatChanged(_ id: ID) {
    stale.insert(id)
    later()
  }

  func identitiesChanged() {
    for identity in client.identities { rows[.network(identity.id)]?.show(identity) }
    later()
  }

  func everythingChanged() {
    stale.formUnion(client.chats.keys)
    later()
  }

  func select(_ chat: ID?) {
    selected = chat
    markSelected()
  }

  /// For the narrow window: which buttons its header has.
  func setFolded(_ isFolded: Bool) {
    adw_header_bar_set_show_end_title_buttons(builder.widget("header").cast(), isFolded.gtk)
  }

  // MARK: -

  private func later() {
    guard work == nil else { return }
    work = .paced(&lastWork) { [unowned self] in
      work = nil
      update()
    }
  }

  private func update() {
    if sidebarItems(client) != items {
      rebuild()
    } else {
      for id in stale { if let chat = client.chat(id) { rows[.chat(id)]?.show(chat, client) } }
    }
    stale = []
  }

  private func rebuild() {
    for row in rows.values { gtk_list_box_remove(list.cast(), row.widget) }
    items = sidebarItems(client)
    var kept: [SidebarItem: SidebarRow] = [:]
    var last: (ID, SidebarSection)?
    for item in items {
      let row = rows[item] ?? SidebarRow()
      switch item {
      case .network(let id):
        if let identity = client.identity(id) { row.show(identity) }
      case .chat(let id):
        guard let chat = client.chat(id) else { continue }
        let section = section(of: chat, client)
        row.section = last.map { $0 == (chat.identity, section) } ?? false ? nil : section.title
        last = (chat.identity, section)
        row.show(chat, client)
      }
      kept[item] = row
      gtk_list_box_append(list.cast(), row.widget)
    }
    for row in kept.values { row.onMenuClosed = { [unowned self] in onMenuClosed() } }
    rows = kept
    gtk_list_box_invalidate_headers(list.cast())
    markSelected()
  }

  /// The title of the section that begins with a row.
  private func setHeader(of row: UnsafeMutablePointer<GtkListBoxRow>) {
    let section = rows.values.first { $0.widget.raw == row.raw }?.section
    gtk_list_box_row_set_header(row, section.map { lineLabel($0, classes: ["section", "dim-label"]) })
  }

  private func markSelected() {
    if let selected, let row = rows[.chat(selected)] {
      gtk_list_box_select_row(list.cast(), row.widget.cast())
    } else {
      gtk_list_box_unselect_all(list.cast())
    }
  }

  private func activated(_ row: UnsafeMutableRawPointer) {
    guard let item = rows.first(where: { $0.value.widget.raw == row })?.key else { return }
    switch item {
    case .chat(let id): onChosen(id)
    case .network(let id): if let messages = client.serverChat(of: id) { onChosen(messages) }
    }
  }
}
