import CSNMPShim

/// The buffers that datagrams are read into.
final class Inbox {
    private let pointer: OpaquePointer

    init?() {
        guard let pointer = csnmp_inbox_create() else { return nil }
        self.pointer = pointer
    }

    deinit {
        csnmp_inbox_destroy(pointer)
    }

    /// Reads up to 32 datagrams and gives their number.
    func receive(
        from descriptor: Int32,
        _ body: (UnsafeMutableBufferPointer<UInt8>, SocketAddress) -> Void
    ) -> Int {
        let count = csnmp_inbox_receive(pointer, descriptor)
        for index in 0..<count {
            var length = 0
            var source = csnmp_address()
            let start = csnmp_inbox_datagram(pointer, index, &length, &source)
            body(UnsafeMutableBufferPointer(start: start, count: length), SocketAddress(source))
        }
        return Int(count)
    }
}
