#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One row of a fit: its terms with counts filled in and effects numbered.
struct DesignRow: Sendable {
  struct Component: Sendable {
    /// Seconds at a factor of 1.
    let seconds: Double
    let floor: Double
    let effects: [Int]
  }
  struct Group: Sendable {
    let overlap: Double
    let parts: [[Component]]
  }

  let groups: [Group]

  /// Numbers the effects of `groups` by `index`; those it does not know get no number, so that
  /// their prior mean counts through `missing`.
  init(
    _ groups: [TermGroup], work: PassWork, missing: (String) -> Double, index: (String) -> Int?
  ) {
    self.groups = groups.map { group in
      Group(
        overlap: group.overlap,
        parts: group.parts.map { part in
          part.compactMap { component in
            let seconds = work[component.quantity] * component.unit
            guard seconds > 0 else { return nil }
            return Component(component, seconds: seconds, missing: missing, index: index)
          }
        })
    }
  }

  /// The time at `effects`, in seconds.
  func seconds(_ effects: [Double]) -> Double {
    var total = 0.0
    for group in groups {
      if group.overlap == 1 {
        for part in group.parts { total += part.time(effects) }
      } else {
        var sum = 0.0
        for part in group.parts { sum += pow(part.time(effects), group.overlap) }
        if sum > 0 { total += pow(sum, 1 / group.overlap) }
      }
    }
    return total
  }

  /// The time, and the derivative of its logarithm for each effect that has one, added to `slopes`.
  func seconds(_ effects: [Double], slopes: inout [(effect: Int, slope: Double)]) -> Double {
    var total = 0.0
    slopes.removeAll(keepingCapacity: true)
    for group in groups {
      var sum = 0.0
      for part in group.parts { sum += pow(part.time(effects), group.overlap) }
      guard sum > 0 else { continue }
      let time = pow(sum, 1 / group.overlap)
      total += time
      for part in group.parts {
        let slope = pow(part.time(effects) / time, group.overlap - 1)
        for component in part {
          let share = slope * component.excess(effects)
          for effect in component.effects { slopes.append((effect, share)) }
        }
      }
    }
    for index in slopes.indices { slopes[index].slope /= total }
    return total
  }
}

extension DesignRow.Component {
  fileprivate init(
    _ component: TermComponent, seconds: Double, missing: (String) -> Double,
    index: (String) -> Int?
  ) {
    var known: [Int] = []
    var shift = 0.0
    for effect in component.effects {
      if let number = index(effect) { known.append(number) } else { shift += missing(effect) }
    }
    let scale = exp(shift)
    self.init(seconds: seconds * scale, floor: component.floor / scale, effects: known)
  }

  /// The part of the time that effects scale.
  func excess(_ values: [Double]) -> Double {
    var exponent = 0.0
    for effect in effects { exponent += values[effect] }
    return seconds * exp(min(max(exponent, -30), 30))
  }

  func time(_ values: [Double]) -> Double { seconds * floor + excess(values) }
}

extension [DesignRow.Component] {
  /// One after the other.
  fileprivate func time(_ values: [Double]) -> Double {
    var total = 0.0
    for component in self { total += component.time(values) }
    return total
  }
}
