/// Objects that snmpd can be given by a `pass_persist` program.
public protocol PassPersistObjects: Sendable {
    /// The value of an object; nothing when there is none.
    func value(of oid: SimulatedOID) -> SimulatedValue?

    /// The first object after an identifier, with its value; nothing at the end.
    func next(after oid: SimulatedOID) -> (oid: SimulatedOID, value: SimulatedValue)?

    /// Writes an object.
    ///
    /// - Parameter value: the value; nothing when snmpd did not tell it in a form that can be understood.
    func write(_ value: SimulatedValue?, to oid: SimulatedOID) -> SimulatedPDU.WriteOutcome
}

extension SimulatedPDU: PassPersistObjects {}
