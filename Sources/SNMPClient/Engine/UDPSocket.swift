import CSNMPShim
internal import Loop

/// A UDP socket that many devices share, closed with its last reference.
final class UDPSocket {
    /// How a datagram fared on its way out.
    enum SendOutcome: Equatable {
        case sent
        /// The system's buffers are full: soon there will be room.
        case busy
        /// It did not leave; the system's error number.
        case failed(Int32)
        /// It was not handed to the system, because the caller's leave to write is over.
        case overdue
    }

    private let descriptor: Int32
    private let source: LoopSource

    /// Opens a socket whose datagrams are announced by a call on the loop.
    /// - Throws: ``SNMPError/Code/sendFailed``.
    init(ipv6: Bool, onReadable: @escaping @Sendable () -> Void) throws(SNMPError) {
        // Room for the answers of a few thousand devices asked at once, as far as the system allows it.
        let descriptor = csnmp_socket_open(ipv6, 4 << 20)
        guard descriptor >= 0 else {
            throw SNMPError(.sendFailed, "no UDP socket can be opened: \(SystemError.text(-descriptor))")
        }
        self.descriptor = descriptor
        source = LoopSource(descriptor, on: .shared, label: "SNMP: answers") { _ in onReadable() }
        source.watch(for: .readable, instead: [])
    }

    deinit {
        source.cancel(.readable)
        csnmp_socket_close(descriptor)
    }

    func send(_ message: UnsafeBufferPointer<UInt8>, to address: SocketAddress) -> SendOutcome {
        var raw = address.raw
        let outcome = csnmp_socket_send(descriptor, &raw, message.baseAddress, message.count)
        return outcome == 0 ? .sent : SystemError.isTransient(-outcome) ? .busy : .failed(-outcome)
    }

    /// Reads what is waiting, in batches, and gives each datagram with its source.
    func receive(into inbox: Inbox, _ body: (UnsafeMutableBufferPointer<UInt8>, SocketAddress) -> Void) {
        // Bounded, so that a flood does not keep the loop from everything else; what is left announces itself.
        for _ in 0..<8 {
            let count = inbox.receive(from: descriptor, body)
            if count < Int(CSNMP_INBOX_SIZE) { return }
        }
    }
}
