import ArgumentParser
import Discovery
import EnerGenieDriver

/// `busbar scan`: which devices are in a network?
struct ScanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Look for devices in the networks that it is told.",
        discussion: """
            Asks every address of the blocks, a bounded number at a time: the web page and the native protocol of \
            EnerGenie strips, and SNMP with the credentials given. It reads and never writes, and tries no credentials \
            but those given unless --default-credentials is. Ask whoever runs a network before scanning it.

            Exit codes: 0 at least one device was found, 1 none was, 64 wrong usage.
            """
    )

    /// More hosts than this want to be confirmed: a /16.
    static let unconfirmedHosts = 65536

    @Argument(help: "Blocks of addresses, such as 192.0.2.0/24.")
    var blocks: [String]

    @OptionGroup var snmp: SNMPOptions

    @OptionGroup var strip: StripOptions

    @Flag(help: "Also try what devices are sold with: the community public, the EnerGenie password 1.")
    var defaultCredentials = false

    @Flag(help: "Also look through SNMP devices of no known model for tables that may be outlets.")
    var tables = false

    @Option(help: "How many hosts are begun in a second.")
    var rate = 100

    @Option(help: "How many hosts are asked at the same time.")
    var concurrency = 256

    @Option(help: "How long one answer may take, like 2s; longer for hosts that are far away.")
    var timeout = "700ms"

    @Flag(help: "Scan more than 65536 addresses.")
    var yes = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...10_000).contains(rate) else { throw ValidationError("--rate is 1 to 10000") }
        guard (1...1024).contains(concurrency) else { throw ValidationError("--concurrency is 1 to 1024") }
    }

    func run() async throws {
        let networks = try blocks.map { text in
            guard let block = AddressBlock(text) else {
                throw ValidationError("'\(text)' is no block of IPv4 addresses such as 192.0.2.0/24")
            }
            return block
        }
        let hosts = networks.map(\.count).reduce(0, +)
        guard hosts <= Self.unconfirmedHosts || yes else {
            throw ValidationError("these are \(hosts) hosts; give --yes to scan more than \(Self.unconfirmedHosts)")
        }
        let access = try access()
        let pace = NetworkScan.Pace(concurrency: concurrency, hostsPerSecond: rate)
        let seconds = Int((pace.duration(hosts: hosts, silence: access.silence) / .seconds(1)).rounded(.up))
        StandardError.write(
            line: "Scanning \(hosts) hosts, \(rate) in a second: \(seconds) s where nobody answers."
        )
        if access.snmp.isEmpty {
            StandardError.write(
                line: "SNMP is not asked: give --community-file or --user, or --default-credentials to try public."
            )
        }
        let tools = DiscoveryTools()
        let scan = NetworkScan(probe: tools.probe, pace: pace)
        let showsProgress = StandardError.isTerminal
        let found = await scan.run(networks, access) { done, all, found in
            if showsProgress { StandardError.write("\r\(Self.bar(done, all)) \(done) of \(all), \(found) found") }
        }
        if showsProgress { StandardError.write(line: "") }
        await tools.shutDown()
        let recognised = found.count { $0.isRecognised }
        if json {
            print(try Printing.json(found))
        } else {
            // What was tried in vain at a host that was recognised is of no interest here.
            for report in found { print(ProbeReport(found: report), terminator: "\n\n") }
            print("\(recognised) of \(hosts) hosts were recognised.")
        }
        if recognised == 0 { throw ExitCode.failure }
    }

    private func access() throws -> ProbeAccess {
        var password = try strip.password()
        if defaultCredentials, password == nil { password = EnerGeniePassword("1") }
        var places = snmp.places()
        strip.note(in: &places)
        return ProbeAccess(
            snmp: try snmp.given() + (defaultCredentials ? snmp.defaults() : []),
            password: password,
            places: places,
            snmpPort: snmp.snmpPort,
            webPort: strip.webPort,
            nativePort: strip.nativePort,
            limit: try ProbeCommand.limit(timeout),
            retries: 1,
            searchesTables: tables
        )
    }

    private static func bar(_ done: Int, _ all: Int) -> String {
        let width = 30
        let filled = all == 0 ? width : done * width / all
        return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "]"
    }
}

extension ProbeReport {
    fileprivate init(found report: ProbeReport) {
        self = report
        tried = []
    }
}
