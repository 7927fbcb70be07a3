extension Form {
    /// Keys with values.
    static func section(_ table: KeyTable, read: @escaping @Sendable (Section) -> Value?) -> Self {
        Form(.section(table), expecting: "keys with values") { spot in
            Section(spot, table, name: lastKey(of: spot)).flatMap(read)
        }
    }

    /// A list with at least one element.
    static func list<Element>(_ element: Form<Element>) -> Form<[Element]> where Value == [Element] {
        Form(.list(element.kind), expecting: "a list") { spot in
            guard case .list(let values) = spot.value.content else {
                spot.refuse(expecting: "a list")
                return nil
            }
            return elements(values, element, spot)
        }
    }

    /// One value, or a list with at least one.
    static func oneOrMore<Element>(_ element: Form<Element>) -> Form<[Element]> where Value == [Element] {
        Form(.oneOrMore(element.kind), expecting: "\(element.expectation), or a list of them") { spot in
            guard case .list(let values) = spot.value.content else { return element.read(spot).map { [$0] } }
            return elements(values, element, spot)
        }
    }

    /// Names of the site's own, each with a value, in the order of the file.
    static func map<Name, Element>(
        _ names: MapKeys<Name>,
        _ element: Form<Element>
    ) -> Form<[(Name, Element)]> where Value == [(Name, Element)] {
        Form(.map(keys: names.label, pattern: names.pattern, element.kind), expecting: "keys with values") { spot in
            let entries: [YAMLValue.Entry]
            switch spot.value.content {
            case .mapping(let list): entries = list
            case .scalar where spot.value.kind == .nothing: entries = []
            default:
                spot.refuse(expecting: "keys with values, each key \(names.expectation)")
                return nil
            }
            let unique = spot.unique(entries)
            var result: [(Name, Element)] = []
            for entry in entries where unique[entry.key]?.location == entry.location {
                let path = Spot.path(spot.path, entry.key)
                guard let name = names.parse(entry.key) else {
                    spot.context.report("expected \(names.expectation) as key", path: path, at: entry.location)
                    continue
                }
                let value = Spot(value: entry.value, path: path, context: spot.context)
                if let read = element.read(value) { result.append((name, read)) }
            }
            return result
        }
    }

    private static func elements<Element>(_ values: [YAMLValue], _ form: Form<Element>, _ spot: Spot) -> [Element]? {
        if values.isEmpty { spot.report("the list is empty") }
        // Each file counts its own, as whoever looks for the place does.
        var counts: [Int: Int] = [:]
        return values.compactMap { value in
            let index = counts[value.location.file, default: 0]
            counts[value.location.file] = index + 1
            return form.read(Spot(value: value, path: "\(spot.path)[\(index)]", context: spot.context))
        }
    }

    private static func lastKey(of spot: Spot) -> String {
        spot.path.split(separator: ".").last.map(String.init) ?? ""
    }
}
