import Kernels
import QuantizationFormats
public import TransformerModels

/// The weights of a GGUF file: matrices are packed from it once, rows of embeddings are read when
/// they are needed.
///
/// The file is read rather than mapped: who truncates a mapped file ends the program.
public final class GGUFWeights: WeightSource {
  private struct Slot: Hashable {
    let role: TensorRole
    let layer: Int?
    let isBias: Bool
  }

  private let path: String
  private let shapes: TransformerModel
  private var tensors: [Slot: [StoredTensor]] = [:]
  private var files: [String: PositionedFile] = [:]
  private var rotary: StoredTensor?
  private let splitsMinimums: Bool
  private let arena = MatrixArena()

  /// Opens the files of `contents`, whose tensors are those of `shapes`.
  ///
  /// - Parameters:
  ///   - contents: The header.
  ///   - shapes: The model that the header describes.
  ///   - splitsMinimums: Whether minimums of blocks of 32 (q4_1, q5_1) are packed apart, so that
  ///     activations are rounded with a scale per 32, as ggml does, and not per 256. Slower.
  /// - Throws: `ModelError` for a file that cannot be opened or changed since its header was read.
  public init(
    _ contents: GGUFContents, shapes: TransformerModel, splitsMinimums: Bool = false
  ) throws(ModelError) {
    self.splitsMinimums = splitsMinimums
    path = contents.file.paths.first ?? ""
    self.shapes = shapes
    for path in contents.file.paths { files[path] = try PositionedFile(path: path) }
    for tensor in contents.file.tensors {
      guard let place = tensor.place, let file = files[place.path],
        place.offset >= 0, place.offset + tensor.bytes <= file.size
      else { throw problem(tensor, "is not within the file; it changed while it was read") }
      if tensor.name == "rope_freqs.weight" { rotary = tensor }
      for role in tensor.roles {
        tensors[Slot(role: role, layer: tensor.layer, isBias: tensor.isBias), default: []]
          .append(tensor)
      }
    }
  }

  /// Packs the matrix of a tensor.
  public func matrix(
    _ spec: TensorSpec, layer: Int?, copy: Int
  ) throws(ModelError) -> PackedMatrix {
    let (tensor, first) = try place(of: spec, layer: layer, isBias: false, copy: copy)
    let rowBytes = tensor.bytes / (tensor.elements / spec.columns)
    let (file, offset) = try bytes(of: tensor)
    func portion(_ rows: Range<Int>) throws(ModelError) -> [UInt8] {
      try file.read(
        at: offset + (first + rows.lowerBound) * rowBytes, count: rows.count * rowBytes)
    }
    do {
      if let split = MinimumSplit(tensor.format), splitsMinimums {
        return try split.matrix(rows: spec.rows, columns: spec.columns, portion: portion)
      }
      return PackedMatrix(
        try QuantizedMatrix(
          rows: spec.rows, columns: spec.columns, format: tensor.format, in: arena,
          portion: portion))
    } catch let error as ModelError {
      throw error
    } catch {
      throw problem(tensor, "cannot be multiplied: \(error); requantize the model to q4_0 or q8_0")
    }
  }

  /// The vector of a norm, or a bias.
  public func vector(
    _ spec: TensorSpec, layer: Int?, isBias: Bool, copy: Int
  ) throws(ModelError) -> [Float] {
    let length = isBias ? spec.biasElements : spec.columns
    let (tensor, first) = try place(
      of: TensorSpec(spec.role, rows: length, columns: 1, copies: spec.copies), layer: layer,
      isBias: isBias, copy: copy)
    let (file, offset) = try bytes(of: tensor)
    guard
      let all = tensor.format.unpackRows(
        try file.read(at: offset, count: tensor.bytes), columns: tensor.elements)
    else { throw problem(tensor, "is a vector in \(tensor.format.id), which cannot be read") }
    return Array(all[first..<first + length])
  }

  /// Rows of an embedding.
  public func rows(_ rows: [Int], of spec: TensorSpec) throws(ModelError) -> [Float] {
    let (tensor, _) = try place(of: spec, layer: nil, isBias: false, copy: 0)
    let (file, offset) = try bytes(of: tensor)
    let rowBytes = tensor.bytes / spec.rows
    var numbers: [Float] = []
    numbers.reserveCapacity(rows.count * spec.columns)
    for row in rows {
      precondition(row >= 0 && row < spec.rows, "row \(row) of \(spec.rows)")
      let start = offset + row * rowBytes
      guard
        let row = tensor.format.unpackRows(
          try file.read(at: start, count: rowBytes), columns: spec.columns)
      else { throw problem(tensor, "is stored in \(tensor.format.id), which cannot be read") }
      numbers += row
    }
    return numbers
  }

  /// What each angle of rotary positions is divided by, where the file has a tensor for that
  /// (Llama 3).
  public func rotaryFactors() throws(ModelError) -> [Float]? {
    guard let tensor = rotary, let place = tensor.place, let file = files[place.path] else {
      return nil
    }
    let bytes = try file.read(at: place.offset, count: tensor.bytes)
    guard let factors = tensor.format.unpackRows(bytes, columns: tensor.elements),
      factors.allSatisfy({ $0 > 0 && $0.isFinite })
    else { throw problem(tensor, "does not hold positive factors; convert the model again") }
    return factors
  }

  /// The tensor that holds `spec`, and its first row there.
  ///
  /// A tensor of several roles holds their rows one after the other; one of several experts holds
  /// the experts one after the other.
  private func place(
    of spec: TensorSpec, layer: Int?, isBias: Bool, copy: Int
  ) throws(ModelError) -> (StoredTensor, firstRow: Int) {
    let found = tensors[Slot(role: spec.role, layer: layer, isBias: isBias)] ?? []
    let place = layer.map { "layer \($0)" } ?? "the file"
    let kind = isBias ? "bias" : "tensor"
    guard let tensor = found.first else {
      throw ModelError(
        file: path, problem: "\(place) has no \(spec.role.rawValue) \(kind); convert it again")
    }
    guard found.count == 1 else {
      throw problem(
        tensor,
        "is one of \(found.count) \(spec.role.rawValue) tensors of \(place); files with one"
          + " tensor for each expert cannot be run, convert the model again")
    }
    var first = 0
    if tensor.roles.count > 1, let layer {
      let specs = shapes.layer(at: layer).tensors(width: shapes.width, norm: shapes.norm)
      for role in tensor.roles.prefix(while: { $0 != spec.role }) {
        first += specs.first { $0.role == role }.map { isBias ? $0.biasElements : $0.rows } ?? 0
      }
    }
    let expected = tensor.roles.count > 1 ? nil : spec.rows * spec.columns * spec.copies
    let width = isBias || spec.columns == 1 ? 1 : tensor.shape.last ?? 1
    guard expected == nil || expected == tensor.elements,
      width == spec.columns || spec.columns == 1,
      (first + spec.rows) * spec.columns <= tensor.elements
    else {
      throw problem(
        tensor, "has the shape \(tensor.shape), expected \(spec.rows) x \(spec.columns)")
    }
    return (tensor, first + copy * spec.rows)
  }

  private func bytes(of tensor: StoredTensor) throws(ModelError) -> (PositionedFile, Int) {
    guard let place = tensor.place, let file = files[place.path] else {
      throw problem(tensor, "is in no file of the model")
    }
    return (file, place.offset)
  }

  private func problem(_ tensor: StoredTensor, _ text: String) -> ModelError {
    ModelError(file: path, field: tensor.name, problem: text)
  }
}
