/// Colours that differ for every kind of colour vision, on white and on near-black.
///
/// After Okabe and Ito, darkened for white until each has a contrast of 3 to 1. Shapes and dashes
/// repeat what colours say.
public enum ChartPalette {
  /// Colours of the series on a light ground.
  public static let light = ["#0072b2", "#c44e00", "#007a5a", "#a8437e", "#8a6100", "#595959"]
  /// Colours of the series on a dark ground.
  public static let dark = ["#56b4e9", "#ff9e4a", "#2fcb9a", "#e79ac6", "#f0c93a", "#b8b8b8"]

  /// Ground, text, quiet text and grid lines, light and dark.
  public static let ground = (light: "#ffffff", dark: "#0d1117")
  /// Text.
  public static let ink = (light: "#1b1f24", dark: "#e6edf3")
  /// Text of less weight.
  public static let muted = (light: "#57606a", dark: "#9aa4af")
  /// Grid lines.
  public static let grid = (light: "#d8dee4", dark: "#30363d")

  /// The style sheet of every chart: classes `s0` to `s5` for series and `k0` to `k5` for their
  /// labels, dark by the reader's choice.
  public static let styleSheet: String = {
    let lightRules = rules(
      light, ground: ground.light, ink: ink.light, muted: muted.light, grid: grid.light)
    let darkRules = rules(
      dark, ground: ground.dark, ink: ink.dark, muted: muted.dark, grid: grid.dark)
    return """
      .rl{font:13px system-ui,sans-serif}.rl .t{font-size:16px;font-weight:600}
      .rl .l{fill:none;stroke-width:2}.rl .h{stroke-dasharray:6 4;stroke-width:1.5}
      .rl .b{fill-opacity:.18}.rl .d{fill-opacity:.75}.rl .n{font-size:12px}
      \(lightRules)
      @media (prefers-color-scheme:dark){\(darkRules)}
      """
  }()

  /// The same colours as CSS variables of a page: `--ground`, `--ink`, `--muted`, `--grid`, `--s0`
  /// to `--s5`.
  public static var variables: String {
    func declarations(
      _ colors: [String], _ ground: String, _ ink: String, _ muted: String, _ grid: String
    ) -> String {
      var text = ":root{--ground:\(ground);--ink:\(ink);--muted:\(muted);--grid:\(grid)"
      for (index, color) in colors.enumerated() { text += ";--s\(index):\(color)" }
      return text + "}"
    }
    return declarations(light, ground.light, ink.light, muted.light, grid.light)
      + "\n@media (prefers-color-scheme:dark){"
      + declarations(dark, ground.dark, ink.dark, muted.dark, grid.dark) + "}\n"
  }

  private static func rules(
    _ colors: [String], ground: String, ink: String, muted: String, grid: String
  ) -> String {
    var text = ".rl .p{fill:\(ground)}.rl text{fill:\(ink)}.rl .m{fill:\(muted)}"
    text += ".rl .g{stroke:\(grid)}.rl .x{stroke:\(muted);fill:\(muted)}"
    text += ".rl .c{stroke:\(ink)}.rl .o{stroke:\(ground);stroke-width:4;paint-order:stroke}"
    for (index, color) in colors.enumerated() {
      text += ".rl .s\(index){stroke:\(color);fill:\(color)}.rl .k\(index){fill:\(color)}"
    }
    // A line's inside stays empty and a band has no border, whatever the series.
    return text + ".rl .l{fill:none}.rl .b{stroke:none}"
  }

  /// The class of a label that belongs to a series.
  static func labelClass(_ series: Int) -> String {
    series < 0 ? "" : " k\(series % light.count)"
  }

  /// The class of a series; series beyond the palette start over, negative ones are neutral.
  static func className(_ series: Int) -> String {
    series < 0 ? "x" : "s\(series % light.count)"
  }
}
