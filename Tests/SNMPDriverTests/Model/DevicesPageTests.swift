import Foundation
import Testing

@testable import SNMPDriver

/// After a change of a model file, `BUSBAR_UPDATE_REFERENCE=1 swift test --filter DevicesPageTests` writes the pages anew.
@Suite struct DevicesPageTests {
    private static let documents = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../docs").standardized
    private static let isUpdating = ProcessInfo.processInfo.environment["BUSBAR_UPDATE_REFERENCE"] != nil

    @Test("docs/devices.md lists every built-in model with what its file says")
    func indexIsCurrent() throws {
        let path = Self.documents.appending(path: "devices.md")
        let index = try String(contentsOf: path, encoding: .utf8)
        let filled = try #require(try DevicesPage.filled(index))
        try check(index, filled, at: path)
        for id in ModelLibrary.ids { #expect(filled.contains("[`\(id)`](devices/\(id).md)")) }
    }

    @Test("every built-in model has a page that says what its file says, and no page is left of another")
    func pagesAreCurrent() throws {
        let folder = Self.documents.appending(path: "devices")
        let pages = try DevicesPage.pages()
        for (id, text) in pages {
            let path = folder.appending(path: "\(id).md")
            try check(try? String(contentsOf: path, encoding: .utf8), text, at: path)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(names) == Set(pages.keys.map { "\($0).md" }))
    }

    private func check(_ present: String?, _ wanted: String, at path: URL) throws {
        if Self.isUpdating {
            try wanted.write(to: path, atomically: true, encoding: .utf8)
        } else {
            #expect(present == wanted, "\(path.path) is not current; run the tests with BUSBAR_UPDATE_REFERENCE=1")
        }
    }
}
