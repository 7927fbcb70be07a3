import Glibc

extension MosquittoConfiguration {
    /// The configuration file for these ports, with all other files in one directory.
    func text(port: Int, tlsPort: Int?, directory: TemporaryDirectory) -> String {
        var lines = [
            "log_dest stderr",
            "log_type error", "log_type warning", "log_type notice", "log_type information",
            "set_tcp_nodelay \(setsNoDelay)",
            "allow_anonymous \(users.isEmpty)",
            "persistence \(isPersistent)",
        ]
        // As root mosquitto would become another user, who cannot read our files, and the kernel would forget to kill
        // it when we die.
        if geteuid() == 0 { lines.append("user root") }
        if isPersistent {
            // Written after every change and not every half hour, so that a killed broker remembers too.
            lines += [
                "persistence_location \(directory.path)/", "autosave_on_changes true", "autosave_interval 1",
            ]
        }
        if !users.isEmpty { lines.append("password_file \(directory.path(of: "passwords"))") }
        if accessControl != nil { lines.append("acl_file \(directory.path(of: "acl"))") }
        if let maximumInflight { lines.append("max_inflight_messages \(maximumInflight)") }
        if let maximumQueued { lines.append("max_queued_messages \(maximumQueued)") }
        lines += additionalLines
        lines.append("listener \(port) 127.0.0.1")
        if let tls, let tlsPort {
            lines += [
                "listener \(tlsPort) 127.0.0.1",
                "certfile \(tls.certificateFile)",
                "keyfile \(tls.keyFile)",
                "require_certificate \(tls.requiresClientCertificate)",
            ]
            if let authority = tls.authorityFile { lines.append("cafile \(authority)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
