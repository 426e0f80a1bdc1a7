import HardwareProfiles
import Testing
import Units

@Suite("The comparisons that tests of the estimator use")
struct EstimatorFixturesTests {
  @Test("NaN, infinity, a wrong sign and a factor of two agree with nothing")
  func disagreement() {
    for (left, right) in [
      (Double.nan, 1.0), (1, .nan), (.nan, .nan), (.infinity, 1), (1, .infinity),
      (.infinity, .infinity), (1, -1), (2, 1), (1, 0), (0, 1), (1, 1 + 1e-12),
    ] {
      #expect(!Number.agree(left, right), "\(left) \(right)")
    }
    #expect(Number.agree(0, 0))
    #expect(Number.agree(1e300, 1e300.nextUp))
  }

  @Test("NaN and infinity are at most nothing, and nothing is at most NaN")
  func order() {
    #expect(!Number.isAtMost(.nan, 1))
    #expect(!Number.isAtMost(1, .nan))
    #expect(!Number.isAtMost(1 + 1e-12, 1))
    #expect(!Number.isAtMost(.infinity, 1))
    #expect(!Number.isAtMost(1, .infinity))
    #expect(Number.isAtMost(1.0.nextUp, 1))
    #expect(Number.isAtMost(-1, 1))
  }

  @Test("Counts are finite and not negative; NaN rounds to nothing")
  func counts() {
    for value in [Double.nan, .infinity, -1] { #expect(!Number.isCount(value)) }
    #expect(Number.isCount(0))
    #expect(!Number.rounds(.nan, to: .nan))
    #expect(!Number.rounds(1.15, to: 1.1))
    #expect(Number.rounds(1.14, to: 1.1))
  }

  @Test("A copied profile has the rates of the original", arguments: ["nvidia-rtx-4090"])
  func copies(id: String) throws {
    let profile = try Fixture.profile(id)
    let copy = try MadeUpDevice(copying: profile, factor: 1).profile()
    #expect(copy.bandwidth == profile.bandwidth)
    #expect(copy.compute.map(\.peak.value) == profile.compute.map(\.peak.value))
    #expect(copy.lastLevelCache?.capacity.value == profile.lastLevelCache?.capacity.value)
    #expect(copy.usableCapacity == profile.usableCapacity)
  }
}
