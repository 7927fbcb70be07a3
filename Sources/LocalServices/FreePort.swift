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

    /// What this process was given, and in which order. Of more than half of the range, the oldest are given again: what was
    /// given a moment ago may not be in use yet.
    private struct Given {
        private var ports: Set<Int> = []
        private var order: [Int] = []
        private var oldest = 0

        mutating func insert(_ port: Int) -> Bool {
            guard ports.insert(port).inserted else { return false }
            if order.count < range.count / 2 {
                order.append(port)
            } else {
                ports.remove(order[oldest])
                order[oldest] = port
                oldest = (oldest + 1) % order.count
            }
            return true
        }
    }

    private static let given = Mutex(Given())
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

    /// What is started on a TCP port: the one that is asked for, or a free one, and another where somebody was faster.
    ///
    /// - Throws: what the start throws for the port that is asked for, or for the tenth free one.
    public static func withTCP<Service: Sendable>(
        _ given: Int?,
        isolation: isolated (any Actor)? = #isolation,
        _ start: (Int) async throws -> Service
    ) async throws -> Service {
        try await started(given, tcp, start)
    }

    /// The same on a UDP port.
    public static func withUDP<Service: Sendable>(
        _ given: Int?,
        isolation: isolated (any Actor)? = #isolation,
        _ start: (Int) async throws -> Service
    ) async throws -> Service {
        try await started(given, udp, start)
    }

    private static func started<Service: Sendable>(
        _ given: Int?,
        _ free: () throws -> Int,
        isolation: isolated (any Actor)? = #isolation,
        _ start: (Int) async throws -> Service
    ) async throws -> Service {
        if let given { return try await start(given) }
        for _ in 0..<9 {
            if let service = try? await start(try free()) { return service }
        }
        return try await start(try free())
    }

    private static func find(_ kind: Int32, _ name: String) throws(LocalServicesError) -> Int {
        for _ in 0..<2_000 {
            let port = Int.random(in: range)
            if given.withLock({ $0.insert(port) }), reserve(port), isFree(port, kind) { return port }
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
        // A program that another thread starts has a copy of this socket between its fork and its exec. With this, a server
        // that says the same is not kept from the port by it; one that listens is found all the same.
        if kind == Int32(SOCK_STREAM.rawValue) {
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
        return withLoopbackAddress(port) { address, length in bind(descriptor, address, length) == 0 }
    }
}
