import CGTK

/// Asks for a password: of a room, or of a server.
final class KeyDialog: Dialog {
  let dialog: Widget
  var onJoin: (_ password: String) -> Void = { _ in }

  convenience init(parent: Widget, _ refusal: JoinRefusal) {
    self.init(
      parent: parent, heading: refusal.text, body: "Ask someone who is in the room.", label: "Password of the room",
      accept: "_Join")
  }

  /// - Parameters:
  ///   - label: what the field is called.
  ///   - accept: what the button is called.
  init(parent: Widget, heading: String, body: String, label: String, accept: String) {
    dialog = parley_gtk_message_dialog_new(parent.cast(), heading, body)
    g_object_ref(dialog)
    // GtkPasswordEntry's handler of the Caps Lock key outlives a dialog in GTK 4.8.
    let entry: Widget = gtk_entry_new()
    gtk_entry_set_visibility(entry.cast(), 0)
    gtk_entry_set_input_purpose(entry.cast(), GTK_INPUT_PURPOSE_PASSWORD)
    // The button closes the dialog as well.
    gtk_entry_set_activates_default(entry.cast(), 1)
    entry.setAccessibleName(label)
    adw_message_dialog_set_extra_child(dialog.cast(), entry)
    adw_message_dialog_add_response(dialog.cast(), "cancel", "_Cancel")
    adw_message_dialog_add_response(dialog.cast(), "join", accept)
    adw_message_dialog_set_response_appearance(dialog.cast(), "join", ADW_RESPONSE_SUGGESTED)
    adw_message_dialog_set_response_enabled(dialog.cast(), "join", 0)
    adw_message_dialog_set_default_response(dialog.cast(), "join")
    adw_message_dialog_set_close_response(dialog.cast(), "cancel")
    let dialog = dialog
    on(entry, "changed") {
      adw_message_dialog_set_response_enabled(dialog.cast(), "join", (!entry.entryText.isEmpty).gtk)
    }
    onText(dialog, "response") { [weak self] response in
      if response == "join" { self?.onJoin(entry.entryText) }
      return true
    }
  }

  deinit { g_object_unref(dialog) }

  func present() {
    parley_gtk_name_parts(dialog)
    gtk_window_present(dialog.cast())
  }
}
