internal import SNMPClient

/// Compares what a device says of itself with what models are known by. It asks nothing.
enum ModelMatcher {
    /// How a sysObjectID fits a model.
    struct Match: Equatable {
        /// How many arcs agree; the more, the better.
        let length: Int
        /// The index parts that the sysObjectID tells.
        let captured: IndexBindings
    }

    /// A model that a device may be of.
    struct Candidate: Equatable {
        let model: PDUModel
        /// How many arcs of the sysObjectID agree; 0 where only a probe can tell.
        let length: Int
    }

    /// The models that a device may be of, the likeliest first.
    static func candidates(_ models: [PDUModel], sysObjectID: OID?, sysDescr: String?) -> [Candidate] {
        models.compactMap { model -> Candidate? in
            let rule = model.detection
            guard rule.isAutomatic else { return nil }
            var length = 0
            if !rule.objectIDs.isEmpty {
                guard let sysObjectID, let match = match(model, sysObjectID: sysObjectID) else { return nil }
                length = match.length
            }
            if !rule.descriptions.isEmpty {
                guard let sysDescr, rule.descriptions.contains(where: { $0.match(sysDescr) != nil }) else { return nil }
            }
            return Candidate(model: model, length: length)
        }
        .sorted { left, right in
            let (one, other) = (left.model.detection, right.model.detection)
            if left.length != right.length { return left.length > right.length }
            if one.priority != other.priority { return one.priority > other.priority }
            // What asks more of a device is the better evidence.
            if one.descriptions.isEmpty != other.descriptions.isEmpty { return other.descriptions.isEmpty }
            if (one.probe == nil) != (other.probe == nil) { return one.probe != nil }
            return left.model.id < right.model.id
        }
    }

    /// How a sysObjectID fits the best of a model's; nothing when none does.
    static func match(_ model: PDUModel, sysObjectID: OID) -> Match? {
        model.detection.objectIDs.compactMap { match($0, model.index, sysObjectID) }
            .max { $0.length < $1.length }
    }

    private static func match(
        _ wanted: DetectionRule.ObjectID,
        _ index: [String: IndexPart],
        _ sysObjectID: OID
    ) -> Match? {
        let elements = wanted.template.elements
        guard sysObjectID.arcs.count >= elements.count, !wanted.isExact || sysObjectID.arcs.count == elements.count
        else { return nil }
        var captured = IndexBindings()
        for (element, arc) in zip(elements, sysObjectID.arcs) {
            switch element {
            case .arc(let expected):
                guard arc == expected else { return nil }
            case .expression(let expression):
                let part = expression.term.part
                guard case .captured(let oneOf) = index[part]?.source, oneOf.isEmpty || oneOf.contains(arc) else {
                    return nil
                }
                captured[part] = [arc]
            }
        }
        return Match(length: elements.count, captured: captured)
    }
}
