import Foundation
import Reports
import Testing

@Suite("Tables")
struct TableTests {
  let table = Table(columns: Sample.columns, rows: Sample.rows)

  @Test("Text aligns words left and numbers right, and says when a value is missing")
  func text() throws {
    #expect(
      try table.text(as: .text) == """
        Model       Batch     Prefill  Memory (GB)  Fits
        ----------  -----  ----------  -----------  ----
        llama-3-8b      1     1.94 ms         16.1  yes
        opt-66b     1,024  1 min 15 s            –  no
        –               –           –            –  –

        """)
  }

  @Test("Markdown states the alignment")
  func markdown() throws {
    #expect(
      try table.text(as: .markdown) == """
        | Model | Batch | Prefill | Memory (GB) | Fits |
        |:---|---:|---:|---:|:---|
        | llama-3-8b | 1 | 1.94 ms | 16.1 | yes |
        | opt-66b | 1,024 | 1 min 15 s | – | no |
        | – | – | – | – | – |

        """)
  }

  @Test("CSV has keys, base units and full precision, and leaves what is missing empty")
  func csv() throws {
    #expect(
      try table.text(as: .csv) == """
        model,batch,prefill_seconds,memory_bytes,fits
        llama-3-8b,1,0.0019438,16060522496,true
        opt-66b,1024,75,,false
        ,,,,

        """)
  }

  @Test("JSON has keys, base units and full precision, and leaves what is missing out")
  func json() throws {
    #expect(
      try table.text(as: .json) == """
        [
          {"model": "llama-3-8b", "batch": 1, "prefill_seconds": 0.0019438, \
        "memory_bytes": 16060522496, "fits": true},
          {"model": "opt-66b", "batch": 1024, "prefill_seconds": 75, "fits": false},
          {}
        ]

        """)
  }

  @Test("The JSON value of a table is what the table prints")
  func jsonValue() throws {
    let printed = try JSONSerialization.jsonObject(with: Data(table.text(as: .json).utf8))
    let value = try JSONSerialization.jsonObject(with: Data(table.jsonValue.text().utf8))
    #expect(printed as? NSArray == value as? NSArray)
  }

  @Test("Without rows every format still has its frame", arguments: OutputFormat.allCases)
  func empty(format: OutputFormat) throws {
    let expected: [OutputFormat: String] = [
      .text: "A\n-\n", .markdown: "| A |\n|---:|\n", .csv: "a\n", .json: "[]\n",
    ]
    let columns = [Column<Int>.integer("A", key: "a", streamedWidth: 1) { $0 }]
    #expect(try Table(columns: columns, rows: []).text(as: format) == expected[format])
    #expect(try format.streamed(columns, []) == expected[format])
  }

  @Test("Streaming writes what the whole table prints", arguments: OutputFormat.allCases)
  func streaming(format: OutputFormat) throws {
    let columns = [
      Column<Sample>.text("Model", key: "model", streamedWidth: 10, value: \.name),
      Column<Sample>.integer("Batch", key: "batch", streamedWidth: 5, value: \.batch),
      Column<Sample>.number(
        "Prefill", key: "prefill_seconds", style: .seconds, streamedWidth: 10, value: \.seconds),
    ]
    #expect(
      try format.streamed(columns, Sample.rows)
        == Table(columns: columns, rows: Sample.rows).text(as: format))
  }

  @Test("A cell wider than its streamed column pushes the line and is not cut")
  func overflow() throws {
    let columns = [
      Column<String>.text("A", key: "a", streamedWidth: 3) { $0 },
      Column<String>.integer("B", key: "b", streamedWidth: 2) { _ in 7 },
    ]
    #expect(
      try OutputFormat.text.streamed(columns, ["x", "longer", "日本"])
        == "A     B\n---  --\nx     7\nlonger   7\n日本   7\n")
  }

  @Test("Numbers that are not finite show for people and in CSV, and fail in JSON with their place")
  func nonFinite() throws {
    let columns = [Column<Double>.number("X", key: "x", style: .seconds) { $0 }]
    let table = Table(columns: columns, rows: [1, .nan, -.infinity])
    #expect(try table.text(as: .text) == "     X\n------\n1.00 s\n   nan\n  -inf\n")
    #expect(try table.text(as: .csv) == "x\n1\nnan\n-inf\n")
    #expect(throws: JSONError.nonFinite(path: "[1].x")) { try table.text(as: .json) }
  }

  @Test("A row that JSON refuses leaves no trace")
  func refusedRow() throws {
    var text = ""
    var writer = TableWriter<Double>(
      columns: [.number("X", key: "x") { $0 }], format: .json)
    #expect(throws: JSONError.nonFinite(path: "[0].x")) { try writer.write(.nan, to: &text) }
    try writer.write(1, to: &text)
    #expect(throws: JSONError.nonFinite(path: "[1].x")) { try writer.write(.nan, to: &text) }
    writer.finish(&text)
    #expect(text == "[\n  {\"x\": 1}\n]\n")
  }

  @Test("Whole numbers follow the style of their column")
  func scaledIntegers() throws {
    let columns = [
      Column<Int>.integer("Size", key: "size_bytes", style: .bytesDecimal) { $0 },
      Column<Int>.integer("Count", key: "count") { $0 },
    ]
    let grid = Table(columns: columns, rows: [3_825_065_984, 0]).grid
    #expect(grid.rows == [["3.83 GB", "3,825,065,984"], ["0 B", "0"]])
  }

  @Test("Columns with one key stop the program")
  func sameKey() async {
    await #expect(processExitsWith: .failure) {
      let column = Column<Int>.integer("A", key: "a") { $0 }
      _ = TableWriter(columns: [column, column], format: .csv)
    }
  }
}
