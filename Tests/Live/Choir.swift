import IRC
import Processes

/// Guests of one address who have a role in a room of their own and say to all of it as much as the server takes: long tags, several
/// forms of the room, CTCP. Nothing of that is stored. Used by one thread at a time.
final class Choir: @unchecked Sendable {
  private static let room = "#choir"
  private static let forms = ["", "+", "%", "@", "&", "~"].map { $0 + room }.joined(separator: ",")

  private let singers: [Client]
  private let songs: [[UInt8]]
  /// What each has begun to send.
  private var rests: [ArraySlice<UInt8>]

  init(of count: Int, at source: UInt16, port: UInt16) throws {
    singers = try (0..<count).map { number in
      let singer = try Client("choir\(number)", port: port, source: source)
      try singer.request(["message-tags"])
      try singer.register()
      return singer
    }
    rests = Array(repeating: [], count: count)
    let tags = "@+x=" + String(repeating: "y", count: 4_000)
    let people = (0..<10).map { "choir\($0)" }.joined(separator: ",")
    songs = [
      "\(tags) TAGMSG \(Self.forms)", "NOTICE \(Self.forms) :\u{1}VERSION \(String(repeating: "z", count: 380))\u{1}",
      "@+typing=active;" + tags.dropFirst().prefix(3_000) + " TAGMSG \(people)",
      "NOTICE \(people) :\u{1}VERSION \(String(repeating: "z", count: 300))\u{1}",
    ].map { Array(($0 + "\r\n").utf8) }
    for singer in singers { try singer.join(Self.room) }
    // Thirteen modes in a line.
    for start in stride(from: 1, to: count, by: 13) {
      let names = singers[start..<min(count, start + 13)].map(\.name)
      let letters = String(repeating: "o", count: names.count)
      try singers[0].send("MODE \(Self.room) +\(letters) \(names.joined(separator: " "))")
    }
    _ = try singers[0].sync()
  }

  /// What the sockets take of a line of each, and drops what has arrived.
  /// - Returns: lines that have been begun.
  func sing(round: Int) -> Int {
    var count = 0
    for (number, singer) in singers.enumerated() {
      while let bytes = singer.socket.read(), !bytes.isEmpty {}
      if rests[number].isEmpty {
        rests[number] = songs[(round + number) % songs.count][...]
        count += 1
      }
      if let written = singer.socket.write(rests[number]) { rests[number] = rests[number].dropFirst(written) }
    }
    return count
  }

  func close() { for singer in singers { singer.socket.close() } }
}
