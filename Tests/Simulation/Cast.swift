/// Who takes part in a run: people with engines, with model clients, with both, with two of a kind. The seed says who is what.
struct Cast {
  private(set) var actors: [any Participant] = []
  private let dice: Dice
  private let stage: Stage
  private let defect: EngineDefect?
  private let people: [String]

  /// May be in the lobby and nowhere else, and tries to read everything.
  static let outsider = "mallory"
  /// Leaves the lobby and comes back.
  private static let wanderer = "wanda"
  /// Deletes its account and makes another of the same name.
  private static let phoenix = "eve"

  /// - Parameter lastingOnly: nobody whose account comes and goes, and nobody who leaves rooms: a restored server has forgotten it.
  init(dice: Dice, stage: Stage, defect: EngineDefect?, lastingOnly: Bool) {
    self.dice = dice
    self.stage = stage
    self.defect = defect
    people = ["alice", "bob", "paul"] + (dice.chance(2, in: 3) ? ["carol"] : [])
    for person in people where person != "paul" {
      switch dice.below(defect == nil ? 5 : 3) {
      case 0:
        addEngine(person, "e1")
        addEngine(person, "e2")
      case 1:
        addEngine(person, "e1")
        addDevice(person, "d1", budget: dice.within(3...12))
      case 2: addEngine(person, "e1")
      case 3:
        addDevice(person, "d1", budget: dice.within(6...24))
        addDevice(person, "d2", budget: dice.within(6...24))
      default: addDevice(person, "d1", budget: dice.within(6...24))
      }
    }
    addDevice("paul", "d1", hasKeys: false, budget: dice.within(6...24))
    addDevice(Self.outsider, "d1", budget: dice.within(6...24))
    if lastingOnly { return }
    if dice.chance(1, in: 2) {
      addDevice(Self.wanderer, "d1", budget: dice.within(6...24), wandersIn: "#lobby")
    }
    if dice.chance(1, in: 2) {
      actors.append(
        Phoenix(
          account: Self.phoenix, address: nextAddress, lives: dice.within(1...3), budget: dice.within(6...24),
          stage: stage))
    }
  }

  /// Clients that read history for those who have engines only: somebody has to say what an engine could have read.
  mutating func addReaders() {
    for person in people where !actors.contains(where: { $0.account == person && $0 is Device }) {
      addDevice(person, "reader", budget: 0)
    }
  }

  private var nextAddress: String { "192.0.2.\(actors.count + 1)" }

  private func places(of account: String) -> [(place: Place, target: String)] {
    let lobby = (place: Place.room("#lobby", people + [Self.outsider, Self.wanderer, Self.phoenix]), target: "#lobby")
    if account == Self.outsider || account == Self.wanderer { return [lobby] }
    return [lobby, (place: Place.room("#tea", people), target: "#tea")]
      + people.filter { $0 != account }.map { (place: Place.between(account, $0), target: $0) }
  }

  private mutating func addDevice(
    _ account: String, _ device: String, hasKeys: Bool = true, budget: Int, wandersIn room: String? = nil
  ) {
    actors.append(
      Device(
        account: account, device: device, hasKeys: hasKeys, address: nextAddress, budget: budget,
        places: places(of: account), temptations: account == Self.outsider ? ["#tea"] + people : [],
        wandersIn: room, stage: stage))
  }

  private mutating func addEngine(_ account: String, _ device: String) {
    actors.append(
      EngineActor(
        account: account, device: device, address: nextAddress, budget: dice.within(6...20),
        places: places(of: account),
        seed: dice.next(), defect: defect, stage: stage))
  }
}
