import Agent
import AgentConfiguration
import ArgumentParser
import Discovery
import Foundation
import Logging
import Power
import UnixSignals

/// `busbar verify-device`: does a device do as its driver says?
struct VerifyDeviceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-device",
        abstract: "Try everything that Busbar does with a device on one spare outlet, and print a report.",
        discussion: """
            SWITCHES THE OUTLET, several times, and puts it back as it was, also on Ctrl-C. Take an outlet with nothing \
            behind it, and stop the agent that uses the device. The report says how long the device shows old values \
            and how it treats errors; sent in, it raises the maturity of the device's model file.

            Exit codes: 0 everything as it should, 1 something failed, 2 there is no such PDU or the outlet is protected, \
            64 wrong usage or no --yes, 78 bad configuration.
            """
    )

    @Argument(help: "The PDU's name in the configuration.")
    var pdu: String

    @Option(help: "The spare outlet's number.")
    var outlet: Int

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Yes, switch the outlet.")
    var yes = false

    @Flag(help: "Print the report as JSON.")
    var json = false

    func run() async throws {
        let configuration = try ConfigurationLoader(path: file.path).load()
        let (settings, number) = try target(in: configuration)
        let factory = DriverFactory(path: file.path, logger: Logger(label: "busbar") { _ in SwiftLogNoOpLogHandler() })
        let driver: any PDUDriver
        do {
            driver = try factory.blueprint(settings).makeDriver()
        } catch {
            StandardError.write(line: "\(file.path): \(error)")
            throw ExitCode.configuration
        }
        let verification = Verification(driver: driver, settings: .init(outlet: number))
        var report = await untilInterrupted {
            await verification.run(pdu: pdu) { StandardError.write(line: $0) }
        }
        report.version = Version.current
        await driver.shutDown()
        await factory.shutDown()
        print(json ? try Printing.json(report) : report.description)
        if !report.isSuccess { throw ExitCode.failure }
    }

    /// The PDU and the outlet, when they may be switched.
    func target(in configuration: AgentConfiguration) throws -> (PDUSettings, OutletNumber) {
        guard let settings = configuration.pdus.first(where: { $0.name.rawValue == pdu }) else {
            let known = configuration.pdus.map(\.name.rawValue).joined(separator: ", ")
            throw ExitCode.refused.because("there is no PDU '\(pdu)' in \(file.path); there are \(known)")
        }
        guard let number = OutletNumber(outlet) else {
            throw ValidationError("outlet numbers are 1 to \(OutletNumber.maximum)")
        }
        let rules = settings.outlet(number)
        guard !rules.isProtected, !rules.forbidsOff else {
            throw ExitCode.refused.because("outlet \(pdu)/\(outlet) is protected; take a spare one")
        }
        guard yes else {
            let label = rules.label.map { " (\($0))" } ?? ""
            throw ValidationError("this switches outlet \(pdu)/\(outlet)\(label) off and on several times; give --yes")
        }
        return (settings, number)
    }

    /// Runs the work, and cancels it on Ctrl-C or SIGTERM.
    private func untilInterrupted(
        _ work: @escaping @Sendable () async -> VerificationReport
    ) async -> VerificationReport {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return await withTaskGroup(of: Void.self) { group in
            let running = Task { await work() }  // so that a signal can cancel it and its report is still had
            group.addTask { for await _ in signals { running.cancel() } }
            let report = await running.value
            group.cancelAll()
            return report
        }
    }
}
