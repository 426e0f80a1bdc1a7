extension BlockLayout {
  /// The field with this name, which must exist.
  public func field(_ name: String) -> Field {
    guard let field = fields.first(where: { $0.name == name }) else {
      preconditionFailure("no field '\(name)'")
    }
    return field
  }

  /// How many bytes of a block precede the field with this name, which must exist.
  public func byteOffset(of name: String) -> Int {
    var bits = 0
    for field in fields {
      if field.name == name { return bits / 8 }
      bits += field.bits
    }
    preconditionFailure("no field '\(name)'")
  }
}
