import TransformerModels

/// Which activations are alive together.
///
/// Each operation of a block reads and writes buffers; a buffer lives from the operation that
/// writes it to the last that reads it. Attention is tiled: scores never reach memory. The peak is
/// the largest set alive during one operation, not a sum over layers: buffers are freed after use.
struct ActivationLiveness {
  /// One operation's use of buffers.
  struct Step {
    let name: String
    let reads: [String]
    let writes: [String]
  }

  let model: TransformerModel
  /// Bytes of one activation in memory.
  let bytesPerElement: Double

  /// The sets alive during operations, without those that another set contains.
  var peaks: [ActivationPeak] {
    var peaks: Set<ActivationPeak> = [headPeak]
    for run in model.layers {
      for elements in Self.liveElements(of: run.layer, width: model.width) {
        peaks.insert(
          ActivationPeak(bytesPerToken: elements * bytesPerElement, bytesPerSequence: 0))
      }
    }
    return peaks.filter { peak in
      !peaks.contains { other in
        other != peak && other.bytesPerToken >= peak.bytesPerToken
          && other.bytesPerSequence >= peak.bytesPerSequence
      }
    }
  }

  /// During the head: the residual stream of all tokens, the last token's state and the f32 logits.
  private var headPeak: ActivationPeak {
    let width = Double(model.width)
    return ActivationPeak(
      bytesPerToken: width * bytesPerElement,
      bytesPerSequence: width * bytesPerElement + Double(model.embedding.vocabularyRows) * 4)
  }

  /// Elements for each token alive during each step of a block.
  static func liveElements(of layer: TransformerLayer, width: Int) -> [Double] {
    let sizes = bufferElements(of: layer, width: width)
    let steps = steps(of: layer)
    var lastUse: [String: Int] = [:]
    var firstUse: [String: Int] = ["residual": 0]
    for (index, step) in steps.enumerated() {
      for buffer in step.reads + step.writes { lastUse[buffer] = index }
      for buffer in step.writes where firstUse[buffer] == nil { firstUse[buffer] = index }
    }
    // The residual stream outlives the block.
    lastUse["residual"] = steps.count
    return steps.indices.map { index in
      sizes.reduce(0) { total, buffer in
        guard let first = firstUse[buffer.key], let last = lastUse[buffer.key],
          first <= index, index <= last
        else { return total }
        return total + buffer.value
      }
    }
  }

  private static func bufferElements(
    of layer: TransformerLayer, width: Int
  ) -> [String: Double] {
    let attention = layer.attention
    let hidden = layer.feedForward.hiddenElementsPerToken
    let keyDim = attention.latent.map { $0.contentHeadDim + $0.ropeHeadDim } ?? attention.headDim
    let keyHeads = attention.latent == nil ? attention.keyValueHeads : attention.heads
    return [
      "residual": Double(width),
      "attentionInput": Double(width),
      "feedForwardInput": Double(width),
      "query": Double(attention.heads * keyDim),
      "key": Double(keyHeads * keyDim),
      "value": Double(keyHeads * attention.valueHeadDim),
      "attended": Double(attention.heads * attention.valueHeadDim),
      "projected": Double(width),
      "gate": hidden.isGated ? hidden.elements : 0,
      "up": hidden.elements,
      "expanded": Double(width),
    ]
  }

  private static func steps(of layer: TransformerLayer) -> [Step] {
    // The non-linearity and the gate work in place, on "up".
    let feedForwardInput = layer.isParallel ? "attentionInput" : "feedForwardInput"
    let feedForward = [
      Step(name: "gate", reads: [feedForwardInput], writes: ["gate"]),
      Step(name: "up", reads: [feedForwardInput], writes: ["up"]),
      Step(name: "activation", reads: ["gate", "up"], writes: ["up"]),
      Step(name: "down", reads: ["up"], writes: ["expanded"]),
    ]
    let attention = [
      Step(name: "norm", reads: ["residual"], writes: ["attentionInput"]),
      Step(name: "query", reads: ["attentionInput"], writes: ["query"]),
      Step(name: "key", reads: ["attentionInput"], writes: ["key"]),
      Step(name: "value", reads: ["attentionInput"], writes: ["value"]),
      Step(name: "attention", reads: ["query", "key", "value"], writes: ["attended"]),
      Step(name: "output", reads: ["attended"], writes: ["projected"]),
    ]
    if layer.isParallel {
      return attention + feedForward
        + [
          Step(
            name: "residual", reads: ["projected", "expanded", "residual"], writes: ["residual"])
        ]
    }
    return attention
      + [
        Step(name: "residual", reads: ["projected", "residual"], writes: ["residual"]),
        Step(name: "norm", reads: ["residual"], writes: ["feedForwardInput"]),
      ]
      + feedForward
      + [Step(name: "residual", reads: ["expanded", "residual"], writes: ["residual"])]
  }
}
