import Dispatch
import Glibc

/// Finds out when a service that has just been started can be used.
enum Readiness {
    /// How long a service may take; far more than it needs, for machines that are busy.
    static let limit: Duration = .seconds(30)
    private static let probes = DispatchQueue(label: "busbar.local-services.readiness", attributes: .concurrent)

    /// Waits until somebody takes connections on a port while the child runs.
    static func waitForTCP(port: Int, of child: ChildProcess) async throws(LocalServicesError) {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if await connects(to: port) {
                // Somebody else may hold the port; then the child ends at once and says so.
                if child.isRunning { return }
            }
            // Nothing tells when a port is opened, so ask again; the wait ends at once when the child does.
            if let status = await child.waitForExit(within: .milliseconds(5)) {
                throw exited(child, status)
            }
            if Task.isCancelled { break }
        }
        throw notReady(child)
    }

    static func exited(_ child: ChildProcess, _ status: TerminationStatus) -> LocalServicesError {
        LocalServicesError(.exited, "\(child.executable) ended with \(status): \(child.standardError.suffix(2_000))")
    }

    static func notReady(_ child: ChildProcess) -> LocalServicesError {
        LocalServicesError(
            .notReady,
            "\(child.executable) is not ready after \(limit): \(child.standardError.suffix(2_000))"
        )
    }

    private static func connects(to port: Int) async -> Bool {
        // connect blocks, on 127.0.0.1 only for moments, but not on a thread of Swift's pool.
        await withCheckedContinuation { continuation in
            probes.async {
                let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
                guard descriptor >= 0 else { return continuation.resume(returning: false) }
                defer { close(descriptor) }
                continuation.resume(
                    returning: withLoopbackAddress(port) { address, length in connect(descriptor, address, length) == 0
                    }
                )
            }
        }
    }
}
