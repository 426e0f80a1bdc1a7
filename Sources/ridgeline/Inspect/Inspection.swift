import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// What a model holds, read from a file or the catalog.
struct Inspection {
  let model: TransformerModel?
  let file: ModelFile?
  let source: String
  let notes: [String]

  init(_ name: String) throws {
    guard InputPath.looksLikePath(name) else {
      let entry = try ModelSelection.entry(name)
      model = entry.model
      file = nil
      source = entry.source
      notes = entry.notes
      return
    }
    let file = try ModelFile.read(path: name)
    model = file.model
    self.file = file
    source = file.container
    notes = file.obstacle.map { [$0] } ?? []
  }

  private var title: String { model?.name ?? file?.paths.first ?? "model" }

  // MARK: Tables

  /// One line of a summary.
  struct ShareRow {
    let name: String
    let tensors: Int
    let elements: Int
    let bytes: Int
  }

  private func shareTable(_ heading: String, key: String, _ rows: [ShareRow]) -> Table<ShareRow> {
    Table(
      columns: [
        .text(heading, key: key) { $0.name },
        .integer("tensors", key: "tensors") { $0.tensors },
        .integer("weights", key: "weights", digits: 20) { $0.elements },
        .integer("bytes", key: "bytes", digits: 20) { $0.bytes },
        .number("bits/weight", key: "bits_per_weight", digits: 4) {
          $0.elements > 0 ? Double($0.bytes) * 8 / Double($0.elements) : nil
        },
      ], rows: rows)
  }

  private var partRows: [ShareRow] {
    (file?.shareOfParts ?? []).map {
      ShareRow(
        name: $0.kind.rawValue.replacingUnderscores, tensors: $0.tensors, elements: $0.elements,
        bytes: $0.bytes)
    }
  }

  private var formatRows: [ShareRow] {
    (file?.shareOfFormats ?? []).map {
      ShareRow(
        name: $0.kind.id, tensors: $0.tensors, elements: $0.elements, bytes: $0.bytes)
    }
  }

  /// Every tensor of the file.
  var tensorTable: Table<StoredTensor> {
    Table(
      columns: [
        .text("tensor", key: "name") { $0.name },
        .text("shape", key: "shape") { $0.shape.map(String.init).joined(separator: " x ") },
        .text("format", key: "format") { $0.format.id },
        .text("part", key: "part") { $0.part.rawValue },
        .integer("weights", key: "weights", digits: 20) { $0.elements },
        .integer("bytes", key: "bytes", digits: 20) { $0.bytes },
      ], rows: file?.tensors ?? [])
  }

  // MARK: Document

  func document(withTensors: Bool) -> Document {
    var blocks: [Document.Block] = [.heading(title, level: 1), .facts(overview)]
    if let model { blocks += [.heading("Shapes", level: 2), .facts(ShapeFacts(model).facts)] }
    if file?.tensors.isEmpty == false {
      blocks += [
        .heading("By part", level: 2), .table(shareTable("part", key: "part", partRows).grid),
        .heading("By format", level: 2),
        .table(shareTable("format", key: "format", formatRows).grid),
      ]
      if withTensors { blocks += [.heading("Tensors", level: 2), .table(tensorTable.grid)] }
    }
    if !notes.isEmpty { blocks += [.heading("Notes", level: 2), .bullets(notes)] }
    return Document(blocks)
  }

  private var overview: [Document.Fact] {
    var facts: [Document.Fact] = [.init("source", source)]
    if let file {
      if file.paths.count > 1 { facts.append(.init("files", Figures.count(file.paths.count))) }
      facts += file.facts.map { Document.Fact($0.name, $0.value) }
      if !file.tensors.isEmpty {
        facts.append(.init("tensors", Figures.count(file.tensors.count)))
        facts.append(.init("weights", Figures.count(file.parameters)))
        facts.append(.init("tensor bytes", Figures.exactBytes(Bytes(file.tensorBytes))))
      }
    }
    return facts
  }

  // MARK: JSON

  func json(withTensors: Bool) -> JSONValue {
    [
      "schema_version": 1,
      "source": .string(source),
      "paths": file.map { .array($0.paths.map(JSONValue.string)) },
      "tensor_count": file.map { .integer($0.tensors.count) },
      "tensor_weights": file.map { .integer($0.parameters) },
      "tensor_bytes": file.map { .integer($0.tensorBytes) },
      "facts": file.map { file in
        .array(file.facts.map { ["name": .string($0.name), "value": .string($0.value)] })
      },
      "model": model.map { ShapeFacts($0).json },
      "parts": shareTable("part", key: "part", partRows).jsonValue,
      "formats": shareTable("format", key: "format", formatRows).jsonValue,
      "tensors": withTensors ? tensorTable.jsonValue : nil,
      "notes": .array(notes.map(JSONValue.string)),
    ]
  }
}
