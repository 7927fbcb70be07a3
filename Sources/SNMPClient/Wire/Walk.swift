/// A walk through everything below an object: what to ask next, and when it is over.
struct Walk {
    private let root: OID
    private let limit: Int
    private let errors: ErrorText
    /// The object whose successor is asked for next.
    private(set) var position: OID
    /// What was found so far.
    private(set) var found: [VarBind] = []

    init(below root: OID, limit: Int, errors: ErrorText) {
        self.root = root
        self.limit = limit
        self.errors = errors
        position = root
    }

    /// How many rows it makes sense to ask for: no more than the limit leaves, and the one that shows that it is passed.
    func useful(_ count: Int) -> Int { max(1, min(count, limit + 1 - found.count)) }

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
}
