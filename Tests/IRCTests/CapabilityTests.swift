import IRC
import Testing

@Suite("Capabilities and numerics")
struct CapabilityTests {
  @Test("every capability has a name of its own and a bit of the set")
  func names() {
    #expect(Set(Capability.allCases.map(\.name)).count == Capability.allCases.count)
    for capability in Capability.allCases {
      #expect(Capability(name: capability.name) == capability)
      #expect(capability.rawValue < 64)
    }
    #expect(Capability(name: "") == nil)
    #expect(Capability(name: "SASL") == nil)
    #expect(Capability(name: "sasl=PLAIN") == nil)
    #expect(Capability.draftChathistory.name == "draft/chathistory")
    #expect(Capability.parleySeq.name == "parley.chat/seq")
  }

  @Test("sets")
  func sets() {
    var set: CapabilitySet = [.serverTime, .batch]
    #expect(set.contains(.batch))
    #expect(!set.contains(.sasl))
    #expect(set.members == [.batch, .serverTime])
    set.insert(.sasl)
    set.remove(.batch)
    #expect(set == [.sasl, .serverTime])
    #expect(set.remove(.batch) == nil)
    #expect(set.insert(.sasl).inserted == false)
    #expect(set.update(with: .sasl) == .sasl)
    #expect(set.union([.batch]).members.count == 3)
    #expect(set.intersection([.sasl, .batch]) == [.sasl])
    #expect(set.symmetricDifference([.sasl, .batch]) == [.batch, .serverTime])
    #expect(set.subtracting([.sasl]) == [.serverTime])
    #expect(CapabilitySet().isEmpty)
    #expect(CapabilitySet(Capability.allCases).members == Capability.allCases)
    #expect(CapabilitySet(rawValue: .max).members == Capability.allCases)
  }

  @Test("numerics have three digits")
  func numerics() {
    #expect(Numeric.welcome.text == "001")
    #expect(Numeric.noSuchNick.text == "401")
    #expect(Numeric.umodeIs.text == "221")
    #expect(Numeric(rawValue: 42).text == "042")
    #expect(Numeric(rawValue: .max).text == "999")
    #expect(Numeric(command: "001") == .welcome)
    for command in ["", "1", "01", "0001", "+01", "-01", "a01", "PING", "１23", "é1"] {
      #expect(Numeric(command: command) == nil)
    }
  }
}
