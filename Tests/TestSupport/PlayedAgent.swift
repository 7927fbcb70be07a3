import Dispatch
import Glibc
import LocalServices
import Synchronization

/// A UDP port of 127.0.0.1 where a test decides what is answered.
public final class PlayedAgent: Sendable {
    /// What comes back for a datagram, and from which address of the loopback network.
    public struct Reply: Sendable {
        /// The datagram.
        public var bytes: [UInt8]
        /// From 127.0.0.2, another host.
        public var isForeign: Bool

        /// A datagram.
        public init(bytes: [UInt8], isForeign: Bool = false) {
            self.bytes = bytes
            self.isForeign = isForeign
        }
    }

    /// The port.
    public let port: UInt16
    private let source: Source
    private let received = Recorder<[UInt8]>()

    /// Starts an agent; the closure is given each datagram with its number, from 0.
    public init(_ replies: @escaping @Sendable (_ datagram: [UInt8], _ number: Int) -> [Reply]) throws {
        let (own, port) = try Self.bind(host: 0x7F00_0001)
        let (foreign, _) = try Self.bind(host: 0x7F00_0002)
        self.port = port
        source = Source(descriptors: [own, foreign])
        source.start { [weak self] in
            while let (datagram, sender) = Self.read(own) {
                guard let self else { return }
                let number = self.received.count
                self.received.append(datagram)
                for reply in replies(datagram, number) {
                    Self.send(reply.bytes, to: sender, from: reply.isForeign ? foreign : own)
                }
            }
        }
    }

    /// An agent that answers nothing.
    public convenience init() throws { try self.init { _, _ in [] } }

    /// What has come so far.
    public var datagrams: [[UInt8]] { received.elements }

    /// Waits until so many datagrams have come, or the task is cancelled.
    public func hasReceived(_ count: Int) async { _ = try? await received.first(from: count - 1) { _ in true } }

    /// A socket at a free port; at another one where somebody else was given the same and came first.
    private static func bind(host: UInt32) throws -> (descriptor: Int32, port: UInt16) {
        for _ in 0..<10 {
            if let bound = bind(host: host, port: UInt16(try FreePort.udp())) { return bound }
        }
        throw Failure.noSocket
    }

    private static func bind(host: UInt32, port: UInt16) -> (descriptor: Int32, port: UInt16)? {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = host.bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return (descriptor, port) }
        close(descriptor)
        return nil
    }

    private static func read(_ descriptor: Int32) -> (datagram: [UInt8], sender: sockaddr_in)? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var sender = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutablePointer(to: &sender) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                recvfrom(descriptor, &buffer, buffer.count, 0, address, &length)
            }
        }
        return count >= 0 ? (Array(buffer.prefix(count)), sender) : nil
    }

    private static func send(_ bytes: [UInt8], to receiver: sockaddr_in, from descriptor: Int32) {
        var receiver = receiver
        _ = withUnsafePointer(to: &receiver) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    enum Failure: Error {
        case noSocket
    }

    /// The event source and the sockets, which end with the agent.
    private final class Source: Sendable {
        private let queue = DispatchQueue(label: "snmp.tests.agent")
        private let descriptors: [Int32]
        private let source: Mutex<(any DispatchSourceRead)?>

        init(descriptors: [Int32]) {
            self.descriptors = descriptors
            source = Mutex(nil)
        }

        func start(_ onReadable: @escaping @Sendable () -> Void) {
            let descriptors = descriptors
            source.withLock {
                let made = DispatchSource.makeReadSource(fileDescriptor: descriptors[0], queue: queue)
                made.setEventHandler { @Sendable in onReadable() }
                made.setCancelHandler { @Sendable in for descriptor in descriptors { close(descriptor) } }
                made.activate()
                $0 = made
            }
        }

        deinit { source.withLock { $0?.cancel() } }
    }
}
