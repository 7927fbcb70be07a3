import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Who gives commands from this command line, as the agents' audit trails name it.
public enum Caller {
    /// As `alice@lab-host`; behind sudo it is the user who called it. It is what the command line says of itself, and
    /// proves nothing.
    public static var current: String { text(user: user, host: ProcessInfo.processInfo.hostName) }

    static func text(user: String, host: String) -> String {
        // The agent takes 256 bytes; a host's name ends at its first dot, as shells show it.
        let short = host.split(separator: ".").first.map(String.init) ?? "?"
        return String("\(user)@\(short)".prefix(60))
    }

    private static var user: String {
        let environment = ProcessInfo.processInfo.environment
        if getuid() == 0, let caller = environment["SUDO_USER"], !caller.isEmpty { return caller }
        let name = NSUserName()
        return name.isEmpty ? environment["USER"] ?? "uid-\(getuid())" : name
    }
}
