/// A row of the sidebar.
enum SidebarItem: Hashable {
  case network(ID)
  case chat(ID)

  var chat: ID? { if case .chat(let id) = self { id } else { nil } }
}

/// What is listed, in order: each network, and below it pinned chats, rooms by name, people by when they last spoke.
func sidebarItems(_ client: Client) -> [SidebarItem] {
  var byIdentity: [ID: [Chat]] = [:]
  for chat in client.chats.values where chat.kind != .server && !client.hidden.contains(chat.id) {
    byIdentity[chat.identity, default: []].append(chat)
  }
  return client.identities.flatMap { identity -> [SidebarItem] in
    let chats = (byIdentity[identity.id] ?? []).map { (chat: $0, section: section(of: $0, client)) }.sorted {
      one, other in
      if one.section != other.section { return one.section < other.section }
      if one.chat.kind == .person, one.chat.lastTime != other.chat.lastTime {
        return one.chat.lastTime > other.chat.lastTime
      }
      return (one.chat.name.lowercased(), one.chat.id) < (other.chat.name.lowercased(), other.chat.id)
    }
    return [.network(identity.id)] + chats.map { .chat($0.chat.id) }
  }
}

enum SidebarSection: Int, Comparable {
  case pinned, rooms, people

  var title: String {
    switch self {
    case .pinned: "Pinned"
    case .rooms: "Rooms"
    case .people: "People"
    }
  }

  static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
}

func section(of chat: Chat, _ client: Client) -> SidebarSection {
  if client.settings(chat.id).isPinned { return .pinned }
  return chat.kind == .room ? .rooms : .people
}
