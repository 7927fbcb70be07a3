import CSNMPShim
import Logging
import Synchronization

/// The net-snmp library: global to the process and without locks, so that all of it runs on the loop.
enum NetSNMP {
    /// Where net-snmp's own log goes; the engine made last sets it.
    private static let logger = Mutex<Logger?>(nil)

    /// Prepares the library the first time, and sends its log to a logger, at debug level.
    ///
    /// Is called on the loop.
    static func start(logger newLogger: Logger) {
        logger.withLock { $0 = newLogger }
        _ = csnmp_library_start { _, text in
            guard let text else { return }
            NetSNMP.log(String(cString: text))
        }
    }

    private static func log(_ text: String) {
        let current = logger.withLock { $0 }
        var line = Substring(text)
        while let last = line.last, last.isWhitespace { line.removeLast() }
        current?.debug("net-snmp", metadata: ["message": "\(line)"])
    }
}
