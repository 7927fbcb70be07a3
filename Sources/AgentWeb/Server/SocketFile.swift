import Foundation
import Glibc
import Synchronization

/// A Unix socket at which the page is served: who may open its file may ask.
public struct SocketFile: Sendable, Equatable {
    /// An absolute path, which the configuration keeps short enough for the place where the socket is made.
    public var path: String
    /// The group whose members may connect; only the agent's own user and root when not given.
    public var group: String?
    /// The user as whom everybody asks there who shows nothing else.
    public var user: String?

    /// A socket; everything that is not given has the default shown here.
    public init(path: String, group: String? = nil, user: String? = nil) {
        self.path = path
        self.group = group
        self.user = user
    }
}

/// A socket on its way to its path.
///
/// It is made in a folder that only the agent's user can enter, gets its mode and its group there, and is then moved to its
/// path. So nobody else can connect before they are right, and one that an earlier process left is replaced in one step.
final class SocketDraft: Sendable {
    /// Why there can be no socket.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private let file: SocketFile
    private let group: gid_t?
    private let folder: String
    /// Where the socket is made.
    var path: String { folder + "/s" }
    private let published = Mutex<UInt64?>(nil)

    init(_ file: SocketFile) throws(Problem) {
        self.file = file
        if let name = file.group {
            guard let entry = getgrnam(name) else {
                throw Problem(description: "this machine has no group '\(name)', as web.socket.group says")
            }
            group = entry.pointee.gr_gid
        } else {
            group = nil
        }
        folder = file.path + ".new"
        if let kind = Self.attributes(file.path)?[.type] as? FileAttributeType, kind != .typeSocket {
            throw Problem(description: "there is something else than a socket at \(file.path)")
        }
        // What a process left that ended between the two steps.
        unlink(path)
        rmdir(folder)
        guard mkdir(folder, 0o700) == 0 else {
            throw Problem(description: "cannot make \(folder): \(String(cString: strerror(errno)))")
        }
    }

    /// Moves the socket, which listens by now, to its path.
    func publish() throws(Problem) {
        let mode: mode_t = group == nil ? 0o600 : 0o660
        guard chmod(path, mode) == 0, group.map({ chown(path, uid_t.max, $0) == 0 }) ?? true else {
            let reason = String(cString: strerror(errno))
            throw Problem(
                description:
                    "cannot give \(file.path) to the group \(file.group ?? ""): \(reason); the agent's user has to "
                    + "be in that group"
            )
        }
        let made = Self.number(path)
        guard rename(path, file.path) == 0 else {
            throw Problem(description: "cannot make \(file.path): \(String(cString: strerror(errno)))")
        }
        published.withLock { $0 = made }
        rmdir(folder)
    }

    /// Takes away the socket, unless another one has come to its path.
    func remove() {
        if let published = published.withLock(\.self), Self.number(file.path) == published { unlink(file.path) }
        unlink(path)
        rmdir(folder)
    }

    /// The number that tells one file from another that comes to the same path.
    private static func number(_ path: String) -> UInt64? {
        (attributes(path)?[.systemFileNumber] as? NSNumber)?.uint64Value
    }

    private static func attributes(_ path: String) -> [FileAttributeKey: Any]? {
        try? FileManager.default.attributesOfItem(atPath: path)
    }
}
