import FoundationEssentials
import Glibc
import Synchronization

/// A directory of one's own, readable by nobody else, removed with everything in it by `remove()` or with the last
/// reference to it.
public final class TemporaryDirectory: Sendable {
    /// Where it is; short enough that a Unix-domain socket in it fits into the 107 bytes such a path may have.
    public let path: String
    private let isRemoved = Mutex(false)

    /// Makes a directory below `TMPDIR`, else below `/tmp`.
    ///
    /// - Parameters:
    ///   - prefix: how its name starts, for people who find it.
    ///   - isInMemory: whether it is in memory, where there is room for it: the disk of a busy machine may take seconds to
    ///     flush a file.
    /// - Throws: `system` when it cannot be made.
    public init(prefix: String = "busbar", isInMemory: Bool = false) throws(LocalServicesError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        // A long TMPDIR would make the paths of sockets too long.
        let onDisk = parent.hasPrefix("/") && parent.utf8.count <= 40 ? parent : "/tmp"
        let usable = isInMemory && Self.hasMemory ? Self.memory : onDisk
        var template = Array("\(usable)/\(prefix)-XXXXXX".utf8CString)
        let failure: Int32? = template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return EINVAL }
            return mkdtemp(start) == nil ? errno : nil
        }
        if let failure { throw .system("cannot make a temporary directory in \(usable)", failure) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static let memory = "/dev/shm"

    /// Whether 2 GiB of memory are free for files. A container often has 64 MiB of it.
    private static var hasMemory: Bool {
        var space = statvfs()
        guard statvfs(memory, &space) == 0 else { return false }
        return UInt64(space.f_bavail) * UInt64(space.f_frsize) >= 2 << 30
    }

    deinit { remove() }

    /// The path of something in it.
    public func path(of name: String) -> String { "\(path)/\(name)" }

    /// Writes a text file that only its owner can read.
    ///
    /// - Throws: `system` when it cannot be written.
    @discardableResult
    public func write(_ text: String, to name: String) throws(LocalServicesError) -> String {
        let path = path(of: name)
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .system("cannot write \(path)", errno) }
        defer { close(file) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system("cannot write \(path)", errno) }
            rest = rest.dropFirst(count)
        }
        return path
    }

    /// Reads a text file in it.
    ///
    /// - Throws: `system` when it cannot be read.
    public func read(_ name: String) throws(LocalServicesError) -> String {
        do {
            return String(decoding: try Data(contentsOf: URL(filePath: path(of: name))), as: UTF8.self)
        } catch {
            throw LocalServicesError(.system, "cannot read \(path(of: name)): \(error)")
        }
    }

    /// Makes a directory in it.
    ///
    /// - Throws: `system` when it cannot be made.
    public func makeDirectory(_ name: String) throws(LocalServicesError) {
        guard mkdir(path(of: name), 0o700) == 0 else { throw .system("cannot make \(path(of: name))", errno) }
    }

    /// Removes a file in it, if there is one.
    public func removeFile(_ name: String) { unlink(path(of: name)) }

    /// Removes it with everything in it; doing so twice is harmless.
    public func remove() {
        let isFirst = isRemoved.withLock { removed in
            defer { removed = true }
            return !removed
        }
        // What cannot be removed is left to the system's own cleaning of its temporary directory.
        if isFirst { try? FileManager.default.removeItem(atPath: path) }
    }
}
