import IRC

/// LINKS: the servers of the network (RFC 2812, section 3.4.5). There is one, whose name everybody knows: the list is empty, as on
/// networks that do not show theirs.
enum LinksCommand {
  static let command = Command(
    name: "LINKS", minimumParameters: 0,
    handler: .user { call in
      // One parameter is a mask, two are a server to ask and a mask.
      if call.parameters.count > 1, !ServerTarget.isThisServer(call.parameter(0), call) { return true }
      call.reply.numeric(.endOfLinks, call.parameters.last ?? "*", "End of /LINKS list")
      return true
    })
}
