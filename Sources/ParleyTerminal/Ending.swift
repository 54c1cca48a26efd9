import ParleyTerminalKit

/// What the program ends with, for the shell.
enum ExitStatus: Int32 {
  /// Everything was done, all messages were delivered.
  case done = 0
  case usage = 2
  /// The server accepts neither account nor password, or is not the one that was known.
  case signIn = 3
  /// No connection, or the folder cannot be used: the same may work later. Nothing stays queued.
  case unreachable = 4
  /// The server refused, or nobody knows whether it arrived.
  case undelivered = 5
}

/// Why the program ends before its end.
struct Ending: Error {
  let status: ExitStatus
  /// For people, on standard error.
  let sentence: String

  init(_ status: ExitStatus, _ sentence: String) {
    self.status = status
    self.sentence = sentence
  }

  func tell() -> ExitStatus {
    Output.diagnosis(sentence)
    return status
  }
}
