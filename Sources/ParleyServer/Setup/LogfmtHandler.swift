public import IRC
public import Logging
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where log lines go, and what of them; shared by all loggers, so that a reload reaches them all.
public final class LogOutput: Sendable {
  private let level: Atomic<Int>
  private let showsAddresses: Atomic<Bool>
  fileprivate let clock: @Sendable () -> Timestamp
  fileprivate let write: @Sendable ([UInt8]) -> Void

  /// - Parameter write: called with one whole line, newline included, from any thread.
  public init(
    level: Logger.Level = .info, showsAddresses: Bool = false,
    clock: @escaping @Sendable () -> Timestamp = { Timestamp(milliseconds: WallClock.milliseconds()) },
    write: @escaping @Sendable ([UInt8]) -> Void = LogOutput.writeToStandardError
  ) {
    self.level = Atomic(Self.number(level))
    self.showsAddresses = Atomic(showsAddresses)
    self.clock = clock
    self.write = write
  }

  public func reconfigure(level: Logger.Level, showsAddresses: Bool) {
    self.level.store(Self.number(level), ordering: .relaxed)
    self.showsAddresses.store(showsAddresses, ordering: .relaxed)
  }

  /// One `write` for each line: lines of several threads do not mix.
  @Sendable public static func writeToStandardError(_ line: [UInt8]) { Files.put(line, into: STDERR_FILENO) }

  fileprivate var currentLevel: Logger.Level { Logger.Level.allCases[level.load(ordering: .relaxed)] }
  fileprivate var includesAddresses: Bool { showsAddresses.load(ordering: .relaxed) }

  private static func number(_ level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }
}

/// Lines of `time=… level=… event=… key=value`. Values stay on their line whatever is in them. The key `address` is left out
/// unless addresses are wanted.
public struct LogfmtHandler: LogHandler {
  public var metadata: Logger.Metadata = [:]
  private let output: LogOutput
  private var ownLevel: Logger.Level?

  public init(output: LogOutput) { self.output = output }

  /// The output's level unless this logger has been given its own.
  public var logLevel: Logger.Level {
    get { ownLevel ?? output.currentLevel }
    set { ownLevel = newValue }
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var line = "time=\(output.clock().iso8601) level=\(event.level.rawValue) event="
    Self.append(event.message.description, to: &line)
    var fields = metadata
    if let more = event.metadata { fields.merge(more) { $1 } }
    for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
      if key == "address", !output.includesAddresses { continue }
      line += " \(key)="
      Self.append(value.description, to: &line)
    }
    line += "\n"
    output.write(Array(line.utf8))
  }

  /// Quoted where logfmt asks for it; control characters never reach a terminal or forge a line.
  private static func append(_ value: String, to line: inout String) {
    // Most values are such words.
    let isPlain = value.utf8.allSatisfy { 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "\"") }
    let mustQuote =
      value.isEmpty
      || !isPlain
        && value.unicodeScalars.contains {
          $0 == "=" || $0 == "\"" || $0.properties.isWhitespace || isControl($0)
        }
    guard mustQuote else {
      line += value
      return
    }
    line += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": line += "\\\""
      case "\\": line += "\\\\"
      case "\n": line += "\\n"
      case _ where isControl(scalar): line += "\\u{\(String(scalar.value, radix: 16))}"
      default: line.unicodeScalars.append(scalar)
      }
    }
    line += "\""
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x202E).contains(scalar.value)
      || (0x2066...0x2069).contains(scalar.value)
  }
}
