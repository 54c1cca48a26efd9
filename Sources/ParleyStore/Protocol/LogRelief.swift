/// A store whose log is copied back by another thread, so that no commit waits for that.
public protocol LogRelief: AnyObject {
  /// Pages in the write-ahead log.
  var logPages: Int { get }
  /// For one other thread. From now on commits and `maintain()` copy nothing back.
  func makeReliever() throws(StoreError) -> any LogReliever
  /// Copies the little that has been committed since the reliever came to the end, so that the log begins anew. Called on the store's
  /// thread, and not while the reliever is at work.
  func finishRelief() throws(StoreError)
}

/// Copies the log back while the store commits.
public protocol LogReliever: AnyObject {
  /// - Returns: pages that could not be copied: they were committed meanwhile, or a reader still needs what they replace.
  func relieve() throws(StoreError) -> Int
}
