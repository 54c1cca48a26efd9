// Compiled together with the sources of the IRC module by run.sh; not part of the package.

/// Everything that reads bytes from the wire, on any bytes. A trap, an address error or a broken promise ends the run.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  ParserFuzz.frames(bytes)
  for limits in [ParserLimits.server, .client, .unlimited] { ParserFuzz.roundTrip(bytes, limits) }
  ParserFuzz.texts(String(decoding: bytes, as: UTF8.self))
  return 0
}

private enum ParserFuzz {
  static func check(_ condition: Bool, _ promise: StaticString) {
    if !condition { fatalError("broken promise: \(promise)") }
  }

  /// However the stream is cut, the frames are the same; each line is parsed.
  static func frames(_ bytes: [UInt8]) {
    let cut = bytes.first.map { Int($0) % (bytes.count + 1) } ?? 0
    let whole = frames([bytes[...]])
    check(whole == frames([bytes[..<cut], bytes[cut...]]), "frames do not depend on reads")
    check(whole == frames(bytes.indices.map { bytes[$0...$0] }), "frames do not depend on reads of one byte")
    for line in whole { roundTrip(line, .server) }
  }

  private static func frames(_ reads: [ArraySlice<UInt8>]) -> [[UInt8]] {
    var framer = LineFramer(limit: 24)
    var frames: [[UInt8]] = []
    for read in reads {
      Array(read).withUnsafeBytes { bytes in
        framer.consume(bytes) { frame in
          switch frame {
          case .line(let line): frames.append(Array(line))
          case .tooLong: frames.append([])
          }
        }
      }
      check(framer.bufferedBytes <= framer.limit + 1, "a framer holds at most its limit and a CR")
    }
    return frames
  }

  static func roundTrip(_ line: [UInt8], _ limits: ParserLimits) {
    guard let message = try? Message(parsing: line, limits: limits) else { return }
    var encoded: [UInt8] = []
    message.encode(into: &encoded)
    check(encoded.filter { $0 == 0x0A || $0 == 0x0D || $0 == 0 }.count == 2, "one message is one line")
    check((try? Message(parsing: Array(encoded.dropLast(2)), limits: .unlimited)) == message, "encoding parses back")
    for tag in message.tags { check(message[tag: tag.key] != nil, "a tag is found by its key") }
    if let source = message.source { check(Source(parsing: source).text == source, "a source is its text") }
    var support = ISupport()
    support.apply(parameters: message.parameters)
    _ = (support.prefix, support.chanModes, support.nickLength, support.caseMapping, support.botMode)
    let lines = ISupport.lines(support.tokens.map { ($0.key, $0.value) })
    check(lines.joined().count == support.tokens.count, "no token is lost")
    if let modes = message.parameters.first {
      let grammar = ModeGrammar(lists: "beI", always: "k", whenSet: "l", flags: "imnst", prefixes: "qaohv")
      let items = grammar.parse(modes, Array(message.parameters.dropFirst()))
      check(items.count <= 64, "modes are bounded")
      let changes = items.compactMap { if case .change(let change) = $0 { change } else { nil } }
      let written = ModeGrammar.format(changes)
      let again = grammar.parse(written.first ?? "", Array(written.dropFirst()))
      check(again == changes.map(ModeParseItem.change), "modes written parse back")
    }
  }

  /// Everything that takes a text.
  static func texts(_ text: String) {
    let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let (pattern, subject) = (parts.first ?? "", parts.last ?? "")
    _ = Mask(pattern).matches(subject)
    let fits = Mask.escaped(subject).utf8.count <= Mask.maximumBytes
    check(Mask(Mask.escaped(subject)).matches(subject) == fits, "an escaped text matches itself")
    let normalized = Mask.normalized(pattern)
    check(Mask.normalized(normalized) == normalized, "a normal mask stays as it is")
    for mapping in [CaseMapping.ascii, .rfc1459, .rfc1459Strict] {
      let name = FoldedName(subject, mapping: mapping)
      check(name == FoldedName(name.description, mapping: mapping), "a folded name stays as it is")
    }
    if let moment = Timestamp(iso8601: subject), moment.milliseconds < 253_402_300_800_000 {
      check(Timestamp(iso8601: moment.iso8601) == moment, "a timestamp written parses back")
    }
    if let bytes = Base64.decode(subject) { check(Base64.encode(bytes) == subject, "base64 has one form") }
    check(Base64.decode(Base64.encode(Array(subject.utf8))) == Array(subject.utf8), "base64 comes back")
    let limit = pattern.utf8.count
    check(TextLimit.truncate(subject, toBytes: limit).utf8.count <= limit, "texts are cut to their limit")
    if Names.isValidNick(subject, maximumLength: 64) || Names.isValidChannel(subject, maximumLength: 64) {
      check(
        Message(command: "JOIN", parameters: [subject, "x"]).wire == "JOIN \(subject) x", "valid names are middles")
    }
    _ = (Names.isValidUser(subject), Names.isValidHostname(subject), ModeGrammar(chanModes: pattern, prefix: subject))
    _ = (Capability(name: subject), Numeric(command: subject), CaseMapping(token: subject))
  }
}
