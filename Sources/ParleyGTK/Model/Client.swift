/// Told of what changes. Everything is called by the main loop.
protocol ClientObserver: AnyObject {
  func identitiesChanged()
  /// New, changed or gone.
  func chatChanged(_ id: ID)
  func arrived(_ message: Message)
  func changed(_ message: Message)
  func historyChanged(_ chat: ID)
  func membersChanged(_ chat: ID)
  func typing(_ chat: ID, nick: String, state: Int64)
  func asked(_ question: Question)
  /// Read everything again.
  func everythingChanged()
}

/// What the engine wants to know of the person.
struct Question {
  enum Kind: Int64 {
    case password = 1
    case newPassword
    case certificate
    case serverPassword
  }

  let request: Request
  let identity: ID
  let chat: ID
  let kind: Kind
  let text: String
  /// The last answer was wrong.
  let isRepeated: Bool
}

/// The engine, and what is known of it without asking it: identities, chats, open questions.
final class Client {
  let engine: Engine
  weak var observer: (any ClientObserver)?

  private(set) var identities: [Identity] = []
  private(set) var chats: [ID: Chat] = [:]
  private(set) var questions: [Question] = []
  private var settings: [ID: ChatSettings] = [:]
  /// When each identity's connection came to stand, in milliseconds since 1970.
  private var onlineSince: [ID: Int64] = [:]
  /// Chats that are not listed, since they are being deleted; for a time that can be undone.
  private(set) var hidden: Set<ID> = []
  /// Identities whose removal was asked for: what is still told of them does not matter.
  private var removed: Set<ID> = []
  /// Rooms whose last join the server has refused.
  private(set) var refusals: [ID: JoinRefusal] = [:]

  init(engine: Engine) {
    self.engine = engine
    readIdentities()
    readChats()
    // The program ended while it could still be undone.
    for id in chats.keys where engine.value(Self.hiddenKey, ofChat: id) == "1" { remove(id) }
    engine.onEvent = { [unowned self] in deal(with: $0) }
    engine.start()
  }

  // MARK: What is known

  func identity(_ id: ID) -> Identity? { identities.first { $0.id == id } }

  func chat(_ id: ID) -> Chat? { chats[id] }

  /// The chat as it is on disk, which may be ahead of the events that tell of it.
  func currentChat(_ id: ID) -> Chat? {
    guard chats[id] != nil, let chat = engine.chat(id) else { return nil }
    if chats[id] != chat {
      chats[id] = chat
      // The event that tells of it will find nothing new.
      observer?.chatChanged(id)
    }
    return chat
  }

  func chat(named name: String, identity: ID) -> Chat? {
    chats.values.first { $0.identity == identity && $0.name == name }
  }

  /// The chat with the server's own messages; nil: it has said nothing yet.
  func serverChat(of identity: ID) -> ID? {
    chats.values.first { $0.identity == identity && $0.kind == .server }?.id
  }

  /// Said before we were there: missed, and now caught up with.
  func wasMissed(_ message: Message) -> Bool {
    guard let chat = chats[message.chat], let since = onlineSince[chat.identity] else { return true }
    return message.time < since
  }

  func settings(_ chat: ID) -> ChatSettings {
    if let known = settings[chat] { return known }
    let read = ChatSettings(
      draft: engine.value("draft", ofChat: chat) ?? "", isPinned: engine.value("pinned", ofChat: chat) == "1",
      isMuted: engine.value("muted", ofChat: chat) == "1")
    settings[chat] = read
    return read
  }

  // MARK: What is changed here

  func setDraft(_ draft: String, of chat: ID) {
    guard settings(chat).draft != draft else { return }
    settings[chat]?.draft = draft
    engine.set("draft", ofChat: chat, to: draft.isEmpty ? nil : draft)
    observer?.chatChanged(chat)
  }

  func setPinned(_ isPinned: Bool, _ chat: ID) {
    settings[chat, default: settings(chat)].isPinned = isPinned
    engine.set("pinned", ofChat: chat, to: isPinned ? "1" : "0")
    observer?.chatChanged(chat)
  }

  func setMuted(_ isMuted: Bool, _ chat: ID) {
    settings[chat, default: settings(chat)].isMuted = isMuted
    engine.set("muted", ofChat: chat, to: isMuted ? "1" : "0")
    observer?.chatChanged(chat)
  }

  /// Takes a chat out of the list; `remove` or `unhide` follows, perhaps with the next start.
  func hide(_ chat: ID) {
    hidden.insert(chat)
    engine.set(Self.hiddenKey, ofChat: chat, to: "1")
    observer?.chatChanged(chat)
  }

  func unhide(_ chat: ID) {
    guard hidden.remove(chat) != nil else { return }
    engine.set(Self.hiddenKey, ofChat: chat, to: nil)
    observer?.chatChanged(chat)
  }

  /// Forgets a chat with its messages.
  @discardableResult
  func remove(_ chat: ID) -> Request {
    hidden.insert(chat)
    return engine.removeChat(chat)
  }

  private static let hiddenKey = "x-gtk-deleting"

  /// Forgets an identity with its chats. It is gone here at once.
  func removeIdentity(_ id: ID) {
    guard engine.removeIdentity(id) > 0 else { return }
    removed.insert(id)
    forget(id)
    observer?.identitiesChanged()
  }

  func setRefusal(_ refusal: JoinRefusal?, of chat: ID) {
    guard refusals[chat] != refusal else { return }
    refusals[chat] = refusal
    observer?.chatChanged(chat)
  }

  /// The chat with that name, made if there is none.
  func open(_ name: String, identity: ID) throws(EngineError) -> ID {
    let id = try engine.openChat(name, identity: identity)
    // Its event is still on the way.
    if chats[id] == nil, let chat = engine.chat(id) {
      chats[id] = chat
      observer?.chatChanged(id)
    }
    unhide(id)
    return id
  }

  func answer(_ question: Question, _ value: String?, keep: Bool) {
    questions.removeAll { $0.request == question.request }
    engine.answer(question.request, value, keep: keep)
    observer?.identitiesChanged()
  }

  // MARK: Events

  private func deal(with event: Event) {
    switch event.kind {
    case .identity: identityChanged(event)
    case .chat: chatChanged(event)
    case .message: if let message = event.message { observer?.arrived(message) }
    case .queued: if let message = event.message { observer?.arrived(message) }
    case .changed: if let message = event.message { observer?.changed(message) }
    case .history: observer?.historyChanged(event.chat)
    case .members: observer?.membersChanged(event.chat)
    case .typing: observer?.typing(event.chat, nick: event.nick, state: event.value)
    case .ask: ask(event)
    case .overrun:
      readIdentities()
      chats = [:]
      readChats()
      observer?.everythingChanged()
    case .done, nil: break
    }
  }

  private func readIdentities() {
    identities = engine.identities().filter { !removed.contains($0.id) }
    noteOnline(identities)
  }

  private func noteOnline(_ identities: [Identity]) {
    for identity in identities {
      if identity.state != .online {
        onlineSince[identity.id] = nil
      } else if onlineSince[identity.id] == nil {
        onlineSince[identity.id] = LocalTime.milliseconds()
      }
    }
  }

  /// Also those whose events are still on the way.
  func readChats() {
    for chat in engine.chats() where chats[chat.id] != chat && !removed.contains(chat.identity) {
      chats[chat.id] = chat
      observer?.chatChanged(chat.id)
    }
  }

  private func forget(_ identity: ID) {
    identities.removeAll { $0.id == identity }
    questions.removeAll { $0.identity == identity }
    for chat in chats.values where chat.identity == identity {
      chats[chat.id] = nil
      observer?.chatChanged(chat.id)
    }
  }

  private func identityChanged(_ event: Event) {
    if let changed = event.identityState {
      if removed.contains(changed.id) { return }
      if let index = identities.firstIndex(where: { $0.id == changed.id }) {
        guard identities[index] != changed else { return }
        identities[index] = changed
      } else {
        identities.append(changed)
      }
      noteOnline([changed])
      // A connection that ended asks again when it is there again.
      if changed.state == .offline || changed.state == .waiting || changed.state == .online {
        questions.removeAll { $0.identity == changed.id }
      }
    } else {
      removed.remove(event.identity)
      forget(event.identity)
    }
    observer?.identitiesChanged()
  }

  private func chatChanged(_ event: Event) {
    let id = event.chat
    if let changed = event.chatState {
      guard chats[id] != changed, !removed.contains(changed.identity) else { return }
      chats[id] = changed
      if changed.isJoined { refusals[id] = nil }
    } else {
      chats[id] = nil
      settings[id] = nil
      hidden.remove(id)
      refusals[id] = nil
    }
    observer?.chatChanged(id)
  }

  private func ask(_ event: Event) {
    guard let kind = Question.Kind(rawValue: event.value), !removed.contains(event.identity) else { return }
    let question = Question(
      request: event.request, identity: event.identity, chat: event.chat, kind: kind, text: event.text,
      isRepeated: event.error != nil)
    questions.removeAll { $0.identity == question.identity && $0.kind == kind && $0.chat == question.chat }
    questions.append(question)
    observer?.asked(question)
  }
}

/// What a person has set for a chat.
struct ChatSettings: Equatable {
  var draft: String
  var isPinned: Bool
  var isMuted: Bool
}
