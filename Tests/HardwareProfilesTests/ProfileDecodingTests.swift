import Foundation
import HardwareProfiles
import StrictJSON
import Testing

@Suite struct ProfileDecodingTests {
  private static let figure = #"{"value": 1e9, "basis": "derived", "source": "test"}"#
  private static func profile(_ changes: [String: String] = [:], extra: String = "") -> String {
    let fields = [
      "schema_version": "1", "id": "\"test\"", "name": "\"Test\"", "vendor": "\"none\"",
      "kind": "\"cpu\"", "architecture": "\"test\"",
      "memory": #"{"bandwidth_theoretical_bytes_per_s": \#(figure)}"#,
      "compute":
        #"[{"unit": "fp32", "via": "vector", "accumulate": "fp32", "peak_ops_per_s": \#(figure)}]"#,
    ].merging(changes) { $1 }
    let members = fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
    return "{\(members.joined(separator: ", "))\(extra)}"
  }

  private func problem(_ json: String) -> String {
    do {
      _ = try StrictJSON.decode(
        HardwareProfile.self, from: Data(json.utf8), file: "my-machine.json")
      return "decoded"
    } catch {
      return "\(error)"
    }
  }

  @Test func `the smallest profile decodes`() {
    #expect(problem(Self.profile()) == "decoded")
  }

  @Test(arguments: [
    (["schema_version": "2"], "schema_version", "this version of ridgeline reads 1"),
    (["kind": "\"tpu\""], "kind", "write one of gpu, integrated-gpu, cpu"),
    (["kind": "7"], "kind", "expected"),
    (["name": "null"], "name", "null"),
    (["memory": "[]"], "memory", "expected an object"),
    (["cores": "0"], "cores", "at least 1"),
    (["base_clock_hz": Self.figure], "base_clock_hz", "needs clock_hz beside it"),
    (
      [
        "base_clock_hz": #"{"value": 2e9, "basis": "derived", "source": "x"}"#,
        "clock_hz": Self.figure,
      ],
      "base_clock_hz", "must not be above clock_hz"
    ),
    (
      [
        "memory":
          #"{"bandwidth_theoretical_bytes_per_s": {"value": -1, "basis": "derived", "source": "x"}}"#
      ],
      "memory.bandwidth_theoretical_bytes_per_s.value", "positive and finite"
    ),
    (
      [
        "memory":
          #"{"bandwidth_theoretical_bytes_per_s": {"value": 1e400, "basis": "derived", "source": "x"}}"#
      ],
      "memory.bandwidth_theoretical_bytes_per_s.value", "1e400 is no number"
    ),
    (
      [
        "memory":
          #"{"bandwidth_theoretical_bytes_per_s": {"value": NaN, "basis": "derived", "source": "x"}}"#
      ],
      "memory.bandwidth_theoretical_bytes_per_s.value", "'NaN' is no value"
    ),
    (
      [
        "memory":
          #"{"bandwidth_theoretical_bytes_per_s": {"value": 1, "basis": "guess", "source": "x"}}"#
      ],
      "basis", "write one of datasheet, derived, measured"
    ),
    (
      [
        "memory":
          #"{"bandwidth_theoretical_bytes_per_s": {"value": 1, "basis": "derived", "source": ""}}"#
      ],
      "source", "say where"
    ),
    (["compute": #"[{"unit": "fp33"}]"#], "compute[0].unit", "one of fp32, tf32"),
  ])
  func `a mistake is named by file and field`(
    changes: [String: String], field: String, remedy: String
  ) {
    let text = problem(Self.profile(changes))
    #expect(text.hasPrefix("my-machine.json"), "\(text)")
    for expected in [field, remedy] where !expected.isEmpty {
      #expect(text.contains(expected), "\(text)")
    }
  }

  @Test func `a misspelt key is an error that lists the known ones`() {
    let text = problem(Self.profile(extra: #", "bandwith": 3"#))
    #expect(text.contains("my-machine.json: bandwith: unknown key; known keys: schema_version"))
  }

  @Test func `a sustained bandwidth above the theoretical one is refused`() {
    let memory =
      #"{"bandwidth_theoretical_bytes_per_s": \#(Self.figure), "#
      + #""bandwidth_sustained_bytes_per_s": {"value": 2e9, "basis": "measured", "source": "x"}}"#
    #expect(problem(Self.profile(["memory": memory])).contains("exceeds the theoretical"))
  }

  @Test func `a share above 1 is refused`() {
    for key in ["usable_fraction", "in_band_ecc_fraction"] {
      let memory = #"{"\#(key)": {"value": 1.5, "basis": "derived", "source": "x"}}"#
      let text = problem(Self.profile(["memory": memory]))
      #expect(text.contains("\(key): is a share, at most 1"), "\(text)")
    }
    let memory = #"{"in_band_ecc_fraction": {"value": 1, "basis": "derived", "source": "x"}}"#
    #expect(problem(Self.profile(["memory": memory])).contains("leaves no memory for data"))
  }

  @Test(arguments: [
    "", "{", "[]", "null", "{\"id\": \u{1}}", String(repeating: "[", count: 100_000),
  ])
  func `malformed text is an error, not a crash`(text: String) {
    #expect(problem(text).hasPrefix("my-machine.json"))
  }

  @Test(arguments: [
    ("{\"schema_version\": 1,\n  \"id\" \"x\"}", "line 2, column 8: expected ':' after a key"),
    ("{\"cores\": 01x}", "column 13: expected ',' or '}'"),
    ("{\"id\": \"x", "a string does not end; the file may be cut off"),
    ("{\"notes\": [1, 2", "notes"),
    ("{} {}", "there is more after the end"),
    (String(repeating: "[", count: 100_000), "nested deeper than 512 levels"),
  ])
  func `malformed text is located by line and column`(text: String, expected: String) {
    #expect(problem(text).contains(expected), "\(problem(text))")
  }
}
