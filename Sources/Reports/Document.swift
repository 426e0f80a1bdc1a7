/// A report as a sequence of blocks, before any format.
///
/// All text is plain: the renderers escape what their format would take for markup.
public struct Document: Equatable, Sendable {
  /// One part of a document.
  public enum Block: Equatable, Sendable {
    /// A heading; level 1 is the title.
    case heading(String, level: Int)

    /// Running text, wrapped to the width of the terminal.
    case paragraph(String)

    /// Names with their values, one pair a line.
    case facts([Fact])

    /// A table.
    case table(TableGrid)

    /// Text to be shown as it is; `language` is a Markdown info string such as "sh".
    case code(String, language: String)

    /// A list without order.
    case bullets([String])

    /// Other documents with what they hold.
    case links([Link])

    /// A chart; `file` is where its SVG lies beside a Markdown document.
    case figure(Chart, file: String)
  }

  /// A name with its value.
  public struct Fact: Equatable, Sendable {
    /// What the value is, without a colon.
    public let name: String

    /// The value with its unit, ready to read.
    public let value: String

    /// Pairs a name with its value; nil is shown as an en dash.
    public init(_ name: String, _ value: String?) {
      self.name = name
      self.value = value ?? "\u{2013}"
    }
  }

  /// A reference to another document.
  public struct Link: Equatable, Sendable {
    /// What it is called.
    public let title: String

    /// Where it lies, relative to this document.
    public let target: String

    /// What it holds.
    public let summary: String

    /// Describes a reference.
    public init(_ title: String, target: String, summary: String) {
      self.title = title
      self.target = target
      self.summary = summary
    }
  }

  /// The blocks in reading order.
  public var blocks: [Block]

  /// A document of these blocks.
  public init(_ blocks: [Block] = []) {
    self.blocks = blocks
  }

  /// Appends a block.
  public mutating func append(_ block: Block) {
    blocks.append(block)
  }
}
