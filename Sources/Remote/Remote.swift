public import Power

/// What the command line does through a broker.
public enum Remote {
    /// Looks at what the agents have said, as the broker keeps it.
    ///
    /// - Throws: `unreachable`, `notAllowed`.
    public static func look(
        _ settings: RemoteSettings,
        _ interest: RemoteInterest
    ) async throws(RemoteError) -> Fleet {
        let session = try RemoteSession(settings, interest) { _ in .none }
        _ = try await session.run()
        return await session.fleet
    }

    /// Gives a command to everything that the targets name and waits for the answers.
    ///
    /// - Parameters:
    ///   - patience: how long to wait for the answers.
    ///   - progress: told how many of how many have answered.
    /// - Returns: how it ended for each target, in order.
    /// - Throws: `badTarget`, `noSuchTarget`, `noAgent`, `unreachable`, `notAllowed`. Nothing was sent then.
    public static func command(
        _ settings: RemoteSettings,
        _ targets: [TargetExpression],
        _ order: RemoteOrder,
        patience: Duration,
        progress: @escaping @Sendable (_ ended: Int, _ of: Int) -> Void = { _, _ in }
    ) async throws(RemoteError) -> [RemoteOutcome] {
        let interest = RemoteInterest(targets, depth: .description, wantsResults: true)
        let session = try RemoteSession(settings, interest, progress: progress) { fleet throws(RemoteError) in
            .command(try fleet.resolve(targets), order, patience)
        }
        return try await session.run()
    }

    /// Has the agents read the PDUs of the targets, and looks at what they say then.
    ///
    /// - Parameter patience: how long to wait for the devices.
    /// - Returns: what is known, and the PDUs of which nothing came within the time.
    /// - Throws: `badTarget`, `noSuchTarget`, `noAgent`, `unreachable`, `notAllowed`.
    public static func refresh(
        _ settings: RemoteSettings,
        _ targets: [TargetExpression],
        _ interest: RemoteInterest,
        patience: Duration
    ) async throws(RemoteError) -> (fleet: Fleet, silent: [PDUName]) {
        let session = try RemoteSession(settings, interest) { fleet throws(RemoteError) in
            .refresh(try fleet.select(targets), patience)
        }
        _ = try await session.run()
        return (await session.fleet, await session.silentPDUs)
    }

    /// Tells what happens from now on, after what is known, for so long or until the task is cancelled.
    ///
    /// - Throws: `unreachable`, `notAllowed`, and what `begin` throws.
    public static func watch(
        _ settings: RemoteSettings,
        _ interest: RemoteInterest,
        duration: Duration?,
        begin: @escaping @Sendable (Fleet) throws(RemoteError) -> Void,
        see: @escaping @Sendable (Sighting) -> Void
    ) async throws(RemoteError) {
        let session = try RemoteSession(settings, interest, see: see) { fleet throws(RemoteError) in
            try begin(fleet)
            return .watch(duration)
        }
        _ = try await session.run()
    }
}
