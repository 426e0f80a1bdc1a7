#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import QuantizationFormats
import StrictJSON

// A safetensors file:
//
//     length u64, little-endian   JSON of that length   tensor data, which is never read
//
//     {"__metadata__": {text: text}, "<tensor>": {"dtype", "shape", "data_offsets": [begin, end]}}
//
// Source: huggingface/safetensors, README and safetensors/src/tensor.rs.

/// The header of one safetensors file.
struct SafetensorsHeader {
  /// The tensors in file order.
  let tensors: [StoredTensor]
  let metadata: [String: String]
  /// Bytes of the data that belong to no tensor.
  let unusedBytes: Int

  /// The limit of the reference implementation.
  static let largestHeader = 100_000_000
  private static let remedy = "the file is damaged, download it again"

  init(_ source: any PositionedBytes) throws(ModelError) {
    let file = source.name
    let json = try Self.json(source)
    var metadata: [String: String] = [:]
    var entries: [(name: String, tensor: SafetensorsEntry.Tensor)] = []
    do {
      for (name, entry) in try StrictJSON.decode(
        [String: SafetensorsEntry].self, from: Data(json), file: file)
      {
        switch entry {
        case .metadata(let values): metadata = values
        case .tensor(let tensor): entries.append((name, tensor))
        }
      }
    } catch {
      throw ModelError(
        file: file, field: error.field, problem: "\(error.problem); \(Self.remedy)")
    }
    self.metadata = metadata
    entries.sort { left, right in
      let (one, other) = (left.tensor, right.tensor)
      return (one.begin, one.end, left.name) < (other.begin, other.end, right.name)
    }
    (tensors, unusedBytes) = try Self.tensors(
      entries, dataBytes: source.size - 8 - json.count, file: file)
  }

  /// The tensors of `entries`, which are sorted by place, and the bytes between and after them.
  private static func tensors(
    _ entries: [(name: String, tensor: SafetensorsEntry.Tensor)], dataBytes: Int, file: String
  ) throws(ModelError) -> (tensors: [StoredTensor], unusedBytes: Int) {
    var tensors: [StoredTensor] = []
    var end = 0
    var unused = 0
    for (name, entry) in entries {
      let tensor = try Self.tensor(name, entry, dataBytes: dataBytes, file: file)
      guard entry.begin >= end else {
        let other = tensors.last?.name ?? "the header"
        throw ModelError(file: file, field: name, problem: "overlaps \(other); \(remedy)")
      }
      unused += entry.begin - end
      end = entry.end
      tensors.append(tensor)
    }
    return (tensors, unused + dataBytes - end)
  }

  private static func json(_ source: any PositionedBytes) throws(ModelError) -> [UInt8] {
    let prefix = try source.read(at: 0, count: 8)
    let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard prefix.count == 8, length >= 2 else {
      throw ModelError(
        file: source.name, field: "header length",
        problem: "is too small for a safetensors file; name a GGUF or safetensors file")
    }
    guard length <= UInt64(largestHeader) else {
      throw ModelError(
        file: source.name, field: "header length",
        problem: "is \(length), but at most \(largestHeader) is allowed; name a GGUF or "
          + "safetensors file")
    }
    guard Int(length) <= source.size - 8 else {
      throw ModelError(
        file: source.name, field: "header length",
        problem: "is \(length), but the file has \(source.size) bytes; download it again")
    }
    return try source.read(at: 8, count: Int(length))
  }

  private static func tensor(
    _ name: String, _ entry: SafetensorsEntry.Tensor, dataBytes: Int, file: String
  ) throws(ModelError) -> StoredTensor {
    func problem(_ text: String) -> ModelError {
      ModelError(file: file, field: name, problem: "\(text); \(remedy)")
    }
    guard let format = SafetensorsType(name: entry.dtype)?.format else {
      throw ModelError(
        file: file, field: name,
        problem: "has the unknown dtype \(entry.dtype); convert it to a current one")
    }
    guard entry.begin >= 0, entry.begin <= entry.end, entry.end <= dataBytes else {
      throw problem(
        "lies at bytes \(entry.begin) to \(entry.end), but the file holds \(dataBytes) of data")
    }
    guard !entry.shape.contains(where: { $0 < 0 }), let elements = product(entry.shape),
      let bits = product([elements, format.layout.bitsPerBlock])
    else { throw problem("has the impossible shape \(entry.shape)") }
    let bytes = bits / format.layout.weightsPerBlock / 8
    guard bits.isMultiple(of: format.layout.weightsPerBlock * 8), bytes == entry.end - entry.begin
    else {
      throw problem(
        "spans \(entry.end - entry.begin) bytes, but its shape \(entry.shape) in "
          + "\(entry.dtype) takes \(bytes)")
    }
    let meaning = SafetensorsName(name)
    return StoredTensor(
      name: name, roles: meaning.roles, isBias: meaning.isBias, layer: meaning.layer,
      shape: entry.shape, format: format, elements: elements, bytes: bytes)
  }
}

/// One value of the header's JSON object.
enum SafetensorsEntry: Decodable {
  struct Tensor {
    let dtype: String
    let shape: [Int]
    let begin: Int
    let end: Int
  }

  case metadata([String: String])
  case tensor(Tensor)

  private enum Key: String, CodingKey {
    case dtype, shape
    case offsets = "data_offsets"
  }

  init(from decoder: any Decoder) throws {
    if decoder.codingPath.last?.stringValue == "__metadata__" {
      self = .metadata(try decoder.singleValueContainer().decode([String: String].self))
      return
    }
    let container = try decoder.container(keyedBy: Key.self)
    let offsets = try container.decode([Int].self, forKey: .offsets)
    guard offsets.count == 2 else {
      throw DecodingError.dataCorruptedError(
        forKey: .offsets, in: container, debugDescription: "expected a beginning and an end")
    }
    self = .tensor(
      Tensor(
        dtype: try container.decode(String.self, forKey: .dtype),
        shape: try container.decode([Int].self, forKey: .shape), begin: offsets[0],
        end: offsets[1]))
  }
}
