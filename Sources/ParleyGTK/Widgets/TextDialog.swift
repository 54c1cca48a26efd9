import CGTK

/// Shows a whole message that is too long for the list.
final class TextDialog: Dialog {
  private let builder = Builder("text.ui")
  let dialog: Widget

  init(parent: Widget, title: String, text: String) {
    dialog = builder.widget("dialog")
    gtk_window_set_transient_for(dialog.cast(), parent.cast())
    gtk_window_set_title(dialog.cast(), title)
    let view = builder.widget("text")
    gtk_text_view_set_wrap_mode(view.cast(), wrapMode(for: text))
    parley_gtk_buffer_without_hyphens(gtk_text_view_get_buffer(view.cast()))
    gtk_text_buffer_set_text(gtk_text_view_get_buffer(view.cast()), text, gint(clamping: text.utf8.count))
    let dialog = dialog
    on(builder.widget("copy"), "clicked") { gdk_clipboard_set_text(gtk_widget_get_clipboard(dialog), text) }
    onKey(dialog) { key in
      guard key.value == guint(GDK_KEY_Escape) else { return false }
      gtk_window_close(dialog.cast())
      return true
    }
  }

  func present() {
    parley_gtk_name_parts(dialog)
    gtk_window_present(dialog.cast())
    builder.widget("text").grabFocus()
  }
}
