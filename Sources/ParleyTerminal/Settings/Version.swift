import CParley

enum Version {
  /// Of the library that runs: the program has no version of its own.
  static var text: String {
    let version = parley_version()
    return "\(version / 1_000_000).\(version / 1000 % 1000).\(version % 1000)"
  }
}
