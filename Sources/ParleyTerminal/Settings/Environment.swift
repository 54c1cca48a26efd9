import Glibc

enum Environment {
  /// nil if the variable is not set, or empty.
  static func value(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// Who runs the program, for the first suggestion of a nick.
  static var user: String? {
    (value("USER") ?? value("LOGNAME")).flatMap { user in
      user.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") } ? user : nil
    }
  }
}
