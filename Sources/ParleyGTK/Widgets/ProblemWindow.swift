import CGTK

/// Says why there is no chat: another Parley has the folder, or the disk is at fault.
final class ProblemWindow {
  private let builder = Builder("window.ui")
  private let widget: Widget

  init(application: UnsafeMutablePointer<GtkApplication>, _ error: EngineError, directory: String) {
    widget = builder.widget("window")
    gtk_window_set_application(widget.cast(), application)
    let page = builder.widget("problem")
    adw_status_page_set_title(
      page.cast(), error == .locked ? "Parley Is Already Open" : "Parley Can't Open Its Folder")
    let text =
      error == .locked
      ? "Another program, perhaps the terminal client, uses \(directory). Close it, then start this again."
      : "\(directory): \(error.text)"
    adw_status_page_set_description(page.cast(), escaped(neutralLine(text)))
    gtk_stack_set_visible_child_name(builder.widget("pages").cast(), "problem")
  }

  func present() { gtk_window_present(widget.cast()) }
}
