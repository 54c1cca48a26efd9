import IRC
import ParleyCore
import ParleyTesting
import Testing

/// No answer to CAP is longer than a line may be, whatever was asked for.
@Suite("CAP lines")
struct CapabilityLineTests {
  @Test func longRequestsHaveShortAnswers() throws {
    let world = try World { $0.serverName = String(repeating: "s", count: 59) + ".org" }
    let client = world.guest(String(repeating: "n", count: 32))
    for request in [
      (0..<19).map { "example.org/capability\($0)" }.joined(separator: " "), String(repeating: "x", count: 490),
    ] {
      client.send("CAP REQ :" + request)
      let lines = client.take()
      #expect(!lines.isEmpty && lines.allSatisfy { $0.parameters[1] == "NAK" && $0.wire.utf8.count <= 510 })
    }
    client.send("CAP LS 302")
    let offered = client.take().flatMap { ($0.parameters.last ?? "").split(separator: " ") }
    let names = offered.map { String($0.prefix { $0 != "=" }) }
    var wanted: [String] = []
    for name in names where ("CAP REQ :" + (wanted + [name]).joined(separator: " ")).utf8.count <= 510 {
      wanted.append(name)
    }
    client.send("CAP REQ :" + wanted.joined(separator: " "))
    let answers = client.take()
    #expect(answers.allSatisfy { $0.parameters[1] == "ACK" && $0.wire.utf8.count <= 510 })
    let granted = answers.flatMap { ($0.parameters.last ?? "").split(separator: " ").map(String.init) }
    #expect(granted == wanted)
    client.send("CAP LIST", "CAP LS")
    #expect(client.take().allSatisfy { $0.wire.utf8.count <= 510 })
  }

  @Test func anAnswerThatFitsIsTheQuestion() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("CAP REQ :  batch   -batch ", "CAP REQ :nothing")
    #expect(alice.lines.map { $0.parameters[2] } == ["  batch   -batch ", "nothing"])
  }
}
