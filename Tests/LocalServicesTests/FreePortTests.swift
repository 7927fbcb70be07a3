import Glibc
import LocalServices
import Testing

@Suite("Free ports")
struct FreePortTests {
    @Test("are not given twice and lie below the system's own choices")
    func distinct() throws {
        var ports: Set<Int> = []
        for _ in 0..<200 {
            #expect(ports.insert(try FreePort.tcp()).inserted)
            #expect(ports.insert(try FreePort.udp()).inserted)
        }
        #expect(ports.allSatisfy { FreePort.range.contains($0) })
    }

    @Test("are not those where somebody listens, and may be those where somebody only once did")
    func listening() throws {
        let port = try FreePort.tcp()
        func socketAt(_ port: Int) -> Int32 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            let isBound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            #expect(isBound)
            return descriptor
        }
        // What a program between fork and exec has of a port that was looked at.
        let copy = socketAt(port)
        defer { close(copy) }
        #expect(try FreePort.tcp(preferring: port) == port)
        let server = socketAt(port)
        defer { close(server) }
        #expect(listen(server, 1) == 0)
        #expect(try FreePort.tcp(preferring: port) != port)
    }

    @Test("are given to one process alone as long as it runs")
    func betweenProcesses() async throws {
        let ports = Set(try (0..<200).map { _ in try FreePort.tcp() })
        await #expect(processExitsWith: .success) { [ports = ports as Set<Int>] in
            let others = try (0..<2_000).map { _ in try FreePort.tcp() }
            #expect(ports.isDisjoint(with: others))
        }
    }
}
