import CGTK

/// The objects of one of the interface's files. Keep it as long as they are used.
final class Builder {
  private let builder: OpaquePointer

  /// - Parameter name: of a file that is compiled in, such as "window.ui".
  init(_ name: String) {
    guard let text = parley_gtk_resource(name), let builder = gtk_builder_new_from_string(text, -1) else {
      // The texts are part of the program: this is a mistake in it.
      preconditionFailure("no interface \(name)")
    }
    self.builder = builder
  }

  deinit { g_object_unref(builder.raw) }

  func widget(_ id: String) -> Widget { object(id).cast() }

  func object(_ id: String) -> OpaquePointer {
    guard let object = gtk_builder_get_object(builder, id) else {
      preconditionFailure("no object \(id) in the interface")
    }
    return object.cast()
  }
}
