import CGTK

/// Asks for the key of a room.
final class KeyDialog: Dialog {
  let dialog: Widget
  /// nil: there is none.
  var onAnswer: (String?) -> Void = { _ in }

  init(parent: Widget, room: String) {
    dialog = parley_gtk_message_dialog_new(parent.cast(), "\(room) has a key", "Ask somebody who is in it.")
    let entry: Widget = gtk_password_entry_new()
    entry.setAccessibleName("Key")
    adw_message_dialog_set_extra_child(dialog.cast(), entry)
    adw_message_dialog_add_response(dialog.cast(), "cancel", "_Cancel")
    adw_message_dialog_add_response(dialog.cast(), "join", "_Join")
    adw_message_dialog_set_response_appearance(dialog.cast(), "join", ADW_RESPONSE_SUGGESTED)
    adw_message_dialog_set_default_response(dialog.cast(), "join")
    adw_message_dialog_set_close_response(dialog.cast(), "cancel")
    onText(dialog, "response") { [unowned self] response in
      let key = entry.entryText
      onAnswer(response == "join" && !key.isEmpty ? key : nil)
      return true
    }
    on(entry, "activate") { [unowned self] in adw_message_dialog_response(dialog.cast(), "join") }
  }

  func present() { gtk_window_present(dialog.cast()) }
}
