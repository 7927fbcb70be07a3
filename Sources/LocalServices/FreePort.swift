import Glibc
import Synchronization

/// Finds ports of 127.0.0.1 that nobody uses.
///
/// They are taken from below the range in which Linux gives ports to outgoing connections, so that a service can be
/// stopped and started again on the same port without finding it taken meanwhile. While a process runs that was given one,
/// no other is given the same.
public enum FreePort {
    /// The range ports are taken from.
    public static let range = 10_240...19_999

    private static let given = Mutex<Set<Int>>([])
    /// Here each process locks the bytes with the numbers of its ports, as long as it lives. It is a file that every machine
    /// has and nobody has to clear away.
    private static let locks = open("/dev/null", O_RDWR | O_CLOEXEC)

    /// A free TCP port.
    ///
    /// - Throws: `system` when none is free.
    public static func tcp() throws(LocalServicesError) -> Int { try find(Int32(SOCK_STREAM.rawValue), "TCP") }

    /// This TCP port where it is free, otherwise any free one.
    ///
    /// - Throws: `system` when none is free.
    public static func tcp(preferring port: Int) throws(LocalServicesError) -> Int {
        isFree(port, Int32(SOCK_STREAM.rawValue)) ? port : try tcp()
    }

    /// A free UDP port.
    ///
    /// - Throws: `system` when none is free.
    public static func udp() throws(LocalServicesError) -> Int { try find(Int32(SOCK_DGRAM.rawValue), "UDP") }

    private static func find(_ kind: Int32, _ name: String) throws(LocalServicesError) -> Int {
        for _ in 0..<2_000 {
            let port = Int.random(in: range)
            let isNew = given.withLock { given in
                // Rather give one twice than none at all in a process that asks for thousands.
                if given.count > range.count / 2 { given.removeAll() }
                return given.insert(port).inserted
            }
            if isNew, reserve(port), isFree(port, kind) { return port }
        }
        throw LocalServicesError(
            .system,
            "no free \(name) port on 127.0.0.1 between \(range.lowerBound) and \(range.upperBound)"
        )
    }

    /// Whether no other process was given the port. Where locks cannot be had, all are taken to be free.
    private static func reserve(_ port: Int) -> Bool {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = off_t(port)
        lock.l_len = 1
        // F_OFD_SETLK, which Swift does not see: a lock of the open file. The process's own go when anything in it closes
        // /dev/null.
        return fcntl(locks, 37, &lock) == 0 || (errno != EACCES && errno != EAGAIN)
    }

    private static func isFree(_ port: Int, _ kind: Int32) -> Bool {
        let descriptor = socket(AF_INET, kind | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withLoopbackAddress(port) { address, length in bind(descriptor, address, length) == 0 }
    }
}
