import CGTK

/// Says that the person is not in the open room, why, and how to get in.
final class RoomBar {
  private let client: Client
  private let place: Widget
  private var bar: Bar?
  private var chat: ID?
  /// Rooms that are joined again after a connection get a moment before it is said.
  private var patience: Later?
  private var isLate = false

  var onJoin: (Chat) -> Void = { _ in }
  var onPassword: (JoinRefusal, Chat) -> Void = { _, _ in }

  init(_ builder: Builder, client: Client) {
    self.client = client
    place = builder.widget("room_bar")
  }

  func open(_ chat: Chat?) {
    self.chat = chat?.id
    patience = nil
    isLate = false
    update()
  }

  func update() {
    guard let chat = chat.flatMap(client.chat), let absence = client.absence(from: chat) else {
      patience = nil
      isLate = false
      return hide()
    }
    if absence == .joining, !isLate {
      if patience == nil {
        patience = .after(milliseconds: 3000) { [unowned self] in
          patience = nil
          isLate = true
          update()
        }
      }
      return hide()
    }
    let bar = bar ?? add()
    bar.show(absence.text(room: chat.name), isSerious: absence.isSerious, [absence.action])
  }

  private func add() -> Bar {
    let bar = Bar([{ [unowned self] in act() }])
    self.bar = bar
    place.append(bar.widget)
    return bar
  }

  private func hide() {
    if let bar { gtk_box_remove(place.cast(), bar.widget) }
    bar = nil
  }

  private func act() {
    guard let chat = chat.flatMap(client.chat) else { return }
    if case .refused(let refusal) = client.absence(from: chat), refusal.needsPassword {
      onPassword(refusal, chat)
    } else {
      onJoin(chat)
    }
  }
}

extension Absence {
  fileprivate var isSerious: Bool {
    switch self {
    case .removed, .refused: true
    case .joining, .left: false
    }
  }

  fileprivate var action: String {
    switch self {
    case .removed: "_Rejoin"
    case .refused(let refusal): refusal.needsPassword ? "_Enter Password…" : "_Try Again"
    case .joining, .left: "_Join"
    }
  }
}
