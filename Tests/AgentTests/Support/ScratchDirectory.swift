import Foundation

/// A directory that is removed with its last reference.
final class ScratchDirectory: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.path + "/busbar-test-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            fatalError("no place for temporary files: \(error)")
        }
    }

    deinit {
        // What is left is cleared away with the system's temporary files.
        try? FileManager.default.removeItem(atPath: path)
    }
}
