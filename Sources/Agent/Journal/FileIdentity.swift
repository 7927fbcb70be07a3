import Glibc

/// Which file had a name when it was opened. What is written to a file that was removed since is lost.
struct FileIdentity: Sendable {
    private let path: String
    private let inode: UInt64?

    /// - Parameter path: of a file that is open now.
    init(path: String) {
        self.path = path
        inode = Self.inode(of: path)
    }

    /// Whether the open file is still the one that has the name.
    var isInPlace: Bool { inode == nil || inode == Self.inode(of: path) }

    private static func inode(of path: String) -> UInt64? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }
}
