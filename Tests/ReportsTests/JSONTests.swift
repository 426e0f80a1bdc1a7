import Foundation
import Reports
import Testing

@Suite("JSON")
struct JSONTests {
  func parsed(_ text: String) throws -> NSObject {
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    return try #require(value as? NSObject)
  }

  static let sample: JSONValue = [
    "zulu": 1, "alpha": ["x", 2.5, true, .null, [], [:]], "nested": ["deep": ["deeper": "end"]],
  ]

  @Test("Pretty output keeps the order and indents by two")
  func pretty() throws {
    #expect(
      try Self.sample.text() == """
        {
          "zulu": 1,
          "alpha": [
            "x",
            2.5,
            true,
            null,
            [],
            {}
          ],
          "nested": {
            "deep": {
              "deeper": "end"
            }
          }
        }

        """)
  }

  @Test("Compact output has no white space")
  func compact() throws {
    #expect(
      try Self.sample.text(.compact)
        == #"{"zulu":1,"alpha":["x",2.5,true,null,[],{}],"nested":{"deep":{"deeper":"end"}}}"#)
  }

  @Test("Foundation reads both layouts alike")
  func layoutsAgree() throws {
    #expect(try parsed(Self.sample.text(.pretty)) == parsed(Self.sample.text(.compact)))
  }

  @Test(
    "Numbers are as short as they can be and whole ones have no point",
    arguments: [
      (3_825_065_984, "3825065984"), (0, "0"), (-0.0, "-0.0"), (-5, "-5"), (0.1, "0.1"),
      (0.1 + 0.2, "0.30000000000000004"), (1e-7, "1e-07"), (1e300, "1e+300"),
      (.leastNonzeroMagnitude, "5e-324"),
      (9_007_199_254_740_991, "9007199254740991"), (1e16, "1e+16"),
    ] as [(Double, String)])
  func numbers(value: Double, expected: String) throws {
    #expect(try JSONValue.number(value).text(.compact) == expected)
  }

  @Test("Every finite number survives, in the last bit")
  func roundTrip() throws {
    // Not JSONSerialization, which on Linux misses the nearest Double for some numbers.
    var state: UInt64 = 7
    for _ in 0..<5000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Double(bitPattern: state)
      guard value.isFinite else { continue }
      let text = try JSONValue.array([.number(value)]).text(.compact)
      #expect(try JSONDecoder().decode([Double].self, from: Data(text.utf8)) == [value])
    }
  }

  @Test(
    "Every string survives",
    arguments: [
      "", "plain", "\"quoted\" \\ /", "line\nfeed\r\nand\ttab", "\u{0}\u{1}\u{8}\u{c}\u{1f}\u{7f}",
      "\u{2028}\u{2029}", "日本語 e\u{301} 👨‍👩‍👧‍👦 \u{10ffff}", "</script>", "=cmd()|'", "\u{feff}bom",
    ])
  func strings(text: String) throws {
    let json = try JSONValue.object([text: .string(text)]).text(.compact)
    let expected = NSDictionary(dictionary: [text: text])
    #expect(try parsed(json) == expected)
    #expect(!json.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x2028 })
  }

  @Test("Control characters are escaped as JSON spells them")
  func escapes() throws {
    #expect(
      try JSONValue.string("\"\\\n\r\t\u{1}\u{7f}\u{2028}").text(.compact)
        == #""\"\\\n\r\t\u0001\u007f\u2028""#)
  }

  @Test("A number that JSON cannot express is refused with its place")
  func nonFinite() {
    let value: JSONValue = ["rows": [["a": 1], ["seconds": .number(.nan)]]]
    #expect(throws: JSONError.nonFinite(path: "rows[1].seconds")) { try value.text() }
    #expect(throws: JSONError.nonFinite(path: "")) { try JSONValue.number(.infinity).text() }
    #expect(
      JSONError.nonFinite(path: "rows[1].seconds").description
        == "rows[1].seconds is not a finite number, which JSON cannot express")
    #expect(
      JSONError.nonFinite(path: "").description
        == "the value is not a finite number, which JSON cannot express")
  }

  @Test("What is nil is absent, and setting a member keeps its place")
  func absent() throws {
    let unknown: Double? = nil
    var object: JSONObject = ["a": 1, "b": unknown.map(JSONValue.number), "c": 3]
    #expect(object.members.map(\.name) == ["a", "c"])
    object["a"] = 2
    object["d"] = "new"
    object["c"] = nil
    object["e"] = nil
    #expect(try JSONValue.object(object).text(.compact) == #"{"a":2,"d":"new"}"#)
  }

  @Test("An object literal that names a member twice stops the program")
  func twice() async {
    await #expect(processExitsWith: .failure) {
      let value: JSONValue = ["a": 1, "a": 2]
      _ = try? value.text()
    }
  }
}
