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

  /// Whether a question would be asked at once.
  package var isIdle: Bool { current == nil && followUps == nil }

  package mutating func add(_ question: Question) {
    if let followUps {
      waiting.insert(question, at: followUps)
      self.followUps = followUps + 1
    } else if current == nil {
      current = question
    } else {
      waiting.append(question)
    }
  }

  /// Ends the current question; call `next` when its answer has been dealt with.
  package mutating func finish() -> Question? {
    followUps = 0
    defer { current = nil }
    return current
  }

  package mutating func next() {
    followUps = nil
    current = waiting.isEmpty ? nil : waiting.removeFirst()
  }
}
