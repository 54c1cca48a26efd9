import CGTK

/// What rows can ask for.
protocol MessageActions: AnyObject {
  func retry(_ message: ID)
  func discard(_ message: ID)
  func fill(gap: ID)
  func openLink(_ link: String)
  func write(to nick: String)
  /// Shows a message that another answers.
  func jump(to message: ID)
  func message(_ id: ID) -> Message?
  /// Shows all of a message that is too long for a row.
  func showWhole(_ message: ID)
  /// The room that a row invites to; nil: it does not.
  func invitation(in message: Message) -> String?
  func accept(_ invitation: Message)
}

/// One row of the message list: what was said, what happened, or a gap; above it perhaps a day, and the line "New".
final class MessageRow {
  let id: ID
  let widget: Widget
  private(set) var shown: DecoratedMessage
  private unowned let actions: any MessageActions

  init(_ model: DecoratedMessage, actions: any MessageActions) {
    id = model.message.id
    shown = model
    self.actions = actions
    widget = gtk_list_box_row_new()
    g_object_ref_sink(widget)
    gtk_list_box_row_set_activatable(widget.cast(), 0)
    gtk_list_box_row_set_selectable(widget.cast(), 0)
    build()
  }

  deinit { g_object_unref(widget) }

  func update(_ model: DecoratedMessage) {
    guard model != shown else { return }
    shown = model
    build()
  }

  // MARK: Parts

  private func build() {
    let message = shown.message
    let whole = box(GTK_ORIENTATION_VERTICAL)
    if let day = shown.decoration.day { whole.append(divider(day, name: "day")) }
    if shown.decoration.isNew { whole.append(divider("New", name: "new-line")) }
    let body = (message.kind?.isSaid ?? false) ? said(message) : message.kind == .gap ? gap(message) : happened(message)
    whole.append(body)
    gtk_list_box_row_set_child(widget.cast(), whole)
    widget.setAccessibleName(
      (shown.decoration.isNew ? "New messages. " : "") + (shown.decoration.day.map { $0 + ". " } ?? "")
        + spoken(message))
  }

  private func divider(_ text: String, name: String) -> Widget {
    let line = box(GTK_ORIENTATION_HORIZONTAL, spacing: 12, classes: [name])
    for part in [separator(), lineLabel(text), separator()] { line.append(part) }
    return line
  }

  private func separator() -> Widget {
    let line: Widget = gtk_separator_new(GTK_ORIENTATION_HORIZONTAL)
    gtk_widget_set_hexpand(line, 1)
    gtk_widget_set_valign(line, GTK_ALIGN_CENTER)
    return line
  }

  private func happened(_ message: Message) -> Widget {
    let label = textLabel(happening(message), classes: ["message", "happening", "dim-label"])
    gtk_widget_set_margin_start(label, Self.indent)
    gtk_widget_set_tooltip_text(label, LocalTime(message.time).full)
    guard let room = actions.invitation(in: message) else { return label }
    let whole = box(GTK_ORIENTATION_VERTICAL, spacing: 6)
    whole.append(label)
    let join = button("_Join \(withoutMnemonic(neutralLine(room)))") { [unowned self] in actions.accept(message) }
    gtk_widget_set_halign(join, GTK_ALIGN_START)
    gtk_widget_set_margin_start(join, Self.indent + 18)
    gtk_widget_set_margin_bottom(join, 6)
    whole.append(join)
    return whole
  }

  private func gap(_ message: Message) -> Widget {
    let whole = box(GTK_ORIENTATION_VERTICAL, spacing: 6, classes: ["gap"])
    let label = textLabel(happening(message), classes: ["dim-label"])
    gtk_label_set_xalign(label.cast(), 0.5)
    whole.append(label)
    if message.state != .failed {
      let load = button("_Load Them") { [unowned self] in actions.fill(gap: id) }
      gtk_widget_set_halign(load, GTK_ALIGN_CENTER)
      whole.append(load)
    }
    return whole
  }

  /// Room for the avatar.
  private static let indent: gint = 44

  private func said(_ message: Message) -> Widget {
    let whole = box(GTK_ORIENTATION_HORIZONTAL, spacing: 12, classes: ["message"])
    whole.setClass("pending", message.state == .pending)
    whole.setClass("failed", message.state == .failed)
    whole.setClass("removed", message.state == .removed)
    whole.setClass("mention", message.isMention)
    whole.setClass("begins", shown.decoration.hasHeader)
    let column = box(GTK_ORIENTATION_VERTICAL, spacing: 1)
    gtk_widget_set_hexpand(column, 1)
    if shown.decoration.hasHeader {
      let avatar = avatar(32, neutralLine(message.nick))
      gtk_widget_set_valign(avatar, GTK_ALIGN_START)
      whole.append(avatar)
      column.append(header(message))
    } else {
      gtk_widget_set_margin_start(column, Self.indent)
    }
    if message.replyTo != 0, let answered = actions.message(message.replyTo) { column.append(quote(answered)) }
    column.append(text(message))
    if isFolded(message) { column.append(unfolding(message)) }
    if !message.reactions.isEmpty { column.append(reactions(message)) }
    if message.state == .failed { column.append(failure(message)) }
    whole.append(column)
    return whole
  }

  private func header(_ message: Message) -> Widget {
    let line = box(GTK_ORIENTATION_HORIZONTAL, spacing: 8)
    line.append(lineLabel(neutralLine(message.nick), classes: ["nick", nickClass(message.nick)]))
    let time = LocalTime(message.time)
    let label = lineLabel(time.clock, classes: ["time", "dim-label", "numeric"])
    gtk_widget_set_tooltip_text(label, time.full)
    line.append(label)
    return line
  }

  private func isFolded(_ message: Message) -> Bool {
    message.state != .removed && beginning(of: message.text) != nil
  }

  private func unfolding(_ message: Message) -> Widget {
    let show = button("Show _All (\(size(of: message.text)))", classes: ["flat"]) { [unowned self] in
      actions.showWhole(id)
    }
    gtk_widget_set_halign(show, GTK_ALIGN_START)
    return show
  }

  private func text(_ message: Message) -> Widget {
    let label = textLabel(classes: ["said"])
    let cut = beginning(of: message.text)
    let text = cut ?? message.text
    gtk_label_set_wrap_mode(label.cast(), labelWrapMode(for: text))
    let markup = markup(text, isCut: cut != nil)
    let isLinked =
      message.state != .removed && text.utf8.contains(UInt8(ascii: ":")) && markup.contains("<a href=")
    switch message.kind {
    case _ where message.state == .removed: label.setText(removal(message))
    case .action:
      gtk_label_set_markup(label.cast(), "<i>\(escaped(neutralLine(message.nick))) \(markup)</i>")
    default:
      let marks = [message.isEdited ? "(edited)" : "", message.isLost ? "(lost by the server)" : ""]
      let note = marks.filter { !$0.isEmpty }.map { " <span alpha=\"55%\" size=\"smaller\">\($0)</span>" }.joined()
      gtk_label_set_markup(label.cast(), markup + note)
    }
    gtk_label_set_selectable(label.cast(), 1)
    // Reading goes from row to row, and the mouse selects all the same; only links have to be reached by the keyboard.
    gtk_widget_set_focusable(label, isLinked.gtk)
    if !shown.decoration.hasHeader { gtk_widget_set_tooltip_text(label, LocalTime(message.time).full) }
    onText(label, "activate-link") { [unowned self] link in
      actions.openLink(link)
      return true
    }
    return label
  }

  private func quote(_ answered: Message) -> Widget {
    let text = "\(neutralLine(answered.nick)): \(neutralLine(saidText(answered)))"
    let id = answered.id
    let quote: Widget = gtk_button_new()
    for name in ["flat", "quote"] { quote.addClass(name) }
    gtk_button_set_child(quote.cast(), lineLabel(text))
    quote.setAccessibleName("Answers \(text)")
    on(quote, "clicked") { [unowned self] in actions.jump(to: id) }
    return quote
  }

  private func reactions(_ message: Message) -> Widget {
    let line = box(GTK_ORIENTATION_HORIZONTAL, spacing: 4)
    // A hostile room may have thousands.
    for reaction in message.reactions.prefix(12) {
      let label = lineLabel("\(neutralLine(reaction.text)) \(reaction.people)", classes: ["reaction"])
      label.setClass("own", reaction.isOwn)
      line.append(label)
    }
    return line
  }

  private func failure(_ message: Message) -> Widget {
    let line = box(GTK_ORIENTATION_HORIZONTAL, spacing: 6)
    let reason = textLabel("Not sent: \(neutralLine(message.failure))", classes: ["failure", "caption"])
    gtk_widget_set_hexpand(reason, 1)
    line.append(reason)
    line.append(button("_Retry", classes: ["flat"]) { [unowned self] in actions.retry(id) })
    line.append(button("_Delete", classes: ["flat"]) { [unowned self] in actions.discard(id) })
    return line
  }
}

/// A text as part of a button's title, in which an underscore would mark the next letter as its key.
func withoutMnemonic(_ text: String) -> String {
  text.split(separator: "_", omittingEmptySubsequences: false).joined(separator: "__")
}

/// The same nick has the same colour everywhere.
func nickClass(_ nick: String) -> String {
  var hash: UInt32 = 2_166_136_261
  for byte in nick.lowercased().utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
  return "nick-\(hash % 12)"
}
