import CSNMPShim

/// The process's limit of open files and sockets.
public enum OpenFileLimit {
    /// Raises the limit as far as the system lets the process (the soft limit of `RLIMIT_NOFILE` to the hard one).
    ///
    /// Sessions share a few sockets, so this module does not need it; the rest of an agent with thousands of devices
    /// may. To be called once, at start.
    /// - Returns: The limit now in force.
    @discardableResult
    public static func raise() -> UInt64 {
        csnmp_raise_open_file_limit()
    }
}
