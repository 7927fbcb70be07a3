import Agent
import Power

/// A request as clients made for pdudaemon send it.
struct PDUDaemonRequest: Equatable {
    let outlet: OutletID
    let command: Command

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - verb: the last part of the path: `on`, `off` or `reboot`.
    ///   - parameter: the value of a parameter of the query.
    /// - Throws: `BadPayload` with what is wrong.
    init(verb: String, parameter: (String) -> String?) throws(BadPayload) {
        let action: Action
        switch verb {
        case "on": action = .on
        case "off": action = .off
        case "reboot": action = .cycle
        default: throw BadPayload("the path must end in on, off or reboot")
        }
        if parameter("alias") != nil { throw BadPayload("aliases are not known here; give hostname and port") }
        guard let hostname = parameter("hostname"), let pdu = PDUName(hostname) else {
            throw BadPayload("hostname must be the name of a PDU in Busbar's configuration")
        }
        // pdudaemon takes `04` for 4, and its own client's help writes it so.
        guard let port = parameter("port"), let number = OutletNumber(topicLevel: String(port.drop { $0 == "0" }))
        else {
            throw BadPayload("port must be the number printed beside the outlet, from 1")
        }
        outlet = OutletID(pdu: pdu, outlet: number)
        var command = Command(action, by: "pdudaemon")
        if let text = parameter("delay") {
            guard text.utf8.count <= 5, let seconds = UInt32(text), seconds <= (action == .cycle ? 3600 : 86_400) else {
                throw BadPayload("delay must be whole seconds, at most 3600 for reboot and 86400 for on and off")
            }
            if action == .cycle {
                command.offTime = seconds == 0 ? .milliseconds(100) : .seconds(Int64(seconds))
            } else if seconds > 0 {
                command.delay = .seconds(Int64(seconds))
            }
        }
        self.command = command
    }
}
