internal import Power

/// Reads outlets one after the other.
enum SeparateReadings {
    /// Asks for every outlet, and only once where the question is the same for several: a device that tells all of them.
    ///
    /// An outlet that the device answers oddly is absent from the reading and told as a warning; silence ends it all,
    /// as a dead device would cost a time limit for each.
    ///
    /// - Throws: the first error, when it is silence or when no outlet could be read.
    nonisolated(nonsending) static func read<Question: Hashable>(
        _ outlets: [OutletNumber],
        question: (OutletNumber) -> Question,
        ask: nonisolated(nonsending) (Question, OutletNumber) async throws(DriverError) -> [UInt8],
        understand: (OutletNumber, [UInt8]) -> OutletReading
    ) async throws(DriverError) -> DeviceReading {
        var reading = DeviceReading()
        var answers: [Question: Result<[UInt8], DriverError>] = [:]
        var first: DriverError?
        for outlet in outlets {
            let question = question(outlet)
            if answers[question] == nil {
                do throws(DriverError) {
                    answers[question] = .success(try await ask(question, outlet))
                } catch {
                    if error.isSilence || error.code == .cancelled { throw error }
                    answers[question] = .failure(error)
                    first = first ?? error
                    reading.warnings.append(error.message)
                }
            }
            if case .success(let answer) = answers[question] { reading.outlets[outlet] = understand(outlet, answer) }
        }
        if let first, reading.outlets.isEmpty { throw first }
        return reading
    }
}
