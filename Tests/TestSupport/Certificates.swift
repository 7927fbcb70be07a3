public import LocalServices

/// Certificates made for one test run: an authority, one that nobody knows, and some that the first has signed.
public final class Certificates: Sendable {
    /// Where they are.
    public let directory: TemporaryDirectory

    /// The authority's certificate.
    public var authority: String { directory.path(of: "ca.pem") }
    /// The certificate of the authority that nobody knows.
    public var otherAuthority: String { directory.path(of: "other-ca.pem") }

    /// A certificate by its name.
    public func certificate(_ name: String) -> String { directory.path(of: "\(name).pem") }
    /// The key of a certificate.
    public func key(_ name: String) -> String { directory.path(of: "\(name).key") }

    /// Makes `broker` (for 127.0.0.1 and localhost), `elsewhere` (for another host), `expired` and `client`.
    ///
    /// - Throws: what `openssl` says.
    public init() async throws {
        directory = try TemporaryDirectory(prefix: "certificates")
        for name in ["ca", "other-ca"] { try await makeAuthority(name) }
        try await sign("broker", "subjectAltName=IP:127.0.0.1,DNS:localhost")
        try await sign("elsewhere", "subjectAltName=DNS:elsewhere.example")
        try await sign("expired", "subjectAltName=IP:127.0.0.1", days: -1)
        try await sign("client", "extendedKeyUsage=clientAuth")
    }

    private func makeAuthority(_ name: String) async throws {
        try await openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
            "-subj", "/CN=\(name)", "-keyout", key(name), "-out", certificate(name),
        ])
    }

    /// Makes one that the authority has signed.
    ///
    /// - Parameters:
    ///   - name: what it is asked for by here.
    ///   - extensions: as `openssl` has them, such as `subjectAltName=DNS:broker.example`.
    ///   - subject: its common name; the name by default.
    ///   - days: how long it is good; -1 for one that has expired.
    /// - Throws: what `openssl` says.
    public func sign(_ name: String, _ extensions: String, subject: String? = nil, days: Int = 30) async throws {
        let request = directory.path(of: "\(name).csr")
        try directory.write(extensions + "\n", to: "\(name).ext")
        try await openssl([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=\(subject ?? name)", "-keyout", key(name), "-out", request,
        ])
        try await openssl([
            "x509", "-req", "-in", request, "-CA", authority, "-CAkey", key("ca"), "-CAcreateserial",
            "-days", String(days), "-extfile", directory.path(of: "\(name).ext"), "-out", certificate(name),
        ])
    }

    private func openssl(_ arguments: [String]) async throws {
        let result = try await Command.run("openssl", package: "openssl", arguments)
        guard result.isSuccess else { throw LocalServicesError(.system, "openssl: \(result.error)") }
    }
}
