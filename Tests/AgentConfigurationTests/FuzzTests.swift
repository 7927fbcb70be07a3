import AgentConfiguration
import TestSupport
import Testing

@Suite struct FuzzTests {
    /// Pieces that mean something to YAML or to the parser.
    private static let pieces = [
        ":", ": ", "- ", "? ", "[", "]", "{", "}", "\"", "'", "#", "|", ">", "&a ", "*a", "!x ", "%", "\n", "\n  ",
        "\t", "${",
        "}", "$${X}", "<<: ", "---\n", "...\n", "null", "true", "-1", "99999999999999999999", "1e999", ".nan", "0x",
        "\u{0}",
        "\u{7F}", "\u{FEFF}", "\u{2028}", "é", "👨‍👩‍👧", "\r", "[[[[[[", "{{{{{{", "pdus:", "mqtt:", "1s", "90d", "/", "..",
        "\\",
    ]

    @Test("no change to the example crashes the parser; it is taken, or errors by line say why not", arguments: 0..<8)
    func mutations(_ seed: UInt64) throws {
        let example = Array(try repositoryText("config/busbar.example.yaml").utf8)
        var random = SeededRandom(seed: seed)
        var refused = 0
        for _ in Fuzz.rounds(100) {
            var bytes = example
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, &random) }
            do {
                _ = try ConfigurationFile.parse(
                    FileContents(bytes: bytes),
                    fileName: "busbar.yaml",
                    sources: exampleSources
                )
            } catch {
                refused += 1
                #expect(error.issues.contains { $0.severity == .error })
                #expect(error.issues.allSatisfy { $0.line >= 1 && $0.column >= 1 && !$0.message.isEmpty })
                let places = error.issues.map { [$0.line, $0.column] }
                #expect(places == places.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) })
            }
        }
        #expect(refused > 0)
    }

    @Test("no heap of meaningful pieces crashes the parser", arguments: 0..<8)
    func heaps(_ seed: UInt64) {
        var random = SeededRandom(seed: seed &+ 1000)
        for _ in Fuzz.rounds(200) {
            let text = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                Self.pieces.randomElement(using: &random) ?? ""
            }.joined()
            #expect(complaints(text) != "")
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, index + Int.random(in: 1...40, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.removeSubrange(index..<end)
        case 2: bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: 0...bytes.count, using: &random))
        case 3: bytes.insert(contentsOf: (Self.pieces.randomElement(using: &random) ?? "").utf8, at: index)
        case 4: bytes.removeSubrange(index...)
        default: bytes.swapAt(index, Int.random(in: 0..<bytes.count, using: &random))
        }
    }
}
