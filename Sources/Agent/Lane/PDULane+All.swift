import Power

extension PDULane {
    /// Why a command for all outlets cannot be carried out: nobody knows yet which outlets there are, so nothing can
    /// be said to be done.
    struct Unread: Error, CustomStringConvertible {
        let description: String
    }

    /// Every outlet of the PDU, as a group.
    var rulesForAll: Result<GroupRules, Unread> {
        let snapshot = snapshot
        guard !snapshot.states.isEmpty else {
            let why = snapshot.problem ?? "it was not read yet"
            return .failure(Unread(description: "the outlets of \(pdu) are not known: \(why)"))
        }
        return .success(
            GroupRules(
                outlets: snapshot.states.keys.sorted().map { OutletID(pdu: pdu, outlet: $0) },
                stagger: snapshot.rules.stagger
            )
        )
    }
}
