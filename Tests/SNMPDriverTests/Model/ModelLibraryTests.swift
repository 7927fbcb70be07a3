import Foundation
import Power
import SNMPClient
import Testing

@testable import SNMPDriver

@Suite("A built-in model", .timeLimit(.minutes(10)))
struct ModelLibraryTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Sources/SNMPDriver/Models").standardized

    @Test("is free of mistakes and has the id of its file", arguments: ModelLibrary.ids)
    func parses(id: String) throws {
        #expect(try builtIn(id).id == id)
    }

    @Test("is the text of its file, to the last byte")
    func equalsFiles() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            $0.hasSuffix(".yaml")
        }
        #expect(files.map { String($0.dropLast(5)) }.sorted() == ModelLibrary.ids)
        for file in files {
            let text = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
            #expect(ModelLibrary.text(String(file.dropLast(5))) == text, "\(file)")
        }
    }

    @Test("of the documentation's example is free of mistakes")
    func example() throws {
        let page = Self.folder.appending(path: "../../../docs/model-files.md").standardized
        let text = try String(contentsOf: page, encoding: .utf8)
        let parts = text.components(separatedBy: "```")
        let yaml = try #require(parts.first { $0.hasPrefix("yaml\n") }).dropFirst(5)
        #expect(try PDUModel(yaml: String(yaml), file: "model-files.md").id == "acme-pdu")
    }

    @Test("says what is doubtful where it was only seen")
    func doubts() {
        #expect(ModelLibrary.all.count == ModelLibrary.ids.count)
        #expect(ModelLibrary.all.allSatisfy { $0.maturity != .seen || !$0.doubts.isEmpty })
    }

    @Test("of every id that is asked for is there, or nothing is")
    func unknown() throws {
        #expect(try ModelLibrary.model("toaster") == nil)
        #expect(try ModelLibrary.model("../apc-rpdu") == nil)
    }
}
