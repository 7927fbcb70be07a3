/// Looks again and again until a condition holds, for what nobody tells of. The test's time limit ends it.
nonisolated(nonsending) public func waitUntil(
    _ condition: nonisolated(nonsending) () async throws -> Bool
) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(10)) }
}
