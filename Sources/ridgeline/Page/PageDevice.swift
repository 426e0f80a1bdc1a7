import Engines
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import Units

/// A device with its rates and expected times at all precisions, as the page reads it.
struct PageDevice {
  let value: JSONValue

  init(
    _ profile: HardwareProfile, _ precisions: [Precision], _ engine: EngineSelection,
    _ tables: inout PageTables
  ) throws {
    var rates: [JSONValue] = []
    var known: Device?
    for precision in precisions {
      let device = try PredictCommand.device(profile, precision, threads: nil, memory: nil)
      let expecter = try Expecter(engine, profile: profile, precision: precision, threads: nil)
      rates.append(
        .array([
          Self.unit(device.linear, &tables), Self.unit(device.attention, &tables),
          expecter.map { Self.encode($0, &tables) } ?? .integer(-1),
        ]))
      known = device
    }
    let cacheBytes = known?.cacheBytes ?? 0
    value = [
      "id": .string(profile.id), "name": .string(profile.name), "vendor": .string(profile.vendor),
      "kind": .string(profile.kind.rawValue),
      "memory": profile.memory.technology.map(JSONValue.string),
      "bandwidth": known.map { .number($0.bandwidth.value) },
      "sustained": profile.memory.sustainedBandwidth.map { .number($0.value) },
      "capacity": known?.capacity.map { .number($0.count) },
      "cache": cacheBytes > 0 ? .number(cacheBytes) : nil,
      "cache_bandwidth": known?.cacheBandwidth.map(JSONValue.number),
      "vector": Self.unit(known?.vector, &tables),
      "rates": .array(rates),
    ]
  }

  /// `[unit, mechanism, fastest, with wide sums]`; -1 where the device has no such rate.
  private static func unit(_ unit: Device.Unit?, _ tables: inout PageTables) -> JSONValue {
    guard let unit else { return .integer(-1) }
    return tables.place(
      of: .array([
        .string(unit.unit.rawValue), .string(unit.mechanism), .number(unit.fastest.value),
        .number(unit.wideAccumulator.value),
      ]), in: "units")
  }

  /// `[engine, builds, its own bytes, decode, prefill]`.
  private static func encode(_ expecter: Expecter, _ tables: inout PageTables) -> JSONValue {
    let decode = time(expecter.decode, &tables)
    let prefill = time(expecter.prefill, &tables)
    return tables.place(
      of: .array([
        .string(expecter.engine.name), .string(expecter.setting.era),
        .number(expecter.overhead.count), decode, prefill,
      ]), in: "expecters")
  }

  /// `[reach, rests on, half width of a new architecture, reach and rests on for steps of several tokens,
  /// term, term, ...]` with terms
  /// `[overlap, component, component, ...]` and components
  /// `[quantity, seconds for each, unknown variance]`; the quantity of one that follows the one
  /// before it, instead of overlapping with it, is its complement `~quantity`.
  private static func time(_ time: ExpectedTime, _ tables: inout PageTables) -> JSONValue {
    let several = time.basis(ofStepOf: 2)
    var fields: [JSONValue] = [
      .number(time.basis.reach),
      tables.place(of: .string(ExpectationText(time.basis).text), in: "bases"),
      .number(time.basis.newArchitectureReach), .number(several.reach),
      tables.place(of: .string(ExpectationText(several).text), in: "bases"),
    ]
    for term in time.terms {
      var components: [JSONValue] = [.number(term.overlap)]
      for part in term.parts {
        for (place, component) in part.enumerated() {
          let quantity = place > 0 ? ~component.quantity : component.quantity
          var numbers: [JSONValue] = [.integer(quantity), .number(component.secondsPerUnit)]
          if component.unknownVariance > 0 { numbers.append(.number(component.unknownVariance)) }
          components.append(tables.place(of: .array(numbers), in: "components"))
        }
      }
      fields.append(tables.place(of: .array(components), in: "terms"))
    }
    return tables.place(of: .array(fields), in: "times")
  }
}
