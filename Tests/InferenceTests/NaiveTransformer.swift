import Foundation
import Inference
import Kernels
import QuantizationFormats
import TransformerModels

/// Weights in f32 that a test can see: the same numbers for the runner and for the reference.
final class VisibleWeights: WeightSource {
  private var known: [String: [Float]] = [:]

  func numbers(_ spec: TensorSpec, _ layer: Int?, isBias: Bool = false, copy: Int = 0) -> [Float] {
    let key = "\(spec.role) \(layer ?? -1) \(isBias) \(copy)"
    if let found = known[key] { return found }
    var state = UInt64(bitPattern: Int64(known.count + 1)) &* 0x9E37_79B9_7F4A_7C15
    func next() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int(state >> 40) - (1 << 23)) / Float(1 << 23)
    }
    let count = isBias ? spec.biasElements : spec.rows * spec.columns
    let scale = spec.isVector || isBias ? 0.5 : 2 / Float(spec.columns).squareRoot()
    let numbers = (0..<count).map { _ in (spec.isVector && !isBias ? 1 : 0) + scale * next() }
    known[key] = numbers
    return numbers
  }

  func matrix(_ spec: TensorSpec, layer: Int?, copy: Int) throws(ModelError) -> PackedMatrix {
    do {
      return PackedMatrix(
        try QuantizedMatrix(
          quantizing: numbers(spec, layer, copy: copy), rows: spec.rows, columns: spec.columns,
          format: .f32))
    } catch { throw ModelError(file: "test", problem: "\(error)") }
  }

  func vector(
    _ spec: TensorSpec, layer: Int?, isBias: Bool, copy: Int
  ) throws(ModelError) -> [Float] { numbers(spec, layer, isBias: isBias, copy: copy) }

  func rows(_ rows: [Int], of spec: TensorSpec) throws(ModelError) -> [Float] {
    let all = numbers(spec, nil)
    return rows.flatMap { all[$0 * spec.columns..<($0 + 1) * spec.columns] }
  }
}

/// A transformer as its papers define it: double precision, no cache, no blocks, token by token.
struct NaiveTransformer {
  let shapes: TransformerModel
  let rules: NumericRules
  let weights: VisibleWeights

  /// Logits of every token.
  func logits(_ tokens: [Int]) -> [[Double]] {
    let outer = shapes.outerTensors
    func spec(_ role: TensorRole) -> TensorSpec? { outer.first { $0.role == role } }
    var stream = tokens.enumerated().map { position, token -> [Double] in
      var x = row(spec(.tokenEmbedding), token).map { $0 * Double(rules.embeddingScale) }
      if let learned = spec(.positionEmbedding) {
        x = zip(x, row(learned, position + rules.firstPositionRow)).map(+)
      }
      return x
    }
    for index in 0..<shapes.layerCount { block(index, &stream) }
    return stream.map { x in
      let normed = spec(.outputNorm).map { norm(x, $0, nil) } ?? x
      let head = spec(.outputHead) ?? spec(.tokenEmbedding)
      let logits = linear(normed, head, nil)
      guard let cap = rules.logitCap.map(Double.init) else { return logits }
      return logits.map { cap * tanh($0 / cap) }
    }
  }

  private func row(_ spec: TensorSpec?, _ row: Int) -> [Double] {
    guard let spec else { return [] }
    return weights.numbers(spec, nil)[row * spec.columns..<(row + 1) * spec.columns].map(
      Double.init)
  }

  private func linear(_ x: [Double], _ spec: TensorSpec?, _ layer: Int?, copy: Int = 0) -> [Double]
  {
    guard let spec else { return [] }
    let matrix = weights.numbers(spec, layer, copy: copy)
    let bias = spec.biasElements > 0 ? weights.numbers(spec, layer, isBias: true, copy: copy) : nil
    return (0..<spec.rows).map { row in
      var sum = Double(bias?[row] ?? 0)
      for column in 0..<spec.columns {
        sum += Double(matrix[row * spec.columns + column]) * x[column]
      }
      return sum
    }
  }

  private func norm(_ x: [Double], _ spec: TensorSpec, _ layer: Int?) -> [Double] {
    let gain = weights.numbers(spec, layer)
    let count = Double(x.count)
    let epsilon = Double(rules.normEpsilon)
    if shapes.norm == .rms {
      let root = (x.reduce(0) { $0 + $1 * $1 } / count + epsilon).squareRoot()
      return zip(x, gain).map { $0 / root * Double($1) }
    }
    let mean = x.reduce(0, +) / count
    let root = (x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count + epsilon).squareRoot()
    let bias = spec.biasElements > 0 ? weights.numbers(spec, layer, isBias: true) : nil
    return x.indices.map { (x[$0] - mean) / root * Double(gain[$0]) + Double(bias?[$0] ?? 0) }
  }

  private func block(_ index: Int, _ stream: inout [[Double]]) {
    let layer = shapes.layer(at: index)
    let specs = layer.tensors(width: shapes.width, norm: shapes.norm)
    func spec(_ role: TensorRole) -> TensorSpec? { specs.first { $0.role == role } }
    func optional(_ x: [Double], _ role: TensorRole) -> [Double] {
      spec(role).map { norm(x, $0, index) } ?? x
    }
    let inputs = stream.map { optional($0, .attentionNorm) }
    let attended = attend(inputs, layer.attention, index, spec)
      .map { optional(linear($0, spec(.attentionOutput), index), .attentionPostNorm) }
    for token in stream.indices {
      let middle = zip(stream[token], attended[token]).map(+)
      let input = layer.isParallel ? inputs[token] : optional(middle, .feedForwardNorm)
      let output = optional(
        feedForward(input, layer.feedForward, index, spec), .feedForwardPostNorm)
      stream[token] = zip(middle, output).map(+)
    }
  }

  private func attend(
    _ inputs: [[Double]], _ shape: Attention, _ index: Int, _ spec: (TensorRole) -> TensorSpec?
  ) -> [[Double]] {
    func heads(_ role: TensorRole, _ gain: TensorSpec?, _ count: Int) -> [[[Double]]] {
      inputs.enumerated().map { position, x in
        var all = linear(x, spec(role), index)
        if shape.queryKeyNorm == .allHeads, let gain { all = norm(all, gain, index) }
        let width = all.count / count
        return (0..<count).map { head in
          var one = Array(all[head * width..<(head + 1) * width])
          if shape.queryKeyNorm == .perHead, let gain { one = norm(one, gain, index) }
          return role == .value ? one : turned(one, position, hasWindow: shape.window != nil)
        }
      }
    }
    let queries = heads(.query, spec(.queryNorm), shape.heads)
    let keys = heads(.key, spec(.keyNorm), shape.keyValueHeads)
    let values = heads(.value, nil, shape.keyValueHeads)
    let scale = rules.attentionScale.map(Double.init) ?? 1 / Double(shape.headDim).squareRoot()
    return inputs.indices.map { token in
      (0..<shape.heads).flatMap { head -> [Double] in
        let own = head / (shape.heads / shape.keyValueHeads)
        let first = max(0, token + 1 - (shape.window ?? token + 1))
        let scores = (first...token).map { key -> Double in
          let score =
            scale * zip(queries[token][head], keys[key][own]).reduce(0) { $0 + $1.0 * $1.1 }
          guard let cap = rules.attentionCap.map(Double.init) else { return score }
          return cap * tanh(score / cap)
        }
        let parts = scores.map { exp($0 - (scores.max() ?? 0)) }
        let sum = parts.reduce(0, +)
        return (0..<shape.valueHeadDim).map { d in
          parts.indices.reduce(0) { $0 + parts[$1] * values[first + $1][own][d] } / sum
        }
      }
    }
  }

  private func turned(_ x: [Double], _ position: Int, hasWindow: Bool) -> [Double] {
    let local = hasWindow ? rules.windowRotation ?? rules.rotation : rules.rotation
    guard let rotation = local else { return x }
    let dimensions = rotation.dimensions ?? x.count
    var result = x
    for pair in 0..<dimensions / 2 {
      var angle = Double(position) * pow(rotation.base, -2 * Double(pair) / Double(dimensions))
      switch rotation.scaling {
      case .linear(let factor): angle /= factor
      case .factors(let factors): angle /= Double(factors[pair])
      case .none, .yarn: break
      }
      let (i, j) =
        rotation.isInterleaved ? (2 * pair, 2 * pair + 1) : (pair, pair + dimensions / 2)
      result[i] = x[i] * cos(angle) - x[j] * sin(angle)
      result[j] = x[i] * sin(angle) + x[j] * cos(angle)
    }
    return result
  }

  private func nonlinear(_ x: Double) -> Double {
    switch rules.nonlinearity {
    case .silu: x / (1 + exp(-x))
    case .gelu: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .relu: max(0, x)
    }
  }

  private func network(
    _ x: [Double], _ index: Int, _ gate: TensorSpec?, _ up: TensorSpec?, _ down: TensorSpec?,
    copy: Int = 0
  ) -> [Double] {
    var hidden = linear(x, up, index, copy: copy)
    if let gate {
      hidden = zip(linear(x, gate, index, copy: copy), hidden).map { nonlinear($0) * $1 }
    } else {
      hidden = hidden.map { nonlinear($0) }
    }
    return linear(hidden, down, index, copy: copy)
  }

  private func feedForward(
    _ x: [Double], _ shape: FeedForward, _ index: Int, _ spec: (TensorRole) -> TensorSpec?
  ) -> [Double] {
    guard case .mixture(let mixture) = shape else {
      return network(x, index, spec(.gate), spec(.up), spec(.down))
    }
    let logits = linear(x, spec(.router), index)
    let chosen = logits.indices.sorted { logits[$0] > logits[$1] }.prefix(mixture.expertsPerToken)
    let considered = rules.routing == .softmaxOfAll ? Array(logits.indices) : Array(chosen)
    let sum = considered.reduce(0) { $0 + exp(logits[$1]) }
    var result = [Double](repeating: 0, count: x.count)
    for expert in chosen {
      let part = network(
        x, index, spec(.expertGate), spec(.expertUp), spec(.expertDown), copy: expert)
      for i in x.indices { result[i] += exp(logits[expert]) / sum * part[i] }
    }
    if mixture.sharedWidth > 0 {
      let part = network(
        x, index, spec(.sharedExpertGate), spec(.sharedExpertUp), spec(.sharedExpertDown))
      let gate = spec(.sharedExpertRouter).map { linear(x, $0, index)[0] }
      let share = gate.map { 1 / (1 + exp(-$0)) } ?? 1
      for i in x.indices { result[i] += share * part[i] }
    }
    return result
  }
}
