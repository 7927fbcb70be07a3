import Foundation
import Glibc

/// A Unix-domain socket at which only the user who runs this process, and root, can connect.
public enum PrivateSocket {
    /// Makes the socket, which does not listen yet. A socket that an earlier process left at the path is replaced.
    ///
    /// - Parameter path: at most 107 bytes.
    /// - Returns: the descriptor, which belongs to the caller.
    /// - Throws: `system` when the path is too long, or there is something else than a socket.
    public static func bind(_ path: String) throws(LocalServicesError) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isShort = withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard path.utf8.count < place.count else { return false }
            place.copyBytes(from: path.utf8)
            return true
        }
        guard isShort else { throw .system("the path of the socket \(path)", ENAMETOOLONG) }
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system("the socket \(path)", errno) }
        // Only a socket is replaced: anything else at the path is somebody's file.
        let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        if kind == .typeSocket { unlink(path) }
        // Linux makes the file with the mode that the socket itself has, less the umask.
        let isBound =
            fchmod(descriptor, 0o600) == 0
            && withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    Glibc.bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
        guard isBound else {
            let number = errno
            close(descriptor)
            throw .system("the socket \(path)", number)
        }
        return descriptor
    }

    /// Removes the file of a socket.
    public static func remove(_ path: String) { unlink(path) }
}
