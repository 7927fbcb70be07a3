internal import Logging
internal import Power
internal import SNMPClient
internal import Synchronization

extension SNMPDriverSession {
    /// One poll, and whether the device has started anew since the last read.
    nonisolated(nonsending) func readEverything() async throws(DriverError) -> (reading: DeviceReading, isStale: Bool) {
        let (device, table) = try await survey()
        try await learnColumns(device, table)
        let poll = pollPlan(device, table)
        let answers = try await answers(poll.plan.objects, only: places(of: poll.plan))
        let isStale = hasRestarted(answers[0])
        var reading = poll.plan.measurements(answers)
        let states = poll.plan.states(answers)
        if !isStale { learn(poll.plan, answers, states) }
        reading.outlets = states
        reading.warnings = table.warnings
        return (reading, isStale)
    }

    private func pollPlan(_ device: IndexBindings, _ table: OutletTable) -> PollPlan {
        let known = memory.withLock { $0 }
        if let poll = known.poll { return poll }
        let poll = PollPlan.plan(
            model: model,
            memory: known,
            device: device,
            table: table,
            listed: settings.outlets
        )
        memory.withLock { memory in
            // The shared plan's own tables take the place of equal ones that this device would hold by itself.
            if memory.table == poll.table { memory.table = poll.table }
            memory.device = poll.facts.device
            memory.absent = poll.facts.absent
            memory.columns = poll.facts.columns
            memory.factors = poll.facts.factors
            memory.poll = poll
        }
        return poll
    }

    /// What to ask for: nothing for everything. In version 1 every object that is not there costs a request, so silent
    /// outlets are asked for in turn.
    private func places(of plan: ReadPlan) -> [Int]? {
        guard access.failsAsAWhole else { return nil }
        let skipped = Set(memory.withLock { $0.silent.dropFirst() })
        return skipped.isEmpty ? nil : plan.places(without: skipped)
    }

    /// Notes what need not be asked again.
    private func learn(
        _ plan: ReadPlan,
        _ answers: ObjectReader.Answers,
        _ states: [OutletNumber: OutletReading]
    ) {
        memory.withLock { memory in
            let factors = plan.constantFactors(answers)
            if memory.factors.isEmpty {
                if !factors.isEmpty { memory.factors = factors }
            } else if factors.contains(where: { memory.factors[$0.key] != $0.value }) {
                memory.factors.merge(factors) { $1 }
            }
            if !answers.missing.isEmpty {
                let absent = Set(answers.missing.filter(plan.measured.contains).map { plan.objects[$0] })
                if !absent.isSubset(of: memory.absent) { memory.absent.formUnion(absent) }
            }
            if access.failsAsAWhole {
                let silent = plan.outlets.map(\.number).filter { states[$0] == nil }
                // The one that was asked for goes to the end.
                let asked = memory.silent.first
                memory.silent = silent.filter { $0 != asked } + silent.filter { $0 == asked }
            }
            memory.notePoll()
        }
    }

    /// The states of some outlets, and whether the device has started anew since the last read.
    nonisolated(nonsending) func readStates(
        _ outlets: Set<OutletNumber>
    ) async throws(DriverError) -> (reading: DeviceReading, isStale: Bool) {
        let (_, table) = try await survey()
        let plan = ReadPlan(model: model, table: table, only: outlets, measuring: nil)
        let answers = try await answers(plan.objects)
        return (DeviceReading(outlets: plan.states(answers), warnings: table.warnings), hasRestarted(answers[0]))
    }

    /// Finds the rows of columns that become one value, and in version 1 the columns that the device does not have.
    private nonisolated(nonsending) func learnColumns(
        _ device: IndexBindings,
        _ table: OutletTable
    ) async throws(DriverError) {
        guard memory.withLock({ !$0.knowsColumns }) else { return }
        let survey = DeviceSurvey(
            model: model,
            given: settings.index,
            listed: settings.outlets,
            access: access,
            pacer: pacer
        )
        do throws(SurveyFailure) {
            let columns = try await survey.columns(device)
            let absent = access.failsAsAWhole ? try await survey.absentMeasurements(table) : []
            memory.withLock { memory in
                memory.columns = columns
                memory.absent.formUnion(absent)
                memory.knowsColumns = true
            }
        } catch {
            throw translation.surveying(error)
        }
    }
}
