import Glibc

/// The system's error numbers.
enum SystemError {
    /// What an error number means.
    static func text(_ number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether a datagram was refused only because the buffers are full for the moment.
    static func isTransient(_ number: Int32) -> Bool {
        number == EAGAIN || number == EWOULDBLOCK || number == ENOBUFS || number == ENOMEM || number == EINTR
    }
}
