/// A walk through everything below an object: what to ask next, and when it is over.
struct Walk {
    private let root: OID
    private let limit: Int
    private let errors: ErrorText
    /// The object whose successor is asked for next.
    private(set) var position: OID
    /// What was found so far.
    private(set) var found: [VarBind] = []
    /// How many objects GETBULK is asked for; halves when the device cannot send as many.
    private(set) var repetitions: Int

    init(below root: OID, limit: Int, repetitions: Int, errors: ErrorText) {
        self.root = root
        self.limit = limit
        self.errors = errors
        position = root
        self.repetitions = max(1, min(repetitions, limit + 1))
    }

    /// Takes an answer; false when the walk is over.
    mutating func goOn(with page: [VarBind]) throws(SNMPError) -> Bool {
        if page.isEmpty {
            throw errors.error(.badReply, "the SNMP answer to a walk is empty at \(position)", oid: position)
        }
        for varBind in page {
            if varBind.value == .endOfMIBView || !varBind.oid.starts(with: root) { return false }
            guard position < varBind.oid else {
                throw errors.error(
                    .badReply,
                    "the device's objects go in circles: \(varBind.oid) comes after \(position)",
                    oid: varBind.oid
                )
            }
            guard found.count < limit else {
                throw errors.error(.tooBig, "there are more than \(limit) objects below \(root)", oid: root)
            }
            found.append(varBind)
            position = varBind.oid
        }
        return true
    }

    /// Whether a failed request only means that less has to be asked for at once.
    mutating func canAskForLess(after error: SNMPError) -> Bool {
        guard error.code == .tooBig, repetitions > 1 else { return false }
        repetitions /= 2
        return true
    }
}
