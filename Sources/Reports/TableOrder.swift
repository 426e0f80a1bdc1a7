extension Table {
  /// The rows by the values of the column with this key, equal ones in their old order.
  ///
  /// Missing values come last in either direction. An unknown key changes nothing.
  public func sorted(by key: String, descending: Bool = false) -> Table {
    guard let column = columns.first(where: { $0.key == key }) else { return self }
    let keyed = rows.enumerated().map { (cell: column.value($0.element), row: $0) }
    let sorted = keyed.sorted { left, right in
      switch left.cell.order(before: right.cell, descending: descending) {
      case true?: true
      case false?: false
      case nil: left.row.offset < right.row.offset
      }
    }
    return Table(columns: columns, rows: sorted.map(\.row.element))
  }

  /// One table for each value of the column with this key, in order of first appearance, without
  /// that column.
  public func groups(by key: String) -> [(name: String, table: Table)] {
    guard let column = columns.first(where: { $0.key == key }) else { return [("", self)] }
    var order: [String] = []
    var members: [String: [Row]] = [:]
    for row in rows {
      let name = column.displayText(row)
      if members[name] == nil { order.append(name) }
      members[name, default: []].append(row)
    }
    let others = columns.filter { $0.key != key }
    return order.map { ($0, Table(columns: others, rows: members[$0] ?? [])) }
  }
}

extension Cell {
  /// Whether this cell comes before `other`; nil if they are equal.
  fileprivate func order(before other: Cell, descending: Bool) -> Bool? {
    if self == .missing || other == .missing {
      return self == other ? nil : other == .missing
    }
    if let left = numberValue, let right = other.numberValue {
      return left == right ? nil : (left < right) != descending
    }
    let left = displayText(.plain, digits: 6)
    let right = other.displayText(.plain, digits: 6)
    return left == right ? nil : (left < right) != descending
  }
}
