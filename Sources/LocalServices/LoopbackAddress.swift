import Glibc

/// Calls `body` with the socket address of a port of 127.0.0.1.
func withLoopbackAddress<Value>(
    _ port: Int,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
) -> Value {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            body(generic, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
