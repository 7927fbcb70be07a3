import Power

extension Form {
    /// Text that `parse` understands.
    static func text(
        _ kind: String,
        expecting expectation: String,
        show: @escaping @Sendable (Value) -> String = { "\($0)" },
        parse: @escaping @Sendable (String) -> Value?
    ) -> Self {
        Form(.text(kind), expecting: expectation, show: show) { spot in
            guard let text = spot.text(expecting: expectation) else { return nil }
            guard let value = parse(text) else {
                spot.report("expected \(expectation), found \(spot.shown)")
                return nil
            }
            return value
        }
    }
}

extension Form where Value: RawRepresentable<String> & CaseIterable {
    /// One of the words of an enumeration; `synonyms` are read too, but not shown.
    static func choice(synonyms: [String: Value] = [:]) -> Self {
        let words = Value.allCases.map(\.rawValue)
        let expectation = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return Form(.choice(words + synonyms.keys.sorted()), expecting: expectation, show: \.rawValue) { spot in
            guard let text = spot.word(expecting: expectation) else { return nil }
            guard let value = Value(rawValue: text) ?? synonyms[text] else {
                spot.report("expected \(expectation), found \(spot.shown)\(Suggestion.phrase(for: text, among: words))")
                return nil
            }
            return value
        }
    }
}

extension Form<String> {
    /// Text for people or other programs: 1 to `limit` bytes without control characters.
    static func text(limit: Int = 256) -> Self {
        text("text, 1 to \(limit) bytes", expecting: "text of 1 to \(limit) bytes without control characters") { text in
            isPrintable(text) && text.utf8.count <= limit ? text : nil
        }
    }

    /// A name of the site's own.
    static var name: Self {
        text("name", expecting: "a name of 1 to 64 of A-Z a-z 0-9 _ -") { Identifier.isValid($0) ? $0 : nil }
    }

    static var host: Self {
        Form(.text("host"), expecting: "a host's name or address") { spot in
            guard let text = spot.text(expecting: "a host's name or address") else { return nil }
            if HostName.isValid(text) { return text }
            let hint =
                if text.contains("/") {
                    "; write the host alone, without http:// and path"
                } else if text.hasPrefix("[") {
                    "; write the IPv6 address without brackets"
                } else if let parts = HostName.splitPort(text), parts.port.flatMap(HostName.port) != nil {
                    "; write the port behind its own key"
                } else {
                    ""
                }
            // A pasted address can hold a user and a password.
            let shown = text.contains("@") || text.contains("/") ? "something else" : spot.shown
            spot.report("expected a host's name or address, found \(shown)\(hint)")
            return nil
        }
    }

    /// A path, made absolute.
    static var path: Self {
        Form(.text("path"), expecting: "a path") { spot in
            guard let text = spot.text(expecting: "a path") else { return nil }
            guard isPrintable(text), text.utf8.count <= 4096 else {
                spot.report("expected a path of 1 to 4096 bytes without control characters")
                return nil
            }
            return spot.context.absolute(text)
        }
    }

    /// The path of a file that can be read.
    static var file: Self { file(isSecret: false) }

    /// The path of a file that the agent's user alone should be able to read.
    static var secretFile: Self { file(isSecret: true) }

    private static func file(isSecret: Bool) -> Self {
        Form(.text("path"), expecting: "the path of a file") { spot in
            guard let path = path.read(spot),
                let contents = spot.contents(of: path, limit: ConfigurationFile.maximumSize)
            else { return nil }
            if isSecret { spot.warnIfPublic(contents, path) }
            return path
        }
    }

    /// The levels of a topic below which others are made.
    static var topic: Self {
        let expectation =
            "topic levels without + or #, without an empty level and not beginning with $, at most 200 bytes"
        return text("topic", expecting: expectation) { text in
            let levels = text.split(separator: "/", omittingEmptySubsequences: false)
            let isTopic =
                isPrintable(text) && text.utf8.count <= 200 && !text.hasPrefix("$") && levels.allSatisfy { !$0.isEmpty }
            return isTopic && !text.contains("+") && !text.contains("#") ? text : nil
        }
    }

    private static func isPrintable(_ text: String) -> Bool {
        !text.isEmpty && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}

extension Form<PDUName> {
    static var pduName: Self {
        text("name", expecting: "a name of 1 to 64 of A-Z a-z 0-9 _ -") { PDUName($0) }
    }
}

extension Form<OutletID> {
    static var outletID: Self {
        text("outlet", expecting: "an outlet as pdu/number, such as bench/1") { OutletID($0) }
    }
}

extension Form<GroupMember> {
    static var groupMember: Self {
        text("outlet or load", expecting: "an outlet as pdu/number, such as bench/1, or a load as load:name") {
            GroupMember($0)
        }
    }
}

extension Form<NumericOID> {
    static var oid: Self {
        text("object identifier", expecting: "an object identifier in numbers, such as 1.3.6.1.4.1.318") {
            NumericOID($0)
        }
    }
}

extension Form<ListenAddress> {
    static var listen: Self {
        text("address", expecting: "an address and a port, such as 127.0.0.1:8480 or [::1]:8480") { ListenAddress($0) }
    }
}

extension ListenAddress {
    /// Reads an address and a port, such as 127.0.0.1:8480 or [::1]:8480.
    public init?(_ text: String) {
        guard let parts = HostName.splitPort(text), HostName.isValid(parts.host),
            let port = parts.port.flatMap(HostName.port)
        else { return nil }
        self.init(host: parts.host, port: port)
    }
}

extension Form<AddressRange> {
    static var addressRange: Self {
        text("address range", expecting: "an address or a range of addresses, such as 192.0.2.7 or 192.0.2.0/24") {
            AddressRange($0)
        }
    }
}

extension Form<SNMPModelReference> {
    static var model: Self {
        let expectation = "a built-in model, auto, or the path of a model's file (with a / in it)"
        return Form(.text("model"), expecting: expectation) { spot in
            guard let text = spot.text(expecting: expectation) else { return nil }
            if text.contains("/") { return Form<String>.file.read(spot).map { .file($0) } }
            if text == "auto" { return .automatic }
            guard Identifier.isValid(text) else {
                spot.report("expected \(expectation), found \(spot.shown)")
                return nil
            }
            if let models = spot.context.sources.models, !models.contains(text) {
                let nearest = spot.context.suggestion(for: text) { models.sorted() + ["auto"] }
                spot.report("there is no built-in model \(spot.shown)\(nearest)")
                return nil
            }
            return .builtIn(text)
        }
    }
}

extension Form<SNMPValue> {
    /// A part of an index: an arc, or a text.
    static var indexValue: Self {
        Form(.snmpValue, expecting: "a number or text") { spot in
            guard let value = snmpValue.read(spot) else { return nil }
            switch value {
            case .number(let number) where number < 0:
                spot.report("expected a whole number from 0 to 4294967295, found \(spot.shown)")
            case .text(let text) where !(1...127).contains(text.utf8.count):
                spot.report("expected a text of 1 to 127 bytes, found one of \(text.utf8.count)")
            default: return value
            }
            return nil
        }
    }

    static var snmpValue: Self {
        Form(.snmpValue, expecting: "a number or text") { spot in
            switch spot.value.kind {
            case .number:
                guard let number = spot.value.scalar.flatMap(Form<Int>.parse), (-1 << 31..<1 << 32).contains(number)
                else {
                    spot.report("expected a whole number from -2147483648 to 4294967295, found \(spot.shown)")
                    return nil
                }
                return .number(number)
            case .text: return Form<String>.text().read(spot).map { .text($0) }
            default:
                spot.refuse(expecting: "a number or text")
                return nil
            }
        }
    }
}
