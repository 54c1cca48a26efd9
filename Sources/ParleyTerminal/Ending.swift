import ParleyTerminalKit

/// What the program ends with, for the shell.
enum ExitStatus: Int32 {
  /// Everything was done, all messages were delivered.
  case done = 0
  case usage = 2
  /// The server accepts neither account nor password, or is not the one that was known.
  case signIn = 3
  /// No connection, the folder cannot be used, the output cannot be written, or the program was told to end: the same may work later.
  /// Nothing stays queued.
  case unreachable = 4
  /// The server refused, or nobody knows whether it arrived.
  case undelivered = 5
}

/// Why the program ends before its end.
struct Ending: Error {
  let status: ExitStatus
  /// For people, on standard error.
  let sentence: String
  /// For programs, with --json: the name of the library's error, or a word of our own.
  let code: String

  init(_ status: ExitStatus, _ sentence: String, code: String? = nil) {
    self.status = status
    self.sentence = sentence
    self.code = code ?? Self.word(status)
  }

  /// - Parameter isJSON: tells it as an object on standard output as well.
  func tell(_ output: Output, isJSON: Bool = false) -> ExitStatus {
    output.diagnosis(sentence)
    if isJSON {
      output.json(
        EventJSON.object(
          "error",
          [
            JSON.Member("id", .null), JSON.Member("code", .string(code)), JSON.Member("reason", .string(sentence)),
            JSON.Member("status", .integer(Int64(status.rawValue))),
          ]))
    }
    return status
  }

  private static func word(_ status: ExitStatus) -> String {
    switch status {
    case .done: "OK"
    case .usage: "USAGE"
    case .signIn: "SIGN_IN"
    case .unreachable: "UNREACHABLE"
    case .undelivered: "UNDELIVERED"
    }
  }
}
