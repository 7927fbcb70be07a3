import Foundation

/// The repository that the tests belong to.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().standardizedFileURL

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    /// The files below a folder with one of these endings, hidden ones and build folders left out.
    static func files(in folder: String = "", endingIn endings: String...) -> [String] {
        let start = root.appendingPathComponent(folder).standardizedFileURL
        let names = FileManager.default.enumerator(
            at: start,
            includingPropertiesForKeys: nil,
            options: [.skipsHiddenFiles]
        )
        let paths = (names?.allObjects ?? []).compactMap { ($0 as? URL)?.standardizedFileURL.path }
        return paths.filter { path in endings.contains { path.hasSuffix("." + $0) } }
            .map { String($0.dropFirst(root.path.count + 1)) }
            .sorted()
    }
}
