import Engines
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// Everything the interactive page computes with.
///
/// Coefficients of every model at every precision, rates of every device, terms of every engine;
/// `estimator.js` of `ReportPage` is the reader.
///
/// Arrays that repeat are written once and referred to by their place, which makes 100 models x 20
/// precisions x 100 devices less than a megabyte.
struct PageData {
  /// What the page offers and opens with.
  struct Request {
    var models: [ModelSelection]
    var precisions: [Precision]
    var profiles: [HardwareProfile]
    var engine: EngineSelection
    var workload: Workload
    /// What is shown first, by place.
    var selected: (model: Int, precision: Int, device: Int) = (0, 0, 0)
    /// Words that the table is filtered by at first.
    var filter = ""
  }

  let value: JSONValue

  init(_ request: Request) throws {
    var tables = PageTables()
    let devices = try request.profiles.map { profile in
      try PageDevice(profile, request.precisions, request.engine, &tables).value
    }
    let models = request.models.map { selection in
      PageModel(selection.model, request.precisions, &tables).value
    }
    value = [
      "schema_version": 1,
      "residual_scale": .number(IntervalReach.spread(unknown: 0)),
      "micro_batch": .number(Double(EngineSetting.defaultMicroBatch)),
      "columns_of_vectors": .number(PassWork.columnsOfVectors),
      "models": .array(models),
      "precisions": .array(request.precisions.map(Self.precision)),
      "devices": .array(devices),
      "tables": tables.value,
      "workload": [
        "batch": .integer(request.workload.batch), "prompt": .integer(request.workload.prompt),
        "generate": .integer(request.workload.generate),
        "context": request.workload.context.map(JSONValue.integer),
      ],
      "selected": [
        "model": .integer(request.selected.model),
        "precision": .integer(request.selected.precision),
        "device": .integer(request.selected.device),
      ],
      "filter": .string(request.filter),
    ]
  }

  private static func precision(_ precision: Precision) -> JSONValue {
    [
      "id": .string(precision.id), "summary": .string(precision.summary),
      "kv": .string(precision.kvCache.label),
      "bits": .number(precision.weights.typicalBits),
    ]
  }
}

/// Values that many entries share, each written once.
struct PageTables {
  private var places: [String: [String: Int]] = [:]
  private var values: [String: [JSONValue]] = [:]

  /// The place of `value` in the table called `name`.
  mutating func place(of value: JSONValue, in name: String) -> JSONValue {
    // A number that JSON cannot express has no place anywhere; the writer reports it.
    let key = (try? value.text(.compact)) ?? "\(value)"
    if let place = places[name]?[key] { return .integer(place) }
    let place = values[name]?.count ?? 0
    places[name, default: [:]][key] = place
    values[name, default: []].append(value)
    return .integer(place)
  }

  var value: JSONValue {
    var object = JSONObject()
    for name in values.keys.sorted() { object[name] = values[name].map(JSONValue.array) }
    return .object(object)
  }
}
