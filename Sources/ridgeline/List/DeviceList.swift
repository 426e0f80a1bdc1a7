import HardwareProfiles
import Reports

/// The hardware profiles: a table of key figures, or every figure with basis and source as JSON.
enum DeviceList {
  static func text(matching match: String?, as format: OutputFormat) throws -> String {
    let profiles = try ProfileCatalog.all().filter {
      match.matches([$0.id, $0.name, $0.architecture] + $0.aliases)
    }
    guard format == .json else {
      return try Table(columns: columns, rows: profiles).text(as: format)
    }
    return try JSONValue.array(profiles.map(json)).text() + "\n"
  }

  private static var columns: [Column<HardwareProfile>] {
    func rate(_ unit: ComputeUnit) -> Column<HardwareProfile> {
      let suffix = unit.isInteger ? "TOP/s" : "TFLOP/s"
      return .number(
        "\(unit.rawValue)", key: "\(unit.rawValue)_peak_ops_per_s",
        style: .fixed(suffix, per: 1e12)
      ) { $0.fastestRate(of: unit)?.peak.value }
    }
    return [
      .text("id", key: "id") { $0.id }, .text("name", key: "name") { $0.name },
      .text("kind", key: "kind") { $0.kind.rawValue },
      .number("memory", key: "capacity_bytes", style: .fixed("GB", per: 1e9)) {
        $0.memory.capacity?.value
      },
      .number(
        "bandwidth", key: "bandwidth_theoretical_bytes_per_s", style: .fixed("GB/s", per: 1e9),
        digits: 4
      ) { $0.memory.theoreticalBandwidth?.value },
      .number(
        "sustained", key: "bandwidth_sustained_bytes_per_s", style: .fixed("GB/s", per: 1e9),
        digits: 4
      ) { $0.memory.sustainedBandwidth?.value },
      rate(.fp32), rate(.fp16), rate(.int8),
      .text("bandwidth from", key: "bandwidth_source") {
        $0.memory.theoreticalBandwidth.map { "\($0.basis.rawValue): \($0.source)" }
      },
    ]
  }

  private static func json(_ profile: HardwareProfile) -> JSONValue {
    [
      "id": .string(profile.id), "name": .string(profile.name),
      "vendor": .string(profile.vendor), "kind": .string(profile.kind.rawValue),
      "architecture": .string(profile.architecture),
      "capacity_bytes": profile.memory.capacity.map(json),
      "usable_fraction": profile.memory.usableFraction.map(json),
      "in_band_ecc_fraction": profile.memory.inBandECCFraction.map(json),
      "bandwidth_theoretical_bytes_per_s": profile.memory.theoreticalBandwidth.map(json),
      "bandwidth_sustained_bytes_per_s": profile.memory.sustainedBandwidth.map(json),
      "bandwidth_fastest_bytes_per_s": profile.memory.fastestBandwidth.map(json),
      "compute": .array(
        profile.compute.map { rate in
          [
            "unit": .string(rate.unit.rawValue), "via": .string(rate.mechanism),
            "accumulate": .string(rate.accumulator), "peak_ops_per_s": json(rate.peak),
            "sustained_ops_per_s": rate.sustained.map(json),
            "untuned_libraries": rate.untuned.isEmpty
              ? nil
              : .array(
                rate.untuned.map {
                  ["library": .string($0.library), "sustained_ops_per_s": json($0.sustained)]
                }),
          ]
        }),
      "caches": .array(
        profile.caches.map {
          ["level": .string($0.level), "capacity_bytes": json($0.capacity)]
        }),
      "links": .array(
        profile.links.map {
          ["name": .string($0.name), "bandwidth_bytes_per_s": json($0.bandwidth)]
        }),
      "aliases": .array(profile.aliases.map(JSONValue.string)),
      "notes": .array(profile.notes.map(JSONValue.string)),
    ]
  }

  private static func json(_ figure: Figure) -> JSONValue {
    [
      "value": .number(figure.value), "basis": .string(figure.basis.rawValue),
      "source": .string(figure.source), "verified": figure.isVerified ? nil : false,
    ]
  }
}
