import CGTK

/// The messages of a chat: a window of at most `HistoryWindow.limit` rows that moves over its history.
///
/// A GtkListBox, since GtkListView guesses the heights of rows and jumps when it has guessed wrong.
final class MessageList {
  private let client: Client
  private let list: Widget
  private let newest: Widget
  private let newestCount: Widget
  private unowned let actions: any MessageActions
  let anchor: ScrollAnchor

  private(set) var window: HistoryWindow?
  private var rows: [MessageRow] = []
  private var byID: [ID: MessageRow] = [:]
  /// Rows that came since the last frame.
  private var arrivals: [Message] = []
  private var newLine: ID = 0
  /// The first of the rows that came after a time without a connection, until it is shown.
  private var missed: ID = 0
  private var unseen = 0
  private var work: Later?
  private var lastWork: Int64 = 0
  private var loading: Later?
  private var reading: Later?
  /// Gaps that the server was asked about since the chat was opened.
  private var asked: Set<ID> = []

  /// The window is the one that has the keyboard; only then messages count as read.
  var isWatched = false {
    didSet { if isWatched { moved() } }
  }

  init(_ builder: Builder, client: Client, actions: any MessageActions) {
    self.client = client
    self.actions = actions
    list = builder.widget("messages")
    newest = builder.widget("newest")
    newestCount = builder.widget("newest_count")
    anchor = ScrollAnchor(scrolled: builder.widget("scrolled"), list: list)
    anchor.canFollow = { [unowned self] in window?.isAtEnd ?? true }
    anchor.onMoved = { [unowned self] in moved() }
    on(newest, "clicked") { [unowned self] in goToEnd() }
  }

  // MARK: Opening

  func open(_ chat: Chat) {
    clear()
    var window = HistoryWindow(chat: chat.id)
    if chat.unread > 0, chat.marker != 0 {
      window.read(around: chat.marker, client.engine)
    } else {
      window.readEnd(client.engine)
    }
    newLine = firstUnread(chat, window.messages)
    self.window = window
    show()
    if let row = byID[newLine] { anchor.go(to: row.widget) } else { anchor.goToEnd() }
  }

  func close() {
    clear()
    window = nil
  }

  private func clear() {
    arrivals = []
    asked = []
    unseen = 0
    newLine = 0
    missed = 0
    work = nil
    loading = nil
    reading = nil
    anchor.willChange { _ in false }
    for row in rows { gtk_list_box_remove(list.cast(), row.widget) }
    rows = []
    byID = [:]
  }

  private func firstUnread(_ chat: Chat, _ messages: [Message]) -> ID {
    guard chat.unread > 0 else { return 0 }
    let start = messages.firstIndex { $0.id == chat.marker }.map { $0 + 1 } ?? 0
    if chat.marker != 0 { return messages[start...].first { !$0.isOwn && $0.kind?.isSaid ?? false }?.id ?? 0 }
    let others = messages.filter { !$0.isOwn && $0.kind?.isSaid ?? false }
    return others.suffix(Int(clamping: chat.unread)).first?.id ?? 0
  }

  // MARK: What changes

  func arrived(_ message: Message) {
    guard let chat = window?.chat, message.chat == chat else { return }
    arrivals.append(message)
    if arrivals.count > HistoryWindow.limit { arrivals.removeFirst(arrivals.count - HistoryWindow.limit) }
    if message.isOwn, message.state == .pending { anchor.goToEnd() }
    later()
  }

  func changed(_ message: Message) {
    guard window?.chat == message.chat else { return }
    takeArrivals()
    let wasPending = window?.messages.first { $0.id == message.id }?.state == .pending
    guard window?.update(message) ?? false else { return }
    // What was acknowledged may stand between other rows now.
    if wasPending, message.state == .sent, window?.messages.last?.id != message.id { historyChanged() } else { later() }
  }

  /// Rows came in between, or went.
  func historyChanged() {
    guard window != nil else { return }
    takeArrivals()
    window?.refresh(around: middleRow ?? 0, client.engine)
    later()
  }

  /// Its counts have changed.
  func chatChanged() { readWhatIsSeen() }

  func goToEnd() {
    if let window, !window.isAtEnd {
      arrivals = []
      self.window?.readEnd(client.engine)
      later()
    }
    anchor.goToEnd()
  }

  func jump(to message: ID) {
    if byID[message] == nil {
      window?.read(around: message, client.engine)
      show()
    }
    guard let row = byID[message] else { return }
    anchor.go(to: row.widget)
    row.widget.grabFocus()
  }

  /// The row that has the keyboard.
  var focusedMessage: Message? {
    rows.first { Bool(gtk_widget_is_focus($0.widget)) }?.shown.message
  }

  /// Gives the keyboard to the last row in view.
  func focusLast() { (lastVisible ?? rows.last)?.widget.grabFocus() }

  // MARK: Rows

  /// Once for all that comes before the next frame.
  private func later() {
    guard work == nil else { return }
    work = .paced(&lastWork) { [unowned self] in
      work = nil
      takeArrivals()
      show()
      // Reading begins where one has been away, not at the end.
      if let row = byID[missed] { anchor.go(to: row.widget) }
      missed = 0
    }
  }

  private func takeArrivals() {
    guard !arrivals.isEmpty else { return }
    let new = arrivals
    arrivals = []
    let others = new.filter { !$0.isOwn && $0.kind?.isSaid ?? false }
    let isFollowing = anchor.isAtEnd
    if !isFollowing { unseen += others.count }
    // Each row costs time in every frame: a view at the end has few that are not seen. A row is at least 20 pixels high; the
    // view, and twice that above it, stay clear of what makes older rows be loaded.
    let following = min(max(Int(anchor.viewHeight) * 3 / 20, 60), HistoryWindow.limit)
    window?.takeIn(new, following: isFollowing ? following : nil, around: middleRow ?? 0, client.engine)
    guard let first = others.first else { return }
    // One line is enough as long as what stands under it has not been read.
    let isLineRead = newLine == 0 || (client.chat(first.chat)?.unread ?? 0) <= Int64(others.count)
    if client.wasMissed(first), isFollowing, isLineRead {
      newLine = first.id
      missed = first.id
    } else if !isWatched, isLineRead {
      newLine = first.id
    }
  }

  /// Makes the list's rows those of the window. Rows that stay are the same widgets.
  private func show() {
    guard let window else { return }
    let models = decorate(window.messages, new: newLine)
    let wanted = Set(models.map(\.message.id))
    let gaps = Set(models.lazy.filter { $0.message.kind == .gap }.map(\.message.id))
    let staying = Set(rows.lazy.filter { wanted.contains($0.id) && !gaps.contains($0.id) }.map(\.widget))
    anchor.willChange { staying.contains($0) }
    for row in rows where !wanted.contains(row.id) {
      gtk_list_box_remove(list.cast(), row.widget)
      byID[row.id] = nil
    }
    rows.removeAll { !wanted.contains($0.id) }
    for (place, model) in models.enumerated() {
      if place < rows.count, rows[place].id == model.message.id {
        rows[place].update(model)
      } else if let row = byID[model.message.id], let old = rows.firstIndex(where: { $0 === row }) {
        gtk_list_box_remove(list.cast(), row.widget)
        rows.remove(at: old)
        insert(row, at: place)
        row.update(model)
      } else {
        let row = MessageRow(model, actions: actions)
        byID[row.id] = row
        insert(row, at: place)
      }
    }
  }

  private func insert(_ row: MessageRow, at place: Int) {
    gtk_list_box_insert(list.cast(), row.widget, gint(clamping: place))
    rows.insert(row, at: min(place, rows.count))
  }

  // MARK: Moving

  private func moved() {
    if anchor.isAtEnd, window?.isAtEnd ?? true { unseen = 0 }
    newest.isVisible = !(anchor.isAtEnd && window?.isAtEnd ?? true)
    newestCount.isVisible = unseen > 0
    newestCount.setText(unseen > 99 ? "99+" : "\(unseen)")
    newest.setAccessibleName(unseen > 0 ? "Go to the newest messages, \(unseen) new" : "Go to the newest messages")
    loadWhereNeeded()
    readWhatIsSeen()
  }

  /// Keeps a page and a half of rows above and below the view.
  private func loadWhereNeeded() {
    guard loading == nil, let window, !window.isEmpty else { return }
    let reserve = anchor.viewHeight * 1.5
    let (above, below) = anchor.distances
    let needsOlder = above < reserve && !window.isAtStart
    let needsNewer = below < reserve && !window.isAtEnd
    let gap = rows.prefix(2).first { $0.shown.message.kind == .gap && $0.shown.message.state != .failed }
    if needsOlder || needsNewer {
      loading = .soon { [unowned self] in
        loading = nil
        if needsOlder {
          _ = self.window?.readOlder(client.engine)
        } else {
          _ = self.window?.readNewer(client.engine)
        }
        show()
      }
    } else if above < reserve, let gap, !asked.contains(gap.id) {
      asked.insert(gap.id)
      actions.fill(gap: gap.id)
    }
  }

  /// What was in view for a second, in the window that has the keyboard, is read.
  private func readWhatIsSeen() {
    guard isWatched else {
      reading = nil
      return
    }
    guard reading == nil, let window, let chat = client.chat(window.chat), chat.unread > 0 else { return }
    reading = .after(milliseconds: 1000) { [unowned self] in
      reading = nil
      guard isWatched, let seen = lastVisible?.shown.message, seen.kind != .gap, seen.state == .sent else { return }
      client.engine.read(seen.id)
    }
  }

  private var lastVisible: MessageRow? {
    guard let row = anchor.row(at: anchor.viewHeight - 12) else { return rows.last { $0.shown.message.state == .sent } }
    guard let place = rows.firstIndex(where: { $0.widget == row }) else { return nil }
    return rows[...place].last { $0.shown.message.state == .sent && $0.shown.message.kind != .gap }
  }

  private var middleRow: ID? {
    guard !anchor.isAtEnd else { return rows.last { $0.shown.message.kind != .gap }?.id }
    guard let row = anchor.row(at: 20), let place = rows.firstIndex(where: { $0.widget == row }) else { return nil }
    return rows[place...].first { $0.shown.message.kind != .gap }?.id
  }
}
