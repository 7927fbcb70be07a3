import ArgumentParser
import Power

/// A PDU or one of its outlets, on the command line.
struct AuditPlace: ExpressibleByArgument {
    let pdu: String
    let outlet: String?

    init?(argument: String) {
        if let outlet = OutletID(argument) {
            self.pdu = outlet.pdu.rawValue
            self.outlet = outlet.outlet.description
        } else if let pdu = PDUName(argument) {
            self.pdu = pdu.rawValue
            outlet = nil
        } else {
            return nil
        }
    }
}
