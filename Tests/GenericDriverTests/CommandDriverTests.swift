import GenericDriver
import LocalServices
import Logging
import NIOPosix
import Power
import Testing

@Suite(.timeLimit(.minutes(10))) struct CommandDriverTests {
    @Test("programs switch an outlet and the state is what another program prints")
    func switches() async throws {
        let device = try TestDevice(TestDevice.relay)
        let driver = try driver(device)
        let reading = try await driver.withSession { session async throws(DriverError) in
            try await session.set([try outlet(2): .on])
            return try await session.read(.everything)
        }
        #expect(reading.outlets == [try outlet(1): .settled(.off), try outlet(2): .settled(.on)])
        #expect(reading.warnings == [])
    }

    @Test("a read of one outlet starts the program for that one alone")
    func readsOne() async throws {
        let device = try TestDevice("echo \"$2\" >> \"$D/asked\"; echo on")
        let outlet = try outlet(2)
        let reading = try await driver(device).withSession { session async throws(DriverError) in
            try await session.read(.states([outlet]))
        }
        #expect(reading.outlets == [outlet: .settled(.on)])
        #expect(device.contents("asked") == "2\n")
    }

    @Test("arguments reach the program as they are: no shell sees them")
    func noShell() async throws {
        let device = try TestDevice("printf '%s|' \"$@\" > \"$D/arguments\"; echo on")
        let hostile = ["$(touch \(device.directory.path)/broken)", "a b", "; exit 1", "`id`", "", "*", "{outlet}'\""]
        _ = try await driver(device, get: hostile).withSession { session async throws(DriverError) in
            try await session.read(.states([try outlet(1)]))
        }
        #expect(
            device.contents("arguments")
                == "$(touch \(device.directory.path)/broken)|a b|; exit 1|`id`||*|1'\"|"
        )
    }

    @Test("a program gets no variable of ours that may hold a secret")
    func cleanEnvironment() async throws {
        let device = try TestDevice("env > \"$D/environment\"; echo on")
        _ = try await driver(device).withSession { session async throws(DriverError) in
            try await session.read(.states([try outlet(1)]))
        }
        let allowed: Set = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PWD", "OLDPWD", "_", "SHLVL"]
        let names = device.contents("environment").split(separator: "\n").compactMap { $0.split(separator: "=").first }
        #expect(Set(names.map(String.init)).subtracting(allowed) == [])
        #expect(!names.isEmpty)
    }

    @Test("a program that ends with a failure leaves in doubt whether it switched, and its last words are told")
    func failure() async throws {
        let device = try TestDevice("echo one >&2; echo 'the relay is stuck' >&2; exit 3")
        let error = try await failure(of: driver(device))
        #expect(error.code == .badReply)
        #expect(error.leavesDoubt)
        #expect(error.message.contains("exit code 3"))
        #expect(error.message.contains("the relay is stuck"))
    }

    @Test("a program that is not there has switched nothing")
    func missing() async throws {
        let device = try TestDevice("")
        let error = try await failure(of: driver(device, path: "/nowhere/relay"))
        #expect(error.code == .unreachable)
        #expect(!error.leavesDoubt)
    }

    @Test("a program that takes too long is killed with everything that it started")
    func tooLong() async throws {
        let device = try TestDevice("trap '' TERM; sleep 60 & echo $! > \"$D/child\"; sleep 60")
        let error = try await failure(of: driver(device, limit: .milliseconds(300)))
        #expect(error.code == .timeout)
        #expect(error.leavesDoubt)
    }

    @Test("a program that prints without end is read to its end only")
    func endless() async throws {
        let device = try TestDevice("head -c 3000000 /dev/zero | tr '\\0' 'x'; echo; echo on")
        let reading = try await driver(device).withSession { session async throws(DriverError) in
            try await session.read(.states([try outlet(1)]))
        }
        #expect(reading.outlets[try outlet(1)]?.state == .on)
    }

    @Test("an outlet that is read oddly is neither on nor off, and one that fails does not hide the others")
    func oddAnswers() async throws {
        let device = try TestDevice("case $2 in 1) echo maybe;; 2) exit 1;; *) echo on;; esac")
        let reading = try await driver(device, outlets: [1, 2, 3]).withSession { session async throws(DriverError) in
            try await session.read(.everything)
        }
        #expect(reading.outlets[try outlet(1)]?.state == nil)
        #expect(reading.outlets[try outlet(1)] != nil)
        #expect(reading.outlets[try outlet(2)] == nil)
        #expect(reading.outlets[try outlet(3)]?.state == .on)
        #expect(reading.warnings.count == 1)
    }

    private func failure(of driver: CommandDriver) async throws -> DriverError {
        try await #require(throws: DriverError.self) {
            try await driver.withSession { session async throws(DriverError) in
                try await session.set([try outlet(1): .on])
            }
        }
    }

    private func driver(
        _ device: TestDevice,
        path: String? = nil,
        outlets: [Int] = [1, 2],
        get: [String] = ["get", "{outlet}"],
        limit: Duration = .seconds(20)
    ) throws -> CommandDriver {
        func program(_ arguments: [String]) -> CommandDriverConfiguration.Program {
            // The shell reads the script: executing a file right after it was written fails while another test forks.
            .init(path: path ?? "/bin/sh", arguments: ([device.program] + arguments).map { OutletTemplate($0) })
        }
        let configuration = CommandDriverConfiguration(
            name: "relay",
            outlets: Set(outlets.compactMap(OutletNumber.init)),
            on: program(["set", "{outlet}", "on"]),
            off: program(["set", "{outlet}", "off"]),
            state: program(get),
            words: try #require(StateWords(on: ["on"], off: ["off"])),
            limit: limit
        )
        return GenericDrivers(on: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
            .command(configuration)
    }
}

/// An outlet's number.
func outlet(_ number: Int) throws(DriverError) -> OutletNumber {
    guard let outlet = OutletNumber(number) else { throw DriverError(.unsupported, "no outlet \(number)") }
    return outlet
}
