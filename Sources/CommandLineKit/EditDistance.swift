/// The insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
///
/// Optimal string alignment: the Damerau-Levenshtein distance in which no part is edited twice.
func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
  // Three rows of the table suffice: row i reads rows i - 1 and i - 2.
  var beforePrevious = Array(repeating: 0, count: b.count + 1)
  var previous = Array(0...b.count)
  var row = beforePrevious
  for i in 1...a.count {
    row[0] = i
    for j in 1...b.count {
      let isSame = a[i - 1] == b[j - 1]
      var cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (isSame ? 0 : 1))
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        cost = min(cost, beforePrevious[j - 2] + 1)
      }
      row[j] = cost
    }
    swap(&beforePrevious, &previous)
    swap(&previous, &row)
  }
  return previous[b.count]
}
