import Power

extension Fleet {
    /// The things that targets name, in their order, each once.
    ///
    /// - Throws: `noSuchTarget` for the first that names nothing. Groups and loads are not looked up: only agents know
    ///   them.
    public func resolve(_ expressions: [TargetExpression]) throws(RemoteError) -> [RemoteTarget] {
        var seen: Set<RemoteTarget> = []
        var targets: [RemoteTarget] = []
        for expression in expressions {
            for target in try resolve(expression) where seen.insert(target).inserted { targets.append(target) }
        }
        return targets
    }

    private func resolve(_ expression: TargetExpression) throws(RemoteError) -> [RemoteTarget] {
        switch expression {
        case .group(let name): return [.group(name)]
        case .load(let name): return [.load(name)]
        case .label(let text): return try outlets(labelled: text).map(RemoteTarget.outlet)
        case .outlets(let pattern, let selection):
            if let names = pattern.names {
                var targets: [RemoteTarget] = []
                for name in names { targets += try outlets(of: name, selection).map(RemoteTarget.outlet) }
                return targets
            }
            var targets: [RemoteTarget] = []
            for (name, pdu) in pdus.sorted(by: { $0.key < $1.key }) where pattern.matches(name.rawValue) {
                let numbers = pdu.outlets.keys.sorted().filter { number in
                    if case .numbers(let wanted) = selection { wanted.contains(number) } else { true }
                }
                targets += numbers.map { .outlet(OutletID(pdu: name, outlet: $0)) }
            }
            guard !targets.isEmpty else {
                throw RemoteError(.noSuchTarget, "no outlet fits '\(expression)'\(known)")
            }
            return targets
        }
    }

    private func outlets(of name: String, _ selection: OutletSelection) throws(RemoteError) -> [OutletID] {
        guard let pdu = PDUName(name), let known = pdus[pdu] else {
            throw RemoteError(.noSuchTarget, "there is no PDU '\(name)'\(known)")
        }
        let there = known.outlets.keys.sorted()
        switch selection {
        case .all:
            guard !there.isEmpty else {
                throw RemoteError(.noSuchTarget, "the outlets of \(name) are not known yet: it was never read")
            }
            return there.map { OutletID(pdu: pdu, outlet: $0) }
        case .numbers(let numbers):
            for number in numbers where !there.isEmpty && known.outlets[number] == nil {
                throw RemoteError(
                    .noSuchTarget,
                    "\(name) has no outlet \(number); it has \(there.map(\.description).joined(separator: ", "))"
                )
            }
            return numbers.map { OutletID(pdu: pdu, outlet: $0) }
        }
    }

    private func outlets(labelled text: String) throws(RemoteError) -> [OutletID] {
        if let pdu = PDUName(text), pdus[pdu] != nil {
            throw RemoteError(.badTarget, "'\(text)' is a PDU; write \(text)/* for all of its outlets, or \(text)/1")
        }
        let hasWildcard = text.contains { $0 == "*" || $0 == "?" }
        let pattern = hasWildcard ? try NamePattern(text.lowercased()) : nil
        let all = pdus.flatMap { name, pdu in
            pdu.outlets.compactMap { number, outlet in
                outlet.label.map { (OutletID(pdu: name, outlet: number), $0) }
            }
        }
        if let pattern {
            let found = all.filter { pattern.matches($0.1.lowercased()) }.map(\.0).sorted()
            guard !found.isEmpty else { throw RemoteError(.noSuchTarget, "no outlet is labelled '\(text)'") }
            return found
        }
        let exact = all.filter { $0.1 == text }
        let found = exact.isEmpty ? all.filter { $0.1.lowercased() == text.lowercased() } : exact
        switch found.count {
        case 1: return found.map(\.0)
        case 0: throw RemoteError(.noSuchTarget, "no outlet is labelled '\(text)', and it is not like bench/1")
        default:
            let outlets = found.map(\.0).sorted().map(\.description).joined(separator: ", ")
            throw RemoteError(.noSuchTarget, "'\(text)' is the label of several outlets: \(outlets)")
        }
    }

    private var known: String {
        let names = pdus.keys.sorted().prefix(20).map(\.rawValue)
        return names.isEmpty ? " at the broker" : "; there are \(names.joined(separator: ", "))"
    }
}
