public import CParley
import ParleyEngine

// Functions of the header's section "The engine", in its order.

@c @implementation
public func parley_open(
  _ options: UnsafePointer<parley_options>?, _ engine: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  if Registry.shared.isForked { return EngineError.forked.code }
  engine?.pointee = nil
  return result { () throws(EngineError) in
    let place = try Argument.place(engine)
    let options = try Engine.Options(options)
    let bell = try Signal()
    let opened = try Engine(options)
    Registry.shared.noteProcess()
    place.pointee = Host(opened, bell).register()
  }
}

@c @implementation
public func parley_close(_ engine: OpaquePointer?) -> Int32 {
  result { () throws(EngineError) in try Registry.shared.host(engine).close() }
}

@c @implementation
public func parley_set(
  _ engine: OpaquePointer?, _ key: UnsafePointer<CChar>?, _ value: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    let key = try Argument.name(key, limit: Limit.key)
    return .setValue(key: key, value: try Argument.optional(value, limit: Limit.value, hasLines: true))
  }
}

@c @implementation
public func parley_get(
  _ engine: OpaquePointer?, _ key: UnsafePointer<CChar>?, _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int
) -> Int64 {
  number { () throws(EngineError) in
    let host = try Registry.shared.openHost(engine)
    guard let value = try host.engine.value(Argument.name(key, limit: Limit.key)) else { throw .noSuch }
    return try copy(value, buffer, capacity)
  }
}

@c @implementation
public func parley_tag(_ engine: OpaquePointer?, _ tag: Int64) -> Int32 {
  result { () throws(EngineError) in try Registry.shared.openHost(engine).engine.setTag(tag) }
}

@c @implementation
public func parley_network_changed(_ engine: OpaquePointer?) -> Int32 {
  tell(engine) { () throws(EngineError) in .networkChanged }
}

// MARK: - Options

extension Engine.Options {
  fileprivate init(_ pointer: UnsafePointer<parley_options>?) throws(EngineError) {
    self.init()
    guard let pointer else { return }
    let options = try SizedStruct(pointer)
    if let directory = options[\.directory] ?? nil { self.directory = try Argument.name(directory, limit: Limit.path) }
    if let clientName = options[\.client_name] ?? nil {
      self.clientName = try Argument.name(clientName, limit: Limit.clientName)
    }
    if let level = options[\.log_level], level != 0 {
      logLevel = Int32(try Argument.number(level, in: Int(PARLEY_LOG_ERROR)...Int(PARLEY_LOG_DEBUG)))
    }
    if let limit = options[\.queue_limit], limit != 0 { queueLimit = Int(limit) }
    if let limit = options[\.catch_up_limit] { catchUpLimit = Int(limit) }
    if let logger = options[\.logger] ?? nil {
      let hook = LogHook(function: logger, context: options[\.logger_context] ?? nil)
      self.logger = { level, line in hook(level, line) }
    }
  }
}

/// The host's own log. The context is its affair: it is called on any thread.
private struct LogHook: @unchecked Sendable {
  let function: @convention(c) (Int32, UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> Void
  let context: UnsafeMutableRawPointer?

  func callAsFunction(_ level: Int32, _ line: String) { line.withCString { function(level, $0, context) } }
}
