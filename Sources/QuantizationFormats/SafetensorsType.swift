/// A data type of the safetensors container, by the name its headers use.
public struct SafetensorsType: Hashable, Sendable, Identifiable {
  /// The name in the header, such as `BF16`.
  public let id: String
  /// How the type stores numbers.
  public let format: StorageFormat

  private init(_ id: String, _ format: StorageFormat) {
    self.id = id
    self.format = format
  }

  /// The type with this name, upper case as in a header.
  public init?(name: String) {
    guard let type = Self.all.first(where: { $0.id == name }) else { return nil }
    self = type
  }

  /// All types.
  ///
  /// `F4` counts single numbers although a header may call a pair of them one element.
  public static let all: [SafetensorsType] = [
    SafetensorsType("F64", .f64), SafetensorsType("F32", .f32), SafetensorsType("F16", .f16),
    SafetensorsType("BF16", .bf16), SafetensorsType("F8_E4M3", .f8_e4m3),
    SafetensorsType("F8_E5M2", .f8_e5m2), SafetensorsType("F8_E8M0", .f8_e8m0),
    SafetensorsType("F6_E2M3", .f6_e2m3), SafetensorsType("F6_E3M2", .f6_e3m2),
    SafetensorsType("F4", .f4_e2m1), SafetensorsType("I64", .i64), SafetensorsType("I32", .i32),
    SafetensorsType("I16", .i16), SafetensorsType("I8", .i8), SafetensorsType("U64", .u64),
    SafetensorsType("U32", .u32), SafetensorsType("U16", .u16), SafetensorsType("U8", .u8),
    SafetensorsType("BOOL", .bool),
  ]
}
