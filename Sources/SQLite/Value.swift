/// A type that can be bound to a parameter of a statement.
public protocol Bindable {
  func bind(to statement: Statement, at index: Int32) throws(SQLiteError)
}

extension Int64: Bindable {
  @inlinable
  public func bind(to statement: Statement, at index: Int32) throws(SQLiteError) { try statement.bind(self, at: index) }
}

extension Int: Bindable {
  @inlinable
  public func bind(to statement: Statement, at index: Int32) throws(SQLiteError) {
    try statement.bind(Int64(self), at: index)
  }
}

extension Bool: Bindable {
  @inlinable
  public func bind(to statement: Statement, at index: Int32) throws(SQLiteError) {
    try statement.bind(self ? Int64(1) : 0, at: index)
  }
}

extension String: Bindable {
  @inlinable
  public func bind(to statement: Statement, at index: Int32) throws(SQLiteError) { try statement.bind(self, at: index) }
}

extension [UInt8]: Bindable {
  @inlinable
  public func bind(to statement: Statement, at index: Int32) throws(SQLiteError) { try statement.bind(self, at: index) }
}

extension Optional: Bindable where Wrapped: Bindable {
  @inlinable
  public func bind(to statement: Statement, at index: Int32) throws(SQLiteError) {
    switch self {
    case .some(let value): try value.bind(to: statement, at: index)
    case .none: try statement.bindNull(at: index)
    }
  }
}
