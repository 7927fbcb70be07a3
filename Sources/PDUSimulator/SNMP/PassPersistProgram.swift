import Glibc

/// The program that snmpd starts for a simulated device. The device itself lives in the process that has started snmpd;
/// this only carries bytes between snmpd and the device's Unix-domain socket.
public enum PassPersistProgram {
    /// Carries bytes until snmpd or the device goes away. Blocks: it is a program's whole life.
    ///
    /// - Parameter socket: the path of the device's socket.
    /// - Throws: `cannotStart` when the device is not there.
    public static func run(socket path: String) throws(PDUSimulatorError) {
        let device = try connect(path)
        defer { close(device) }
        var polls = [
            pollfd(fd: 0, events: Int16(POLLIN), revents: 0), pollfd(fd: device, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            guard poll(&polls, nfds_t(polls.count), -1) >= 0 || errno == EINTR else { return }
            if polls[0].revents != 0 && !carry(from: 0, to: device) { return }
            if polls[1].revents != 0 && !carry(from: device, to: 1) { return }
        }
    }

    private static func connect(_ path: String) throws(PDUSimulatorError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw PDUSimulatorError(.cannotStart, "cannot make a socket: error \(errno)") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let isShort = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard bytes.count < room.count else { return false }
            room.copyBytes(from: bytes)
            return true
        }
        let isConnected =
            isShort
            && withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
        guard isConnected else {
            let failure = errno
            close(descriptor)
            throw PDUSimulatorError(.cannotStart, "no simulated device at \(path): error \(failure)")
        }
        return descriptor
    }

    /// Carries what is there; false at the end of the file or when the other side is gone.
    private static func carry(from source: Int32, to target: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 8_192, alignment: 1) { buffer in
            let count = read(source, buffer.baseAddress, buffer.count)
            if count < 0 { return errno == EINTR || errno == EAGAIN }
            var written = 0
            while written < count {
                let step = write(target, buffer.baseAddress.map { $0 + written }, count - written)
                if step < 0 && errno != EINTR { return false }
                written += max(0, step)
            }
            return count > 0
        }
    }
}
