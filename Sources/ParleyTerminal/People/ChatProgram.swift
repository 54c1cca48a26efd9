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
  /// Identities that were added in this run and whose server has not answered yet. They are not kept.
  var fresh: Set<Int64> = []
  /// Moments until which the answers of identities' servers are shown in every chat, because a command asked for them.
  var answersUntil: [Int64: Int64] = [:]
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
    secrets = Secrets(setup.configuration)
    signals = creadline_signals(0)
    engine = try Self.openEngine(setup)
    creadline_signals_begin()
    service = Service(setup, engine)
    typed = TypedHistory(directory: setup.directory)
    let isDumb = ["dumb", nil].contains(Environment.value("TERM"))
    let palette = Palette(hasColour: Self.hasColour(setup, isDumb: isDumb), hasSigns: Encoding.isUTF8)
    screen = Screen(palette: palette, canMove: !isDumb)
  }

  private let signals: Int32
  private let service: Service

  /// Waits a while for a command that has the folder open; a program that serves others has it for long.
  private static func openEngine(_ setup: Setup) throws(Ending) -> Engine {
    let deadline = Clock.now() + 5_000
    while true {
      if let engine = try setup.openEngine() { return engine }
      let connection = creadline_dial(setup.directory, Service.socketName)
      if connection >= 0 { close(connection) }
      guard connection < 0, Clock.now() < deadline else { throw setup.isInUse }
      usleep(50_000)
    }
  }

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
    engine.onEvent = { [unowned self] in
      self.handle($0)
      self.service.tell($0)
    }
    screen.onRender = { [unowned self] in self.lines(ofMessage: $0, isWhole: $1) }
    screen.onClear = { [unowned self] in self.shown.clear() }
    screen.onLine = { [unowned self] in self.entered($0) }
    screen.onEnd = { [unowned self] in self.isLeaving = true }
    screen.onKey = { [unowned self] in self.pressed($0) }
    screen.onComplete = { [unowned self] in self.complete(before: $0, word: $1) }
    refreshPrompt()
    guard screen.start() else { throw Ending(.usage, "This terminal cannot be used") }
    defer { end() }
    begin()
    while !isLeaving { turn() }
    return status
  }

  private func end() {
    rememberPlace()
    screen.stop()
    service.stop { [engine] in engine.wait(20) }
    let waiting = engine.identities().reduce(0) { $0 + $1.pending }
    for identity in engine.identities() where fresh.contains(identity.id) && identity.pending == 0 {
      if let request = try? engine.removeIdentity(identity.id) { waitFor(request) }
      Output.standard().diagnosis("\(identity.host) has not answered, and is not kept.")
    }
    engine.close()
    if waiting > 0 {
      let what = waiting == 1 ? "1 message waits" : "\(waiting) messages wait"
      Output.standard().diagnosis("\(what) to be sent: the next start does it.")
    }
  }

  /// Waits a moment for a request's end.
  private func waitFor(_ request: Int64) {
    var isDone = false
    engine.onEvent = { if $0.kind == .done, $0.request == request { isDone = true } }
    let deadline = Clock.now() + 1_000
    while !isDone, Clock.now() < deadline { engine.wait(100) }
  }

  private func turn() {
    var waits = [
      pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      pollfd(fd: engine.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
      pollfd(fd: service.descriptor, events: Int16(POLLIN), revents: 0),
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
    if waits[3].revents != 0 { service.accept() }
    if waits[1].revents != 0, !isLeaving { screen.withLineHidden { engine.dispatch() } }
    passTime()
  }

  /// - Returns: whether there were any.
  private func readSignals() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = Glibc.read(signals, &bytes, bytes.count)
    // A window that is being dragged tells of many sizes.
    if bytes.prefix(max(0, count)).contains(UInt8(SIGWINCH)) { screen.resize() }
    for byte in bytes.prefix(max(0, count)) {
      switch Int32(byte) {
      case SIGINT: screen.interrupt()
      case SIGWINCH: break
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
