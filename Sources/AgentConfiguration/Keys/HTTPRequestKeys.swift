/// The keys of a request of `driver: http`.
enum HTTPRequestKeys {
    static let method = Key(
        "method",
        Form<String>.text("method", expecting: "a method such as GET, POST or PUT") { text in
            (1...16).contains(text.utf8.count) && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")) ~= $0 }
                ? text : nil
        },
        .optional("`GET`, with a body `POST`"),
        example: "PUT",
        "The method."
    )
    static let url = Key(
        "url",
        Form<String>.deviceURL,
        .required,
        example: "\"http://192.0.2.40/relay/{index}?turn=on\"",
        "The URL, http or https. `{outlet}` stands for the outlet's number, `{index}` for one less."
    )
    static let headers = Key(
        "headers",
        Form<[(String, String)]>.map(.headerNames, .text(limit: 1024)),
        .optional("none"),
        example: "{ Content-Type: application/json }",
        "Header fields."
    )
    static let body = Key(
        "body",
        Form<String>.text("text, at most 16 KiB", expecting: "text of at most 16 KiB") { text in
            text.utf8.count <= 16 << 10 ? text : nil
        },
        .optional("none"),
        example: "'{\"on\":true}'",
        "The body. `{outlet}` and `{index}` stand for the outlet."
    )

    static let entries = [method.entry, url.entry, headers.entry, body.entry]
    static let table = KeyTable("pdus[].on http", entries)

    static func read(_ section: Section) -> HTTPSettings.Request? {
        let method = section[method]
        let url = section[url]
        let headers = section[headers] ?? []
        let body = section[body]
        if headers.contains(where: { $0.0.lowercased() == "authorization" }) {
            section.report(
                Self.headers.name,
                "a secret does not belong into the headers; use username and password_file, or token_file"
            )
        }
        guard let url else { return nil }
        return HTTPSettings.Request(
            method: method ?? (body == nil ? "GET" : "POST"),
            url: url,
            headers: headers.map { HTTPSettings.Header(name: $0.0, value: $0.1) },
            body: body
        )
    }
}

extension MapKeys<String> {
    /// Names of header fields (RFC 9110 section 5.6.2), without those that belong to the connection.
    fileprivate static var headerNames: Self {
        let reserved: Set = ["connection", "host", "content-length", "transfer-encoding"]
        return MapKeys(
            label: "field",
            pattern: "^[A-Za-z0-9-]{1,64}$",
            expectation: "a header field's name (not Connection, Host, Content-Length or Transfer-Encoding)",
            parse: { text in
                let isName =
                    (1...64).contains(text.utf8.count)
                    && text.utf8.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                            true
                        default: false
                        }
                    }
                return isName && !reserved.contains(text.lowercased()) ? text : nil
            }
        )
    }
}

extension Form<String> {
    /// A URL of a device. What is wrong with it is never shown, as it may hold a password.
    fileprivate static var deviceURL: Self {
        let expectation = "a URL such as http://192.0.2.40/relay/{outlet}"
        return Form(.text("URL"), expecting: expectation) { spot in
            guard let text = spot.text(expecting: expectation) else { return nil }
            guard let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }) else {
                spot.report("expected \(expectation), found no http:// or https://")
                return nil
            }
            let rest = text.dropFirst(scheme.count)
            let authority = rest.prefix { !"/?#".contains($0) }
            guard !authority.contains("@") else {
                spot.report("credentials do not belong into the URL; use username and password_file")
                return nil
            }
            guard let (host, port) = HostName.splitPort(authority), HostName.isValid(host),
                port.map({ HostName.port($0) != nil }) ?? true, text.utf8.count <= 2048,
                text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else {
                spot.report("expected \(expectation) in printable ASCII, found no valid host or other characters in it")
                return nil
            }
            return text
        }
    }
}
