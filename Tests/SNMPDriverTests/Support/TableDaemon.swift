import Foundation
import LocalServices
import Logging
import SNMPClient

@testable import SNMPDriver

/// A real snmpd whose objects come from a table, by way of a `pass_persist` program, and that notes what is written.
struct TableDaemon {
    /// An object: its type in the words of `pass_persist`, and its value.
    struct Object {
        let oid: String
        let type: String
        let value: String
        var isWritable = false
    }

    let daemon: SNMPDaemon
    let engine: SNMPEngine

    /// Runs `body` with a daemon that serves a table under the given roots.
    static func with<Value: Sendable>(
        _ objects: [Object],
        roots: [String],
        sysObjectID: String? = nil,
        sysDescr: String = "a simulated device",
        _ body: (TableDaemon) async throws -> Value
    ) async throws -> Value {
        let files = try TemporaryDirectory(prefix: "table")
        try files.write(script, to: "table.sh")
        try files.write(objects.map(\.line).joined(separator: "\n") + "\n", to: "table")
        let program = "/bin/bash \(files.path(of: "table.sh")) \(files.path(of: "table")) \(files.path(of: "writes"))"
        var lines = roots.map { "pass_persist .\($0) \(program)" } + ["sysdescr \(sysDescr)"]
        if let sysObjectID { lines.append("sysobjectid .\(sysObjectID)") }
        let configuration = SNMPDaemonConfiguration(
            readCommunity: "readers",
            writeCommunity: "writers",
            additionalLines: lines
        )
        let daemon = try await SNMPDaemon.start(configuration)
        let engine = SNMPEngine(logger: quietLogger)
        let table = TableDaemon(daemon: daemon, engine: engine, files: files)
        do {
            let value = try await body(table)
            await table.end()
            return value
        } catch {
            await table.end()
            throw error
        }
    }

    private let files: TemporaryDirectory

    private init(daemon: SNMPDaemon, engine: SNMPEngine, files: TemporaryDirectory) {
        self.daemon = daemon
        self.engine = engine
        self.files = files
    }

    /// How a client reaches it.
    func target(version1: Bool = false, mayWrite: Bool = true) -> SNMPTarget {
        let community: SNMPSecret = mayWrite ? "writers" : "readers"
        return SNMPTarget(
            host: "127.0.0.1",
            port: UInt16(clamping: daemon.port),
            credentials: version1 ? .v1(community: community) : .v2c(community: community),
            // A loaded machine may let snmpd wait; nothing here waits for a lost answer.
            timeout: .seconds(5)
        )
    }

    /// A driver of it.
    func driver(
        _ model: SNMPDriverSettings.Model,
        version1: Bool = false,
        mayWrite: Bool = true,
        index: [String: IndexValue] = [:]
    ) -> SNMPDriver {
        SNMPDriver(
            settings: SNMPDriverSettings(
                name: "rack1",
                target: target(version1: version1, mayWrite: mayWrite),
                model: model,
                index: index
            ),
            engine: engine,
            logger: quietLogger
        )
    }

    /// How many datagrams the daemon has received, this question included (SNMPv2-MIB, `snmpInPkts`).
    func datagrams() async throws -> Int {
        let session = try await engine.open(target())
        let answer = try await session.get([[1, 3, 6, 1, 2, 1, 11, 1, 0]])
        await session.close()
        return Int(answer.first?.value.wholeNumber ?? 0)
    }

    /// What was written since the last call, each as `oid type value`.
    func takeWrites() throws -> [String] {
        let path = files.path(of: "writes")
        let lines =
            FileManager.default.fileExists(atPath: path) ? try String(contentsOfFile: path, encoding: .utf8) : ""
        try files.write("", to: "writes")
        return lines.split(separator: "\n").map(String.init)
    }

    private func end() async {
        await engine.close()
        await daemon.stop()
    }

    /// Speaks snmpd's `pass_persist` protocol (snmpd.conf(5)) for the table in the file `$1`, and notes writes in `$2`.
    private static let script = #"""
        declare -A type value writable
        order=()
        while IFS='|' read -r oid kind mode text; do
            type[$oid]=$kind; writable[$oid]=$mode; value[$oid]=$text
        done < "$1"
        mapfile -t order < <(cut -d'|' -f1 "$1" | sort -V)
        declare -A next
        for ((i = 0; i + 1 < ${#order[@]}; i++)); do next[${order[i]}]=${order[i + 1]}; done
        answer() { printf '.%s\n%s\n%s\n' "$1" "${type[$1]}" "${value[$1]}"; }
        following() {
            if [[ -n ${next[$1]} ]]; then echo "${next[$1]}"; return; fi
            [[ $1 == "${order[-1]}" ]] && return
            printf '%s\n' "$1" "${order[@]}" | sort -V -u | grep -A1 -Fx "$1" | sed -n 2p
        }
        while read -r command; do
            case $command in
            "") ;;
            PING) echo PONG ;;
            get)
                read -r oid; oid=${oid#.}
                if [[ -n ${type[$oid]} ]]; then answer "$oid"; else echo NONE; fi ;;
            getnext)
                read -r oid; found=$(following "${oid#.}")
                if [[ -n $found ]]; then answer "$found"; else echo NONE; fi ;;
            set)
                read -r oid; oid=${oid#.}; read -r kind text
                if [[ ${writable[$oid]} != w ]]; then echo not-writable; continue; fi
                text=${text#\"}; text=${text%\"}
                printf '%s %s %s\n' "$oid" "$kind" "$text" >> "$2"
                value[$oid]=$text
                echo DONE ;;
            *) echo NONE ;;
            esac
        done
        """#
}

extension TableDaemon.Object {
    fileprivate var line: String { "\(oid)|\(type)|\(isWritable ? "w" : "r")|\(value)" }
}
