/// What a person is asked, one after the other.
package struct Questions {
  package struct Question {
    package var prompt: String
    /// Whether nobody may see the answer.
    package var isSecret: Bool
    /// Gets nil if the person gives up.
    package var answer: (String?) -> Void

    package init(prompt: String, isSecret: Bool, answer: @escaping (String?) -> Void) {
      self.prompt = prompt
      self.isSecret = isSecret
      self.answer = answer
    }
  }

  package private(set) var current: Question?
  private var waiting: [Question] = []
  /// How many of those that wait were asked by the answer that is being dealt with: they come before the others.
  private var followUps: Int?

  package init() {}

  /// Whether there is a question that could be asked now.
  package var isWaiting: Bool { current == nil && followUps == nil && !waiting.isEmpty }

  package mutating func add(_ question: Question) {
    waiting.insert(question, at: followUps ?? waiting.count)
    if let followUps { self.followUps = followUps + 1 }
  }

  /// Asks the next one.
  package mutating func begin() {
    guard isWaiting else { return }
    current = waiting.removeFirst()
  }

  /// Ends the current question; call `settle` when its answer has been dealt with.
  package mutating func finish() -> Question? {
    followUps = 0
    defer { current = nil }
    return current
  }

  package mutating func settle() { followUps = nil }
}
