import CGTK

/// Invitations that have just come, one bar for each room. Older ones are among the server's messages.
final class InvitationBars {
  private struct Invitation: Hashable {
    let identity: ID
    let room: String
  }

  /// Bars at most: anyone can invite, as often as they like.
  private static let limit = 3

  private let client: Client
  private let place: Widget
  private var bars: [(invitation: Invitation, bar: Bar)] = []

  var onJoin: (_ room: String, _ identity: ID) -> Void = { _, _ in }

  init(_ builder: Builder, client: Client) {
    self.client = client
    place = builder.widget("invitations")
  }

  func arrived(_ message: Message) {
    guard let room = client.invitation(in: message), let chat = client.chat(message.chat) else { return }
    let invitation = Invitation(identity: chat.identity, room: room)
    guard client.chat(named: room, identity: chat.identity)?.isJoined != true else { return }
    remove(invitation)
    if bars.count >= Self.limit { remove(bars[0].invitation) }
    let bar = Bar([
      { [unowned self] in
        remove(invitation)
        onJoin(room, invitation.identity)
      },
      { [unowned self] in remove(invitation) },
    ])
    let network = client.identities.count > 1 ? client.identity(chat.identity)?.name ?? "" : ""
    let suffix = network.isEmpty ? "" : " on \(neutralLine(network))"
    bar.show(
      "\(neutralLine(message.nick)) invited you to \(neutralLine(room))\(suffix)", ["_Join", "_Not Now"])
    bars.append((invitation, bar))
    place.append(bar.widget)
  }

  /// Removes invitations to rooms that the person has joined meanwhile, and those of identities that are gone.
  func update() {
    for (invitation, _) in bars {
      let isJoined = client.chat(named: invitation.room, identity: invitation.identity)?.isJoined ?? false
      if isJoined || client.identity(invitation.identity) == nil { remove(invitation) }
    }
  }

  private func remove(_ invitation: Invitation) {
    guard let index = bars.firstIndex(where: { $0.invitation == invitation }) else { return }
    let bar = bars.remove(at: index).bar
    gtk_box_remove(place.cast(), bar.widget)
  }
}
