import Foundation
import LocalServices
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
