import CGTK

/// A menu of labels and actions, such as ("_Leave", "win.leave") or ("_Edit…", "win.network-edit::7").
func menu(_ items: [(label: String, action: String)]) -> OpaquePointer? {
  let menu = g_menu_new()
  for item in items { g_menu_append(menu, item.label, item.action) }
  return menu
}

/// Calls `body` when the menu of a button closes, before the chosen action runs.
///
/// GTK 4.8 gives the keyboard back to the item that was chosen, which is hidden by then if it was on a page of its own; the window
/// would not react to keys any more.
func onMenuClosed(_ button: Widget, _ body: @escaping () -> Void) {
  guard let popover = gtk_menu_button_get_popover(button.cast()) else { return }
  on(popover, "closed", body)
}
