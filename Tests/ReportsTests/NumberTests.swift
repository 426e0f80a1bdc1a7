import Testing

@testable import Reports

@Suite("Numbers for people")
struct NumberTests {
  @Test(
    "Significant digits are rounded half away from zero",
    arguments: [
      (0, 3, "0"), (-0.0, 3, "0"), (1, 3, "1"), (2.5, 1, "3"), (-2.5, 1, "-3"), (0.15, 1, "0.2"),
      (0.125, 2, "0.13"), (999.96, 4, "1,000"), (999.96, 5, "999.96"), (999.94, 4, "999.9"),
      (99.96, 3, "100"), (9.995, 3, "10"), (0.09996, 3, "0.1"), (1234.5, 3, "1,230"),
      (1235, 3, "1,240"), (96_576_768, 8, "96,576,768"), (96_576_768, 3, "96,600,000"),
      (0.1 + 0.2, 17, "0.30000000000000004"), (0.1 + 0.2, 3, "0.3"), (1000, 1, "1,000"),
      (0.00001, 3, "0.00001"), (0.000009996, 3, "0.00001"), (0.0000099, 3, "9.9e-6"),
      (1.2345e-7, 3, "1.23e-7"), (.leastNonzeroMagnitude, 3, "5e-324"),
      (1e15, 3, "1,000,000,000,000,000"),
      (9.99e15, 3, "9,990,000,000,000,000"), (1e16, 3, "1e16"), (9.996e15, 3, "1e16"),
      (1.7976931348623157e308, 3, "1.8e308"),
      (1.2345678901234567e-5, 17, "0.000012345678901234568"),
      (-1234.5, 5, "-1,234.5"), (9_007_199_254_740_992, 17, "9,007,199,254,740,992"),
      (.nan, 3, "nan"), (.infinity, 3, "inf"), (-.infinity, 3, "-inf"),
    ] as [(Double, Int, String)])
  func significant(value: Double, digits: Int, expected: String) {
    #expect(NumberText.significant(value, digits: digits) == expected)
  }

  @Test(
    "Zeros that are significant show if kept",
    arguments: [
      (2, 3, "2.00"), (0.5, 3, "0.500"), (80, 3, "80.0"), (99.96, 3, "100"), (9.996, 3, "10.0"),
      (0, 3, "0"), (1234, 3, "1,230"), (1e-7, 3, "1.00e-7"), (1, 1, "1"), (0.001, 2, "0.0010"),
    ] as [(Double, Int, String)])
  func kept(value: Double, digits: Int, expected: String) {
    #expect(NumberText.significant(value, digits: digits, keepingZeros: true) == expected)
  }

  @Test(
    "Whole numbers keep all their digits",
    arguments: [
      (0, "0"), (999, "999"), (1000, "1,000"), (-1_001_001, "-1,001,001"),
      (Int.max, "9,223,372,036,854,775,807"), (Int.min, "-9,223,372,036,854,775,808"),
    ])
  func integers(value: Int, expected: String) {
    #expect(NumberText.integer(value) == expected)
  }

  @Test(
    "Durations choose their unit after rounding",
    arguments: [
      (0, "0 s"), (0.00194, "1.94 ms"), (0.00082, "820 us"), (3.2, "3.2 s"), (125, "2 min 5 s"),
      (4.7e-9, "4.7 ns"), (1e-12, "0.001 ns"), (0.00099996, "1 ms"), (0.99996, "1 s"),
      (59.4, "59.4 s"),
      (59.96, "1 min"), (60, "1 min"), (119.6, "2 min"), (3599, "59 min 59 s"), (3599.6, "1 h"),
      (4800, "1 h 20 min"), (86_399, "1 d"), (273_600, "3 d 4 h"), (8.64e9, "100,000 d"),
      (1e300, "1.16e295 d"), (-0.00194, "-1.94 ms"), (-125, "-2 min 5 s"), (.nan, "nan"),
      (.infinity, "inf"),
    ] as [(Double, String)])
  func durations(value: Double, expected: String) {
    #expect(QuantityStyle.seconds.text(value) == expected)
  }

  @Test(
    "Each style names its unit",
    arguments: [
      (.bytesDecimal, 1_935e9, "1.94 TB"), (.bytesDecimal, 999.96, "1 kB"),
      (.bytesDecimal, 999, "999 B"), (.bytesDecimal, 0.5625, "0.563 B"), (.bytesDecimal, 0, "0 B"),
      (.bytesDecimal, 80e9, "80 GB"), (.bytesDecimal, -80e9, "-80 GB"),
      (.bytesDecimal, 1e30, "1,000,000 YB"), (.bytesDecimal, .nan, "nan"),
      (.bytesBinary, 1024, "1 KiB"), (.bytesBinary, 1023, "1,020 B"),
      (.bytesBinary, 80e9, "74.5 GiB"),
      (.bytesBinary, 85_899_345_920, "80 GiB"), (.bytesBinary, 0, "0 B"),
      (.bytesBinary, -1024, "-1 KiB"),
      (.scaled("B/s"), 1_935e9, "1.94 TB/s"), (.scaled("FLOP/s"), 312e12, "312 TFLOP/s"),
      (.scaled("FLOP/s"), 999.6e12, "1 PFLOP/s"), (.scaled(""), 5, "5"), (.scaled(""), 5000, "5 k"),
      (.counted("tokens/s"), 516.2, "516 tokens/s"),
      (.counted("tokens/s"), 12_345, "12,300 tokens/s"),
      (.counted(""), 3, "3"), (.percent, 0.07, "7 %"), (.percent, 0.708, "70.8 %"),
      (.percent, 1.2345, "123 %"),
      (.spelled("parameters"), 8_030_261_248, "8.03 billion parameters"),
      (.spelled(), 999_600_000, "1 billion"), (.spelled(), 12, "12"),
      (.spelled(), 5e15, "5,000 trillion"), (.fixed("GB", per: 1e9), 13_476_839_424, "13.5 GB"),
      (.plain, 0.7081, "0.708"),
    ] as [(QuantityStyle, Double, String)])
  func styles(style: QuantityStyle, value: Double, expected: String) {
    #expect(style.text(value) == expected)
  }

  @Test("Rounding up to 1024 takes the next unit")
  func binaryCarry() {
    #expect(QuantityStyle.bytesBinary.text(1023.96 * 1024, digits: 4) == "1 MiB")
    #expect(QuantityStyle.bytesBinary.text(1023.996 * 1024, digits: 6) == "1 MiB")
    #expect(QuantityStyle.bytesBinary.text(1023.96 * 1024, digits: 6) == "1,023.96 KiB")
    #expect(QuantityStyle.bytesBinary.text(-1023.96 * 1024, digits: 4) == "-1 MiB")
  }

  @Test("Decimal rounding agrees with the notation of the same value at full precision")
  func fullPrecision() {
    var state: UInt64 = 42
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Double(bitPattern: state)
      guard value.isFinite else { continue }
      let text = NumberText.significant(value, digits: 17)
      #expect(Double(text.filter { $0 != "," }) == value)
    }
  }
}
