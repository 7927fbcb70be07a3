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

    @Test("are given to one process alone as long as it runs")
    func betweenProcesses() async throws {
        let ports = Set(try (0..<200).map { _ in try FreePort.tcp() })
        await #expect(processExitsWith: .success) { [ports = ports as Set<Int>] in
            let others = try (0..<2_000).map { _ in try FreePort.tcp() }
            #expect(ports.isDisjoint(with: others))
        }
    }
}
