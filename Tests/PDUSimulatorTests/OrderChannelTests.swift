import Dispatch
import Glibc
import LocalServices
import PDUSimulator
import Power
import Synchronization
import Testing

@Suite("Orders from outside", .timeLimit(.minutes(10)))
struct OrderChannelTests {
    private struct Device: OrderableDevice {
        let pdu: SimulatedPDU

        init() throws { pdu = SimulatedPDU(model: .bare, outlets: 3, record: try DeviceRecord()) }

        func perform(_ order: SimulatorOrder) async throws(PDUSimulatorError) -> String {
            guard case .press(let outlet) = order, let state = pdu.press(outlet) else {
                throw PDUSimulatorError(.badOrder, "only buttons here")
            }
            return "outlet \(outlet): \(state)"
        }
    }

    /// Says something to a socket and returns what comes back until the other side has said as many lines.
    private func say(_ text: String, to path: String, lines: Int) async throws -> String {
        // Reading blocks, and the other side needs the threads of Swift's pool, which Dispatch's global queues share.
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "orders.tests").async {
                continuation.resume(with: Result { try Self.sayBlocking(text, to: path, lines: lines) })
            }
        }
    }

    private static func sayBlocking(_ text: String, to path: String, lines: Int) throws -> String {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        let bytes = Array(text.utf8)
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        var answer: [UInt8] = []
        while answer.count(where: { $0 == UInt8(ascii: "\n") }) < lines {
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            answer += buffer.prefix(count)
        }
        return String(decoding: answer, as: UTF8.self)
    }

    @Test("come through a socket that only its owner can use, and each is answered")
    func socketOrders() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "orders")
        let device = try Device()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (opened, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
            group.addTask {
                try await OrderSocket.serve(path: path, device: device) { continuation.finish() }
            }
            for await _ in opened {}
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            let pressed = try await say("press 2\npress 2\n", to: path, lines: 2)
            #expect(pressed == "outlet 2: ON\noutlet 2: OFF\n")
            let mixed = try await say("press 9\n\n  \npress 1\n", to: path, lines: 2)
            #expect(mixed == "error: only buttons here\noutlet 1: ON\n")
            let overlong = try await say(String(repeating: "x", count: 5_000), to: path, lines: 1)
            #expect(overlong == "")
            let afterwards = try await say("press 3\n", to: path, lines: 1)
            #expect(afterwards == "outlet 3: ON\n")
            group.cancelAll()
        }
        #expect(access(path, F_OK) != 0)
        #expect(device.pdu.states == [.on, .off, .on])
    }

    @Test("come from a pipe until its end")
    func pipedOrders() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let text = Array("press 1\r\npress 3\npress".utf8)
        try #require(write(ends[1], text, text.count) == text.count)
        close(ends[1])
        let answers = Mutex<[String]>([])
        await OrderInput.serve(descriptor: ends[0], device: try Device()) { answer in
            answers.withLock { $0.append(answer) }
        }
        close(ends[0])
        #expect(answers.withLock { $0 } == ["outlet 1: ON", "outlet 3: ON"])
    }

    @Test("are no longer waited for when the task is cancelled")
    func cancelled() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let device = try Device()
        await withTaskGroup { [reading = ends[0]] group in
            group.addTask { await OrderInput.serve(descriptor: reading, device: device) { _ in } }
            group.cancelAll()
        }
        for end in ends { close(end) }
    }
}
