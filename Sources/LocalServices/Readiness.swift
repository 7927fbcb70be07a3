/// How long a service that has just been started is waited for, and what is said when it cannot be used.
enum Readiness {
    /// How long a service may take; far more than it needs, for machines that are busy.
    static let limit: Duration = .seconds(60)

    static func exited(_ child: ChildProcess, _ status: TerminationStatus) -> LocalServicesError {
        LocalServicesError(.exited, "\(child.executable) ended with \(status): \(child.standardError.suffix(2_000))")
    }

    static func notReady(_ child: ChildProcess) -> LocalServicesError {
        LocalServicesError(
            .notReady,
            "\(child.executable) is not ready after \(limit): \(child.standardError.suffix(2_000))"
        )
    }
}
