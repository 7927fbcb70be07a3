import LocalServices
import PDUSimulator
import Testing

@Suite("The record of a simulated device", .timeLimit(.minutes(10)))
struct DeviceRecordTests {
    private func entry(_ number: Int) -> DeviceRecord.Entry {
        DeviceRecord.Entry(nanoseconds: Int64(number), object: "1.3", value: "1", outlet: number, outcome: "done")
    }

    @Test("keeps the newest entries and counts all")
    func bounded() throws {
        let record = try DeviceRecord(capacity: 10)
        for number in 0..<105 { record.append(entry(number)) }
        #expect(record.total == 105)
        #expect(record.entries.map(\.outlet) == (95..<105).map { $0 })
    }

    @Test("tells those who wait for an entry, and lets go of those who are cancelled")
    func waits() async throws {
        let record = try DeviceRecord()
        async let entries = record.wait(forTotal: 2)
        record.append(entry(1))
        record.append(entry(2))
        #expect(await entries.count >= 2)
        await withTaskGroup { group in
            group.addTask { _ = await record.wait(forTotal: 100) }
            group.cancelAll()
        }
    }

    @Test("appends lines to a file for others")
    func file() throws {
        let directory = try TemporaryDirectory()
        for number in 1...2 {
            let record = try DeviceRecord(file: directory.path(of: "record"))
            record.append(entry(number))
        }
        #expect(try directory.read("record") == "1\t1\t1.3\t1\tdone\n2\t2\t1.3\t1\tdone\n")
        #expect(throws: PDUSimulatorError.self) { _ = try DeviceRecord(file: "/no/such/directory/record") }
    }
}
