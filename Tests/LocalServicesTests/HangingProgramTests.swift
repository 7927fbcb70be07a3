import Glibc
import LocalServices
import Testing

@Suite("A program that hangs while it is started", .timeLimit(.minutes(10)))
struct HangingProgramTests {
    /// A program that nobody can open as long as this lives: a lease on its file holds up everybody who tries, as a mount
    /// does whose server is away.
    private final class HeldProgram: Sendable {
        /// Swift's Glibc has no name for it (fcntl(2), F_LINUX_SPECIFIC_BASE).
        private static let setLease: Int32 = 1024

        let path: String
        private let files: TemporaryDirectory
        private let descriptor: Int32

        init?() throws {
            // The kernel tells the holder of a lease by this signal that somebody waits, which would end the process.
            Glibc.signal(SIGIO, SIG_IGN)
            files = try TemporaryDirectory(prefix: "held")
            try files.write("#!/bin/sh\necho it ran > \"$0.ran\"\n", to: "program")
            path = files.path(of: "program")
            chmod(path, 0o755)
            descriptor = open(path, O_RDWR | O_CLOEXEC)
            // Some file systems know no leases.
            guard fcntl(descriptor, Self.setLease, F_WRLCK) == 0 else { return nil }
        }

        var hasRun: Bool { access(path + ".ran", F_OK) == 0 }

        func letGo() { _ = fcntl(descriptor, Self.setLease, F_UNLCK) }

        deinit { close(descriptor) }
    }

    @Test("is given up in time, holds up no other, and never runs afterwards")
    func holdsUpNobody() async throws {
        guard let held = try HeldProgram() else {
            print("skipped: the file system has no leases, so nothing here can hold up a program")
            return
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    await #expect {
                        _ = try await ChildProcess.start(held.path, startingWithin: .seconds(2))
                    } throws: { error in
                        let error = error as? LocalServicesError
                        return error?.message.contains("did not start within 2.0 seconds") == true
                    }
                }
            }
            for _ in 0..<20 {
                group.addTask {
                    let child = try await ChildProcess.start("/bin/true", startingWithin: .seconds(30))
                    #expect(await child.waitForExit() == .exited(0))
                }
            }
            try await group.waitForAll()
        }
        held.letGo()
        // Another program that is started now runs, and the ones given up do not.
        let child = try await ChildProcess.start("/bin/true")
        #expect(await child.waitForExit() == .exited(0))
        #expect(!held.hasRun)
    }
}
