/// How transformers 4.57 builds the decoder of one `model_type`: what its classes do whatever
/// `config.json` says, and which fields decide the rest, with the defaults of the config class.
struct DecoderFamily {
  /// Something that the class fixes, or a field switches.
  enum Switch {
    case off, on
    case key(String, default: Bool)
  }

  /// Which layers see a sliding window only, where `layer_types` does not say it.
  enum Windows {
    case none
    /// Every layer, if `sliding_window` is not null; the default holds if it is absent.
    case everyLayer(default: Int?)
    /// All but each n-th layer, n being `key` or the default.
    case allButEach(Int, key: String?, window: String, default: Int)
    /// The layers from `max_window_layers` on, if `use_sliding_window`.
    case lateLayers(from: Int)
  }

  /// A norm on queries and keys.
  enum QueryKeyNorm {
    case fixed(Attention.QueryKeyNorm)
    case switched(key: String, Attention.QueryKeyNorm)
  }

  /// Whether `lm_head` is the embedding where `tie_word_embeddings` is absent.
  var isTied = false
  /// Key and value heads where the field is absent; `nil` stands for as many as query heads.
  var keyValueHeads: Int?
  /// Head width where the field is absent; `nil` stands for width / heads.
  var headDim: Int?
  var queryKeyValueBias = Switch.off
  var outputBias = Switch.off
  var feedForwardBias = Switch.off
  var headBias = Switch.off
  var queryKeyNorm = QueryKeyNorm.fixed(.none)
  var hasSinks = false
  var isLatent = false
  var norm = NormKind.rms
  var norms: [TensorRole] = [.attentionNorm, .feedForwardNorm]
  /// Whether attention and feed-forward network run side by side, with one norm for both.
  var sharesInput = Switch.off
  var isGated = true
  var windows = Windows.none
  var experts: ExpertRule?
  /// Dimensions of the config class, for classes whose published files leave them out.
  var defaults: Dimensions?

  struct Dimensions {
    var width, layers, heads, feedForward, vocabulary, positions: Int
  }
}

/// How a mixture of experts is laid out.
struct ExpertRule {
  /// Which layers have experts.
  enum Layers {
    case all
    /// Qwen: every `decoder_sparse_step`-th that is not in `mlp_only_layers`.
    case sparseStep
    /// DeepSeek: those from `first_k_dense_replace` on.
    case afterDense
    /// Llama 4: `moe_layers`, or every `interleave_moe_layer_step`-th.
    case interleaved
  }

  /// Experts that every token passes.
  enum Shared {
    case none
    /// One of the width of this field, weighed by a learned gate (Qwen2-MoE).
    case gated(widthKey: String)
    /// As many as this field says, each as wide as a routed one (DeepSeek).
    case count(key: String)
    /// One as wide as a routed one (Llama 4).
    case one
  }

  var layers = Layers.all
  var widthKey = "intermediate_size"
  var denseWidthKey = "intermediate_size"
  /// Experts per token where the field is absent.
  var perToken: Int?
  var shared = Shared.none
  var hasRouterBias = false
  var hasExpertBias = false
}
