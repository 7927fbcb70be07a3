import ArgumentParser

/// An outcome in the audit trail, on the command line.
enum AuditStatus: String, ExpressibleByArgument, CaseIterable {
    case done, rejected, failed, unknown, expired, superseded, online, offline, seen
}
