internal import CMeasurement

/// Where the calling thread may run.
public enum Affinity {
  /// How many processors this process may use; `nil` if the system does not say.
  public static var allowedProcessors: Int? {
    let count = cm_allowed_processors()
    return count > 0 ? Int(count) : nil
  }

  /// Keeps the calling thread on the `index`-th processor of those that the process may use.
  ///
  /// Returns whether the operating system agreed; macOS never does.
  public static func pin(to index: Int) -> Bool {
    guard let index = Int32(exactly: index), index >= 0 else { return false }
    return cm_pin_thread(index) == 0
  }

  /// Lets the calling thread run wherever it could when the process started.
  @discardableResult
  public static func unpin() -> Bool { cm_unpin_thread() == 0 }
}
