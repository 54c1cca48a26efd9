import CGTK

/// The commands that begin with what is typed, each with a few words.
final class CommandHints {
  private let place: Widget
  private var shown: [String] = []

  init(_ builder: Builder) { place = builder.widget("hints") }

  func show(for text: String) {
    let found = Self.commands(text)
    guard found.map(\.name) != shown else { return }
    shown = found.map(\.name)
    while let child = gtk_widget_get_first_child(place) { gtk_box_remove(place.cast(), child) }
    for command in found {
      let line = box(GTK_ORIENTATION_HORIZONTAL, spacing: 12)
      line.append(lineLabel(command.usage, classes: ["caption"]))
      line.append(lineLabel(command.help, classes: ["caption", "dim-label"]))
      place.append(line)
    }
    place.isVisible = !found.isEmpty
  }

  private static func commands(_ text: String) -> [TypedCommand] {
    guard text.hasPrefix("/"), !text.contains(where: \.isWhitespace) else { return [] }
    let beginning = text.dropFirst().lowercased()
    return typedCommands.filter { $0.name.hasPrefix(beginning) }
  }
}
