import CLibSSL
import CMosquitto
internal import HostNames

/// Whom a broker's certificate has to be for: the host of the configuration, whichever of its addresses is tried.
///
/// libmosquitto compares the certificate with what it connects to, and names that to the broker (SNI). Here it connects
/// to an address, so it is given a context of OpenSSL in which both are done with the configuration's host. All of it is
/// in that one context: without it libmosquitto's own comparison, which is never turned off, refuses a certificate that is
/// not for the address.
final class BrokerIdentity {
    private let host: String
    private let isAddress: Bool
    /// What was wrong with the certificate that the broker has shown, as the number of an `X509_V_ERR_…`.
    private(set) var problem: Int?

    /// - Parameter host: the host of the configuration.
    init(_ host: String) {
        self.host = host
        isAddress = host.contains(":") || HostNames.isNumeric(host)
    }

    /// Has one libmosquitto object connect with this identity. To be called before it connects; what is set up for TLS by
    /// `mosquitto_tls_set` holds as without this. This object must outlive that one.
    ///
    /// - Throws: `system` when OpenSSL or libmosquitto cannot do it; nothing must be connected then.
    func install(on mosquitto: OpaquePointer) throws(MQTTError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw MQTTError(.system, "OpenSSL cannot make a context for TLS")
        }
        // libmosquitto keeps a reference of its own.
        defer { SSL_CTX_free(context) }
        // libmosquitto sets these two as well. OpenSSL's default is to check no certificate at all, so that is not left to
        // another version of libmosquitto.
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        let least = SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        // Unretained: the owner of both destroys libmosquitto's object, and the context with it, before this.
        let this = Unmanaged.passUnretained(self).toOpaque()
        SSL_CTX_set_cert_verify_callback(context, { BrokerIdentity.of($1)?.verify($0) ?? 0 }, this)
        SSL_CTX_set_info_callback(context) { connection, event, _ in
            // Before the first message is written, and after libmosquitto has named the address.
            guard event == SSL_CB_HANDSHAKE_START, let connection else { return }
            BrokerIdentity.of(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), 0))?.introduce(connection)
        }
        guard least == 1, SSL_CTX_set_ex_data(context, 0, this) == 1,
            mosquitto_void_option(mosquitto, MOSQ_OPT_SSL_CTX, UnsafeMutableRawPointer(context)) == 0,
            mosquitto_int_option(mosquitto, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 1) == 0
        else {
            throw MQTTError(.system, "libmosquitto cannot be given a context for TLS")
        }
    }

    /// Checks the certificate that a broker has shown, with the chain and all else that OpenSSL checks.
    ///
    /// - Returns: 1 when it is good, else 0.
    private func verify(_ store: OpaquePointer?) -> Int32 {
        // Noted here, because libmosquitto may free the connection before anybody can ask it.
        defer {
            let number = X509_STORE_CTX_get_error(store)
            problem = number == X509_V_OK ? nil : Int(number)
        }
        // In place of libmosquitto's, which compares with the address. libmosquitto 2.0.11 would refuse everything besides:
        // it finds its object by a number that it gets only where it makes the context itself.
        X509_STORE_CTX_set_verify_cb(store) { isGood, _ in isGood }
        guard X509_verify_cert(store) == 1, let certificate = X509_STORE_CTX_get0_cert(store) else { return 0 }
        guard isHolder(of: certificate) else {
            X509_STORE_CTX_set_error(store, isAddress ? X509_V_ERR_IP_ADDRESS_MISMATCH : X509_V_ERR_HOSTNAME_MISMATCH)
            return 0
        }
        return 1
    }

    /// Whether a certificate is for the host. As libmosquitto has it: a name is that of the certificate or falls under its
    /// `*.`, which stands for one label; the subject's common name counts where the certificate has no other names.
    private func isHolder(of certificate: OpaquePointer) -> Bool {
        if isAddress { return X509_check_ip_asc(certificate, host, 0) == 1 || isNamed(host, in: certificate) }
        // OpenSSL's own reading of `*.` wants two labels behind it, which the names of a site often do not have.
        let behind = host.drop { $0 != "." }
        let mayBeUnder = behind.count > 1 && behind != host
        return isNamed(host, in: certificate) || (mayBeUnder && isNamed("*" + behind, in: certificate))
    }

    /// Whether a certificate has exactly this name.
    private func isNamed(_ name: String, in certificate: OpaquePointer) -> Bool {
        // To OpenSSL a dot in front stands for all names that end so, and no name for any.
        guard !name.isEmpty, !name.hasPrefix(".") else { return false }
        return X509_check_host(certificate, name, 0, UInt32(X509_CHECK_FLAG_NO_WILDCARDS), nil) == 1
    }

    /// Names the host to the broker; an address is none (RFC 6066).
    private func introduce(_ connection: OpaquePointer) {
        func name(_ host: UnsafeMutablePointer<CChar>?) {
            SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), host)
        }
        if isAddress { return name(nil) }
        // OpenSSL makes a copy.
        host.withCString { name(UnsafeMutablePointer(mutating: $0)) }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> BrokerIdentity? {
        context.map { Unmanaged<BrokerIdentity>.fromOpaque($0).takeUnretainedValue() }
    }
}
