import ArgumentParser
import PDUSimulator

/// `busbar simulate pass-persist`: what snmpd starts to reach a simulated device; not for people.
struct PassPersistCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pass-persist",
        abstract: "Connect snmpd with a simulated device.",
        shouldDisplay: false
    )

    @Argument(help: "The device's Unix-domain socket.")
    var socket: String

    func run() throws {
        try PassPersistProgram.run(socket: socket)
    }
}
