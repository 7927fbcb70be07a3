import Glibc
import LocalServices
import PDUSimulator
import Testing

@Suite("A fleet of simulated SNMP PDUs that is sent nonsense", .timeLimit(.minutes(10)))
struct SNMPFleetNonsenseTests {
    /// A whole GET of version 2c for 1.3.6.1.2.1.1.1.0 with the community `public`.
    private static let request: [UInt8] = [
        0x30, 0x26, 0x02, 0x01, 0x01, 0x04, 0x06, 0x70, 0x75, 0x62, 0x6C, 0x69, 0x63, 0xA0, 0x19, 0x02, 0x01, 0x01,
        0x02,
        0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x0E, 0x30, 0x0C, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x02, 0x01, 0x01, 0x01,
        0x00,
        0x05, 0x00,
    ]

    @Test("goes on answering")
    func survives() async throws {
        let port = try FreePort.udp()
        let fleet = try await SNMPFleet.start(SNMPFleetConfiguration(count: 1, basePort: port))
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        func send(_ bytes: [UInt8]) {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var random = SystemRandomNumberGenerator()
        for length in 0...Self.request.count { send(Array(Self.request.prefix(length))) }
        for _ in 0..<2_000 {
            var bytes = Self.request
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            send(bytes)
        }
        let result = try await SNMPTool.run(
            "snmpget",
            ["-v2c", "-c", "public", "udp:127.0.0.1:\(port)", "1.3.6.1.2.1.1.1.0"]
        )
        #expect(result.isSuccess, "\(result)")
        #expect(fleet.counts.dropped > 0)
    }
}
