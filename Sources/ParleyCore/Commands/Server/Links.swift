import IRC

/// LINKS: the servers of the network, of which there is one (RFC 2812, section 3.4.5).
enum LinksCommand {
  static let command = Command(
    name: "LINKS", minimumParameters: 0,
    handler: .user { call in
      let name = call.configuration.serverName
      // One parameter is a mask, two are a server to ask and a mask.
      let mask = call.parameters.last ?? "*"
      if call.parameters.count > 1, !ServerTarget.isThisServer(call.parameter(0), call) { return true }
      if Mask(mask).matches(name) { call.reply.numeric(.links, name, name, "0 \(call.configuration.description)") }
      call.reply.numeric(.endOfLinks, mask, "End of /LINKS list")
      return true
    })
}
