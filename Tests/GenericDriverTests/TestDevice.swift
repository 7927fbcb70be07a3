import Foundation
import LocalServices

/// A folder with a program that switches outlets: a script that keeps each state in a file.
struct TestDevice {
    let directory: TemporaryDirectory
    /// The script, to be read by `/bin/sh`.
    var program: String { directory.path(of: "relay") }

    /// - Parameter script: what the program does; `$1` and so on are its arguments, it works in any folder.
    init(_ script: String) throws {
        directory = try TemporaryDirectory(prefix: "busbar-generic")
        let text = "D='\(directory.path)'\n\(script)\n"
        try text.write(toFile: directory.path(of: "relay"), atomically: true, encoding: .utf8)
    }

    /// What a file of the folder holds.
    func contents(_ name: String) -> String {
        (try? String(contentsOfFile: directory.path(of: name), encoding: .utf8)) ?? ""
    }

    /// A relay board: `set N on|off`, `get N`.
    static let relay = """
        case "$1" in
        set) printf '%s' "$3" > "$D/outlet$2" ;;
        get) printf 'relay %s is ' "$2"; cat "$D/outlet$2" 2>/dev/null || printf off; echo ;;
        esac
        """
}
