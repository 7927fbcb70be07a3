import Glibc
import LocalServices

/// A TCP port of this host where nobody answers: either it refuses, or it says nothing at all.
final class DeafListener: Sendable {
    private let descriptors: [Int32]

    /// Takes up all the room that a listener at an address has, so that the system drops every further attempt.
    ///
    /// - Throws: when the address is none of this host's, as without IPv6.
    init(_ address: String, port: Int) throws {
        var descriptors: [Int32] = []
        func fail(_ what: String) -> LocalServicesError {
            for descriptor in descriptors { close(descriptor) }
            return LocalServicesError(.system, what)
        }
        func open(_ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32) throws -> Int32 {
            let isIPv6 = address.contains(":")
            let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            descriptors.append(descriptor)
            let code: Int32
            if isIPv6 {
                var six = sockaddr_in6()
                six.sin6_family = sa_family_t(AF_INET6)
                six.sin6_port = in_port_t(truncatingIfNeeded: port).bigEndian
                inet_pton(AF_INET6, address, &six.sin6_addr)
                code = withUnsafePointer(to: &six) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        use(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                    }
                }
            } else {
                var four = sockaddr_in()
                four.sin_family = sa_family_t(AF_INET)
                four.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
                inet_pton(AF_INET, address, &four.sin_addr)
                code = withUnsafePointer(to: &four) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        use(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
            }
            guard code == 0 || errno == EINPROGRESS else {
                throw fail("\(address): \(String(cString: strerror(errno)))")
            }
            return descriptor
        }
        let listener = try open { bind($0, $1, $2) }
        guard listen(listener, 0) == 0 else { throw fail("cannot listen") }
        // One connection fills the queue; the ones behind it are never answered.
        for _ in 0..<4 {
            _ = try open { descriptor, address, length in
                _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
                return connect(descriptor, address, length)
            }
        }
        self.descriptors = descriptors
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
