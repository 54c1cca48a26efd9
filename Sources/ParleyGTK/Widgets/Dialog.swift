import CGTK

/// A window above the window.
protocol Dialog: AnyObject {
  var dialog: Widget { get }
}

extension Dialog {
  /// Does nothing if it is closed already.
  func close() {
    if dialog.isVisible { gtk_window_close(dialog.cast()) }
  }
}
