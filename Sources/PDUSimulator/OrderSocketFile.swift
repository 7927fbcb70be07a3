import Glibc

/// The file of a socket for orders.
enum OrderSocketFile {
    static func restrictToOwner(_ path: String) { chmod(path, 0o600) }

    static func remove(_ path: String) { unlink(path) }
}
