import CGTK

/// Where messages are written: Enter sends, Shift+Enter breaks the line, Tab completes nicks. What is not sent is kept as a draft.
final class Composer {
  private let client: Client
  private let view: Widget
  private let buffer: UnsafeMutablePointer<GtkTextBuffer>
  private let placeholder: Widget
  private let sendButton: Widget
  private let frame: Widget
  private let hints: CommandHints

  private(set) var chat: ID?
  private var isFilling = false
  private var saving: Later?
  private var pausing: Later?
  private var completion: Completion?
  private var recalled: [ID: String] = [:]

  /// Called with what is to be sent. Whether it was taken: what was refused is put back.
  var onSend: (String) -> Bool = { _ in true }
  /// Called when a picture or a file is pasted.
  var onFilesPasted: () -> Void = {}
  /// A key that is not for the text.
  var onKeyPassed: (Key) -> Bool = { _ in false }
  /// Whether others are told.
  var tellsTyping = true
  /// Who can be named, recent speakers first.
  var nicks: () -> [String] = { [] }

  init(_ builder: Builder, client: Client) {
    self.client = client
    view = builder.widget("text")
    placeholder = builder.widget("placeholder")
    sendButton = builder.widget("send")
    frame = builder.widget("composer_frame")
    hints = CommandHints(builder)
    buffer = gtk_text_view_get_buffer(view.cast())
    parley_gtk_buffer_without_hyphens(buffer)
    on(view, "paste-clipboard") { [unowned self] in
      guard parley_gtk_clipboard_has_files(view) != 0 else { return }
      g_signal_stop_emission_by_name(view, "paste-clipboard")
      onFilesPasted()
    }
    on(buffer, "changed") { [unowned self] in textChanged() }
    on(sendButton, "clicked") { [unowned self] in send() }
    onKey(view, early: true) { [unowned self] in key($0) }
  }

  var text: String {
    var start = GtkTextIter()
    var end = GtkTextIter()
    gtk_text_buffer_get_bounds(buffer, &start, &end)
    guard let text = gtk_text_buffer_get_text(buffer, &start, &end, 0) else { return "" }
    defer { g_free(text) }
    return String(cString: text)
  }

  func open(_ chat: Chat) {
    saveDraft()
    self.chat = chat.id
    fill(client.settings(chat.id).draft)
    limitHeight()
    let canWrite = chat.kind != .server
    gtk_text_view_set_editable(view.cast(), canWrite.gtk)
    placeholder.setText(canWrite ? "Message \(neutralLine(chat.name))" : "Server messages")
    view.setAccessibleName(canWrite ? "Message to \(neutralLine(chat.name))" : "Server messages")
  }

  func close() {
    saveDraft()
    chat = nil
    fill("")
  }

  func focus() { view.grabFocus() }

  var hasFocus: Bool { Bool(gtk_widget_has_focus(view)) }

  /// A key pressed elsewhere is written here.
  func take(_ key: Key) {
    focus()
    guard let scalar = Unicode.Scalar(gdk_keyval_to_unicode(key.value)) else { return }
    let text = String(Character(scalar))
    gtk_text_buffer_insert_at_cursor(buffer, text, gint(clamping: text.utf8.count))
  }

  /// Puts a refused text back, unless something else has been written since.
  func restore(_ text: String, in chat: ID) {
    if chat == self.chat {
      guard gtk_text_buffer_get_char_count(buffer) == 0 else { return }
      fill(text)
      saveDraft()
    } else if client.chat(chat) != nil, client.settings(chat).draft.isEmpty {
      client.setDraft(text, of: chat)
    }
  }

  func saveDraft() {
    saving = nil
    if let chat { client.setDraft(text, of: chat) }
  }

  // MARK: -

  private func fill(_ text: String) {
    isFilling = true
    gtk_text_buffer_set_text(buffer, text, gint(clamping: text.utf8.count))
    isFilling = false
    completion = nil
  }

  /// Ten lines of the font, whatever its size.
  private func limitHeight() {
    guard let metrics = pango_context_get_metrics(gtk_widget_get_pango_context(view), nil, nil) else { return }
    defer { pango_font_metrics_unref(metrics) }
    let line = Int(pango_font_metrics_get_height(metrics)) / Int(PANGO_SCALE)
    gtk_scrolled_window_set_max_content_height(frame.cast(), gint(clamping: max(line, 10) * 10 + 16))
  }

  private func textChanged() {
    let isEmpty = gtk_text_buffer_get_char_count(buffer) == 0
    placeholder.isVisible = isEmpty
    let text = text
    gtk_text_view_set_wrap_mode(view.cast(), wrapMode(for: text))
    hints.show(for: text)
    sendButton.isSensitive = !isEmpty && chat != nil
    guard !isFilling, let chat else { return }
    if saving == nil { saving = .after(milliseconds: 800) { [unowned self] in saveDraft() } }
    guard tellsTyping, !text.hasPrefix("/") else { return }
    client.engine.typing(chat, isEmpty ? 0 : 1)
    pausing =
      isEmpty
      ? nil : .after(milliseconds: 5000) { [unowned self] in if self.chat == chat { client.engine.typing(chat, 2) } }
  }

  private func send() {
    let text = text
    guard let chat, text.contains(where: { !$0.isWhitespace }) else { return }
    recalled[chat] = text
    pausing = nil
    fill("")
    saveDraft()
    // Sending may open another chat.
    if !onSend(text) { restore(text, in: chat) }
    focus()
  }

  private func key(_ key: Key) -> Bool {
    // What an input method composes is not a key yet.
    if let event = key.event, Bool(gtk_text_view_im_context_filter_keypress(view.cast(), event)) { return true }
    if key.value != guint(GDK_KEY_Tab) { completion = nil }
    switch key.value {
    case guint(GDK_KEY_Return), guint(GDK_KEY_KP_Enter):
      guard !key.has(GDK_SHIFT_MASK) else { return false }
      send()
      return true
    // Without anything to complete it leads to the next control.
    case guint(GDK_KEY_Tab) where key.modifiers == 0: return complete()
    case guint(GDK_KEY_Up) where key.modifiers == 0 && gtk_text_buffer_get_char_count(buffer) == 0:
      guard let chat, let last = recalled[chat] else { return false }
      fill(last)
      return true
    default: return onKeyPassed(key)
    }
  }

  // MARK: Completion

  private struct Completion {
    let candidates: [String]
    var place: Int
    /// Where the word begins, and where what was put in ends, in characters.
    let start: gint
    var end: gint
  }

  /// Whether there was something to complete.
  private func complete() -> Bool {
    if completion == nil { completion = begin() }
    guard var current = completion, !current.candidates.isEmpty else {
      completion = nil
      return false
    }
    let name = current.candidates[current.place % current.candidates.count]
    let text = current.start == 0 && !name.hasPrefix("/") ? name + ": " : name + " "
    var start = GtkTextIter()
    var end = GtkTextIter()
    gtk_text_buffer_get_iter_at_offset(buffer, &start, current.start)
    gtk_text_buffer_get_iter_at_offset(buffer, &end, current.end)
    gtk_text_buffer_delete(buffer, &start, &end)
    gtk_text_buffer_insert(buffer, &start, text, gint(clamping: text.utf8.count))
    current.end = current.start + gint(clamping: text.unicodeScalars.count)
    current.place += 1
    completion = current
    return true
  }

  private func begin() -> Completion? {
    var cursor = GtkTextIter()
    gtk_text_buffer_get_iter_at_mark(buffer, &cursor, gtk_text_buffer_get_insert(buffer))
    let end = gtk_text_iter_get_offset(&cursor)
    let before = Array(text.unicodeScalars.prefix(Int(end)))
    let start = before.lastIndex { $0.properties.isWhitespace }.map { $0 + 1 } ?? 0
    var word = String.UnicodeScalarView()
    word.append(contentsOf: before[start...])
    let prefix = String(word).lowercased()
    guard !prefix.isEmpty else { return nil }
    let names = start == 0 && prefix.hasPrefix("/") ? typedCommands.map { "/" + $0.name } : nicks()
    let candidates = names.filter { $0.lowercased().hasPrefix(prefix) }
    return Completion(candidates: Array(candidates.prefix(50)), place: 0, start: gint(clamping: start), end: end)
  }
}
