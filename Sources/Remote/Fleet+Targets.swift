public import Power

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

    /// What is looked at: outlets, loads, and of whole PDUs and groups everything in them, each once.
    public struct Selection: Sendable, Equatable {
        /// The outlets.
        public var outlets: [OutletID] = []
        /// The loads.
        public var loads: [String] = []
        /// The groups.
        public var groups: [String] = []
        /// The PDUs that were named as a whole, also those of which no outlet is known.
        public var pdus: [PDUName] = []

        /// Nothing.
        public init() {}
    }

    /// What targets name for somebody who only looks; everything when there are none. Here the name of a PDU alone means
    /// all of its outlets.
    ///
    /// - Throws: `noSuchTarget` for the first that names nothing.
    public func select(_ expressions: [TargetExpression]) throws(RemoteError) -> Selection {
        var selection = Selection()
        guard !expressions.isEmpty else {
            selection.pdus = pdus.keys.sorted()
            selection.outlets = selection.pdus.flatMap(allOutlets)
            selection.loads = loads.keys.sorted()
            selection.groups = groups.keys.sorted()
            return selection
        }
        for expression in expressions { try add(expression, to: &selection) }
        var seen: Set<OutletID> = []
        selection.outlets = selection.outlets.filter { seen.insert($0).inserted }
        var seenLoads: Set<String> = []
        selection.loads = selection.loads.filter { seenLoads.insert($0).inserted }
        return selection
    }

    private func add(_ expression: TargetExpression, to selection: inout Selection) throws(RemoteError) {
        if case .label(let text) = expression, let named = try pdus(named: text) {
            selection.pdus += named
            selection.outlets += named.flatMap(allOutlets)
            return
        }
        for target in try resolve(expression) {
            switch target {
            case .outlet(let outlet): selection.outlets.append(outlet)
            case .load(let name): try add(load: name, to: &selection)
            case .group(let name):
                guard let group = groups[name] else {
                    throw RemoteError(.noSuchTarget, "no agent at the broker has said anything of a group '\(name)'")
                }
                selection.groups.append(name)
                for member in group.outlets.compactMap(GroupMember.init) {
                    switch member {
                    case .outlet(let outlet): selection.outlets.append(outlet)
                    case .load(let name): try add(load: name, to: &selection)
                    }
                }
            }
        }
    }

    private func add(load name: String, to selection: inout Selection) throws(RemoteError) {
        guard loads[name] != nil else {
            throw RemoteError(.noSuchTarget, "no agent at the broker has said anything of a load '\(name)'")
        }
        selection.loads.append(name)
    }

    /// The PDUs of this name, which may hold `*`, `?` and `[1-4]`; nothing when it names none.
    private func pdus(named text: String) throws(RemoteError) -> [PDUName]? {
        if let pdu = PDUName(text) { return pdus[pdu] == nil ? nil : [pdu] }
        guard text.contains(where: { "*?[".contains($0) }), let pattern = try? NamePattern(text) else { return nil }
        let found = pdus.keys.filter { pattern.matches($0.rawValue) }.sorted()
        return found.isEmpty ? nil : found
    }

    private func allOutlets(of pdu: PDUName) -> [OutletID] {
        (pdus[pdu]?.outlets.keys.sorted() ?? []).map { OutletID(pdu: pdu, outlet: $0) }
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
