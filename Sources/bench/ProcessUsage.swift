import Foundation

/// What a process has used, from /proc.
struct ProcessUsage {
    /// CPU time, user and system, in seconds.
    let cpu: Double
    /// Resident memory, in MB.
    let memory: Double

    init?(pid: Int32) {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        else { return nil }
        // The second field is the program's name in parentheses and may hold spaces.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        cpu = (user + system) / 100
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        memory = (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? 0) / 1024
    }
}
