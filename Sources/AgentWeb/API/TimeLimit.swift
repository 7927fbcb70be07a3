import ServiceLifecycle

/// Waits for something, but neither longer than it may take nor beyond the graceful shutdown.
enum TimeLimit {
    /// What `body` returns; nothing when the time was over or the shutdown began before.
    static func within<Value: Sendable>(
        _ limit: Duration,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: limit) }
                return nil
            }
            let first = try await group.next()
            group.cancelAll()
            return first.flatMap(\.self)
        }
    }
}
