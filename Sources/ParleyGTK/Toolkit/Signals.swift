import CGTK

// A closure in a box is what GTK carries as the data of a handler; it is freed with the connection. One function for each signature.

private final class Box<Body> {
  let body: Body
  init(_ body: Body) { self.body = body }

  static func body(_ data: UnsafeMutableRawPointer?) -> Body? {
    guard let data else { return nil }
    return Unmanaged<Box<Body>>.fromOpaque(data).takeUnretainedValue().body
  }
}

private func connect<Body>(
  _ object: some ObjectPointer, _ signal: String, _ handler: GCallback, _ body: Body, after: Bool
) {
  let data = Unmanaged.passRetained(Box(body)).toOpaque()
  _ = parley_gtk_connect(
    object.raw, signal, handler, data, { data, _ in if let data { Unmanaged<AnyObject>.fromOpaque(data).release() } },
    after.gtk)
}

/// A signal without arguments, or whose argument does not matter: `clicked`, `changed`, `activate` …
func on(_ object: some ObjectPointer, _ signal: String, after: Bool = false, _ body: @escaping () -> Void) {
  typealias Handler = @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void
  let handler: Handler = { _, data in Box<() -> Void>.body(data)?() }
  connect(object, signal, unsafeBitCast(handler, to: GCallback.self), body, after: after)
}

/// `notify::property`.
func onNotify(_ object: some ObjectPointer, _ property: String, _ body: @escaping () -> Void) {
  onPointer(object, "notify::" + property) { _ in body() }
}

/// A signal with one argument that is an object: `row-activated`, `setup` …
func onPointer(_ object: some ObjectPointer, _ signal: String, _ body: @escaping (UnsafeMutableRawPointer?) -> Void) {
  typealias Handler =
    @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void
  let handler: Handler = { _, argument, data in Box<(UnsafeMutableRawPointer?) -> Void>.body(data)?(argument) }
  connect(object, signal, unsafeBitCast(handler, to: GCallback.self), body, after: false)
}

/// A signal with one number: `activate` of a list view.
func onNumber(_ object: some ObjectPointer, _ signal: String, _ body: @escaping (guint) -> Void) {
  typealias Handler = @convention(c) (UnsafeMutableRawPointer?, guint, UnsafeMutableRawPointer?) -> Void
  let handler: Handler = { _, argument, data in Box<(guint) -> Void>.body(data)?(argument) }
  connect(object, signal, unsafeBitCast(handler, to: GCallback.self), body, after: false)
}

/// `activate-link`, `response`: one text; whether it is dealt with.
func onText(_ object: some ObjectPointer, _ signal: String, _ body: @escaping (String) -> Bool) {
  typealias Handler =
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> gboolean
  let handler: Handler = { _, text, data in
    (Box<(String) -> Bool>.body(data)?(text.map { String(cString: $0) } ?? "") ?? false).gtk
  }
  connect(object, signal, unsafeBitCast(handler, to: GCallback.self), body, after: false)
}

/// `close-request`: whether it is dealt with.
func onRequest(_ object: some ObjectPointer, _ signal: String, _ body: @escaping () -> Bool) {
  typealias Handler = @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> gboolean
  let handler: Handler = { _, data in (Box<() -> Bool>.body(data)?() ?? false).gtk }
  connect(object, signal, unsafeBitCast(handler, to: GCallback.self), body, after: false)
}

/// A pressed key, without locks in its modifiers.
struct Key {
  let value: guint
  let modifiers: guint
  let event: OpaquePointer?

  func has(_ modifier: GdkModifierType) -> Bool { modifiers & modifier.rawValue != 0 }

  /// The key prints something, and no modifier makes a command of it.
  var isPrintable: Bool {
    guard !has(GDK_CONTROL_MASK), !has(GDK_ALT_MASK), !has(GDK_SUPER_MASK) else { return false }
    let character = gdk_keyval_to_unicode(value)
    return character >= 0x20 && character != 0x7F
  }
}

/// Keys pressed in a widget or what it contains; `early`: before the widgets inside see them. Whether the key is dealt with.
func onKey(_ widget: Widget, early: Bool = false, _ body: @escaping (Key) -> Bool) {
  typealias Body = (Key) -> Bool
  typealias Handler =
    @convention(c) (UnsafeMutableRawPointer?, guint, guint, guint, UnsafeMutableRawPointer?) -> gboolean
  let handler: Handler = { controller, value, _, state, data in
    let event = controller.flatMap { gtk_event_controller_get_current_event(OpaquePointer($0)) }
    let modifiers = state & gtk_accelerator_get_default_mod_mask().rawValue
    return (Box<Body>.body(data)?(Key(value: value, modifiers: modifiers, event: event)) ?? false).gtk
  }
  guard let controller = gtk_event_controller_key_new() else { return }
  if early { gtk_event_controller_set_propagation_phase(controller, GTK_PHASE_CAPTURE) }
  connect(controller, "key-pressed", unsafeBitCast(handler, to: GCallback.self), body, after: false)
  gtk_widget_add_controller(widget, controller)
}

/// Clicks with one button (1 left, 3 right) at a place within the widget.
func onClick(_ widget: Widget, button: guint, _ body: @escaping (_ x: Double, _ y: Double) -> Void) {
  typealias Body = (Double, Double) -> Void
  typealias Handler = @convention(c) (UnsafeMutableRawPointer?, gint, Double, Double, UnsafeMutableRawPointer?) -> Void
  let handler: Handler = { _, _, x, y, data in Box<Body>.body(data)?(x, y) }
  guard let gesture = gtk_gesture_click_new() else { return }
  gtk_gesture_single_set_button(gesture.cast(), button)
  connect(gesture, "pressed", unsafeBitCast(handler, to: GCallback.self), body, after: false)
  gtk_widget_add_controller(widget, gesture.cast())
}

/// `open` of an application: links or files, as URIs.
func onOpen(_ application: some ObjectPointer, _ body: @escaping ([String]) -> Void) {
  typealias Body = ([String]) -> Void
  typealias Handler =
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafeMutablePointer<OpaquePointer?>?, gint, UnsafePointer<CChar>?,
      UnsafeMutableRawPointer?
    ) -> Void
  let handler: Handler = { _, files, count, _, data in
    let uris = UnsafeBufferPointer(start: files, count: Int(count)).compactMap { file -> String? in
      guard let uri = g_file_get_uri(file) else { return nil }
      defer { g_free(uri) }
      return String(cString: uri)
    }
    Box<Body>.body(data)?(uris)
  }
  connect(application, "open", unsafeBitCast(handler, to: GCallback.self), body, after: false)
}
