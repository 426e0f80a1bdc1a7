/// Which storage format each tensor of a model gets.
public enum WeightScheme: Hashable, Sendable {
  /// Every parameter, embeddings and norms included: the arithmetic of papers.
  case everyTensor(StorageFormat)
  /// The linear layers of the blocks; embeddings, output head, norms and biases keep `rest`.
  case linearLayers(StorageFormat, rest: StorageFormat)
  /// The routed experts' matrices only (gpt-oss); everything else keeps `rest`.
  case routedExperts(StorageFormat, rest: StorageFormat)
  /// llama.cpp's file type: per-tensor rules for matrices, f32 for vectors.
  case ggml(GGMLMix)
}
