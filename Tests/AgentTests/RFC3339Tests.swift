import Foundation
import Testing

@testable import Agent

@Suite("A time as RFC 3339 writes it")
struct RFC3339Tests {
    @Test("is the same text again after it was read, for every millisecond")
    func roundTrip() throws {
        for millisecond in 0..<1_000 {
            let text = "2026-03-01T12:34:56.\(String(format: "%03d", millisecond))Z"
            let date = try #require(RFC3339.date(text))
            #expect(RFC3339.text(date) == text)
        }
    }

    @Test("is what the system's formatter writes, from 1970 to 9999 and beyond")
    func likeTheFormatter() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        var random = RandomSource(seed: 3)
        let edges = [0, 951_782_400, 951_868_799.999, 4_107_542_399.5, 253_402_300_799, 253_402_300_800, -1]
        for seconds in edges
            + (0..<2_000).map({ _ in Double.random(in: 0...253_402_300_799, using: &random).rounded() })
        {
            let date = Date(timeIntervalSince1970: seconds)
            #expect(RFC3339.text(date) == style.format(Date(timeIntervalSince1970: seconds + 0.000_25)))
        }
    }

    @Test(
        "is read with fractions, without, and with an offset",
        arguments: ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.000Z", "2026-03-01T14:00:00+02:00"]
    )
    func forms(text: String) throws {
        #expect(RFC3339.date(text).map(RFC3339.text) == "2026-03-01T12:00:00.000Z")
    }

    @Test(
        "is not read out of anything else",
        arguments: [
            "", "tomorrow", "2026-03-01", "12:00:00Z", "2026-13-01T12:00:00Z", String(repeating: "2", count: 99),
        ]
    )
    func nonsense(text: String) {
        #expect(RFC3339.date(text) == nil)
    }
}
