public import Power

/// Walks one spare outlet of a device through everything a driver promises, and puts it back as it was.
public struct Verification: Sendable {
    /// What is tried and how patiently.
    public struct Settings: Sendable {
        /// The outlet.
        public var outlet: OutletNumber
        /// A number that the device has no outlet for; nothing to leave that out.
        public var missingOutlet: OutletNumber?
        /// How long after a switch the device is watched for old values.
        public var watch: Duration
        /// How long to wait between two readings while watching.
        public var interval: Duration
        /// How long the device may take to cycle an outlet by itself.
        public var cycleLimit: Duration

        /// Settings; the defaults suit all devices known.
        public init(
            outlet: OutletNumber,
            missingOutlet: OutletNumber? = OutletNumber(OutletNumber.maximum),
            watch: Duration = .seconds(8),
            interval: Duration = .milliseconds(100),
            cycleLimit: Duration = .seconds(90)
        ) {
            self.outlet = outlet
            self.missingOutlet = missingOutlet
            self.watch = watch
            self.interval = interval
            self.cycleLimit = cycleLimit
        }
    }

    private let driver: any PDUDriver
    private let settings: Settings
    private let clock: any Clock<Duration>

    /// A verification of a device through its driver, which nobody else uses meanwhile.
    public init(driver: any PDUDriver, settings: Settings, clock: any Clock<Duration> = ContinuousClock()) {
        self.driver = driver
        self.settings = settings
        self.clock = clock
    }

    /// Runs it. The outlet ends as it began, also when this is cancelled; the report says so, or that it could not be.
    ///
    /// - Parameter tell: told what happens, in a line for people.
    public func run(pdu: String, tell: @escaping @Sendable (String) -> Void) async -> VerificationReport {
        var report = VerificationReport(pdu: pdu, outlet: settings.outlet.rawValue, driver: driver.traits.driver)
        tell("reading the device")
        guard let before = await readFirst(&report) else { return report }
        report.firstState = before.rawValue
        await walk(before, &report, tell)
        if Task.isCancelled {
            report.isComplete = false
            report.steps.append(.init("interrupted", .skipped, "the rest was not tried"))
        }
        tell("putting outlet \(settings.outlet) back to \(before)")
        // A task of its own, because a cancelled one cannot ask a device any more, and the outlet has to be put back
        // all the same. It is awaited here.
        let outcome = await Task { await restore(before) }.value
        report.steps.append(outcome)
        report.isRestored = outcome.outcome == .passed
        return report
    }

    private func readFirst(_ report: inout VerificationReport) async -> PowerState? {
        let started = Stopwatch(clock)
        do throws(DriverError) {
            let outlet = settings.outlet
            let (description, reading) = try await driver.withSession { session async throws(DriverError) in
                let reading = try await session.read(.everything)
                return (try await session.describe(), reading)
            }
            report.adopt(description, reading, driver.traits)
            guard let answer = reading.outlets[outlet] else {
                report.steps.append(.init("read", .failed, "the device answers nothing for outlet \(outlet)"))
                return nil
            }
            guard let state = answer.state else {
                report.steps.append(.init("read", .failed, "outlet \(outlet) is neither on nor off: \(answer)"))
                return nil
            }
            report.steps.append(.init("read", .passed, "outlet \(outlet) is \(state)", took: started.elapsed))
            return state
        } catch {
            report.steps.append(.init("read", .failed, error.message, took: started.elapsed))
            return nil
        }
    }

    private func walk(
        _ before: PowerState,
        _ report: inout VerificationReport,
        _ tell: @escaping @Sendable (String) -> Void
    ) async {
        for state in [before.opposite, before, before, before.opposite, .on] {
            guard !Task.isCancelled else { return }
            tell("switching outlet \(settings.outlet) \(state)")
            let step = await switchAndWatch(state)
            report.steps.append(step)
            // A device that does not switch as told is not worn out further.
            if step.outcome == .failed { return }
        }
        guard !Task.isCancelled else { return }
        if driver.traits.cyclesByItself {
            tell("having the device cycle outlet \(settings.outlet) by itself")
            report.steps.append(await cycle())
        } else {
            report.steps.append(.init("cycle by the device", .skipped, "its driver knows no such order"))
        }
        guard !Task.isCancelled, let missing = settings.missingOutlet else { return }
        tell("asking for outlet \(missing), which should not exist")
        report.steps.append(await askMissing(missing))
    }

    /// Switches, and reads until the device shows the new state, to learn how long it shows the old one.
    private func switchAndWatch(_ state: PowerState) async -> VerificationReport.Step {
        let name = "switch \(state)"
        let outlet = settings.outlet
        let started = Stopwatch(clock)
        var accepted = Duration.zero
        do throws(DriverError) {
            try await driver.withSession { session async throws(DriverError) in
                try await session.set([outlet: state])
            }
            accepted = started.elapsed
            let watch = Stopwatch(clock)
            var old = 0
            var odd: Set<String> = []
            while true {
                // An answer counts from when it was asked for: this program may have stood still since.
                let asked = watch.elapsed
                let answer = try await read(outlet)
                if answer.state == state { break }
                if answer.state == nil { odd.insert("\(answer)") } else { old += 1 }
                guard asked < settings.watch else {
                    let message = "it was accepted, and after \(settings.watch) the device still says \(answer)"
                    return .init(name, .failed, message, took: accepted)
                }
                await pause()
                if Task.isCancelled { return .init(name, .skipped, "interrupted while watching", took: accepted) }
            }
            var step = VerificationReport.Step(name, .passed, "read back as \(state)", took: accepted)
            step.settled = watch.elapsed.milliseconds
            step.oldAnswers = old
            if !odd.isEmpty { step.message += "; meanwhile it said \(odd.sorted().joined(separator: ", "))" }
            // Some devices show the new state, then the old one once more.
            if let flap = try await flaps(from: state) { step.message += flap }
            return step
        } catch {
            return .init(name, .failed, error.message, took: started.elapsed)
        }
    }

    private func flaps(from state: PowerState) async throws(DriverError) -> String? {
        for _ in 0..<3 {
            await pause()
            if Task.isCancelled { return nil }
            let answer = try await read(settings.outlet)
            if answer.state != state { return "; afterwards it said \(answer) again" }
        }
        return nil
    }

    private func cycle() async -> VerificationReport.Step {
        let name = "cycle by the device"
        let outlet = settings.outlet
        let started = Stopwatch(clock)
        do throws(DriverError) {
            try await driver.withSession { session async throws(DriverError) in try await session.cycle(outlet) }
            let accepted = started.elapsed
            var offAt: Duration?
            // Devices that flag a command as pending show no state that counts until it is over.
            var pendingAt: Duration?
            var asked = Duration.zero
            while asked < settings.cycleLimit {
                asked = started.elapsed
                let answer = try await read(outlet)
                if answer.state == .off, offAt == nil { offAt = started.elapsed }
                if answer == .pending, pendingAt == nil { pendingAt = started.elapsed }
                if answer.state == .on, let offAt {
                    let time = (started.elapsed - offAt).milliseconds
                    return .init(name, .passed, "it went off and came back after about \(time) ms", took: accepted)
                }
                if answer.state == .on, let pendingAt {
                    let time = (started.elapsed - pendingAt).milliseconds
                    let words = "it said for about \(time) ms that it was switching, and is on again"
                    return .init(name, .passed, "\(words); it does not show whether it was off", took: accepted)
                }
                await pause()
                if Task.isCancelled { return .init(name, .skipped, "interrupted while watching", took: accepted) }
            }
            let what = offAt == nil ? "it never read off" : "it did not come back"
            return .init(name, .failed, "\(what) within \(settings.cycleLimit)", took: accepted)
        } catch {
            return .init(name, .failed, error.message, took: started.elapsed)
        }
    }

    /// Reads, and never switches, an outlet that the device should not have.
    private func askMissing(_ outlet: OutletNumber) async -> VerificationReport.Step {
        let name = "an outlet that does not exist"
        do throws(DriverError) {
            let reading = try await driver.withSession { session async throws(DriverError) in
                try await session.read(.states([outlet]))
            }
            guard let answer = reading.outlets[outlet] else {
                return .init(name, .passed, "the device answers nothing for outlet \(outlet)")
            }
            return .init(name, .failed, "the device says that outlet \(outlet) is \(answer)")
        } catch {
            let isRight = error.code == .unsupported || error.code == .refused || error.code == .badReply
            return .init(name, isRight ? .passed : .failed, error.message)
        }
    }

    private func restore(_ state: PowerState) async -> VerificationReport.Step {
        let name = "put back"
        var last = ""
        for attempt in 1...5 {
            if attempt > 1 { try? await clock.sleep(for: .seconds(1)) }
            let step = await switchAndWatch(state)
            if step.outcome == .passed {
                return .init(name, .passed, "outlet \(settings.outlet) is \(state) as before")
            }
            last = step.message
        }
        return .init(name, .failed, "outlet \(settings.outlet) is not \(state) as before: \(last)")
    }

    private func read(_ outlet: OutletNumber) async throws(DriverError) -> OutletReading {
        let reading = try await driver.withSession { session async throws(DriverError) in
            try await session.read(.states([outlet]))
        }
        guard let answer = reading.outlets[outlet] else {
            throw DriverError(.badReply, "the device answers nothing for outlet \(outlet)")
        }
        return answer
    }

    private func pause() async {
        try? await clock.sleep(for: settings.interval)
    }
}
