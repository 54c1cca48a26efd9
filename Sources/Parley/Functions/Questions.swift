public import CParley
import ParleyEngine

// Functions of the header's section "Questions".

@c @implementation
public func parley_answer(
  _ engine: OpaquePointer?, _ question: parley_request, _ value: UnsafePointer<CChar>?, _ size: Int, _ keep: Int32
) -> Int32 {
  tell(engine) { () throws(EngineError) in
    guard (Int32(PARLEY_KEEP_NOTHING)...Int32(PARLEY_KEEP_DISK)).contains(keep) else { throw .argument }
    guard value != nil else { return .answer(question: question, secret: nil, keep: keep) }
    let secret = try Argument.text(value, size: size, limit: Limit.secret)
    return .answer(question: question, secret: Array(secret.utf8), keep: keep)
  }
}
