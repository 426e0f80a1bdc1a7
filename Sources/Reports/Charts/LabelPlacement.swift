/// Finds places for labels beside their points, none over another.
struct LabelPlacement {
  struct Box {
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double

    func overlaps(_ other: Box) -> Bool {
      left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
  }

  let bounds: Box
  private var taken: [Box] = []

  init(bounds: Box) { self.bounds = bounds }

  /// Keeps labels away from `box`.
  mutating func block(_ box: Box) { taken.append(box) }

  /// The upper left corner for a label of `width` x `height` near a point: right, left, above or
  /// below it, farther off where it is crowded; `nil` if there is no room.
  ///
  /// Labels of lines prefer to stand above them.
  mutating func place(
    x: Double, y: Double, width: Double, height: Double, gap: Double, isOnLine: Bool
  ) -> (x: Double, y: Double)? {
    for distance in 0..<5 {
      let shift = Double(distance) * height
      let above = [(x - width / 2, y - height - 2 - shift), (x - width, y - height - 2 - shift)]
      let candidates =
        (isOnLine ? above : []) + [
          (x + gap, y - height / 2 - shift), (x + gap, y - height / 2 + shift),
          (x - gap - width, y - height / 2 - shift), (x - gap - width, y - height / 2 + shift),
          (x - width / 2, y - gap - height - shift), (x - width / 2, y + gap + shift),
        ]
      for (left, top) in candidates {
        let box = Box(left: left, top: top, right: left + width, bottom: top + height)
        let isInside =
          left >= bounds.left && box.right <= bounds.right && top >= bounds.top
          && box.bottom <= bounds.bottom
        if isInside, !taken.contains(where: box.overlaps) {
          taken.append(box)
          return (left, top)
        }
      }
    }
    return nil
  }
}
