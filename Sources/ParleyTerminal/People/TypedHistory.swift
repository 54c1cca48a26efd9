import ParleyTerminalKit

/// What was typed, chat by chat, in files of the folder: `terminal/typed-CHAT`.
struct TypedHistory {
  private let folder: String
  private var chats: [Int64: TypedLines] = [:]

  init(directory: String) { folder = directory + "/terminal" }

  mutating func lines(in chat: Int64) -> [String] { load(chat).lines }

  mutating func add(_ line: String, in chat: Int64) {
    var lines = load(chat)
    let isFull = lines.lines.count >= TypedLines.most
    guard let text = lines.add(line) else { return }
    chats[chat] = lines
    // A full file is written anew: it does not grow for ever.
    Files.write(isFull ? lines.file : text, to: path(chat), appending: !isFull)
  }

  mutating func remove(_ chat: Int64) {
    chats[chat] = nil
    Files.remove(path(chat))
  }

  private mutating func load(_ chat: Int64) -> TypedLines {
    if let lines = chats[chat] { return lines }
    try? Folders.make(folder)
    let text = Files.read(path(chat)).flatMap { String(validating: $0, as: UTF8.self) } ?? ""
    let lines = TypedLines(file: text)
    chats[chat] = lines
    return lines
  }

  private func path(_ chat: Int64) -> String { "\(folder)/typed-\(chat)" }
}
