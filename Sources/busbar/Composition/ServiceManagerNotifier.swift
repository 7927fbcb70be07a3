import Agent
import Foundation
@preconcurrency import Glibc
import Logging
import ServiceLifecycle

/// Tells systemd when the agent is ready, that it is alive, and that it stops: the protocol of sd_notify(3), a few
/// words to the datagram socket named by `NOTIFY_SOCKET`.
struct ServiceManagerNotifier: Service {
    let agent: PowerAgent
    let logger: Logger

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let socket = environment["NOTIFY_SOCKET"], !socket.isEmpty else {
            return await waitForShutdown()
        }
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await agent.onlineSignal.wait()
                    sendReady(to: socket)
                }
                // The unit is ready even while the broker is away: the agent works on that by itself.
                group.addTask {
                    try? await Task.sleep(for: .seconds(20))
                    sendReady(to: socket)
                }
                if let interval = environment["WATCHDOG_USEC"].flatMap(Int64.init), interval > 0 {
                    group.addTask { await feedWatchdog(every: .microseconds(interval / 3), socket) }
                }
                await waitForShutdown()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            Self.send("STOPPING=1", to: socket)
        }
    }

    /// Says that the agent is ready, unless it is stopping.
    private func sendReady(to socket: String) {
        guard !Task.isCancelled else { return }
        Self.send("READY=1", to: socket)
    }

    private func waitForShutdown() async {
        try? await gracefulShutdown()
    }

    /// Feeds the watchdog as long as the agent itself answers.
    private func feedWatchdog(every interval: Duration, _ socket: String) async {
        while !Task.isCancelled {
            let info = await agent.info()
            Self.send("WATCHDOG=1\nSTATUS=\(info.online) of \(info.pdus) PDUs online", to: socket)
            try? await Task.sleep(for: interval)
        }
    }

    private static func send(_ text: String, to path: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        // A leading @ stands for the abstract namespace, whose names begin with NUL.
        if name.first == UInt8(ascii: "@") { name[0] = 0 }
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard name.count < room.count else { return false }
            room.copyBytes(from: name)
            return true
        }
        guard fits else { return }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
    }
}
