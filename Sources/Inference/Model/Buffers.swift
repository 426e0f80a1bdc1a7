#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The activations of a pass; each keeps its memory while passes have one size.
struct Buffers {
  var hidden: [Float] = []
  var normed: [Float] = []
  var query: [Float] = []
  var key: [Float] = []
  var value: [Float] = []
  var attended: [Float] = []
  var projected: [Float] = []
  var gate: [Float] = []
  var up: [Float] = []
  var routed: [Float] = []
  var logits: [Float] = []
}

/// The hyperbolic tangent, by the C library.
func tanhf(_ x: Float) -> Float { Float(tanh(Double(x))) }

/// e^x, by the C library.
func expf(_ x: Float) -> Float { Float(exp(Double(x))) }

/// Why tokens cannot be run.
public enum InferenceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Tokens cannot be dealt out to the sequences.
  case tokenCount(Int, sequences: Int)
  /// A token is not in the vocabulary.
  case unknownToken(Int, vocabulary: Int)
  /// More tokens than there is room for.
  case contextIsFull(needed: Int, capacity: Int)

  /// The problem and the remedy in one line.
  public var description: String {
    switch self {
    case .tokenCount(let count, let sequences):
      "\(count) tokens cannot be dealt out to \(sequences) sequences; give each as many, at least 1"
    case .unknownToken(let token, let vocabulary):
      "token \(token) is not in the vocabulary of \(vocabulary)"
    case .contextIsFull(let needed, let capacity):
      "\(needed) tokens do not fit a context of \(capacity); use a larger --context"
    }
  }
}
