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
}
