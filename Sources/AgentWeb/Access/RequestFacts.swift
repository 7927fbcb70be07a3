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
            userAgent: headers[.userAgent]
        )
    }
}

extension HTTPField.Name {
    fileprivate static var host: Self { HTTPField.Name("Host") ?? .accept }
}
