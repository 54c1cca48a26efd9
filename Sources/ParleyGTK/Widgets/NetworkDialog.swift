import CGTK

/// Where a network is, as whom, and whether it connects by itself.
final class NetworkDialog: Dialog {
  private let client: Client
  private let identity: Identity
  private let builder = Builder("network.ui")
  let dialog: Widget

  /// Called with what was saved; a password only if one was typed.
  var onSaved: (_ account: String, _ password: String, _ needsReconnection: Bool) -> Void = { _, _, _ in }

  init(parent: Widget, client: Client, _ identity: Identity) {
    self.client = client
    self.identity = identity
    dialog = builder.widget("dialog")
    gtk_window_set_transient_for(dialog.cast(), parent.cast())
    for (field, key) in Self.fields { builder.widget(field).entryText = value(key) }
    gtk_switch_set_active(builder.widget("autoconnect").cast(), (value("autoconnect") == "1").gtk)
    on(builder.widget("cancel"), "clicked") { [unowned self] in close() }
    on(builder.widget("save"), "clicked") { [unowned self] in save() }
    for field in Self.fields.map(\.field) + ["password"] {
      on(builder.widget(field), "entry-activated") { [unowned self] in save() }
    }
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
  }

  func present() {
    parley_gtk_name_parts(dialog)
    gtk_window_present(dialog.cast())
    builder.widget("name").grabFocus()
  }

  // MARK: -

  /// Entries and the settings that they show.
  private static let fields: [(field: String, key: String)] = [
    ("name", "name"), ("server", "link"), ("nick", "nick"), ("account", "account"),
  ]

  private func value(_ key: String) -> String { client.engine.value(key, of: identity.id) ?? "" }

  private func save() {
    var changed: Set<String> = []
    for (field, key) in Self.fields {
      let entry = builder.widget(field)
      let text = trimmed(entry.entryText)
      entry.removeClass("error")
      guard text != value(key) else { continue }
      guard client.engine.set(key, of: identity.id, to: text) > 0 else { return refuse(entry, key) }
      changed.insert(key)
    }
    let connects = Bool(gtk_switch_get_active(builder.widget("autoconnect").cast()))
    client.engine.set("autoconnect", of: identity.id, to: connects ? "1" : "0")
    let account = trimmed(builder.widget("account").entryText)
    let password = builder.widget("password").entryText
    let action = onSaved
    close()
    action(account, password, changed.contains("link") || changed.contains("account"))
  }

  private func refuse(_ entry: Widget, _ key: String) {
    let error = builder.widget("error")
    switch key {
    case "link": error.setText("That isn't a server address or invitation link.")
    case "nick": error.setText("Nicknames can't contain spaces or ! @ #")
    default: error.setText("That is too long.")
    }
    error.isVisible = true
    entry.addClass("error")
    entry.grabFocus()
  }
}

/// Without the space around it.
func trimmed(_ text: String) -> String {
  let start = text.drop { $0.isWhitespace }
  return String(start.reversed().drop { $0.isWhitespace }.reversed())
}
