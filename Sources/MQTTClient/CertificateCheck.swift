import Glibc

/// Asks OpenSSL, which libmosquitto has brought into the process, why it did not trust a certificate.
///
/// libmosquitto tells only that it did not. The function is looked up at run time, so that nothing but libmosquitto
/// itself is needed to build; where it is not found the reason stays unknown.
enum CertificateCheck {
    private typealias GetVerifyResult = @convention(c) (UnsafeRawPointer) -> Int

    private static let getVerifyResult: GetVerifyResult? = {
        guard let symbol = dlsym(nil, "SSL_get_verify_result") else { return nil }
        // long SSL_get_verify_result(const SSL *ssl), the same in all versions of OpenSSL.
        return unsafeBitCast(symbol, to: GetVerifyResult.self)
    }()

    /// The number of an `X509_V_ERR_…`; nothing when there was no problem or nobody can tell.
    static func problem(ofConnection ssl: UnsafeRawPointer) -> Int? {
        guard let number = getVerifyResult?(ssl), number != 0 else { return nil }
        return number
    }
}
