import Glibc
import LocalServices
import TestSupport
import Testing

@Suite("A child process", .timeLimit(.minutes(10)))
struct ChildProcessTests {
    @Test("is started with arguments and environment, and what it says and how it ends is told")
    func runs() async throws {
        let child = try await ChildProcess.start(
            "/bin/sh",
            ["-c", "echo out $1 $WORD; echo err >&2; exit 7", "sh", "one"],
            environment: ["WORD": "two"]
        )
        #expect(await child.waitForExit() == .exited(7))
        #expect(child.standardOutput == "out one two\n")
        #expect(child.standardError == "err\n")
    }

    @Test("that cannot be started says why")
    func cannotStart() async throws {
        await #expect {
            _ = try await ChildProcess.start("/no/such/program")
        } throws: { error in
            let error = error as? LocalServicesError
            return error?.code == .system && error?.message.contains("/no/such/program: No such file") == true
        }
        #expect {
            _ = try Executable.find("no-such-program", package: "some-package")
        } throws: { error in
            let error = error as? LocalServicesError
            return error?.code == .missingExecutable && error?.message.contains("apt install some-package") == true
        }
    }

    @Test("reads what it is given until its input is closed")
    func input() async throws {
        let child = try await ChildProcess.start("/bin/cat", input: .pipe)
        try child.write("one\n")
        #expect(await child.waitForOutput(containing: "one", within: .seconds(30)))
        try child.write("two\n")
        child.closeInput()
        #expect(await child.waitForExit() == .exited(0))
        #expect(child.standardOutput == "one\ntwo\n")
        #expect(throws: LocalServicesError.self) { try child.write("three\n") }
    }

    @Test("keeps only the last of what it says, however much that is")
    func boundedOutput() async throws {
        let child = try await ChildProcess.start(
            "/bin/sh",
            ["-c", "head -c 3000000 /dev/zero | tr '\\0' 'a'; echo end"],
            outputLimit: 1_000
        )
        #expect(await child.waitForExit() == .exited(0))
        #expect(child.standardOutput.utf8.count == 1_000)
        #expect(child.standardOutput.hasSuffix("aaaend\n"))
    }

    @Test("that does not listen to a polite request is killed after the limit")
    func terminates() async throws {
        let polite = try await ChildProcess.start("/bin/sleep", ["1000"])
        #expect(await polite.terminate() == .signalled(SIGTERM))
        let deaf = try await ChildProcess.start(
            "/bin/sh",
            ["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]
        )
        #expect(await deaf.waitForOutput(containing: "ready", within: .seconds(30)))
        #expect(await deaf.terminate(within: .milliseconds(50)) == .signalled(SIGKILL))
        #expect(await deaf.kill() == .signalled(SIGKILL))
    }

    @Test("frozen does nothing until it is thawed, and ends politely even when frozen")
    func freezes() async throws {
        let child = try await ChildProcess.start("/bin/cat", input: .pipe)
        child.freeze()
        try child.write("hello\n")
        #expect(await !child.waitForOutput(containing: "hello", within: .milliseconds(100)))
        child.thaw()
        #expect(await child.waitForOutput(containing: "hello", within: .seconds(30)))
        child.freeze()
        #expect(await child.terminate() == .signalled(SIGTERM))
    }

    @Test("takes what it has started itself along")
    func group() async throws {
        let child = try await ChildProcess.start("/bin/sh", ["-c", "sleep 1000 & echo $!; exit 0"])
        #expect(await child.waitForExit() == .exited(0))
        let grandchild = try #require(Int32(child.standardOutput.dropLast()))
        try await waitUntil { await isGone(grandchild) }
    }

    @Test("is killed with the last reference to it")
    func released() async throws {
        let pid: Int32
        do {
            let child = try await ChildProcess.start("/bin/sleep", ["1000"])
            pid = child.pid
        }
        try await waitUntil { await isGone(pid) }
    }

    @Test("waiting for it ends when the waiting task is cancelled")
    func cancelled() async throws {
        let child = try await ChildProcess.start("/bin/sleep", ["1000"])
        let status = await withTaskGroup(of: TerminationStatus?.self) { group in
            group.addTask { await child.waitForExit() }
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(status == nil)
        #expect(child.isRunning)
    }

    @Test("dies with its parent, even when that is killed, and so do mosquitto and snmpd")
    func diesWithParent() async throws {
        let directory = try TemporaryDirectory()
        // The parent is killed and cannot remove its own directories.
        let path = directory.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            setenv("TMPDIR", path, 1)
            let child = try await ChildProcess.start("/bin/sleep", ["1000"])
            let broker = try await Mosquitto.start()
            let daemon = try await SNMPDaemon.start(SNMPDaemonConfiguration(readCommunity: "public"))
            let pids = [child.pid, await broker.pid ?? 0, await daemon.pid ?? 0].map { "\($0)\n" }.joined()
            let written = try await Command.run("tee", package: "coreutils", ["\(path)/pids"], input: pids)
            #expect(written.isSuccess)
            Glibc.kill(getpid(), SIGKILL)
        }
        let pids = try directory.read("pids").split(separator: "\n").compactMap { Int32($0) }
        #expect(pids.count == 3)
        for pid in pids { try await waitUntil { await isGone(pid) } }
    }

    @Test("leaves no descriptor and no zombie behind")
    func leaksNothing() async throws {
        // In a process of its own, where no other test opens and closes files meanwhile.
        await #expect(processExitsWith: .success) {
            func count() -> Int {
                (0..<1_024).count { fcntl($0, F_GETFD) >= 0 }
            }
            _ = try await Command.run("true", package: "coreutils", [])
            let before = count()
            for _ in 0..<100 {
                _ = try await Command.run("echo", package: "coreutils", ["x"], input: "y")
                _ = try? await ChildProcess.start("/no/such/program")
            }
            // The descriptors are closed moments after the end is told.
            try await waitUntil { count() <= before }
            #expect(waitpid(-1, nil, WNOHANG) == -1)
        }
    }

    /// Whether a process that is not ours to wait for is gone or a zombie of somebody else.
    private func isGone(_ pid: Int32) async -> Bool {
        let status = try? await Command.run("cat", package: "coreutils", ["/proc/\(pid)/stat"])
        guard let status, status.isSuccess else { return true }
        return status.output.contains(") Z ")
    }
}
