import CGTK

/// A line across the conversation with what is the matter and what can be done about it.
final class Bar {
  let widget: Widget
  private let label: Widget
  private let buttons: [Widget]

  /// - Parameter actions: of its buttons, from left to right.
  init(_ actions: [() -> Void]) {
    widget = parley_gtk_alert_new()
    widget.addClass("connection-bar")
    label = textLabel()
    gtk_widget_set_hexpand(label, 1)
    buttons = actions.map { button("", classes: ["flat"], $0) }
    widget.append(label)
    for button in buttons { widget.append(button) }
  }

  /// - Parameter titles: of its buttons, with mnemonics; those without a title are not shown.
  func show(_ text: String, isSerious: Bool = false, _ titles: [String]) {
    label.setText(text)
    widget.setAccessibleName(text)
    widget.setClass("stopped", isSerious)
    for (place, button) in buttons.enumerated() {
      let title = place < titles.count ? titles[place] : ""
      button.isVisible = !title.isEmpty
      gtk_button_set_label(button.cast(), title)
      parley_gtk_name_parts(button)
    }
  }
}
