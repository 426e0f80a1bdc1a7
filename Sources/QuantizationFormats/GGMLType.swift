/// A tensor type of ggml: the number under which GGUF files know a storage format.
public struct GGMLType: Hashable, Sendable, Identifiable {
  /// The number in ggml's `enum ggml_type`.
  public let id: Int
  /// How the type stores numbers.
  public let format: StorageFormat

  /// The name in lower case, such as `q4_k`.
  public var name: String { format.id }

  private init(_ id: Int, _ format: StorageFormat) {
    self.id = id
    self.format = format
  }

  /// The type with this number; `nil` for an unknown one and for 4, 5, 31 to 33 and 36 to 38,
  /// which ggml has removed.
  public init?(id: Int) {
    guard let type = Self.all.first(where: { $0.id == id }) else { return nil }
    self = type
  }

  /// The type with this name in lower case.
  public init?(name: String) {
    guard let type = Self.all.first(where: { $0.name == name }) else { return nil }
    self = type
  }

  /// All types, by number.
  public static let all: [GGMLType] = [
    GGMLType(0, .f32), GGMLType(1, .f16), GGMLType(2, .q4_0), GGMLType(3, .q4_1),
    GGMLType(6, .q5_0), GGMLType(7, .q5_1), GGMLType(8, .q8_0), GGMLType(9, .q8_1),
    GGMLType(10, .q2_k), GGMLType(11, .q3_k), GGMLType(12, .q4_k), GGMLType(13, .q5_k),
    GGMLType(14, .q6_k), GGMLType(15, .q8_k), GGMLType(16, .iq2_xxs), GGMLType(17, .iq2_xs),
    GGMLType(18, .iq3_xxs), GGMLType(19, .iq1_s), GGMLType(20, .iq4_nl), GGMLType(21, .iq3_s),
    GGMLType(22, .iq2_s), GGMLType(23, .iq4_xs), GGMLType(24, .i8), GGMLType(25, .i16),
    GGMLType(26, .i32), GGMLType(27, .i64), GGMLType(28, .f64), GGMLType(29, .iq1_m),
    GGMLType(30, .bf16), GGMLType(34, .tq1_0), GGMLType(35, .tq2_0), GGMLType(39, .mxfp4),
    GGMLType(40, .nvfp4), GGMLType(41, .q1_0), GGMLType(42, .q2_0),
  ]
}
