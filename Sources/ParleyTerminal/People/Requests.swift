/// Requests that are under way: what they are for people, and what follows when they have succeeded.
struct Requests {
  struct Request {
    var what: String
    var then: ((Event) -> Void)?
    /// Its outcome is told with its message, if it has one.
    var isMessage = false
  }

  private var running: [Int64: Request] = [:]

  mutating func add(_ number: Int64, _ what: String, _ then: ((Event) -> Void)?) {
    running[number] = Request(what: what, then: then)
  }

  mutating func addMessage(_ number: Int64) {
    running[number] = Request(what: "not sent", then: nil, isMessage: true)
  }

  mutating func finish(_ number: Int64) -> Request? { running.removeValue(forKey: number) }
}
