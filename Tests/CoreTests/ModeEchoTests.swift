import IRC
import ParleyCore
import ParleyTesting
import Testing

/// MODE shows what has changed in the end, and nothing else.
@Suite("MODE echoes")
struct ModeEchoTests {
  private func echo(_ client: Client, _ request: String) -> [String] {
    client.clear()
    client.send("MODE #tea " + request)
    return client.lines.filter { $0.command == "MODE" }.map { $0.parameters.dropFirst().joined(separator: " ") }
  }

  @Test func whatIsUndoneInTheSameCommandHasNotChanged() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice"), world.guest("bob"))
    for client in [alice, bob] { client.send("JOIN #tea") }
    bob.clear()
    #expect(echo(alice, "+nt-nt+n") == ["-t"])
    #expect(echo(alice, "+m-m") == [])
    #expect(echo(alice, "+v-v+v bob bob bob") == ["+v bob"])
    #expect(echo(alice, "-v+v bob BOB") == [])
    #expect(echo(alice, "+l-l 5") == [])
    #expect(echo(alice, "+l+l 5 7") == ["+l 7"])
    #expect(echo(alice, "+l 7") == [])
    #expect(echo(alice, "+k-k one one") == [])
    #expect(echo(alice, "+k one") == ["+k one"])
    #expect(echo(alice, "+k-k two two") == ["-k one"], "the key that clients know")
    #expect(echo(alice, "+bb-b x!*@* y!*@* X!*@*") == ["+b y!*@*"])
    #expect(echo(alice, "+W 5") == ["+W 5"])
    #expect(echo(alice, "-W+W 5") == [])
    alice.send("MODE #tea")
    #expect(alice.lines.last { $0.command == "324" }?.parameters.dropFirst(2) == ["+nlW", "7", "5"])
    let seen = bob.lines.filter { $0.command == "MODE" }.map { $0.parameters.dropFirst().joined(separator: " ") }
    #expect(seen == ["-t", "+v bob", "+l 7", "+k one", "-k one", "+b y!*@*", "+W 5"])
  }

  @Test func masksAreNamedAsTheyWereSet() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("JOIN #tea")
    #expect(echo(alice, "+b Foo") == ["+b Foo!*@*"])
    #expect(echo(alice, "+b fOO!*@*") == [])
    #expect(echo(alice, "-b foo!*@*") == ["-b Foo!*@*"])
    #expect(echo(alice, "+e a:Somebody") == ["+e a:Somebody"])
    #expect(echo(alice, "-e A:SOMEBODY") == [], "the type of an extended ban is a letter")
    #expect(echo(alice, "-e a:SOMEBODY") == ["-e a:Somebody"])
  }

  @Test func aMissingParameterIsReportedOnce() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("JOIN #tea")
    alice.clear()
    alice.send("MODE #tea +vvvl")
    #expect(alice.commands() == ["696", "696"])
  }
}
