import Dispatch
import Glibc

/// Watches a connection's socket by duplicates of its descriptor, because libmosquitto closes its own in the midst of a
/// read, when nobody can stop watching it any more.
///
/// To be used and cancelled on the queue that the handlers run on.
final class SocketWatch {
    private let readDescriptor: Int32
    private let reading: any DispatchSourceRead
    private let writing: any DispatchSourceWrite
    private var isCancelled = false

    /// Whether the reading handler is called while there is something to read.
    var watchesReading = true {
        didSet { Self.set(reading, from: oldValue, to: watchesReading) }
    }

    /// Whether the writing handler is called while something could be written.
    var watchesWriting = true {
        didSet { Self.set(writing, from: oldValue, to: watchesWriting) }
    }

    init(
        socket: Int32,
        queue: DispatchQueue,
        onReadable: @escaping @Sendable () -> Void,
        onWritable: @escaping @Sendable () -> Void
    ) throws(MQTTError) {
        let first = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        let second = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard first >= 0, second >= 0 else {
            let reason = String(cString: strerror(errno))
            for descriptor in [first, second] where descriptor >= 0 { close(descriptor) }
            throw MQTTError(
                .system,
                "no file descriptor for the connection to the broker: \(reason); raise LimitNOFILE"
            )
        }
        // libmosquitto leaves its own open to the programs that we start.
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        readDescriptor = first
        reading = DispatchSource.makeReadSource(fileDescriptor: first, queue: queue)
        writing = DispatchSource.makeWriteSource(fileDescriptor: second, queue: queue)
        reading.setEventHandler(handler: onReadable)
        writing.setEventHandler(handler: onWritable)
        reading.setCancelHandler { @Sendable in close(first) }
        writing.setCancelHandler { @Sendable in close(second) }
        reading.activate()
        writing.activate()
    }

    deinit { cancel() }

    /// No handler is called after this; the duplicates are closed soon.
    func cancel() {
        if isCancelled { return }
        isCancelled = true
        reading.cancel()
        writing.cancel()
        // A suspended source would never get to its cancel handler.
        if !watchesReading { reading.resume() }
        if !watchesWriting { writing.resume() }
    }

    private static func set(_ source: any DispatchSourceProtocol, from old: Bool, to new: Bool) {
        if old == new { return }
        if new { source.resume() } else { source.suspend() }
    }

    /// How many bytes have arrived and not been read.
    var bytesReadable: Int {
        var count: Int32 = 0
        return ioctl(readDescriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }

    /// The error that the connection attempt ended with; 0 when it succeeded.
    func takeConnectError() -> Int32 {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(readDescriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno
    }

    /// Whether the peer's address is one of IPv6.
    var usesIPv6: Bool {
        var domain: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(readDescriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_INET6
    }

    /// Whether the peer has closed or reset the connection and everything before that has been read.
    var isAtEnd: Bool {
        var byte: UInt8 = 0
        let count = recv(readDescriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }

    /// Has the system acknowledge what has arrived now rather than up to 40 ms later. A broker that does not set
    /// TCP_NODELAY holds its next small packet back until then. The system forgets it, so it is said after each read.
    func acknowledgeNow() {
        var on: Int32 = 1
        setsockopt(readDescriptor, Int32(IPPROTO_TCP), TCP_QUICKACK, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Tells the peer that nothing more comes.
    func finishWriting() { shutdown(readDescriptor, Int32(SHUT_WR)) }

    /// Throws away what has arrived.
    func discard() {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            for _ in 0..<16 where recv(readDescriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) <= 0 {
                return
            }
        }
    }
}
