/// The cost of one operation of a model at a precision, before a workload fills in the counts.
///
/// All sizes are for one layer; `repeats` layers are alike. Symbols as in `Pass`: B sequences,
/// T new tokens each, L visible tokens.
struct OperationTemplate: Sendable {
  /// Which rate does the multiplications.
  enum Arithmetic: UInt8, Sendable {
    case linear, attention, vector
  }

  /// How many tokens the operation runs on.
  enum Tokens: UInt8, Sendable {
    /// All B T tokens.
    case all
    /// The last token of each sequence, B.
    case last
  }

  let kind: OperationKind
  /// The group of identical layers; `nil` outside the blocks.
  let group: Int?
  let arithmetic: Arithmetic
  var tokens: Tokens = .all

  /// Operations for each token, apart from attention's.
  var operationsPerToken = 0.0
  /// Weight bytes read once in a pass; for routed experts those of one expert.
  var weightBytes = 0.0
  /// Weight bytes read for each token: rows of an embedding.
  var rowBytesPerToken = 0.0
  /// Activation bytes read and written for each token.
  var activationBytesPerToken = 0.0

  /// Routed experts and experts for each token; 0 experts for anything else.
  var experts = 0.0
  var expertsPerToken = 0.0

  /// Operations for each query-key pair, over all heads, in prefill and in decode.
  ///
  /// They differ for latent attention, which decodes in the latent space and expands keys and values in prefill.
  var operationsPerPairInPrefill = 0.0
  var operationsPerPairInDecode = 0.0
  /// Bytes of keys and values of one token in one layer.
  var cacheBytesPerToken = 0.0
  /// Whether the operation reads the cache (attention) or writes it (store).
  var readsCache = false
  var writesCache = false
  /// Visible tokens at most; infinite without a window.
  var window = Double.infinity

  /// Whether tensor parallelism divides the operation; norms and sums of the residual stream are
  /// done by every device alike.
  var isDividedByTensorParallelism = false
  /// Into how many parts its weights and work can be divided at most.
  ///
  /// Single key and value heads are not divided but copied, and so are their projections.
  var mostParts = Double.infinity
  /// Into how many parts the keys and values can be divided at most.
  var mostCacheParts = 1.0
}
