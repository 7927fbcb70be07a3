import Foundation
import Testing

@testable import SNMPDriver

/// After a change of a model file, `BUSBAR_UPDATE_REFERENCE=1 swift test --filter DevicesPageTests` writes the page anew.
@Suite struct DevicesPageTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../docs/devices.md").standardized

    @Test("docs/devices.md says of every built-in model what its file says")
    func isCurrent() throws {
        let page = try String(contentsOf: Self.path, encoding: .utf8)
        let filled = try #require(try DevicesPage.filled(page))
        if ProcessInfo.processInfo.environment["BUSBAR_UPDATE_REFERENCE"] != nil {
            try filled.write(to: Self.path, atomically: true, encoding: .utf8)
        } else {
            #expect(page == filled, "docs/devices.md is not current; run the tests with BUSBAR_UPDATE_REFERENCE=1")
        }
        for id in ModelLibrary.ids { #expect(filled.contains("### `\(id)`")) }
    }
}
