import ArgumentParser

/// How commands end. Each code means the same for every command; docs/command-line.md has the table.
extension ExitCode {
    /// It was tried, and did not end as it should.
    static let notDone = ExitCode(1)
    /// It was refused before anything was done, or it names something that does not exist.
    static let refused = ExitCode(2)
    /// Nobody answered: no agent, no broker, no answer in time.
    static let nobody = ExitCode(3)
    /// The configuration, or a file with a secret, is missing or has mistakes (`EX_CONFIG` of sysexits.h).
    static let configuration = ExitCode(78)

    /// Says why on standard error.
    func because(_ reason: String) -> ExitCode {
        StandardError.write(line: "busbar: \(reason)")
        return self
    }
}
