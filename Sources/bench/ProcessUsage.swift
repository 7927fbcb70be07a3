import Foundation

/// What a process has used, from /proc.
struct ProcessUsage {
    /// CPU time, user and system, in seconds.
    let cpu: Double
    /// Private memory, in MB: what is the process's own and nobody else's, and would be gone with it (`Private_Dirty` of
    /// `smaps_rollup`). The code of the program is not in it, which the system shares and takes back as it likes.
    let memory: Double
    /// How often its threads went to sleep by themselves, to be woken again.
    let switches: Int

    init?(pid: Int32) {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let memory = try? String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)
        else { return nil }
        // The second field is the program's name in parentheses and may hold spaces.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        cpu = (user + system) / 100
        let line = memory.split(separator: "\n").first { $0.hasPrefix("Private_Dirty:") }
        self.memory = (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? 0) / 1024
        switches = Self.switches(of: pid)
    }

    private static func switches(of pid: Int32) -> Int {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.reduce(0) { sum, thread in
            // A thread may end in between.
            let status = (try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
            return sum + (line?.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) } ?? 0)
        }
    }
}
