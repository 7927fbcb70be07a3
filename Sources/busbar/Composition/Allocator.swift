import CAllocator
import ServiceLifecycle

/// What the agent asks of glibc's allocator, so that its memory follows what it holds and not what it once held.
struct Allocator: Service {
    /// When the first readings are over and the memory that they took is free.
    private static let settlingTime = Duration.seconds(10)
    /// How often memory is given back afterwards.
    private static let interval = Duration.seconds(30)

    /// Uses two arenas instead of eight per core: the agent has few threads that allocate, and what a burst (the
    /// configuration's YAML, the first readings of a large fleet) leaves free in one arena cannot be used by another.
    static func useFewArenas() {
        mallopt(M_ARENA_MAX, 2)
    }

    /// Gives back to the system what bursts have left free, soon after the start and now and then.
    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            try await Task.sleep(for: Self.settlingTime)
            while true {
                malloc_trim(0)
                try await Task.sleep(for: Self.interval)
            }
        }
    }
}
