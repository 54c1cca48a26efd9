/// Why the server cannot start, or had to stop: a sentence for the operator.
public struct ServerError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String
  public init(_ description: String) { self.description = description }
}
