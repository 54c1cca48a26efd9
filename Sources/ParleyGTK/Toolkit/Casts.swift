import CGTK

/// Any widget. GTK's functions want more exact types; `cast()` gives whatever the function at hand takes, unchecked as in C.
typealias Widget = UnsafeMutablePointer<GtkWidget>

/// A pointer to an object of GTK, in one of the two shapes in which Swift imports them.
protocol ObjectPointer {
  var raw: UnsafeMutableRawPointer { get }
}

extension ObjectPointer {
  func cast<T>() -> UnsafeMutablePointer<T> { raw.assumingMemoryBound(to: T.self) }
  func cast() -> OpaquePointer { OpaquePointer(raw) }
}

extension UnsafeMutablePointer: ObjectPointer {
  var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(self) }
}

extension OpaquePointer: ObjectPointer {
  var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(self) }
}

extension Bool {
  init(_ value: gboolean) { self = value != 0 }
  var gtk: gboolean { self ? 1 : 0 }
}
