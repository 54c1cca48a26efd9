import CGTK

/// Something that will be done by the main loop, once or again and again; cancelled when it is not held any more.
final class Later {
  private var source: guint = 0
  private var body: (() -> Bool)?

  private init(_ body: @escaping () -> Bool) { self.body = body }

  deinit { cancel() }

  func cancel() {
    body = nil
    if source != 0 { g_source_remove(source) }
    source = 0
  }

  /// Before the next frame is drawn, but after the events that wait.
  static func soon(_ body: @escaping () -> Void) -> Later {
    let later = once(body)
    // GTK lays out and draws with lower priority.
    later.source = g_idle_add_full(gint(G_PRIORITY_HIGH_IDLE) + 5, run, later.data, release)
    return later
  }

  /// Soon; but if the last time was only just now, a little later: nobody reads a list that changes sixty times a second.
  static func paced(_ last: inout Int64, _ body: @escaping () -> Void) -> Later {
    let now = Int64(g_get_monotonic_time())
    let isBusy = now - last < 80_000
    last = isBusy ? now + 80_000 : now
    return isBusy ? after(milliseconds: 80, body) : soon(body)
  }

  static func after(milliseconds: guint, _ body: @escaping () -> Void) -> Later {
    let later = once(body)
    later.source = g_timeout_add_full(gint(G_PRIORITY_DEFAULT), milliseconds, run, later.data, release)
    return later
  }

  static func everySecond(_ body: @escaping () -> Void) -> Later {
    let later = Later {
      body()
      return true
    }
    later.source = g_timeout_add_full(gint(G_PRIORITY_DEFAULT), 1000, run, later.data, release)
    return later
  }

  private static func once(_ body: @escaping () -> Void) -> Later {
    Later {
      body()
      return false
    }
  }

  // The main loop holds no reference to the object itself: who drops it cancels it.
  private final class Link {
    weak var later: Later?
    init(_ later: Later) { self.later = later }
  }

  private var data: UnsafeMutableRawPointer { Unmanaged.passRetained(Link(self)).toOpaque() }

  private static let run: GSourceFunc = { data in
    guard let data, let later = Unmanaged<Link>.fromOpaque(data).takeUnretainedValue().later, let body = later.body
    else {
      return 0
    }
    // It ends before the body runs, which may start the next one in its place.
    let source = later.source
    let again = body()
    if !again, later.source == source { later.source = 0 }
    return again.gtk
  }

  private static let release: GDestroyNotify = { data in
    if let data { Unmanaged<Link>.fromOpaque(data).release() }
  }
}
