import CReadline
import Glibc
import ParleyTerminalKit

/// The terminal: what is said scrolls by above, one line is edited below. readline owns the line; rows of text go above it.
final class Screen {
  private(set) var painter: Painter
  private(set) var rows = 24
  /// What was entered, without its end.
  var onLine: (String) -> Void = { _ in }
  /// Ctrl+D on an empty line, or the terminal is gone.
  var onEnd: () -> Void = {}
  /// Alt with `1` … `9` or `a`.
  var onKey: (Character) -> Void = { _ in }
  var onComplete: (_ before: String, _ word: String) -> Completion? = { _, _ in nil }

  /// The lines of a message in the width of now; none if there is nothing to show of it.
  var onRender: (_ message: Int64, _ isWhole: Bool) -> [String] = { _, _ in [] }
  /// The screen was cleared: what was on it is not there any more.
  var onClear: () -> Void = {}

  private var blocks = RecentBlocks()
  private var page = Page()
  private var prompt = ""
  private var shownPrompt = ""
  /// Whether the edited line is on the screen: not while text is written above it, nor while Enter is being handled.
  private var isLineShown = false
  private var isStarted = false
  private let canMove: Bool
  private var questions = Questions()

  init(palette: Palette, canMove: Bool) {
    self.canMove = canMove
    painter = Painter(palette: palette, clock: .local, width: 80)
  }

  var palette: Palette { painter.palette }

  // MARK: Beginning and end

  /// - Returns: false if the terminal cannot be used.
  func start() -> Bool {
    var handlers = creadline_handlers()
    handlers.context = Unmanaged.passUnretained(self).toOpaque()
    handlers.line = { Screen.from($0)?.take($1.map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }) }
    handlers.key = { Screen.from($0)?.take(key: $1) }
    handlers.complete = { Screen.from($0)?.complete($1, Int($2), Int($3)) }
    guard withEncoded(prompt, { creadline_start($0, &handlers) }) == 0 else { return false }
    shownPrompt = prompt
    isStarted = true
    isLineShown = true
    measure()
    return true
  }

  /// Gives the terminal back, with nothing of the edited line left.
  func stop() {
    guard isStarted else { return }
    if isLineShown { creadline_hide_line() }
    creadline_set_secret(0)
    creadline_stop()
    isStarted = false
    isLineShown = false
  }

  // MARK: Writing

  /// Writes an item above the line that is edited.
  func write(_ source: Page.Source) { write(source, render(source)) }

  func write(_ source: Page.Source, _ lines: [String]) {
    guard !lines.isEmpty else { return }
    page.append(Page.Item(source: source, lines: lines))
    noteBlock(source, lines)
    withLineHidden { emit(lines) }
  }

  func remark(_ text: String, _ style: Palette.Style = .faint) { write(.remark(text, style)) }

  func rule(_ text: String, _ style: Palette.Style) { write(.rule(text, style)) }

  /// Writes a message's lines anew where they stand.
  /// - Returns: false if they are not on the screen any more.
  func rewrite(_ message: Int64, _ lines: [String]) -> Bool {
    if blocks.lines(of: message) == lines { return true }
    guard let change = blocks.replace(message, with: lines, rows: count(lines), screenRows: rows) else { return false }
    page.replace(message, with: lines)
    withLineHidden {
      send("\u{1B}[\(change.up)A\r")
      emitOver(change.lines)
    }
    return true
  }

  private func render(_ source: Page.Source) -> [String] {
    switch source {
    case .message(let id): onRender(id, false)
    case .whole(let id): onRender(id, true)
    case .rule(let text, let style): [painter.rule(text, style)]
    case .remark(let text, let style): painter.remark(text, style)
    }
  }

  private func noteBlock(_ source: Page.Source, _ lines: [String]) {
    var message: Int64 = 0
    if case .message(let id) = source { message = id }
    let isCertain = canMove && lines.allSatisfy { hasCertainWidth($0) }
    blocks.append(RecentBlocks.Block(message: message, lines: lines, rows: count(lines)), isCertain: isCertain)
  }

  /// Whether every terminal takes as many rows for the line. Of one that is longer than a row, all must agree on the width.
  private func hasCertainWidth(_ line: String) -> Bool {
    let line = Palette.plain(line)
    let most = Width.most(of: line)
    return most < painter.width || most == Width.of(line)
  }

  private func count(_ lines: [String]) -> Int {
    lines.reduce(0) { $0 + Page.rows(of: $1, width: painter.width) }
  }

  /// Several writes at once: the line leaves the screen and returns only once.
  func withLineHidden(_ body: () -> Void) {
    guard isLineShown else { return body() }
    creadline_hide_line()
    isLineShown = false
    body()
    applyPrompt()
    creadline_show_line()
    isLineShown = true
  }

  func ring() { send("\u{7}") }

  private func emit(_ lines: [String]) { send(lines.joined(separator: "\n") + "\n") }

  /// Writes lines over what stands at the cursor's row and below it, row by row: a screen that is cleared as a whole, from its first row
  /// on, scrolls away in some terminals, with the edited line in it.
  private func emitOver(_ lines: [String]) {
    let cleared = lines.map { line in
      // A line that ends with its row has left nothing of the row to clear.
      let width = Width.of(Palette.plain(line))
      return width > 0 && width % painter.width == 0 ? line : line + "\u{1B}[K"
    }
    if lines.isEmpty {
      send("\u{1B}[K\n\u{1B}[J\u{1B}[A")
    } else {
      send(cleared.joined(separator: "\n") + "\n\u{1B}[J")
    }
  }

  private func send(_ text: String) {
    let bytes = Encoding.encode(text)
    bytes.withUnsafeBytes { buffer in
      creadline_write(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    }
  }

  // MARK: The prompt

  func setPrompt(_ text: String) {
    prompt = text
    guard isLineShown, creadline_is_plain() == 1, wantedPrompt != shownPrompt else { return }
    withLineHidden {}
  }

  private var wantedPrompt: String { questions.current?.prompt ?? prompt }

  private func applyPrompt() {
    // A search has a prompt of readline's own; ours waits for its end.
    guard creadline_is_plain() == 1 else { return }
    shownPrompt = wantedPrompt
    withEncoded(shownPrompt) { creadline_set_prompt($0) }
  }

  // MARK: Questions

  /// Asks in place of the prompt. Questions wait for each other, and for the end of a line that is being typed: an Enter that was
  /// meant for that line is no answer.
  /// - Parameter answer: gets the line; nil if the person has given up (Ctrl+C, Ctrl+D).
  func ask(_ prompt: String, isSecret: Bool = false, _ answer: @escaping (String?) -> Void) {
    let wasWaiting = questions.isWaiting
    questions.add(Questions.Question(prompt: prompt, isSecret: isSecret, answer: answer))
    beginQuestion()
    if questions.isWaiting, !wasWaiting {
      remark("There is a question: it comes when this line is sent, or cleared with Ctrl+C.", .unread)
    }
  }

  var isAsking: Bool { questions.current != nil }

  private func beginQuestion() {
    guard questions.isWaiting, creadline_line_size() == 0, creadline_is_plain() == 1 else { return }
    withLineHidden {
      questions.begin()
      creadline_set_secret(questions.current?.isSecret == true ? 1 : 0)
    }
  }

  private func answer(_ text: String?) {
    let question = questions.finish()
    creadline_set_secret(0)
    question?.answer(text)
    questions.settle()
    beginQuestion()
  }

  // MARK: Input

  var line: String {
    Encoding.decode(Array(UnsafeRawBufferPointer(start: creadline_line(), count: Int(creadline_line_size())))) ?? ""
  }

  func read() {
    creadline_read()
    let edited = (Int(creadline_line_size()) + Width.of(shownPrompt)) / max(painter.width, 1) + 1
    blocks.noteEdited(rows: edited + line.reduce(0) { $0 + ($1.isNewline ? 1 : 0) })
    beginQuestion()
  }

  /// Ctrl+C: away with what was typed.
  func interrupt() {
    creadline_cancel_search()
    withLineHidden {
      creadline_set_line("")
      if questions.current != nil { answer(nil) }
    }
    beginQuestion()
  }

  /// The terminal has another size: writes the page anew.
  func resize() {
    guard isStarted else { return }
    let before = rows
    creadline_resize()
    measure()
    guard canMove, isLineShown else { return blocks.forget() }
    let change = page.redraw(
      width: painter.width, rows: (rows, before), edited: edited(), render: { [unowned self] in self.render($0.source) }
    )
    isLineShown = false
    blocks.forget()
    send(change.up.map { $0 > 0 ? "\u{1B}[\($0)A\r" : "\r" } ?? "\u{1B}[H")
    for item in change.items where !item.lines.isEmpty { noteBlock(item.source, item.lines) }
    emitOver(change.items.flatMap(\.lines))
    applyPrompt()
    creadline_show_line()
    isLineShown = true
  }

  /// Rows that the edited line takes, and how many of them lie above the one with the cursor.
  private func edited() -> (rows: Int, aboveCursor: Int) {
    let prompt = PromptText.visible(shownPrompt)
    let text = questions.current?.isSecret == true ? "" : line
    let beforeCursor = questions.current?.isSecret == true ? "" : lineBeforeCursor
    return (editedRows(prompt + text), editedRows(prompt + beforeCursor) - 1)
  }

  private func editedRows(_ text: String) -> Int {
    text.split(separator: "\n", omittingEmptySubsequences: false).reduce(0) {
      $0 + Width.of(String($1)) / painter.width + 1
    }
  }

  private var lineBeforeCursor: String {
    let bytes = UnsafeRawBufferPointer(start: creadline_line(), count: Int(creadline_line_size()))
    return Encoding.decode(Array(bytes.prefix(Int(creadline_point())))) ?? ""
  }

  func clear() {
    blocks.forget()
    page.clear()
    creadline_clear_screen()
    onClear()
  }

  /// As `clear`, from inside a command.
  func wipe() {
    blocks.forget()
    page.clear()
    withLineHidden { send("\u{1B}[H\u{1B}[2J") }
    onClear()
  }

  func suspend() {
    blocks.forget()
    page.clear()
    creadline_suspend()
    measure()
  }

  /// Forgets text that was typed and cut.
  func forgetCut() { creadline_forget_cut() }

  /// What the arrow keys find.
  func setTyped(_ lines: [String]) {
    creadline_history_clear()
    for line in lines { addTyped(line) }
  }

  func addTyped(_ line: String) { withEncoded(line) { creadline_history_add($0) } }

  private func take(_ bytes: [UInt8]?) {
    isLineShown = false
    defer {
      beginQuestion()
      applyPrompt()
      isLineShown = isStarted
    }
    guard let bytes else {
      if questions.current != nil { answer(nil) } else { onEnd() }
      return
    }
    guard let text = Encoding.decode(bytes) else {
      remark("What was typed is not in the encoding of this terminal's locale.", .alarm)
      return
    }
    if questions.current != nil { answer(text) } else { onLine(text) }
  }

  private func take(key: Int32) {
    if key == CREADLINE_KEY_CLEAR {
      clear()
    } else if !isAsking, let scalar = Unicode.Scalar(UInt32(bitPattern: key)) {
      onKey(Character(scalar.properties.lowercaseMapping))
    }
  }

  private func complete(_ bytes: UnsafePointer<CChar>?, _ start: Int, _ end: Int) {
    guard let bytes, 0 <= start, start <= end, questions.current == nil else { return }
    let line = UnsafeRawBufferPointer(start: bytes, count: end)
    guard let before = Encoding.decode(Array(line.prefix(start))),
      let word = Encoding.decode(Array(line.dropFirst(start))),
      let completion = onComplete(before, word)
    else { return }
    for candidate in completion.candidates.prefix(1000) { withEncoded(candidate) { creadline_offer($0) } }
  }

  private func measure() {
    var rows: Int32 = 24
    var columns: Int32 = 80
    creadline_window(&rows, &columns)
    self.rows = max(2, Int(rows))
    painter.width = max(20, Int(columns))
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> Screen? {
    context.map { Unmanaged<Screen>.fromOpaque($0).takeUnretainedValue() }
  }

  @discardableResult
  private func withEncoded<Result>(_ text: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    if Encoding.isUTF8 { return text.withCString(body) }
    return (Encoding.encode(text).map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return "".withCString(body) }
      return body(start)
    }
  }
}
