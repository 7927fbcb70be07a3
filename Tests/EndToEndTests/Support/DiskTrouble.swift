import Foundation
import LocalServices
import PDUSimulator
import TestSupport
import Testing

/// A state directory whose disk goes wrong to order, by a library that is loaded into the agent (`CDiskTrouble`).
struct DiskTrouble {
    /// What goes wrong, as the library reads it.
    enum Order: UInt8 {
        case well = 0
        case full = 1
        case readOnly = 2
    }

    /// Loads the library into the agent.
    private(set) var environment: [String: String]
    private let orders: String

    /// - Parameter cuts: where what a power cut would leave is kept after each flush; without it nothing is kept.
    init(_ bench: Bench, stateOf agent: String, cuts: String? = nil) throws {
        let state = bench.directory.path(of: "state-\(agent)")
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        let program = URL(fileURLWithPath: try TestProgram.path)
        orders = try bench.directory.write("\0", to: "orders-\(agent)")
        environment = [
            "LD_PRELOAD": program.deletingLastPathComponent().appendingPathComponent("libDiskTrouble.so").path,
            "BUSBAR_DISK": try #require(realpath(state, nil).map { String(cString: $0) }),
            "BUSBAR_DISK_ORDERS": orders,
        ]
        environment["BUSBAR_DISK_CUTS"] = cuts
    }

    /// From now on the disk does this; the agent's library sees it at once.
    func order(_ order: Order) throws {
        let file = try #require(FileHandle(forWritingAtPath: orders))
        try file.write(contentsOf: [order.rawValue])
        try file.close()
    }
}

/// What a power cut leaves of a state directory, and when it happens at the latest: just before the next flush.
struct PowerCut: Sendable {
    let number: Int
    let time: Int64
    /// The files by name, each with the number of its content; 0 is empty.
    let files: [String: Int]

    /// The cuts that a run of the agent has left in a directory.
    static func read(_ directory: String) throws -> [PowerCut] {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasPrefix("cut-") }
            .sorted()
        let read = try names.map { name -> (begun: Int64, files: [String: Int]) in
            let lines = try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8).split(separator: "\n")
            let begun = try #require(lines.first?.split(separator: " ").first.flatMap { Int64($0) })
            let files = lines.dropFirst().compactMap { line -> (String, Int)? in
                let parts = line.split(separator: " ", maxSplits: 1)
                guard parts.count == 2, let number = Int(parts[0]) else { return nil }
                return (String(parts[1]), number)
            }
            return (begun, Dictionary(files) { $1 })
        }
        return read.indices.map { index in
            let end = index + 1 < read.count ? read[index + 1].begun - 1 : MonotonicTime.nanoseconds
            return PowerCut(number: index, time: end, files: read[index].files)
        }
    }

    /// Puts the files back as the disk had them.
    func restore(from contents: String, to state: String) throws {
        for (name, content) in files {
            let path = "\(state)/\(name)"
            if content == 0 {
                _ = FileManager.default.createFile(atPath: path, contents: nil)
            } else {
                try FileManager.default.copyItem(atPath: "\(contents)/content-\(content)", toPath: path)
            }
        }
    }
}
