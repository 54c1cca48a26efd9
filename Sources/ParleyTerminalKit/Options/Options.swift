/// What the command line asks for.
package struct Options: Equatable, Sendable {
  package enum Action: Equatable, Sendable {
    /// No command: a person's terminal, or lines of JSON.
    case chat
    /// Without text: standard input is the text, or with `isByLine` each of its lines.
    case send(room: String, text: String?)
    case tail(room: String, follow: Bool)
    case history(room: String, since: String?)
    case search(words: String)
    /// Our chats; with a pattern, or "", the server's rooms.
    case rooms(pattern: String?)
    case help
    case version
  }

  package enum Colour: String, Sendable, CaseIterable {
    case auto, always, never
  }

  package var action = Action.chat
  /// Where the server is: a link as `parley_identity_add` takes it.
  package var link: String?
  package var nick: String?
  /// The engine's folder.
  package var directory: String?
  package var isJSON = false
  package var colour: Colour?
  /// Rows of `tail` and `history`, results of `search`. nil: as the command does by itself.
  package var limit: Int?
  /// Each line of standard input is a message, sent when it comes.
  package var isByLine = false
  /// A script's name for the message, so that the same is not sent twice.
  package var key: String?
  /// The server's id of the message behind which `tail` and `history` begin.
  package var after: String?
  /// Seconds to wait for a connection, and for acknowledgements.
  package var timeout = 30

  package init() {}

  /// Whether standard input is read.
  package var readsInput: Bool {
    switch action {
    case .send(_, let text): text == nil
    case .chat: true
    default: false
    }
  }
}

/// A wrong command line.
package struct UsageError: Error, Equatable, CustomStringConvertible {
  /// One sentence.
  package var description: String

  package init(_ description: String) { self.description = description }
}
