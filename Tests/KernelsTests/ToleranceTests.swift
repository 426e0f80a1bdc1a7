import Testing

@Suite("The tolerance of comparisons")
struct ToleranceTests {
  @Test("NaN, another sign, another infinity and twice the value do not agree")
  func rejects() {
    #expect(!agrees(.nan, 1, within: 0.5))
    #expect(!agrees(1, .nan, within: 0.5))
    #expect(!agrees(.infinity, 1, within: 0.5))
    #expect(!agrees(.infinity, -.infinity, within: 0.5))
    #expect(!agrees(-1, 1, within: 0.5))
    #expect(!agrees(2, 1, within: 0.5))
    #expect(!agrees(1, 1, within: .nan))
  }

  @Test("Equal numbers agree with a bound of zero, and equal infinities agree")
  func accepts() {
    #expect(agrees(0, 0, within: 0))
    #expect(agrees(-0.0, 0, within: 0))
    #expect(agrees(1.25, 1.25, within: 0))
    #expect(agrees(.infinity, .infinity, within: 0))
  }
}
