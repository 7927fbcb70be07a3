import Dispatch
import Glibc
import LocalServices
import Synchronization
import TestSupport

@testable import MQTTClient

/// A listener that speaks just enough MQTT to behave as no real broker here would.
final class FakeBroker: Sendable {
    /// A packet from the client.
    struct Packet: Sendable {
        /// 1 CONNECT, 3 PUBLISH, 8 SUBSCRIBE, 12 PINGREQ, 14 DISCONNECT.
        let type: UInt8
        let body: [UInt8]

        /// The version a CONNECT asks for: 4 is 3.1.1.
        var protocolLevel: UInt8? { type == 1 && body.count > 6 ? body[6] : nil }
        /// The packet number of a SUBSCRIBE, or of a PUBLISH of QoS 1.
        var number: [UInt8] { Array(body.dropFirst(type == 3 && body.count > 2 ? 2 + topicLength : 0).prefix(2)) }
        /// The topic of a PUBLISH.
        var topic: String? {
            guard type == 3, body.count > 2 else { return nil }
            return String(decoding: body.dropFirst(2).prefix(topicLength), as: UTF8.self)
        }
        private var topicLength: Int { Int(body[0]) << 8 | Int(body[1]) }
        /// A welcome in the client's version.
        var welcome: [UInt8] { protocolLevel == 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0] }
    }

    enum Reply: Sendable {
        case nothing
        case send([UInt8])
        case close
    }

    let port: Int
    /// What clients have sent, over all connections.
    let packets = Recorder<Packet>()
    private let listener: Int32
    private let buffers = Mutex<[Int32: [UInt8]]>([:])
    private let queue = DispatchQueue(label: "busbar.fake-broker")
    private let behaviour: @Sendable (Packet) -> Reply

    init(_ behaviour: @escaping @Sendable (Packet) -> Reply) throws {
        self.behaviour = behaviour
        port = try FreePort.tcp()
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(listener, 16) == 0 else { throw LocalServicesError(.system, "cannot listen") }
        watch(listener) { broker in
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return false }
            broker.buffers.withLock { $0[connection] = [] }
            broker.watch(connection) { $0.readable(connection) }
            return true
        }
    }

    deinit {
        // The sources see the end, and close.
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in buffers.withLock({ Array($0.keys) }) { shutdown(connection, Int32(SHUT_RDWR)) }
    }

    /// Calls the handler until it says that this was the end, or the broker is gone; then closes.
    private func watch(_ descriptor: Int32, _ handler: @escaping @Sendable (FakeBroker) -> Bool) {
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { [weak self] in
            if let self, handler(self) { return }
            source.cancel()
        }
        source.setCancelHandler { @Sendable [weak self] in
            self?.buffers.withLock { $0[descriptor] = nil }
            close(descriptor)
        }
        source.activate()
    }

    private func readable(_ connection: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(connection, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        guard count > 0 else { return false }
        var buffer = buffers.withLock { $0[connection] ?? [] } + bytes.prefix(count)
        while let packet = Self.takePacket(&buffer) {
            // Before the answer: who has that may look here at once.
            packets.append(packet)
            switch behaviour(packet) {
            case .nothing: break
            case .send(let answer): _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
            case .close: shutdown(connection, Int32(SHUT_RDWR))
            }
        }
        buffers.withLock { $0[connection] = buffer }
        return true
    }

    private static func takePacket(_ buffer: inout [UInt8]) -> Packet? {
        var length = 0
        for index in 1...4 where index < buffer.count {
            length |= Int(buffer[index] & 127) << (7 * (index - 1))
            guard buffer[index] < 128 else { continue }
            guard buffer.count > index + length else { return nil }
            let packet = Packet(type: buffer[0] >> 4, body: Array(buffer[(index + 1)..<(index + 1 + length)]))
            buffer.removeFirst(index + 1 + length)
            return packet
        }
        return nil
    }
}
