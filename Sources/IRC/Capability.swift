/// A capability that can be negotiated (IRCv3 capability-negotiation). The values are positions in `CapabilitySet` and are
/// not stored anywhere.
public enum Capability: UInt8, CaseIterable, Hashable, Sendable {
  /// account-notify: accounts of people one sees, as they change
  case accountNotify
  /// account-tag: the sender's account on messages
  case accountTag
  /// away-notify: away states as they change
  case awayNotify
  /// batch: messages that belong together
  case batch
  /// capability-negotiation: `CAP NEW` and `CAP DEL`
  case capNotify
  /// chghost: changes of user and host
  case chghost
  /// echo-message: one's own messages back
  case echoMessage
  /// extended-join: account and real name on `JOIN`
  case extendedJoin
  /// extended-monitor: more events for monitored nicks
  case extendedMonitor
  /// invite-notify: invitations of others
  case inviteNotify
  /// labeled-response: answers carry the label of the command
  case labeledResponse
  /// message-tags: any tags, `TAGMSG`
  case messageTags
  /// multi-prefix: all prefixes in `NAMES` and `WHO`
  case multiPrefix
  /// no-implicit-names: no `NAMES` after `JOIN`
  case noImplicitNames
  /// sasl-3.1, sasl-3.2: authentication
  case sasl
  /// server-time: when messages were sent
  case serverTime
  /// setname: changes of the real name
  case setname
  /// standard-replies: `FAIL`, `WARN` and `NOTE`
  case standardReplies
  /// sts: the policy to use TLS; never requested
  case sts
  /// userhost-in-names: `nick!user@host` in `NAMES`
  case userhostInNames
  /// account-registration: `REGISTER` and `VERIFY`
  case draftAccountRegistration
  /// channel-rename: `RENAME`
  case draftChannelRename
  /// chathistory: `CHATHISTORY`
  case draftChathistory
  /// chathistory: more than messages in history
  case draftEventPlayback
  /// extended-isupport: `ISUPPORT` before registration
  case draftExtendedIsupport
  /// message-redaction: `REDACT`
  case draftMessageRedaction
  /// metadata: `METADATA`, second draft
  case draftMetadata2
  /// metadata: `METADATA`, third draft
  case draftMetadata3
  /// multiline: messages of several lines
  case draftMultiline
  /// no-implicit-names: the draft's name, which older clients ask for
  case draftNoImplicitNames
  /// oper-tag: marks messages of operators
  case draftOperTag
  /// persistence: whether one stays while no device is connected
  case draftPersistence
  /// pre-away: `AWAY` before registration
  case draftPreAway
  /// read-marker: `MARKREAD`
  case draftReadMarker
  /// relaymsg: messages relayed from other networks
  case draftRelaymsg
  /// user-query: which private conversations are open
  case draftUserQuery
  /// webpush: notifications to devices that are not connected
  case draftWebpush
  /// search: `SEARCH`
  case sojuSearch
  /// ours: `EDIT`
  case parleyEdit
  /// ours: the conversation's sequence number on messages
  case parleySeq

  /// The capability of a name; nil when it is not one of ours. Names are case-sensitive.
  public init?(name: String) {
    guard let capability = Self.byName[name] else { return nil }
    self = capability
  }

  private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })

  /// The name on the wire, without a value.
  public var name: String {
    switch self {
    case .accountNotify: "account-notify"
    case .accountTag: "account-tag"
    case .awayNotify: "away-notify"
    case .batch: "batch"
    case .capNotify: "cap-notify"
    case .chghost: "chghost"
    case .echoMessage: "echo-message"
    case .extendedJoin: "extended-join"
    case .extendedMonitor: "extended-monitor"
    case .inviteNotify: "invite-notify"
    case .labeledResponse: "labeled-response"
    case .messageTags: "message-tags"
    case .multiPrefix: "multi-prefix"
    case .noImplicitNames: "no-implicit-names"
    case .sasl: "sasl"
    case .serverTime: "server-time"
    case .setname: "setname"
    case .standardReplies: "standard-replies"
    case .sts: "sts"
    case .userhostInNames: "userhost-in-names"
    case .draftAccountRegistration: "draft/account-registration"
    case .draftChannelRename: "draft/channel-rename"
    case .draftChathistory: "draft/chathistory"
    case .draftEventPlayback: "draft/event-playback"
    case .draftExtendedIsupport: "draft/extended-isupport"
    case .draftMessageRedaction: "draft/message-redaction"
    case .draftMetadata2: "draft/metadata-2"
    case .draftMetadata3: "draft/metadata-3"
    case .draftMultiline: "draft/multiline"
    case .draftNoImplicitNames: "draft/no-implicit-names"
    case .draftOperTag: "draft/oper-tag"
    case .draftPersistence: "draft/persistence"
    case .draftPreAway: "draft/pre-away"
    case .draftReadMarker: "draft/read-marker"
    case .draftRelaymsg: "draft/relaymsg"
    case .draftUserQuery: "draft/user-query"
    case .draftWebpush: "draft/webpush"
    case .sojuSearch: "soju.im/search"
    case .parleyEdit: "parley.chat/edit"
    case .parleySeq: "parley.chat/seq"
    }
  }
}
