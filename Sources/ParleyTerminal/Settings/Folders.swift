import Glibc
import ParleyTerminalKit

/// Where things are, after the XDG Base Directory Specification. "All paths set in these environment variables must be
/// absolute. If […] relative […] consider the path invalid and ignore it."
enum Folders {
  /// The engine's: shared with the other Parley programs.
  static func engine() throws(Ending) -> String { try base("XDG_DATA_HOME", "/.local/share") + "/parley" }

  /// nil where nothing says which it would be: then nothing is configured.
  static func configuration() -> String? {
    (try? base("XDG_CONFIG_HOME", "/.config")).map { $0 + "/parley/terminal.conf" }
  }

  private static func base(_ variable: String, _ inHome: String) throws(Ending) -> String {
    if let path = Environment.value(variable), path.hasPrefix("/") { return path }
    guard let home = Environment.value("HOME"), home.hasPrefix("/") else {
      throw Ending(.usage, "HOME is not set: say with --directory where the folder is")
    }
    return home + inHome
  }

  /// Makes the folder and those above it, for nobody but their owner.
  static func make(_ path: String) throws(Ending) {
    var prefix = ""
    for part in path.split(separator: "/") {
      prefix += (prefix.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
      if mkdir(prefix, 0o700) != 0, errno != EEXIST, errno != EISDIR {
        throw Ending(.unreachable, "The folder \(prefix) cannot be made: \(String(cString: strerror(errno)))")
      }
    }
  }
}

enum Files {
  /// nil if there is no such file, or it is larger than `most` bytes.
  static func read(_ path: String, most: Int = 1 << 20) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return readAll(descriptor, most: most)
  }

  /// Everything up to the end; nil if there is more, or it cannot be read.
  static func readAll(_ descriptor: Int32, most: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count < 0, errno == EINTR { continue }
      guard count > 0, bytes.count + count <= most else { return nil }
      bytes += buffer.prefix(count)
    }
  }

  static func remove(_ path: String) { unlink(path) }

  /// Writes a file as a whole, or adds to its end. What cannot be written is lost: it is a convenience that is kept here.
  static func write(_ text: String, to path: String, appending: Bool) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC), 0o600)
    guard descriptor >= 0 else { return }
    let bytes = Array(text.utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
    close(descriptor)
  }
}
