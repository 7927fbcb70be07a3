import HTTPTypes

/// What a request says of where it comes from.
struct RequestFacts: Sendable {
    var method: HTTPRequest.Method
    /// The `Host` header.
    var host: String?
    var authorization: String?
    var contentType: String?
    /// Whether a body comes with it.
    var hasBody = false
    var origin: String?
    var referer: String?
    /// The `Sec-Fetch-Site` header, which no page can set or leave out.
    var fetchSite: String?
    var userAgent: String?
    /// The `Cookie` header.
    var cookies: String?
    /// Whom a proxy that is known says to be behind the request.
    var proxyUser: String?
}

extension RequestFacts {
    init(_ head: HTTPRequest) {
        let headers = head.headerFields
        self.init(
            method: head.method,
            host: head.authority ?? headers[.host],
            authorization: headers[.authorization],
            contentType: headers[.contentType],
            hasBody: headers[.transferEncoding] != nil || headers[.contentLength].map { $0 != "0" } == true,
            origin: headers[.origin],
            referer: headers[.referer],
            fetchSite: HTTPField.Name("Sec-Fetch-Site").flatMap { headers[$0] },
            userAgent: headers[.userAgent],
            cookies: headers[.cookie]
        )
    }
}

extension RequestFacts {
    /// The value of a cookie.
    func cookie(_ name: String) -> Substring? {
        (cookies ?? "").split(separator: ";").lazy
            .map { $0.drop { $0 == " " } }
            .first { $0.hasPrefix(name + "=") }?
            .dropFirst(name.utf8.count + 1)
    }

    /// Whether it comes from a page of the listener itself: what a browser sends with everything that a cookie lets in.
    var isFromOwnPage: Bool {
        fetchSite.map { $0 == "same-origin" } ?? (origin.map { RequestGuard.isSame(origin: $0, host: host) } ?? false)
    }
}

extension HTTPField.Name {
    fileprivate static var host: Self { HTTPField.Name("Host") ?? .accept }
}
