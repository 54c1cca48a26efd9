import CGTK

/// Asks before something is done. Escape is its first answer.
final class ConfirmDialog: Dialog {
  struct Answer {
    let title: String
    var appearance = ADW_RESPONSE_DEFAULT
    var action: () -> Void = {}
  }

  let dialog: Widget
  private let answers: [Answer]

  /// - Parameter answers: the first does nothing, the last is what Enter chooses unless it destroys something.
  init(parent: Widget, heading: String, body: String, _ answers: [Answer]) {
    self.answers = answers
    dialog = parley_gtk_message_dialog_new(parent.cast(), heading, body)
    g_object_ref(dialog)
    for (place, answer) in answers.enumerated() {
      adw_message_dialog_add_response(dialog.cast(), "\(place)", answer.title)
      adw_message_dialog_set_response_appearance(dialog.cast(), "\(place)", answer.appearance)
    }
    let isSafe = answers.last?.appearance != ADW_RESPONSE_DESTRUCTIVE
    adw_message_dialog_set_default_response(dialog.cast(), isSafe ? "\(answers.count - 1)" : "0")
    adw_message_dialog_set_close_response(dialog.cast(), "0")
    onText(dialog, "response") { [weak self] response in
      guard let self, let place = Int(response), self.answers.indices.contains(place) else { return true }
      self.answers[place].action()
      return true
    }
  }

  deinit { g_object_unref(dialog) }

  func present() {
    parley_gtk_name_parts(dialog)
    gtk_window_present(dialog.cast())
  }
}
