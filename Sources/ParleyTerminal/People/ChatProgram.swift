import CReadline
import Glibc
import ParleyTerminalKit

/// The face for people: one terminal, all chats. Its parts are in the files beside this one.
final class ChatProgram {
  let setup: Setup
  let secrets: Secrets
  let engine: Engine
  let screen: Screen

  // What the engine has told.
  var identities: [Int64: Identity] = [:]
  var chats: [Int64: Chat] = [:]
  var requests = Requests()

  // What is on the screen.
  /// The chat that is shown; 0: none yet.
  var current: Int64 = 0
  var shown = ShownRows()
  var tags = MessageTags()
  var speakers = RecentSpeakers()
  var typists = Typists()
  var presence = Presence()
  /// Own messages that were shown as not acknowledged, and of which it was not told yet what became of them.
  var unacknowledged: Set<Int64> = []
  var ownTyping = OwnTyping()
  /// Identities whose connection was said to be lost.
  var lost: Set<Int64> = []
  var typed: TypedHistory
  /// Identities that are to get an account as soon as they are online, and the password for it.
  var registering: [Int64: String] = [:]
  /// Passwords that were typed at the first start, until the server has accepted them.
  var firstPasswords: [Int64: String] = [:]
  var isLeaving = false
  var status = ExitStatus.done

  init(_ setup: Setup) throws(Ending) {
    self.setup = setup
    secrets = Secrets(configuration: setup.configuration)
    signals = creadline_signals()
    engine = try setup.openEngine()
    creadline_signals_begin()
    typed = TypedHistory(directory: setup.directory)
    let isDumb = ["dumb", nil].contains(Environment.value("TERM"))
    let palette = Palette(hasColour: Self.hasColour(setup, isDumb: isDumb), hasSigns: Encoding.isUTF8)
    screen = Screen(palette: palette, canMove: !isDumb)
  }

  private let signals: Int32

  private static func hasColour(_ setup: Setup, isDumb: Bool) -> Bool {
    switch setup.options.colour ?? setup.configuration.colour {
    case .always: true
    case .never: false
    // "When present and not an empty string, NO_COLOR prevents the addition of ANSI color" (no-color.org).
    case .auto: !isDumb && Environment.value("NO_COLOR") == nil
    }
  }

  // MARK: The loop

  func run() throws(Ending) -> ExitStatus {
    engine.onEvent = { [unowned self] in self.handle($0) }
    screen.onLine = { [unowned self] in self.entered($0) }
    screen.onEnd = { [unowned self] in self.isLeaving = true }
    screen.onKey = { [unowned self] in self.pressed($0) }
    screen.onComplete = { [unowned self] in self.complete(before: $0, word: $1) }
    refreshPrompt()
    guard screen.start() else { throw Ending(.usage, "This terminal cannot be used") }
    defer {
      rememberPlace()
      screen.stop()
      engine.close()
    }
    begin()
    while !isLeaving { turn() }
    return status
  }

  private func turn() {
    var waits = [
      pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      pollfd(fd: engine.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
    ]
    let now = Clock.now()
    let deadline = [typists.nextDeadline, ownTyping.nextDeadline].compactMap(\.self).min()
    let timeout = deadline.map { Int32(clamping: max(0, $0 - now) + 1) } ?? -1
    guard poll(&waits, nfds_t(waits.count), timeout) >= 0 || errno == EINTR else {
      isLeaving = true
      return
    }
    // Ctrl+C makes the terminal look readable, before its signal looks so: signals first, and then nothing is as poll said.
    if readSignals() { return }
    if waits[0].revents != 0 {
      screen.read()
      noticeKey()
    }
    if waits[1].revents != 0, !isLeaving { screen.withLineHidden { engine.dispatch() } }
    passTime()
  }

  /// - Returns: whether there were any.
  private func readSignals() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = Glibc.read(signals, &bytes, bytes.count)
    for byte in bytes.prefix(max(0, count)) {
      switch Int32(byte) {
      case SIGINT: screen.interrupt()
      case SIGWINCH: screen.resize()
      case SIGTSTP: screen.suspend()
      default: isLeaving = true
      }
    }
    return count > 0
  }

  private func passTime() {
    if typists.expire(now: Clock.now()) { refreshPrompt() }
    tellTyping()
  }

  // MARK: Small things

  func remark(_ text: String, _ style: Palette.Style = .faint) { screen.remark(text, style) }

  /// Calls a verb; tells what went wrong, at once or when its request is finished.
  func request(
    _ what: String, _ verb: () throws(Failure) -> Int64, then: ((Event) -> Void)? = nil
  ) {
    do {
      requests.add(try verb(), what, then)
    } catch {
      remark("\(what): \(explain(error))", .alarm)
    }
  }

  func explain(_ failure: Failure) -> String {
    failure == .offline ? "there is no connection; /connect tries at once" : failure.text
  }

  var chat: Chat? { chats[current] }
  var identity: Identity? { chat.flatMap { identities[$0.identity] } ?? identities.values.min { $0.id < $1.id } }

  /// In the order of Alt+1 … Alt+9: rooms and people as they came, then the servers.
  var orderedChats: [Chat] {
    chats.values.sorted { ($0.kind == .server ? 1 : 0, $0.id) < ($1.kind == .server ? 1 : 0, $1.id) }
  }

  /// The chat's name, and its network's where there are several.
  func name(_ chat: Chat) -> String {
    let network = identities[chat.identity]?.network ?? ""
    let name = chat.kind == .server && chat.name.isEmpty ? network : chat.name
    return identities.count > 1 && !network.isEmpty && name != network ? "\(name)@\(network)" : name
  }
}
