import AgentWeb
import ArgumentParser
import Credentials
import Foundation
@preconcurrency import Glibc
import Logging
import Synchronization

/// The agent before it has a configuration: a page on the loopback that leads to one.
struct SetupMode {
    /// Where the page is, when that port is free.
    private static let usualPort = 8480
    /// The unit of the package, which runs as a user of its own.
    private static let units = ["/etc", "/lib", "/usr/lib"].map { $0 + "/systemd/system/busbar.service" }

    /// The file that is to be written.
    let path: String

    /// Whether a configuration that is not there is to be begun by a page.
    ///
    /// Where nobody watches, a missing file is an error as any other: a page that waits for somebody would hide it.
    static func isWanted(path: String, isAsked: Bool) -> Bool {
        guard !FileManager.default.fileExists(atPath: path) else { return false }
        let environment = ProcessInfo.processInfo.environment
        let isSupervised = environment["INVOCATION_ID"] != nil || environment["NOTIFY_SOCKET"] != nil
        return isAsked || (!isSupervised && isatty(STDIN_FILENO) == 1 && StandardError.isTerminal)
    }

    /// Serves the page until a configuration is written.
    ///
    /// - Returns: what was written.
    /// - Throws: the exit code, when nothing can be written.
    func run() async throws -> SetupSaved {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard access(directory, W_OK | X_OK) == 0 else {
            throw ExitCode.configuration.because(
                "there is no \(path), and this user may not make it: \(directory) "
                    + "does not exist or cannot be written. Name a file of your own: busbar agent --config busbar.yaml"
            )
        }
        if path == ConfigurationOption.usual, Self.units.contains(where: FileManager.default.fileExists) {
            throw ExitCode.configuration.because(
                "there is no \(path). The unit busbar.service runs as a user of its own: sudo busbar init writes its "
                    + "configuration. To set an agent up in a browser, name a file of your own: "
                    + "busbar agent --config busbar.yaml"
            )
        }
        guard let port = Self.freePort() else {
            throw ExitCode.notDone.because("no port of 127.0.0.1 is free for the set-up page")
        }
        let (ends, end) = AsyncStream.makeStream(of: SetupSaved.self, bufferingPolicy: .bufferingNewest(1))
        // What the terminal shows is the link alone, and no log may have it.
        let logger = Logger(label: "busbar.setup") { _ in SwiftLogNoOpLogHandler() }
        let desk = PageDesk(path: path, taker: .beginning(port: port) { end.yield($0) }, logger: logger)
        let token = RandomSecret.token()
        let server = SetupServer(port: port, token: token, desk: desk, logger: logger) { [path] port in
            StandardError.write(
                line: """
                    There is no \(path) yet. Open this link in a browser on this machine; it is good once:

                        http://127.0.0.1:\(port)/setup.html#\(token)

                    From another machine, first: ssh -L \(port):127.0.0.1:\(port) \(ProcessInfo.processInfo.hostName)
                    Ctrl-C ends without writing anything.
                    """
            )
        }
        let saved = await withTaskGroup(of: SetupSaved?.self) { group in
            group.addTask {
                await server.run()
                return nil
            }
            group.addTask { await ends.first { _ in true } }
            // The server does not end by itself.
            let saved = await group.next().flatMap(\.self)
            group.cancelAll()
            return saved
        }
        await desk.shutDown()
        guard let saved else { throw ExitCode.notDone.because("the set-up page ended") }
        StandardError.write(line: "Written: \(saved.files.joined(separator: ", ")). The agent starts.")
        return saved
    }

    private static func freePort() -> Int? {
        for port in [usualPort, 0] {
            if let free = bound(port) { return free }
        }
        return nil
    }

    /// A port of the loopback that could be had a moment ago.
    private static func bound(_ port: Int) -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        return isBound ? Int(in_port_t(bigEndian: address.sin_port)) : nil
    }
}
