import Reports
import Testing

@Suite("Documents")
struct DocumentTests {
  static var sample: Document {
    var document = Document()
    document.append(.heading("Llama 3 on *A100*", level: 1))
    document.append(.paragraph("One paragraph of\ntext that is longer than forty columns."))
    document.append(.heading("Memory", level: 2))
    document.append(
      .facts([
        .init("Weights", "16.1 GB"), .init("KV cache", nil),
        .init("Advice", "Use a smaller batch or a smaller model."),
      ]))
    document.append(
      .table(
        Table(columns: [.integer("Batch", key: "batch") { $0 }], rows: [1, 1024]).grid))
    document.append(.code("ridgeline predict\n\nridgeline plan\n", language: "sh"))
    document.append(.bullets(["first point, which needs more than one line", "second"]))
    document.append(.heading("Sources", level: 3))
    return document
  }

  @Test("Text wraps paragraphs, aligns facts and indents code")
  func text() {
    #expect(
      Self.sample.text(width: 40) == """
        Llama 3 on *A100*
        =================

        One paragraph of text that is longer
        than forty columns.

        Memory
        ------

        Weights   16.1 GB
        KV cache  –
        Advice    Use a smaller batch or a
                  smaller model.

        Batch
        -----
            1
        1,024

            ridgeline predict

            ridgeline plan

        - first point, which needs more than one
          line
        - second

        Sources

        """)
  }

  @Test("Markdown escapes text and fences code")
  func markdown() {
    #expect(
      Self.sample.markdown() == """
        # Llama 3 on \\*A100\\*

        One paragraph of text that is longer than forty columns.

        ## Memory

        - **Weights:** 16.1 GB
        - **KV cache:** –
        - **Advice:** Use a smaller batch or a smaller model.

        | Batch |
        |---:|
        | 1 |
        | 1,024 |

        ```sh
        ridgeline predict

        ridgeline plan
        ```

        - first point, which needs more than one line
        - second

        ### Sources

        """)
  }

  @Test("A fence is longer than the backticks inside")
  func fence() {
    let document = Document([.code("a ```` b", language: "")])
    #expect(document.markdown() == "`````\na ```` b\n`````\n")
  }

  @Test("Empty blocks leave nothing behind")
  func empty() {
    let document = Document([.paragraph(" "), .facts([]), .bullets([]), .paragraph("x")])
    #expect(document.text() == "x\n")
    #expect(document.markdown() == "x\n")
    #expect(Document().text() == "")
  }

  @Test("Names of facts may be long, empty or wide")
  func factNames() {
    let document = Document([.facts([.init("日本", "a"), .init("abcde", "b"), .init("x", "")])])
    #expect(document.text() == "日本   a\nabcde  b\nx\n")
  }
}
