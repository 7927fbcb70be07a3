import ArgumentParser
import LocalServices
import PDUSimulator

/// `busbar simulate snmp`: a PDU behind a real snmpd.
struct SimulateSNMPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snmp",
        abstract: "Simulate an SNMP PDU behind a real snmpd.",
        discussion: "Needs the Debian packages snmpd and snmp. Models: raritan-px2, apc-rpdu, bare."
    )

    @Option(help: "The UDP port on 127.0.0.1.")
    var port = 1161

    @Option(help: "The model.")
    var model = "raritan-px2"

    @Option(help: "How many outlets it has.")
    var outlets = 8

    @Option(help: "The community that may read.")
    var readCommunity = "public"

    @Option(help: "The community that may write.")
    var writeCommunity = "private"

    @Option(help: "An SNMPv3 user with SHA and AES; both passphrases are 'passphrase'.")
    var user: String?

    @OptionGroup var faultOptions: FaultOptions

    func run() async throws {
        guard let model = SimulatedModel.named(model) else {
            let known = SimulatedModel.builtIn.map(\.name).joined(separator: ", ")
            throw ValidationError("there is no simulated model '\(model)'; known are \(known)")
        }
        let user = user.map { name in
            SNMPUser(
                name: name,
                authentication: .sha,
                authenticationPassphrase: "passphrase",
                privacy: .aes,
                privacyPassphrase: "passphrase"
            )
        }
        let configuration = SimulatedSNMPDeviceConfiguration(
            model: model,
            outlets: outlets,
            port: port,
            readCommunity: readCommunity,
            writeCommunity: writeCommunity,
            users: user.map { [$0] } ?? [],
            faults: try faultOptions.faults()
        )
        let device = try await SimulatedSNMPDevice.start(configuration)
        print("\(model.name) with \(outlets) outlets: \(device.address)")
        print("Orders: \(SimulatorOrder.help)")
        await OrderConsole(device: device).run()
        await device.stop()
    }
}
