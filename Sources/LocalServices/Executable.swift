import Glibc

/// Finds the programs that other packages of the system bring.
public enum Executable {
    /// The path of a program, looked for in `PATH` and then where Debian puts servers (`/usr/sbin`), which is not in
    /// the `PATH` of an ordinary user.
    ///
    /// - Parameters:
    ///   - name: the program's name, or a path that is taken as it is.
    ///   - package: the Debian package it comes in, for the error.
    /// - Throws: `missingExecutable` naming that package.
    public static func find(_ name: String, package: String) throws(LocalServicesError) -> String {
        if name.contains("/") {
            guard access(name, X_OK) == 0 else { throw missing(name, package) }
            return name
        }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let directories = path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
        for directory in directories where access("\(directory)/\(name)", X_OK) == 0 {
            return "\(directory)/\(name)"
        }
        throw missing(name, package)
    }

    private static func missing(_ name: String, _ package: String) -> LocalServicesError {
        LocalServicesError(
            .missingExecutable,
            "\(name) is not installed; on Debian and Ubuntu it is in the package \(package) (apt install \(package))"
        )
    }
}
