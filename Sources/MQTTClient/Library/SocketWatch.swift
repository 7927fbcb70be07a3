import Glibc
internal import Loop

/// Watches a connection's socket by a duplicate of its descriptor, because libmosquitto closes its own in the midst of a
/// read, when nobody can stop watching it any more.
///
/// To be used and cancelled on the loop.
final class SocketWatch {
    private let descriptor: Int32
    private let source: LoopSource
    private var watched: LoopEvents = []
    private var isCancelled = false

    /// Whether the reading handler is called while there is something to read.
    var watchesReading = true {
        didSet { if oldValue != watchesReading { watch() } }
    }

    /// Whether the writing handler is called while something could be written.
    var watchesWriting = true {
        didSet { if oldValue != watchesWriting { watch() } }
    }

    init(
        socket: Int32,
        onReadable: @escaping @Sendable () -> Void,
        onWritable: @escaping @Sendable () -> Void
    ) throws(MQTTError) {
        let duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else {
            let reason = String(cString: strerror(errno))
            throw MQTTError(
                .system,
                "no file descriptor for the connection to the broker: \(reason); raise LimitNOFILE"
            )
        }
        // libmosquitto leaves its own open to the programs that we start.
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        descriptor = duplicate
        source = LoopSource(duplicate, on: .shared, label: "MQTT: the broker's connection") { events in
            if events.contains(.readable) { onReadable() }
            if events.contains(.writable) { onWritable() }
        }
        watch()
    }

    deinit {
        cancel()
        close(descriptor)
    }

    /// No handler is called after this, but the one that is under way.
    func cancel() {
        if isCancelled { return }
        isCancelled = true
        source.cancel(watched)
    }

    /// Has the system look out for what is wanted.
    private func watch() {
        guard !isCancelled else { return }
        var wanted: LoopEvents = []
        if watchesReading { wanted.insert(.readable) }
        if watchesWriting { wanted.insert(.writable) }
        source.watch(for: wanted, instead: watched)
        watched = wanted
    }

    /// How many bytes have arrived and not been read.
    var bytesReadable: Int {
        var count: Int32 = 0
        return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }

    /// The error that the connection attempt ended with; 0 when it succeeded.
    func takeConnectError() -> Int32 {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 else { return errno }
        if error != 0 { return error }
        // An error is told once, and with TLS the library may have been the one: it tries to write before TCP is set up.
        // Then nothing is left of it but a socket without a peer: one that was refused, or, where a round trip was
        // measured, one that had a peer and was reset.
        var peer = sockaddr_storage()
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let hasPeer = withUnsafeMutablePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) == 0 }
        }
        guard !hasPeer && errno == ENOTCONN else { return 0 }
        return facts?.tcpi_rtt == 0 ? ECONNREFUSED : ECONNRESET
    }

    /// How long a packet is under way to the broker and back, as TCP has measured it; zero where that is not known.
    var roundTrip: Duration { .microseconds(facts?.tcpi_rtt ?? 0) }

    /// What the system knows of the connection (tcp(7), TCP_INFO).
    private var facts: tcp_info? {
        var facts = tcp_info()
        var length = socklen_t(MemoryLayout<tcp_info>.size)
        return getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &facts, &length) == 0 ? facts : nil
    }

    /// Whether the peer has closed or reset the connection and everything before that has been read.
    var isAtEnd: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }

    /// Has the system acknowledge what has arrived now rather than up to 40 ms later. A broker that does not set
    /// TCP_NODELAY holds its next small packet back until then. The system forgets it, so it is said after each read.
    func acknowledgeNow() {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_QUICKACK, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Whether the system holds back what is written until there is a full segment, which saves a great deal of work where
    /// many small packets are written one after the other. What is left is sent when this ends, and after 200 ms at the
    /// latest (tcp(7), TCP_CORK).
    var gathersSegments = false {
        didSet {
            guard oldValue != gathersSegments, !isCancelled else { return }
            var value: Int32 = gathersSegments ? 1 : 0
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    /// Tells the peer that nothing more comes.
    func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Throws away what has arrived.
    func discard() {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            for _ in 0..<16 where recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) <= 0 {
                return
            }
        }
    }
}
