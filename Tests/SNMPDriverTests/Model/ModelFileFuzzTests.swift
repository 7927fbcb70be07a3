import TestSupport
import Testing

@testable import SNMPDriver

@Suite("Model files that are broken by chance")
struct ModelFileFuzzTests {
    @Test(
        "are taken, or refused with what is wrong",
        arguments: ["raritan-px2", "apc-rpdu", "digipower", "rittal-cmc3"]
    )
    func mutations(_ id: String) throws {
        let text = Array(try #require(ModelLibrary.text(id)).utf8)
        var random = SeededRandom(seed: UInt64(text.count))
        for _ in Fuzz.rounds(100) {
            do throws(ModelErrors) {
                _ = try PDUModel(yaml: String(decoding: random.mutated(text), as: UTF8.self), file: "site.yaml")
            } catch {
                #expect(!error.problems.isEmpty)
            }
        }
    }
}
