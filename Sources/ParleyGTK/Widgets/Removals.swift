import CGTK

/// Chats that were deleted a moment ago, each with a toast that brings it back. Their messages go when the toast does.
final class Removals {
  private let client: Client
  private let overlay: Widget
  private var toasts: [ID: OpaquePointer] = [:]

  /// Called with the chat that the person has brought back.
  var onUndone: (ID) -> Void = { _ in }

  init(_ builder: Builder, client: Client) {
    self.client = client
    overlay = builder.widget("toasts")
  }

  func remove(_ chat: Chat) {
    guard toasts[chat.id] == nil, let toast = adw_toast_new("") else { return }
    let id = chat.id
    client.hide(id)
    // A title is markup.
    adw_toast_set_title(toast, escaped("Deleted \(neutralLine(chat.name))"))
    adw_toast_set_button_label(toast, "Undo")
    adw_toast_set_timeout(toast, 15)
    adw_toast_set_priority(toast, ADW_TOAST_PRIORITY_HIGH)
    g_object_ref(toast.raw)
    toasts[id] = toast
    on(toast, "button-clicked") { [weak self] in
      self?.bringBack(id)
      self?.onUndone(id)
    }
    on(toast, "dismissed") { [weak self] in self?.finish(id) }
    adw_toast_overlay_add_toast(overlay.cast(), toast)
  }

  private func bringBack(_ chat: ID) {
    guard let toast = toasts.removeValue(forKey: chat) else { return }
    client.unhide(chat)
    g_object_unref(toast.raw)
  }

  /// A message in a chat that is being deleted must not be lost with it.
  func arrived(_ message: Message) {
    guard !message.isOwn, message.kind?.isSaid ?? false,
      client.chat(message.chat)?.kind == .person, let toast = toasts[message.chat]
    else { return }
    bringBack(message.chat)
    adw_toast_dismiss(toast)
  }

  /// The window closes.
  func finishAll() { for chat in toasts.keys { finish(chat) } }

  private func finish(_ chat: ID) {
    guard let toast = toasts.removeValue(forKey: chat) else { return }
    // It may have been opened again by its name.
    if client.hidden.contains(chat) { client.remove(chat) }
    g_object_unref(toast.raw)
  }
}
